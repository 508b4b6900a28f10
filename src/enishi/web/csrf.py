"""Forms only from our own pages: a random cookie, and in the form its MAC, which another site can neither read nor compute."""

import hmac
import secrets
from typing import Final

from starlette.requests import Request

from enishi.errors import Denied
from enishi.web.cookies import Signer
from enishi.web.form import Form

FIELD: Final = "form_token"


def seed_of(request: Request, cookie: str) -> str:
    """The reader's random seed: from the cookie, or a new one that the answer will set."""
    seed = request.cookies.get(cookie, "")
    return seed if 20 <= len(seed) <= 64 else secrets.token_urlsafe(24)


def token(signer: Signer, seed: str) -> str:
    """What a form carries for this seed."""
    return signer.mac("form", seed)


def demand_token(request: Request, form: Form, signer: Signer, cookie: str) -> None:
    """Denied("form-not-ours") unless the form came from a page that this face gave to this browser."""
    seed = request.cookies.get(cookie, "")
    if not seed or not hmac.compare_digest(form.get(FIELD).encode(), token(signer, seed).encode()):
        raise Denied("form-not-ours")
