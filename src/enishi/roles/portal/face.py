"""The portal's face: its pages as one application."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from starlette.applications import Starlette

from enishi.clock import now_ms
from enishi.roles.portal.agents.source import AgentSource
from enishi.roles.portal.keeping import Keeping
from enishi.roles.portal.letters.commissionsource import CommissionSource
from enishi.roles.portal.offersource import OfferSource
from enishi.roles.portal.pages import Pages
from enishi.roles.portal.representatives.there import MandateSource
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.source import Source
from enishi.sentences.catalogue import Catalogue
from enishi.web.app import build_app
from enishi.web.cookies import Signer
from enishi.web.kit import Face, Kit

HOME: Final = Path(__file__).parent


def build_face(
    source: Source,
    settings: PortalSettings,
    clock: Callable[[], int] = now_ms,
    offers: OfferSource | None = None,
    keeping: Keeping | None = None,
    commission: CommissionSource | None = None,
    agents: AgentSource | None = None,
    mandates: MandateSource | None = None,
) -> Starlette:
    """The portal's application over a source; `clock` gives milliseconds UTC; without `offers` nobody hands over a number here, without `keeping`
    there are no notices and no consents, without `commission` nobody writes to it, without `agents` nobody gives an organisation a mandate, without
    `mandates` nobody acts for anybody."""
    face = Face("portal", "portal", settings.origin)
    catalogue = Catalogue("kit", "portal", "number", "agent", "letters", "notices", "representatives")
    kit = Kit(face, HOME / "templates", Signer(settings.cookie_key), catalogue)
    pages = Pages(kit, source, settings, clock, offers, keeping, commission, agents, mandates)
    # The log-in form ends at the issuer by redirect, and browsers hold a redirect to `form-action` as well.
    return build_app(kit, pages.routes(), HOME / "static", settings.login_origins)
