"""手紙: whom to write to and why, the letter that the card signs, and what became of it, for as long as the session lasts."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi.clock import moment
from enishi.errors import Unknown
from enishi.protocol.agent_legal import KINDS as AGENTS
from enishi.protocol.letters import LetterShown, letter_number
from enishi.roles.portal.cards import Card
from enishi.roles.portal.cardway import CardWay, Use
from enishi.roles.portal.fresh import FAULTS
from enishi.roles.portal.letters.there import LettersThere, SealedLetter
from enishi.roles.portal.letters.writing import KINDS, LIMITS, Written, begin_letter, begin_reading, kind_named, lacking, letter_of, written_in
from enishi.roles.portal.login import Fresh, authorization_url
from enishi.roles.portal.making import Making, made_by, nobody
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.source import Source
from enishi.roles.portal.telling import Teller
from enishi.roles.portal.view import Asked, SignedFor
from enishi.roles.portal.visits import Visit, Visits
from enishi.sentences.catalogue import name_of
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase, plain
from enishi.terms import Outcome
from enishi.web.csrf import demand_token
from enishi.web.dates import day_in, machine_time, time_in
from enishi.web.form import read_form
from enishi.web.kit import Kit

REFUSED = ("refused", "granted_in_part")


class LetterTold(msgspec.Struct, frozen=True, kw_only=True):
    """A letter ready to be put on a page."""

    number: str
    shown: LetterShown
    item: Phrase
    arrived: Phrase
    stamp: str
    deadline: Phrase
    answered: Phrase
    late: bool
    appealable: bool


class SentLetter(NamedTuple):
    """What is at the card: the request, and the letter that goes with it, already sealed (its text is nowhere in the portal while the card signs), or
    nothing where one's own letters are asked for."""

    fresh: Fresh
    letter: SealedLetter | None


