"""Founding a mesh in a data folder: authority, certificates, first keys, the founding list, and the synthetic people's way in.

Every key is made into the folder of the role that will hold it, and nowhere else.  The marker is written last: a founding that was cut
off is done again.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import date
from hashlib import sha256
from pathlib import Path
from secrets import SystemRandom, token_bytes, token_urlsafe
from typing import Any, BinaryIO, Final

import msgspec

from enishi import __version__, card, clock, society
from enishi.cli.certificates import certify
from enishi.cli.ports import PLATFORM, SECOND_WITNESS
from enishi.errors import Misconfigured
from enishi.mesh.registry import Pins
from enishi.oidc.tokens import TokenKey
from enishi.protocol.founding import Founding, FoundingInstitution
from enishi.protocol.registry import Witness
from enishi.roles.gateway.founding import make_keys
from enishi.roles.oversight.canaries import CANARY_FILE, Canary
from enishi.roles.oversight.letters import KEY as LETTERS_KEY
from enishi.roles.oversight.letters import new_letters_key
from enishi.seal.hpke import SealingKey
from enishi.seal.sign import SigningKey
from enishi.store.keyring import Keyring
from enishi.tlog.note import KeyType, Verifier

ORIGIN: Final = "log.enishi.example/demo"
WITNESS: Final = "witness.enishi.example/demo"
WITNESSES: Final = {"witness": WITNESS, SECOND_WITNESS: "witness-2.enishi.example/demo"}
"""The name that each witness's key signs under."""
QUORUM: Final = 2
"""How many of the witnesses readers ask for.  One of two would be weaker than one alone: whichever colludes would be enough."""
SEED: Final = 1
CANARIES: Final = 3
"""How many canary persons the commission has."""
MARKER: Final = "founded.json"
Say = Callable[[str], None]


class Founded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The marker of a whole founding: with which version, and which society."""

    version: str
    seed: int
    residents: int
    at_ms: int


def founded(data: Path) -> Founded | None:
    """What the folder was founded as; None for a new one; Misconfigured("founding-unreadable") for a damaged marker."""
    try:
        return msgspec.json.decode((data / MARKER).read_bytes(), type=Founded)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise Misconfigured("founding-unreadable", str(error), MARKER) from error


def found(data: Path, residents: int, say: Say) -> Founded:
    """Found the mesh, or return what it was founded as before."""
    known, at_ms = founded(data), clock.now_ms()
    say("certificates")
    certify(data, at_ms)
    _witnesses(data)
    client_key(data)
    commission_key(data)
    if known is not None:
        return known
    say("keys")
    institutions = _institutions(data)
    _roles(data, institutions, at_ms)
    say(f"people: {residents} synthetic residents")
    _people(data, residents)
    _canaries(data, residents)
    marker = Founded(__version__, SEED, residents, at_ms)
    _write(data / MARKER, msgspec.json.encode(marker))
    return marker


def _institutions(data: Path) -> tuple[FoundingInstitution, ...]:
    return tuple(_institution(data, one) for one in society.institutions() if one.platform == PLATFORM)


def _institution(data: Path, one: society.InstitutionSeed) -> FoundingInstitution:
    folder = data / "gateway" / "tenants" / one.id
    parts = make_keys(folder, one.id, 1)
    _credential(data, folder, one.id)
    return FoundingInstitution(
        id=one.id,
        name_ja=one.name_ja,
        name_en=one.name_en,
        kind=one.kind,
        platform=one.platform,
        capacities=one.capacities,
        assessments=one.assessments,
        ordinances=one.ordinances,
        elgamal=parts.elgamal,
        elgamal_proof=parts.elgamal_proof,
        hpke=parts.hpke,
        signing=parts.signing,
    )


def _credential(data: Path, folder: Path, institution: str) -> None:
    """A credential for the demo's own system at each institution; the token is for the caller, its hash for the gateway."""
    tokens = Keyring(data / "credentials")
    token = tokens.get_or_make(institution, lambda: token_urlsafe(32).encode()).decode()
    offices = ["marks", "copies", "letters", "mandates", "representations"]
    entry = {"token_sha256": sha256(token.encode()).hexdigest(), "system": "enishi-demo", "officer": "officer-001", "offices": offices}
    _write(folder / "credentials.json", msgspec.json.encode([entry]))


