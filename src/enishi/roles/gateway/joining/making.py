"""Use case: make a platform's folder.  Keys are made where they will be used, and only their public parts are written into the request."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe

import msgspec

from enishi.errors import Misconfigured
from enishi.mesh import pki
from enishi.protocol.founding import FoundingInstitution
from enishi.protocol.joining import FIRST_EPOCH, JoinRequest, sign_join
from enishi.roles.gateway.founding import make_keys
from enishi.roles.gateway.joining.platform import FORM, JOIN, PLATFORM, InstitutionForm, Platform, forms_of, read_file, write_file
from enishi.seal.dsse import Envelope, encode_envelope
from enishi.seal.sign import SigningKey
from enishi.store.keyring import Keyring


def make_platform(folder: Path, platform: Platform, forms: Sequence[InstitutionForm], pins: bytes, at_ms: int) -> list[str]:
    """Make what is missing and keep what is there; returns the institutions that are new.

    Misconfigured("platform-differs", "pins-differ", "form-differs") where the folder says otherwise than what is asked.
    """
    _keep(folder / PLATFORM, msgspec.json.encode(platform), platform == read_file(folder / PLATFORM, Platform), "platform")
    _keep_pins(folder / "pins.json", pins)
    fresh = [one.id for one in forms if _add(folder, one)]
    pki.new_key(folder / "tls")
    if fresh or not (folder / JOIN).exists():
        # A certificate is asked for anew with every institution that it is to list.
        write_file(folder / JOIN, encode_envelope(_request(folder, platform, at_ms)))
    return [str(one) for one in fresh]


def _keep(path: Path, content: bytes, same: bool, field: str) -> None:
    if path.exists() and not same:
        raise Misconfigured("platform-differs", path.name, field)
    if not path.exists():
        write_file(path, content)


def _keep_pins(path: Path, pins: bytes) -> None:
    if path.exists() and msgspec.json.decode(path.read_bytes()) != msgspec.json.decode(pins):
        raise Misconfigured("pins-differ", path.name, "pins")
    if not path.exists():
        write_file(path, pins)


def _add(folder: Path, form: InstitutionForm) -> bool:
    tenant = folder / "tenants" / form.id
    held = read_file(tenant / FORM, InstitutionForm)
    if held is not None and held != form:
        raise Misconfigured("form-differs", form.id, "institution")
    make_keys(tenant, form.id, FIRST_EPOCH)
    _credential(folder, tenant, form.id)
    if held is None:
        # Last, so that an institution whose making was cut off is made to its end.
        write_file(tenant / FORM, form)
    return held is None


def _credential(folder: Path, tenant: Path, institution: str) -> None:
    """A first credential for the institution's own system: the token for the caller, its hash for the gateway."""
    token = Keyring(folder / "credentials").get_or_make(institution, lambda: token_urlsafe(32).encode())
    if not (tenant / "credentials.json").exists():
        write_file(tenant / "credentials.json", [{"token_sha256": sha256(token).hexdigest(), "system": "first-system", "officer": "officer-001"}])


def _request(folder: Path, platform: Platform, at_ms: int) -> Envelope:
    forms = forms_of(folder)
    request = JoinRequest(
        v=1,
        platform=platform.name,
        door=platform.door,
        csr=pki.request_certificate(folder / "tls", platform.name),
        institutions=tuple(_institution(folder, platform, form) for form in forms),
        at_ms=at_ms,
    )
    names = [*(form.id for form in forms), *_hosted(folder, [form.id for form in forms])]
    keyrings = {name: Keyring(folder / "tenants" / name / "keys") for name in names}
    return sign_join(request, {name: SigningKey.from_bytes(keys.get(f"signing.{FIRST_EPOCH}")) for name, keys in keyrings.items()})


def _hosted(folder: Path, asked: Sequence[str]) -> list[str]:
    """One institution that was here before anybody joined: it vouches for the others, so that nobody else can speak for this platform."""
    keyed = sorted(path.parent.parent.name for path in (folder / "tenants").glob(f"*/keys/signing.{FIRST_EPOCH}"))
    return [name for name in keyed if name not in asked][:1]


def _institution(folder: Path, platform: Platform, form: InstitutionForm) -> FoundingInstitution:
    parts = make_keys(folder / "tenants" / form.id, form.id, FIRST_EPOCH)
    return FoundingInstitution(
        id=form.id,
        name_ja=form.name_ja,
        name_en=form.name_en,
        kind=form.kind,
        platform=platform.name,
        capacities=form.capacities,
        assessments=form.assessments,
        ordinances=form.ordinances,
        **msgspec.structs.asdict(parts),
    )