class LetterPages:
    """The handlers of one's letters to institutions, over the portal's source and sessions."""

    def __init__(self, kit: Kit, source: Source, visits: Visits, settings: PortalSettings, clock: Callable[[], int], making: Making = nobody) -> None:
        """`clock` gives milliseconds UTC; `making` is told of each request."""
        self._making = making
        self._kit = kit
        self._source = source
        self._visits = visits
        self._settings = settings
        self._clock = clock
        use = Use("letter", lambda code, sent: source.redeem(code, sent.begun, sent.kept.fresh.request), self.signed, FAULTS)
        self.way: CardWay[SentLetter, SignedFor] = CardWay(kit, visits, settings, clock, use)

    def routes(self) -> list[Route]:
        """The pages; a path names an institution, a kind of letter or a place in the reader's own list, and nothing of a person."""
        return [
            Route("/letters", self.places),
            Route("/letters/about/{number:int}", self.about),
            Route("/letters/to/{holder}", self.kinds),
            Route("/letters/to/{holder}/{kind}", self.form),
            Route("/letters/to/{holder}/{kind}/send", self.send, methods=["POST"]),
            Route("/letters/at/{holder}", self.there),
            Route("/letters/at/{holder}/read", self.bring, methods=["POST"]),
        ]

    async def places(self, request: Request) -> Response:
        """Whom one may write to, first those that stand in the person's records; and what was brought in this session."""
        visit = self._visits.demand(request, self._clock())
        teller = self._teller(request, visit)
        met = {one for card in visit.cards for one in (card.body.inquirer, card.body.provider) if one in visit.viewed.names}
        named = sorted(((one, teller.institution(one)) for one in visit.viewed.names if _takes(visit, one)), key=lambda place: plain(place[1]))
        context = {
            "brought": [(holder, teller.institution(holder), len(there.letters)) for holder, there in visit.letters.items()],
            "known": [place for place in named if place[0] in met],
            "others": [place for place in named if place[0] not in met],
        }
        return self._kit.page(request, "letters.html", context | self._session(visit))

    async def about(self, request: Request) -> Response:
        """Whom to ask about one record: who asked, and who was asked."""
        visit = self._visits.demand(request, self._clock())
        card = _card(visit, str(request.path_params["number"]))
        if card is None:
            raise Unknown("record-unknown")
        teller = self._teller(request, visit)
        parties = [one for one in (card.body.inquirer, card.body.provider) if one in visit.viewed.names]
        context = {"told": teller.tell(card), "parties": [(one, teller.institution(one)) for one in parties], "number": card.number}
        return self._kit.page(request, "letters_about.html", context | self._session(visit))

    async def kinds(self, request: Request) -> Response:
        """What to write to one institution."""
        visit = self._visits.demand(request, self._clock())
        holder = _holder(visit, request)
        context = {"id": holder, "holder": self._teller(request, visit).institution(holder), "kinds": KINDS}
        return self._kit.page(request, "letters_to.html", context | self._session(visit))

    async def form(self, request: Request) -> Response:
        """A letter to write; `record` and `item` of the address fill in what it is about."""
        visit = self._visits.demand(request, self._clock())
        given = {name: request.query_params.get(name, "")[:60] for name in ("record", "item")}
        return self._form(request, visit, {**given, "wrong": "", "right": "", "text": ""}, "")

    async def send(self, request: Request) -> Response:
        """Seal the letter and send the browser to the issuer for the signature; what is lacking is said on the form."""
        form, at_ms = await read_form(request), self._clock()
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        visit = self._visits.demand(request, at_ms)
        holder, kind = _holder(visit, request), kind_named(request.path_params["kind"])
        written = written_in(form, "record", "item", "wrong", "right", "text")
        lacks = lacking(written, *(("item", "wrong", "right", "text") if kind == "correction" else ("text",)))
        if lacks or (kind == "correction" and written["item"] not in _items(visit, holder)):
            return self._form(request, visit, written, lacks or "empty.item")
        card = _card(visit, written["record"])
        letter = letter_of(kind, card.body.txid if card is not None else b"", written)
        fresh, sealed = begin_letter(letter, holder, self._source.holder_key(holder), at_ms)
        return await self._to_card(visit, fresh, sealed)

    async def bring(self, request: Request) -> Response:
        """The same for reading one's letters at an institution."""
        at_ms = self._clock()
        demand_token(request, await read_form(request), self._kit.signer, self._kit.cookie("form"))
        visit = self._visits.demand(request, at_ms)
        return await self._to_card(visit, begin_reading(_holder(visit, request), at_ms), None)

    async def signed(self, request: Request, visit: Visit, sent: SentLetter, found: SignedFor) -> Response:
        """The browser is back from the card of who is logged in: bring the letter, or what was asked for, and show the letters there."""
        there = await self._source.letters(Asked(found.signed, sent.fresh.answer_key), sent.letter)
        await self._making(visit, made_by(there.at_ms, there.outcome if there.sent else Outcome.PROVIDED))
        visit.letters[there.holder] = _joined(there, visit.letters.get(there.holder))
        return RedirectResponse(f"/letters/at/{there.holder}", 303)

    async def there(self, request: Request) -> Response:
        """The letters at one institution, as far as this session was brought them."""
        visit, language = self._visits.demand(request, self._clock()), self._kit.language(request)
        holder = _holder(visit, request)
        there = visit.letters.get(holder)
        context = {
            "id": holder,
            "holder": self._teller(request, visit).institution(holder),
            "there": there,
            "moment": time_in(there.at_ms, language) if there is not None else (),
            "result": (there.outcome.value if there.outcome else "asked") if there is not None else "",
            "number": letter_number(there.letter_id) if there is not None else "",
            "letters": [_told(one, language, self._clock()) for one in there.letters] if there is not None else [],
        }
        return self._kit.page(request, "letters_at.html", context | self._session(visit))

    async def _to_card(self, visit: Visit, fresh: Fresh, letter: SealedLetter | None) -> Response:
        way = await self._source.way_in(fresh.begun)
        return self.way.send(visit, fresh.begun, way, authorization_url(way, fresh.request), SentLetter(fresh, letter))

    def _form(self, request: Request, visit: Visit, written: Written, lacks: str) -> Response:
        language, holder, kind = self._kit.language(request), _holder(visit, request), kind_named(request.path_params["kind"])
        teller, card = self._teller(request, visit), _card(visit, written["record"])
        context = {
            "id": holder,
            "holder": teller.institution(holder),
            "kind": kind,
            "about": teller.tell(card) if card is not None else None,
            "items": [(item, plain(name_of("items", item, language))) for item in _items(visit, holder)],
            "written": written,
            "lacks": lacks,
            "limits": LIMITS,
        }
        return self._kit.page(request, "letters_write.html", context | self._session(visit), 400 if lacks else 200)

    def _teller(self, request: Request, visit: Visit) -> Teller:
        return Teller(self._kit.language(request), visit.viewed.names, self._kit.catalogue, self._settings.law_origin, visit.mandates)

    def _session(self, visit: Visit) -> dict[str, object]:
        return {"session_ends": f"{moment(visit.ends_ms):%H:%M}"}


def _holder(visit: Visit, request: Request) -> str:
    holder = str(request.path_params["holder"])
    if not _takes(visit, holder):
        raise Unknown("institution-unknown", holder[:40], "holder")
    return holder


def _takes(visit: Visit, holder: str) -> bool:
    """Whether one can write there: an organisation that only hands others' numbers in has no door for letters."""
    return holder in visit.viewed.names and visit.viewed.kinds.get(holder, "") not in AGENTS


def _card(visit: Visit, number: str) -> Card | None:
    return next((card for card in visit.cards if str(card.number) == number and not card.plain), None)


def _items(visit: Visit, holder: str) -> tuple[str, ...]:
    return visit.viewed.held.get(holder, ())


def _joined(new: LettersThere, before: LettersThere | None) -> LettersThere:
    # A letter just sent stands before those that were brought earlier; a reading brings all anew.
    if not new.sent or before is None:
        return new
    return msgspec.structs.replace(new, letters=(*new.letters, *before.letters))


def _told(one: LetterShown, language: Language, at_ms: int) -> LetterTold:
    return LetterTold(
        number=letter_number(one.letter_id),
        shown=one,
        item=name_of("items", one.letter.item, language) if one.letter.item else (),
        arrived=time_in(one.arrived_ms, language),
        stamp=machine_time(one.arrived_ms),
        deadline=day_in(moment(one.deadline_ms).date(), language),
        answered=time_in(one.answered_ms, language) if one.answered_ms else (),
        late=not one.answered_ms and one.deadline_ms <= at_ms,
        appealable=one.decision in REFUSED,
    )
