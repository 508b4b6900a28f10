"""The exchange's public face as one application: the law page, and the standard interface for programs."""

import secrets
from pathlib import Path
from typing import Final

from starlette.applications import Starlette

from enishi.clock import monotonic
from enishi.roles.exchange.authzen.endpoints import Endpoints
from enishi.roles.exchange.lawface.pages import Pages
from enishi.roles.exchange.lawface.shelf import Shelf
from enishi.roles.exchange.publiclaw import PublicLaw
from enishi.sentences.catalogue import Catalogue
from enishi.web.app import build_app
from enishi.web.cookies import Signer
from enishi.web.kit import Face, Kit
from enishi.web.rate import Allowance

HOME: Final = Path(__file__).parent
A_SECOND: Final = 500.0
"""Evaluations per second that one address may ask for in the long run."""
BURST: Final = 1000.0
"""Evaluations that one address may ask for at once."""


def build_face(law: PublicLaw, allowance: Allowance | None = None) -> Starlette:
    """The application over a law; no page has a form that changes anything, so the cookie key need not outlive the process."""
    kit = Kit(Face("law", "law", law.origin), HOME / "templates", Signer(secrets.token_bytes(32)), Catalogue("kit", "law"))
    endpoints = Endpoints(law, allowance or Allowance(A_SECOND, BURST, monotonic))
    return build_app(kit, [*endpoints.routes(), *Pages(kit, law, Shelf(law.tables)).routes()], HOME / "static")
