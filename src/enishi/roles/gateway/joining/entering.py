"""Use case: a platform that was admitted takes up its certificate and its configuration, after it has checked that they are meant for it."""

from pathlib import Path
from urllib.parse import urlsplit

from enishi.errors import Misconfigured, Tampered
from enishi.mesh import pki
from enishi.mesh.config import RoleConfig, write
from enishi.mesh.registry import read_pins
from enishi.protocol.joining import Admission, join_digest, read_admission
from enishi.roles.gateway.joining.platform import ADMITTED, CONFIG, JOIN, PLATFORM, Named, Platform, forms_of, read_file, write_file
from enishi.seal.dsse import Envelope, decode_envelope


def request_of(folder: Path) -> Envelope:
    """The request as it is handed in; Misconfigured("platform-not-made")."""
    try:
        return decode_envelope((folder / JOIN).read_bytes())
    except OSError as error:
        raise Misconfigured("platform-not-made", str(folder), "data") from error


def enter(folder: Path, admission: Envelope, at_ms: int) -> pki.Peer:
    """Check an admission and take it up; the same again changes nothing.

    Tampered where the exchange did not sign it, Tampered("admission-anothers") for another request, Misconfigured("certificate-not-ours").
    """
    platform, request = read_file(folder / PLATFORM, Platform), request_of(folder)
    if platform is None:
        raise Misconfigured("platform-not-made", str(folder), "data")
    said = read_admission(admission, read_pins(folder)["exchange"])
    if (said.platform, said.request) != (platform.name, join_digest(request)):
        raise Tampered("admission-anothers", said.platform[:63], "admission")
    peer = pki.take_certificate(folder / "tls", said.certificate, said.authority, said.revoked, at_ms)
    if peer.role != "gateway" or not {form.id for form in forms_of(folder)} <= peer.tenants:
        raise Tampered("admission-anothers", peer.name, "certificate")
    if not (folder / CONFIG).exists():
        write(folder / CONFIG, _config(folder, platform, said, peer.name))
    write_file(folder / ADMITTED, Named(said.request))
    return peer


def _config(folder: Path, platform: Platform, said: Admission, name: str) -> RoleConfig:
    return RoleConfig(
        role="gateway",
        name=name,
        data=folder.absolute(),
        tls=(folder / "tls").absolute(),
        mesh_port=urlsplit(platform.door).port or 443,
        face_port=platform.face_port,
        peers={"exchange": said.exchange, "registrar": said.registrar},
        settings={"log": said.log} if said.log else {},
    )