def _roles(data: Path, institutions: tuple[FoundingInstitution, ...], at_ms: int) -> None:
    signing = {
        role: SigningKey.from_bytes(Keyring(data / role / "keys").get_or_make("signing", _random))
        for role in ("exchange", "oversight", "registrar", "portal")
    }
    Keyring(data / "portal" / "keys").get_or_make("cookie", _random)
    pins = msgspec.json.encode(Pins(signing["exchange"].public, signing["oversight"].public))
    for role in ("exchange", "keeper", "oversight", "registrar", "gateway", "portal"):
        _write(data / role / "pins.json", pins)
    _write(data / "pins.json", pins)
    maker = card.found(data / "card", at_ms)
    founding = Founding(
        institutions=institutions,
        registrar=signing["registrar"].public,
        portal=signing["portal"].public,
        card_authority=maker.authority,
        witnesses=tuple(Witness(name, witness_key(data, folder)) for folder, name in WITNESSES.items()),
        witness_quorum=QUORUM,
    )
    _write(data / "exchange" / "founding.json", msgspec.json.encode(founding))


def log_key(data: Path) -> str:
    """The log's verifier key; its secret is made here, in the keeper's own folder, because the witness must know the public part before the start."""
    key = SigningKey.from_bytes(Keyring(data / "keeper" / "keys").get_or_make("log", _random))
    return Verifier(ORIGIN, key.public).encoded


def witness_key(data: Path, folder: str = "witness") -> str:
    """The verifier key of the witness in that folder."""
    key = SigningKey.from_bytes(Keyring(data / folder / "keys").get("cosigning"))
    return Verifier(WITNESSES[folder], key.public, KeyType.COSIGNATURE).encoded


def client_key(data: Path) -> TokenKey:
    """The key by which the portal proves to the issuer who it is; made in the portal's own folder, also in one of a version that had none."""
    return TokenKey(Keyring(data / "portal" / "keys").get_or_make("client", TokenKey.generate))


def commission_key(data: Path) -> bytes:
    """The public key of letters to the commission; the key is made in the commission's own folder, also in one of a version that had none."""
    return SealingKey.from_bytes(Keyring(data / "oversight" / "keys").get_or_make(LETTERS_KEY, new_letters_key)).public


def _witnesses(data: Path) -> None:
    # Also in a folder of a version that had one witness.  One that has seen a log and lost its key is not given another: it must say so.
    for folder in WITNESSES:
        if not (data / folder / "witness.db").exists():
            Keyring(data / folder / "keys").get_or_make("cosigning", _random)


def _people(data: Path, residents: int) -> None:
    maker = card.Maker(data / "card")
    maker.issue(society.card_holders(society.generate(SEED, residents), SEED))
    _lines(data / "registrar" / "residents.jsonl", _residents(residents, maker))
    folders = {one.id: data / "gateway" / "tenants" / one.id for one in society.institutions() if one.platform == PLATFORM}
    with ExitStack() as stack:
        files: dict[str, BinaryIO] = {name: stack.enter_context(_private(folder / "import.jsonl")) for name, folder in folders.items()}
        for institution, held in society.all_holdings(society.generate(SEED, residents), SEED):
            if institution in files:
                files[institution].write(msgspec.json.encode(held) + b"\n")


def _residents(residents: int, maker: card.Maker) -> Iterable[bytes]:
    for one in society.registrations(society.generate(SEED, residents), SEED):
        serial = maker.serial(one.card) if one.card else ""
        line: dict[str, Any] = {"individual_number": one.individual_number, "card_serial": serial, "acquisition_number": one.acquisition_number}
        line |= {"signature_serial": maker.serial(one.card, card.Use.SIGNATURE) if one.card else ""}
        # The authority tells the registrar, too: a card that was reported lost opens nothing, whatever its issuer says.
        lost = {"card_suspended": True} if one.card_state == "suspended" else {}
        yield msgspec.json.encode(line | lost)


def _canaries(data: Path, residents: int) -> None:
    """Draw the commission's canary persons by lot, after everybody was registered and given to institutions: only this file can tell them."""
    lot, drawn = SystemRandom(), list[society.Bystander]()
    for count, one in enumerate(society.bystanders(SEED, residents), start=1):
        # Each one ends among those drawn with the same chance, however many there are, and the whole country is never held at once.
        place = lot.randrange(count)
        if len(drawn) < CANARIES:
            drawn.append(one)
        elif place < CANARIES:
            drawn[place] = one
    figures = [(one.home, one.figure(SEED)) for one in drawn]
    made = [Canary(f"canary-{n}", each.card, each.pin, home, each.addressees) for n, (home, each) in enumerate(figures, start=1)]
    with _private(data / "oversight" / CANARY_FILE) as file:
        file.write(msgspec.json.encode(made))


def _lines(path: Path, lines: Iterable[bytes]) -> None:
    with _private(path) as file:
        for line in lines:
            file.write(line + b"\n")


def _private(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    return path.open("wb")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(content)


def _random() -> bytes:
    return token_bytes(32)


def day_of(text: str) -> date:
    """The day of `--on`; Misconfigured("day-unreadable")."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Misconfigured("day-unreadable", text[:20], "on") from error
