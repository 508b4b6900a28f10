"""同意: what a person agreed to, how each stands, its history, and its withdrawal, which is in force before the page says so."""

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi.clock import moment
from enishi.errors import Unknown
from enishi.roles.portal.fresh import Again
from enishi.roles.portal.kept.consents import Change, Consent, Consents
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.view import Name
from enishi.roles.portal.visits import Visit, Visits
from enishi.sentences.catalogue import name_of, read_aloud
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase
from enishi.web.citations import Cited, cite
from enishi.web.csrf import demand_token
from enishi.web.dates import day_in, machine_time, time_in
from enishi.web.form import read_form
from enishi.web.kit import Kit


class ToldConsent(msgspec.Struct, frozen=True, kw_only=True):
    """A consent in words; `number` counts the person's own from 1 for the oldest and is no id."""

    number: int
    state: str
    source: Phrase
    recipient: Phrase
    items: tuple[Phrase, ...]
    purpose: str
    cited: Cited | None
    begins: Phrase
    ends: Phrase
    changes: tuple[tuple[Change, Phrase, str], ...]


class ConsentPages:
    """The handlers over the consents that are kept."""

    def __init__(
        self,
        kit: Kit,
        visits: Visits,
        again: Again,
        settings: PortalSettings,
        clock: Callable[[], int],
        consents: Consents,
        person: Callable[[str], bytes],
    ) -> None:
        """`clock` gives milliseconds UTC, `person` whose row is that of a `sub`."""
        self._kit = kit
        self._visits = visits
        self._again = again
        self._settings = settings
        self._clock = clock
        self._consents = consents
        self._person = person

    def routes(self) -> list[Route]:
        """The pages; no path holds anything of a person."""
        return [
            Route("/consents", self.listed),
            Route("/consents/{number:int}", self.one),
            Route("/consents/{number:int}/withdraw", self.withdraw, methods=["POST"]),
        ]

    async def listed(self, request: Request) -> Response:
        """All of them: first what stands, then what is over."""
        visit = self._visits.demand(request, self._clock())
        told = [self._told(request, visit, number, consent) for number, _, consent in self._numbered(visit)]
        standing = [one for one in told if one.state in ("standing", "coming")]
        return self._page(request, visit, "consents.html", {"standing": standing, "over": [one for one in told if one not in standing]})

    async def one(self, request: Request) -> Response:
        """One with its history."""
        visit = self._visits.demand(request, self._clock())
        number, _, consent = self._chosen(request, visit)
        return self._page(request, visit, "consent.html", {"told": self._told(request, visit, number, consent)})

    async def withdraw(self, request: Request) -> Response:
        """Withdraw one; asks for the card."""
        form, at_ms = await read_form(request), self._clock()
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        visit = self._visits.demand(request, at_ms)
        self._again.demand(visit)
        number, name, _ = self._chosen(request, visit)
        await self._consents.withdraw(self._person(visit.subject), name, at_ms)
        return RedirectResponse(f"/consents/{number}", 303)

    def _numbered(self, visit: Visit) -> list[tuple[int, bytes, Consent]]:
        own = self._consents.of(self._person(visit.subject))
        return [(len(own) - place, name, consent) for place, (name, consent) in enumerate(own)]

    def _chosen(self, request: Request, visit: Visit) -> tuple[int, bytes, Consent]:
        found = next((one for one in self._numbered(visit) if one[0] == request.path_params["number"]), None)
        if found is None:
            raise Unknown("consent-unknown")
        return found

    def _told(self, request: Request, visit: Visit, number: int, consent: Consent) -> ToldConsent:
        language = self._kit.language(request)
        return ToldConsent(
            number=number,
            state=consent.state(self._clock()),
            source=_party(visit, consent.source, "", language),
            recipient=_party(visit, consent.recipient, consent.recipient_name, language),
            items=tuple(name_of("items", item, language) for item in consent.items),
            purpose=consent.purpose,
            cited=cite(consent.citation, language, self._settings.law_origin) if consent.citation else None,
            begins=day_in(moment(consent.from_ms).date(), language),
            ends=day_in(moment(consent.until_ms - 1).date(), language),
            changes=tuple((one, time_in(one.at_ms, language), machine_time(one.at_ms)) for one in consent.changes),
        )

    def _page(self, request: Request, visit: Visit, template: str, context: dict[str, object]) -> Response:
        ends: dict[str, object] = {"fresh": self._again.fresh(visit), "session_ends": f"{moment(visit.ends_ms):%H:%M}"}
        return self._kit.page(request, template, context | ends)


def _party(visit: Visit, key: str, own_name: str, language: Language) -> Phrase:
    """The registry's name where there is one; else the one that the party gave itself."""
    name = visit.viewed.names.get(key, Name(own_name or key, own_name or key))
    return (name.en,) if language is Language.ENGLISH else read_aloud(name.ja, language)
