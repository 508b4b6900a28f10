"""A role's credentials: its key and certificate, the authority it trusts, and the list of certificates that no longer count.

Only the mesh's own authority is ever loaded: no system store, no variable of the environment.
"""

import os
import ssl
from pathlib import Path
from typing import Final

from enishi import clock
from enishi.errors import Fault, Misconfigured
from enishi.mesh import logs
from enishi.mesh.pki import Peer, peer_of, revoked_serials

FILES: Final = ("ca.pem", "cert.pem", "key.pem", "crl.pem")


class Credentials:
    """What a role shows and whom it believes; both its servers and its client go through this."""

    def __init__(self, folder: Path) -> None:
        """Read the four files; Misconfigured("tls-files-missing"), ("tls-files-invalid") or ("revocation-list-invalid")."""
        self._folder = folder
        self._crl = os.fspath(folder / "crl.pem")
        self._ca = _read(folder / "ca.pem")
        for name in FILES:
            _read(folder / name)
        self._crl_state = _state(self._crl)
        self._cert = os.fspath(folder / "cert.pem")
        self._cert_state = _state(self._cert)
        self._revoked = revoked_serials(self._ca, _read(folder / "crl.pem"), clock.now_ms())
        self.own = _own_peer(folder)
        self.server_context = self._context(ssl.PROTOCOL_TLS_SERVER)
        self.client_context = self._context(ssl.PROTOCOL_TLS_CLIENT)

    def stands(self, peer: Peer) -> bool:
        """Whether the certificate still counts at this moment: not revoked, not run out since the handshake."""
        self._refresh()
        return peer.serial not in self._revoked and clock.now_ms() < peer.until_ms

    def peer(self, der: bytes | None) -> Peer | None:
        """Who a verified certificate names, or None for a certificate that names nobody or no longer counts."""
        try:
            peer = peer_of(der or b"")
        except Fault:
            return None
        return peer if self.stands(peer) else None

    def _refresh(self) -> None:
        self._renew()
        state = _state(self._crl)
        if state == self._crl_state:
            return
        self._crl_state = state
        try:
            self._revoked = revoked_serials(self._ca, Path(self._crl).read_bytes(), clock.now_ms())
        except (OSError, Misconfigured):
            # The last good list stays in force: a damaged file must neither lift a revocation nor stop the mesh.
            logs.warn("revocation-list-unreadable")

    def _renew(self) -> None:
        state = _state(self._cert)
        if state == self._cert_state:
            return
        self._cert_state = state
        try:
            self.own = _own_peer(self._folder)
            # A context that has a chain already shows the new one from the next connection on.
            for context in (self.server_context, self.client_context):
                context.load_cert_chain(self._folder / "cert.pem", self._folder / "key.pem", password=_no_password)
        except (OSError, ValueError, Misconfigured):
            # The old one holds until its end: a damaged file must not stop the mesh.
            logs.warn("certificate-unreadable")

    def _context(self, protocol: int) -> ssl.SSLContext:
        context = ssl.SSLContext(protocol)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_mode = ssl.CERT_REQUIRED
        if protocol == ssl.PROTOCOL_TLS_SERVER:
            context.num_tickets = 0  # every connection shows its certificate anew
        try:
            context.load_verify_locations(cadata=self._ca.decode("ascii"))
            context.load_cert_chain(self._folder / "cert.pem", self._folder / "key.pem", password=_no_password)
        except (OSError, ValueError) as error:
            raise Misconfigured("tls-files-invalid", str(self._folder), "tls") from error
        return context


def _no_password() -> str:
    # Without this OpenSSL would ask at the terminal for the password of a key that has one, and the role would hang.
    return ""


def _own_peer(folder: Path) -> Peer:
    try:
        return peer_of(ssl.PEM_cert_to_DER_cert(_read(folder / "cert.pem").decode("ascii").strip()))
    except (ValueError, Fault) as error:
        raise Misconfigured("tls-files-invalid", str(folder / "cert.pem"), "tls") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured("tls-files-missing", str(path), "tls") from error


def _state(path: str) -> tuple[int, int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0, 0)
    return (status.st_mtime_ns, status.st_size, status.st_ino)
