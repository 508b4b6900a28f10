"""Who calls the API: bearer credentials that name tenant, system and officer; only their hashes are kept (RFC 6750)."""

import hashlib
import hmac
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from enishi.errors import Denied, Misconfigured, Unauthenticated
from enishi.terms import InstitutionId

_SCHEME: Final = "bearer "
MAX_TOKEN: Final = 512
"""Characters of a credential that are looked at."""
_SHELF: Final = 8


Office = Literal["marks", "copies", "letters", "mandates", "representations"]
"""What a credential may do beside asking and answering: set, lift and list the marks on people; look into their held copies; read and answer
their letters; list and end the mandates that people gave to an organisation; enter who represents whom by law."""


class Credential(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a tenant's credentials file: SHA-256 of the token (hex), the system that calls, the officer it calls for, and the offices given."""

    token_sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    system: str
    officer: str
    offices: tuple[Office, ...] = ()


class Caller(msgspec.Struct, frozen=True):
    """A caller that has shown its credential."""

    tenant: InstitutionId
    system: str
    officer: str
    offices: tuple[Office, ...] = ()

    def demand(self, office: Office) -> None:
        """Denied("office-missing") unless the institution gave this credential the office."""
        if office not in self.offices:
            raise Denied("office-missing", office, "Authorization")


def read_credentials(path: Path) -> tuple[Credential, ...]:
    """The credentials of a tenant; none without a file; Misconfigured("credentials-unreadable")."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Credential, ...])
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Misconfigured("credentials-unreadable", f"{path.name}: {error}", "credentials") from error


class Callers:
    """All tenants' credentials, found by the first characters of the hash and compared in constant time."""

    def __init__(self, each: Iterable[tuple[InstitutionId, Credential]]) -> None:
        """Index the credentials."""
        self._known: dict[str, list[tuple[str, Caller]]] = {}
        for tenant, one in each:
            self._known.setdefault(one.token_sha256[:_SHELF], []).append((one.token_sha256, Caller(tenant, one.system, one.officer, one.offices)))

    def caller(self, authorization: str) -> Caller:
        """The caller of an Authorization header; Unauthenticated("credential-missing" or "credential-unknown")."""
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            raise Unauthenticated("credential-missing", field="Authorization")
        token = authorization[len(_SCHEME) :].strip()
        shown = hashlib.sha256(token[:MAX_TOKEN].encode()).hexdigest()
        for known, caller in self._known.get(shown[:_SHELF], ()):
            if hmac.compare_digest(known, shown):
                return caller
        raise Unauthenticated("credential-unknown", field="Authorization")
