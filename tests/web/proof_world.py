"""The browser's proof run in node, over a small log, a device, and the document that a browser gets."""

import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from enishi.client.portal import Opened, Proof
from enishi.protocol.record import RecordBody
from enishi.protocol.view import labels_info, request_digest
from enishi.roles.portal.login import begin
from enishi.roles.portal.view import ViewedLog, proof_of
from enishi.seal.hpke import SealingKey, seal
from enishi.seal.pad import pad
from web.portal_world import NOW, device
from web.smalllog import DAY, T0, SmallLog, inquiry, look, story

HERE = Path(__file__).parent
GOOD = {"included": "good", "complete": "good", "signed": "good", "witnessed": "good"}


def ask(questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    command = ["node", "--no-warnings", str(HERE / "harness.mjs")]
    done = subprocess.run(command, input=json.dumps(questions).encode(), capture_output=True, check=True, timeout=120)
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def key_in(device_key: SealingKey) -> dict[str, str]:
    return {"secret": device_key.to_bytes()[1:].hex(), "public": device_key.public[1:].hex()}


class World:
    """A log, a device, and the document a browser gets; an attack changes one of them."""

    def __init__(self, bodies: list[RecordBody] | None = None, witnesses: int = 1) -> None:
        # Behind the look stands what came in while it was answered.
        self.log = SmallLog([*story(), inquiry(6, "moj", ("戸籍関係情報",), T0 + 3 * DAY + 1)] if bodies is None else [*bodies, look(T0 + 3 * DAY)])
        self.log.cosigned_ms = self.now = NOW
        self.device = device()
        self.request = begin(self.device.public, NOW).request
        self.log.answer(self.request)
        self.viewed = self.log.view(self.request, witnesses)

    def document(self, viewed: ViewedLog | None = None) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(msgspec.json.encode(proof_of(viewed or self.viewed)))
        return made

    def states(self, document: dict[str, Any]) -> dict[str, str]:
        (answer,) = ask([{"op": "checks", "document": document, "device": key_in(self.device), "now": self.now}])
        assert "answer" in answer, answer
        states: dict[str, str] = answer["answer"]
        return states

    def sealed(self, labels: object) -> str:
        sealed = seal(self.device.public, labels_info(request_digest(self.request)), pad(msgspec.json.encode(labels)))
        told: str = json.loads(msgspec.json.encode(sealed))
        return told


def opened_in(world: World, document: dict[str, Any]) -> Opened:
    return Opened(msgspec.json.decode(msgspec.json.encode(document), type=Proof), world.device)


def with_own_labels_only(world: World) -> ViewedLog:
    """The view of a log whose last record stands under another chain's label."""
    extra = world.log.records.pop()
    labels = world.log.labels()
    world.log.records.append(extra)
    viewed = world.log.view(world.request)
    sealed = seal(world.device.public, labels_info(request_digest(world.request)), pad(msgspec.json.encode(labels)))
    return msgspec.structs.replace(viewed, shown=msgspec.structs.replace(viewed.shown, sealed_labels=sealed))
