"""An institution's system at its gateway, from Python: `async with AsyncGateway(url, credential) as gateway: await gateway.inquire(Ask(…))`.

Problem documents (RFC 9457) are raised as the faults of `enishi.errors`, one tree: `Denied`, `Unknown`, `Unavailable` and the others, each with its
slug as `code`.  What is repeated is safe to repeat: an inquiry is put once, and looking changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal, Self, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
import msgspec

from enishi import clock
from enishi.client.inquiries import Ask, Found, HeldItem, Inquiry
from enishi.client.letters import LetterAnswer, LetterFound, LettersListed
from enishi.client.mandates import MandateFound, Proposal, State
from enishi.client.register import CopyFound, CopyPast, HolderFound, Whose
from enishi.client.session import loopback_session
from enishi.errors import Denied, Unavailable
from enishi.mesh.faults import UNREADABLE, fault_of_problem

LOOK_S: Final = 0.5
T = TypeVar("T")


class _Held(msgspec.Struct, frozen=True):
    items: tuple[HeldItem, ...]


class _Found(msgspec.Struct, frozen=True):
    items: tuple[Found, ...]


class AsyncGateway:
    """One gateway with one credential; a context manager that keeps one session."""

    def __init__(self, url: str, credential: str) -> None:
        """`url` is the gateway's face, `credential` the bearer token that names institution, system and officer."""
        self._url = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {credential}", "content-type": "application/json"}
        self._session: aiohttp.ClientSession | None = None
        self._opened = loopback_session()

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._session = await self._opened.__aenter__()
        return self

    async def __aexit__(self, *about: Any) -> None:
        """Close it."""
        await self._opened.__aexit__(*about)

    async def inquire(self, ask: Ask, wait_s: float = 0) -> Inquiry:
        """Put an inquiry; with `wait_s`, look again until it has ended or that long has passed, and return it as it then stands."""
        inquiry = await self._read("POST", "/v1/inquiries", Inquiry, msgspec.json.encode(ask.body()))
        return await self.wait(inquiry, wait_s) if wait_s else inquiry

    async def look(self, txid: str) -> Inquiry:
        """The inquiry as it stands now; Unknown("inquiry-unknown")."""
        return await self._read("GET", f"/v1/inquiries/{txid}", Inquiry)

    async def wait(self, inquiry: Inquiry, wait_s: float) -> Inquiry:
        """Look until it has ended or that long has passed; what is held for an official may take days."""
        until = clock.monotonic() + wait_s
        while not inquiry.ended and clock.monotonic() < until:
            await asyncio.sleep(LOOK_S)
            inquiry = await self.look(inquiry.txid)
        return inquiry

    async def held(self) -> tuple[HeldItem, ...]:
        """What waits for an official of this institution, the most urgent first."""
        return (await self._read("GET", "/v1/held", _Held)).items

    async def provide(self, item_id: str) -> None:
        """An official decides to provide."""
        await self._call("POST", f"/v1/held/{item_id}", b'{"decision":"provide"}')

    async def refuse(self, item_id: str, citation: str) -> None:
        """An official refuses with the provision that lets the institution refuse; Malformed("citation-missing", "citation-not-allowed")."""
        await self._call("POST", f"/v1/held/{item_id}", msgspec.json.encode({"decision": "refuse", "citation": citation}))

    async def letters(self, state: str = "received") -> LettersListed:
        """People's letters that wait (`received`), or those `answered`; needs the office `letters`."""
        return await self._read("GET", f"/v1/letters{_query(state=state)}", LettersListed)

    async def letter(self, letter_id: str) -> LetterFound:
        """A letter with everything in it; Unknown("letter-unknown")."""
        return await self._read("GET", f"/v1/letters/{letter_id}", LetterFound)

    async def answer_letter(self, letter_id: str, answer: LetterAnswer) -> LetterFound:
        """Answer a letter, once; Conflict("letter-answered"), Malformed where decision, reason or appeal is missing."""
        return await self._read("POST", f"/v1/letters/{letter_id}/answer", LetterFound, msgspec.json.encode(answer))

    async def propose(self, portal_url: str, proposal: Proposal) -> str:
        """The address to give to people, after the portal was asked whether law and registry allow what it says.

        Denied("agent-without-basis", "agent-not-registered", "institution-suspended"), Malformed for a day that is none.
        """
        status, content = await self._exchange("GET", portal_url.rstrip("/") + proposal.path, None, {"accept": "application/json"})
        if status == 200:
            return portal_url.rstrip("/") + proposal.path
        if status == 403 and content.lstrip().startswith(b"<"):
            # A page for people, which says why and has no button.
            raise Denied("agent-without-basis", proposal.agent, "affair")
        raise fault_of_problem(status, content)

    async def mandates(self, state: State | Literal[""] = "", after: str = "", limit: int = 100) -> tuple[MandateFound, ...]:
        """What people let this organisation hand in, a page of at most 500 by their references: `after` is the last one of the page before.

        Needs the office `mandates`; Unavailable while the registrar, which is asked first, is away: what was withdrawn is never shown.
        """
        lines = await self._call("GET", f"/v1/mandates{_query(state=state, after=after, limit=limit)}")
        return tuple(read_reply(line, MandateFound) for line in lines.splitlines())

    async def mandate(self, reference: str) -> MandateFound:
        """One of them; Unknown("agent-unknown")."""
        return await self._read("GET", f"/v1/mandates/{quote(reference, safe='')}", MandateFound)

    async def end_mandate(self, reference: str) -> MandateFound:
        """Give one up (employment or work is over): number and mandate are deleted when this returns; Unknown("agent-unknown")."""
        return await self._read("POST", f"/v1/mandates/{quote(reference, safe='')}/end", MandateFound)

    async def evidence(self, **words: str) -> tuple[Found, ...]:
        """What this system asked, by `case`, `person`, `affair`, `officer`, `provider`, `from_ms`, `until_ms`; a page, newest first."""
        return (await self._read("GET", f"/v1/evidence?{urlencode(words)}", _Found)).items

    async def bundle(self, item_id: str) -> bytes:
        """The evidence of one item as a file; Unavailable("evidence-gathering") until it is kept."""
        return await self._call("GET", f"/v1/evidence/{item_id}")

    async def copy(self, person: str, item: str, period: str = "") -> CopyFound:
        """What the institution itself would answer now about its own person; needs the office `copies`; Unknown("person-unknown", "item-unknown")."""
        return await self._read("GET", _copy_path(person, item) + _query(period=period), CopyFound)

    async def history(self, person: str, item: str, period: str = "", before: int | None = None) -> CopyPast:
        """All that was answered from, newest first, a page at a time: `before` is the `next` of the page before; raises what `copy` raises."""
        return await self._read("GET", f"{_copy_path(person, item)}/history{_query(period=period, before=before)}", CopyPast)

    async def holder(self, whose: Whose) -> HolderFound:
        """Whom to ask, worked out from own documents; nobody is asked; Malformed("holder-wrong")."""
        return await self._read("POST", "/v1/holders", HolderFound, msgspec.json.encode(whose))

    async def status(self) -> Mapping[str, Any]:
        """How the platform stands."""
        return await self._read("GET", "/v1/status", dict[str, Any])

    async def _read(self, method: str, path: str, form: type[T], body: bytes | None = None) -> T:
        return read_reply(await self._call(method, path, body), form)

    async def _call(self, method: str, path: str, body: bytes | None = None) -> bytes:
        status, content = await self._exchange(method, self._url + path, body, self._headers)
        if status not in (200, 202):
            raise fault_of_problem(status, content)
        return content

    async def _exchange(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        assert self._session is not None, "used outside of its context"
        try:
            async with self._session.request(method, url, data=body, headers=headers) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable("gateway-unreachable", url.partition("?")[0]) from error


class Gateway:
    """The same for programs without an event loop: each call waits for its answer."""

    def __init__(self, url: str, credential: str) -> None:
        """As for AsyncGateway."""
        self._url, self._credential = url, credential

    def inquire(self, ask: Ask, wait_s: float = 0) -> Inquiry:
        """Put an inquiry, and with `wait_s` wait for its end that long."""
        return self._run(lambda gateway: gateway.inquire(ask, wait_s))

    def look(self, txid: str) -> Inquiry:
        """The inquiry as it stands now."""
        return self._run(lambda gateway: gateway.look(txid))

    def wait(self, inquiry: Inquiry, wait_s: float) -> Inquiry:
        """Look until it has ended or that long has passed."""
        return self._run(lambda gateway: gateway.wait(inquiry, wait_s))

    def held(self) -> tuple[HeldItem, ...]:
        """What waits for an official of this institution."""
        return self._run(lambda gateway: gateway.held())

    def provide(self, item_id: str) -> None:
        """An official decides to provide."""
        self._run(lambda gateway: gateway.provide(item_id))

    def refuse(self, item_id: str, citation: str) -> None:
        """An official refuses with a provision."""
        self._run(lambda gateway: gateway.refuse(item_id, citation))

    def letters(self, state: str = "received") -> LettersListed:
        """People's letters that wait, or those answered."""
        return self._run(lambda gateway: gateway.letters(state))

    def letter(self, letter_id: str) -> LetterFound:
        """A letter with everything in it."""
        return self._run(lambda gateway: gateway.letter(letter_id))

    def answer_letter(self, letter_id: str, answer: LetterAnswer) -> LetterFound:
        """Answer a letter, once."""
        return self._run(lambda gateway: gateway.answer_letter(letter_id, answer))

    def propose(self, portal_url: str, proposal: Proposal) -> str:
        """The address to give to people, where law and registry allow what it says."""
        return self._run(lambda gateway: gateway.propose(portal_url, proposal))

    def mandates(self, state: State | Literal[""] = "", after: str = "", limit: int = 100) -> tuple[MandateFound, ...]:
        """What people let this organisation hand in, a page at a time."""
        return self._run(lambda gateway: gateway.mandates(state, after, limit))

    def mandate(self, reference: str) -> MandateFound:
        """One of them."""
        return self._run(lambda gateway: gateway.mandate(reference))

    def end_mandate(self, reference: str) -> MandateFound:
        """Give one up; it is deleted."""
        return self._run(lambda gateway: gateway.end_mandate(reference))

    def evidence(self, **words: str) -> tuple[Found, ...]:
        """What this system asked, by words."""
        return self._run(lambda gateway: gateway.evidence(**words))

    def bundle(self, item_id: str) -> bytes:
        """The evidence of one item as a file."""
        return self._run(lambda gateway: gateway.bundle(item_id))

    def copy(self, person: str, item: str, period: str = "") -> CopyFound:
        """What the institution itself would answer now about its own person."""
        return self._run(lambda gateway: gateway.copy(person, item, period))

    def history(self, person: str, item: str, period: str = "", before: int | None = None) -> CopyPast:
        """All that was answered from, newest first."""
        return self._run(lambda gateway: gateway.history(person, item, period, before))

    def holder(self, whose: Whose) -> HolderFound:
        """Whom to ask, worked out from own documents."""
        return self._run(lambda gateway: gateway.holder(whose))

    def status(self) -> Mapping[str, Any]:
        """How the platform stands."""
        return self._run(lambda gateway: gateway.status())

    def _run(self, call: Callable[[AsyncGateway], Awaitable[T]]) -> T:
        async def once() -> T:
            async with AsyncGateway(self._url, self._credential) as gateway:
                return await call(gateway)

        return asyncio.run(once())


def _copy_path(person: str, item: str) -> str:
    return f"/v1/copies/{quote(person, safe='')}/{quote(item, safe='')}"


def _query(**words: object) -> str:
    said = {name: str(word) for name, word in words.items() if word}
    return f"?{urlencode(said)}" if said else ""


def read_reply(content: bytes, form: type[T]) -> T:
    """Read an answer without believing it; Unavailable("peer-answer-unreadable") where it is not in its form."""
    try:
        return msgspec.json.decode(content, type=form)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unavailable(UNREADABLE, "gateway") from error
