"""Doors of other roles as plain calls: single ones, and batched ones in which concurrent callers share a message."""

from collections.abc import Sequence
from typing import Any, TypeVar

from enishi.errors import Fault, Unavailable
from enishi.mesh.batch import Batcher
from enishi.mesh.client import MeshClient
from enishi.mesh.faults import fault_of
from enishi.mesh.rpc import MIB
from enishi.protocol.wire import Batch, Results

T = TypeVar("T")
R = TypeVar("R")


class Door:
    """One peer: its address and role."""

    def __init__(self, client: MeshClient, url: str, role: str) -> None:
        """Calls go to `url` and demand that the peer's certificate names `role`."""
        self._client = client
        self._url = url
        self._role = role

    async def call(self, path: str, request: Any, reply: type[R], timeout_s: float = 30.0, limit_bytes: int = 16 * MIB) -> R:
        """One call for one request; an answer of more bytes is cut off."""
        return await self._client.call(self._url, self._role, path, request, reply, timeout_s, limit_bytes)

    def batched(self, path: str, form: type[T], reply: type[R], limit: int = 64, parallel: int = 2) -> Batcher[T, R]:
        """A batcher whose calls carry `Batch[form]` and bring back `Results[reply]`."""
        results: Any = Results[reply]  # type: ignore[valid-type]

        async def send(items: list[T]) -> Sequence[R | Fault]:
            answer: Results[R] = await self._client.call(self._url, self._role, path, Batch(tuple(items)), results)
            return [_of(result.value, result.fault) for result in answer.results]

        return Batcher(send, limit, parallel)


def _of(value: R | None, fault: Any) -> R | Fault:
    if fault is not None:
        return fault_of(fault)
    return value if value is not None else Unavailable("peer-answer-unreadable")
