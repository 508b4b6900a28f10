"""Asking on paper: the page of the forms, for everybody; and the form of correction that already says what was disclosed and when."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi.errors import Unknown
from enishi.mesh.lazy import aside
from enishi.roles.portal.ownexport import OwnExport
from enishi.roles.portal.paperforms import FORMS, Filled, PaperForm
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.telling import Teller
from enishi.roles.portal.visits import Visits
from enishi.sentences.language import Language
from enishi.sentences.phrase import plain
from enishi.web.citations import cite
from enishi.web.dates import time_in
from enishi.web.kit import Kit


class PaperPages:
    """The forms; they need no log-in, and hold nobody."""

    def __init__(self, kit: Kit, visits: Visits, settings: PortalSettings, clock: Callable[[], int]) -> None:
        """`clock` gives milliseconds UTC."""
        self._kit = kit
        self._visits = visits
        self._settings = settings
        self._clock = clock

    def routes(self) -> list[Route]:
        """The page, the empty forms, and the one of an answer."""
        return [
            Route("/paper", self.page),
            Route("/paper/{form}.pdf", self.empty),
            Route("/mydata/answers/{number:int}/correction.pdf", self.correction),
        ]

    async def page(self, request: Request) -> Response:
        """Which form is for what, within which time it is answered, and where it is handed in."""
        language = self._kit.language(request)
        told = [(form.key, [cite(one, language, self._settings.law_origin) for one in form.basis]) for form in FORMS.values()]
        return self._kit.page(request, "paperforms.html", {"forms": told})

    async def empty(self, request: Request) -> Response:
        """A form to fill in by hand."""
        form = FORMS.get(request.path_params["form"])
        if form is None:
            raise Unknown("page-unknown")
        return await self._drawn(request, form, Filled())

    async def correction(self, request: Request) -> Response:
        """The form of correction about an answer of this session: to whom, what was disclosed, and when, are written in."""
        visit = self._visits.demand(request, self._clock())
        answer = visit.answers.get(request.path_params["number"])
        if answer is None:
            raise Unknown("answer-gone")
        # The institution reads Japanese, whatever the reader does.
        export = OwnExport(answer, Teller(Language.JAPANESE, visit.viewed.names, self._kit.catalogue), self._kit.catalogue, self._clock())
        items = "、".join(map(export.item, answer.documents))
        when = plain(time_in(answer.at_ms, Language.JAPANESE))
        disclosed = export.say("paperform.filled", time=when, items=items, item=answer.item_id.hex())
        return await self._drawn(request, FORMS["correction"], Filled(to=export.holder(), disclosed=disclosed))

    async def _drawn(self, request: Request, form: PaperForm, filled: Filled) -> Response:
        language, at_ms = self._kit.language(request), self._clock()

        def drawn() -> bytes:
            # What draws is loaded with the first form, because it costs a start more than the portal's other imports.
            from enishi.roles.portal.formpaper import form_pdf

            return form_pdf(form, filled, language, self._kit.catalogue, at_ms)

        headers = {"content-disposition": f'attachment; filename="{form.key}.pdf"'}
        return Response(await aside(drawn), media_type="application/pdf", headers=headers)
