"""委員会への手紙: a letter without a card, with number and secret to write down; and what the commission answered."""

from collections.abc import Callable
from typing import Final, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi import clock
from enishi.clock import moment
from enishi.errors import Fault, Malformed, Unknown
from enishi.protocol.commission import (
    KEPT_MS,
    SECRET,
    TEXT,
    CommissionKind,
    CommissionLetter,
    answer_key_of,
    grouped,
    new_secret,
    read_number,
    read_secret,
)
from enishi.roles.portal.cards import Card
from enishi.roles.portal.letters.commissionsource import CommissionSource
from enishi.roles.portal.letters.writing import Written, lacking, written_in
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.telling import Teller
from enishi.roles.portal.visits import Visit, Visits
from enishi.web.csrf import demand_token
from enishi.web.dates import day_in, time_in
from enishi.web.form import read_form
from enishi.web.kit import Kit
from enishi.web.rate import Allowance

KINDS: Final[tuple[CommissionKind, ...]] = get_args(CommissionKind)
EVERYBODY: Final = ""
"""The name under which all addresses together are counted."""


class Allowances:
    """How often one address, and all together, may write and look; in memory, and forgotten at once."""

    def __init__(self, seconds: Callable[[], float] = clock.monotonic) -> None:
        """A letter every two minutes and five at once, a look every ten seconds and twenty at once; all together some hundred times that."""
        self._each = {"write": Allowance(1 / 120, 5, seconds), "look": Allowance(1 / 10, 20, seconds)}
        self._all = {"write": Allowance(1, 300, seconds), "look": Allowance(10, 1000, seconds)}

    def take(self, what: str, request: Request) -> None:
        """Busy("asked-too-often") where the address, or everybody, has had enough for now."""
        self._each[what].take(request.client.host if request.client is not None else EVERYBODY, 1)
        self._all[what].take(EVERYBODY, 1)


class CommissionPages:
    """The handlers; who is logged in may show a record, and is not told apart otherwise. Nothing is kept."""

    def __init__(self, kit: Kit, source: CommissionSource, visits: Visits, settings: PortalSettings, clock: Callable[[], int]) -> None:
        """`clock` gives milliseconds UTC."""
        self._kit = kit
        self._source = source
        self._visits = visits
        self._settings = settings
        self._clock = clock
        self._allowances = Allowances()

    def routes(self) -> list[Route]:
        """The pages; number and secret stand in no address."""
        return [
            Route("/commission", self.form),
            Route("/commission/send", self.send, methods=["POST"]),
            Route("/commission/answer", self.ask),
            Route("/commission/answer/read", self.told, methods=["POST"]),
        ]

    async def form(self, request: Request) -> Response:
        """A letter to write; `record` of the address offers one record of the session to be shown."""
        return self._form(request, {"kind": "", "text": "", "record": request.query_params.get("record", "")[:10], "show": ""}, "")

    async def send(self, request: Request) -> Response:
        """Seal the letter and hand it over; the page that follows has number and secret, once."""
        form = await read_form(request)
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        written = written_in(form, "kind", "text", "record", "show")
        lacks = lacking(written, "text") if written["kind"] in KINDS else "empty.kind"
        if lacks:
            return self._form(request, written, lacks)
        self._allowances.take("write", request)
        secret = new_secret()
        taken = await self._source.hand(self._letter(request, written, secret), secret)
        language = self._kit.language(request)
        context = {
            "number": taken.number,
            "secret": grouped(secret, 5),
            "deadline": day_in(moment(taken.deadline_ms).date(), language),
        }
        return self._kit.page(request, "commission_sent.html", context | self._session(self._visits.find(request, self._clock())))

    async def ask(self, request: Request) -> Response:
        """Number and secret, please."""
        return self._asking(request, "", "")

    async def told(self, request: Request) -> Response:
        """How the letter stands, and the answer; what is wrong with number or secret is said on the form, and not which of the two."""
        form = await read_form(request)
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        self._allowances.take("look", request)
        try:
            number, secret = read_number(form.get("number")[:60]), read_secret(form.get("secret")[:120])
            told = await self._source.look(number, secret)
        except (Malformed, Unknown) as fault:
            return self._asking(request, form.get("number")[:60], _wrong(fault))
        language = self._kit.language(request)
        context = {
            "number": number,
            "told": told,
            "arrived": time_in(told.at_ms, language),
            "deadline": day_in(moment(told.deadline_ms).date(), language),
            "answered": time_in(told.answered_ms, language) if told.answered_ms else (),
            "gone": day_in(moment(told.answered_ms + KEPT_MS).date(), language) if told.answered_ms else (),
        }
        return self._kit.page(request, "commission_told.html", context | self._session(self._visits.find(request, self._clock())))

    def _letter(self, request: Request, written: Written, secret: str) -> CommissionLetter:
        visit = self._visits.find(request, self._clock())
        card = _card(visit, written["record"]) if written["show"] else None
        kind: CommissionKind = "complaint" if written["kind"] == "complaint" else "question"
        return CommissionLetter(
            v=1,
            kind=kind,
            text=written["text"],
            records=card.records if card is not None else (),
            checkpoint=visit.viewed.shown.checkpoint if visit is not None and card is not None else "",
            answer_key=answer_key_of(secret).public,
        )

    def _form(self, request: Request, written: Written, lacks: str) -> Response:
        visit = self._visits.find(request, self._clock())
        card = _card(visit, written["record"])
        about = None
        if visit is not None and card is not None:
            law = self._settings.law_origin
            about = Teller(self._kit.language(request), visit.viewed.names, self._kit.catalogue, law, visit.mandates).tell(card)
        context = {"kinds": KINDS, "written": written, "about": about, "lacks": lacks, "most": TEXT}
        return self._kit.page(request, "commission.html", context | self._session(visit), 400 if lacks else 200)

    def _asking(self, request: Request, number: str, lacks: str) -> Response:
        visit = self._visits.find(request, self._clock())
        context = {"number": number, "lacks": lacks, "digits": SECRET}
        return self._kit.page(request, "commission_answer.html", context | self._session(visit), 400 if lacks else 200)

    def _session(self, visit: Visit | None) -> dict[str, object]:
        return {"session_ends": f"{moment(visit.ends_ms):%H:%M}" if visit else None}


def _card(visit: Visit | None, number: str) -> Card | None:
    return next((card for card in visit.cards if str(card.number) == number and not card.plain), None) if visit is not None else None


def _wrong(fault: Fault) -> str:
    return {"letter-number-malformed": "number", "letter-secret-malformed": "secret"}.get(fault.code, "unknown")
