"""The mesh's own certificates: made at the founding, and made anew at a start when their end comes near."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from enishi import society
from enishi.cli.ports import PLATFORM, ROLES, role_of
from enishi.mesh import pki

HOLDERS: Final = (*ROLES, "operator")
RENEW_MS: Final = 180 * 24 * 3600 * 1000
"""A certificate or revocation list with less time left than this is made anew at the next start."""


def certify(data: Path, at_ms: int) -> None:
    """Authority, certificates and revocation list, whatever of them is missing or near its end; what is good stays as it is."""
    authority = data / "authority"
    if not (authority / "ca.pem").exists():
        pki.create_authority(authority, at_ms)
    folders = {role: data / role / "tls" for role in HOLDERS}
    if pki.list_ends_ms(authority) < at_ms + RENEW_MS:
        pki.revoke(authority, (), at_ms, (folder for folder in folders.values() if folder.exists()))
    for role, folder in folders.items():
        if pki.ends_ms(folder) < at_ms + RENEW_MS:
            pki.issue(authority, folder, role_of(role), role, _tenants(role), at_ms)


def _tenants(role: str) -> Iterable[str]:
    return [one.id for one in society.institutions() if one.platform == PLATFORM] if role == "gateway" else ()
