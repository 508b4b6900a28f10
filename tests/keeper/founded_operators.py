"""A founded mesh at rest: two institutions, three people, two cards; and the small words in which the tests speak of messages and faults."""

import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec

from card.handed_card import Holder
from enishi import card, clock
from enishi.linkage.group import base, random_scalar
from enishi.linkage.possession import prove_possession
from enishi.mesh.faults import FaultForm, fault_of
from enishi.number import individual_number
from enishi.protocol import wire
from enishi.protocol.founding import Founding, FoundingInstitution
from enishi.protocol.registry import Witness, possession_context
from enishi.protocol.statement import Inquiry, Nondisclosure, txid_of
from enishi.roles.exchange.state import load_secrets as load_exchange
from enishi.seal.hpke import SealingKey
from enishi.seal.sign import SigningKey
from enishi.society.institutions import institution
from enishi.store.keyring import Keyring
from enishi.terms import Txid
from enishi.tlog.note import KeyType, Verifier

A, B = "012131", "011002"
TENANTS = frozenset({A, B})
ORIGIN, WITNESS = "log.enishi.example", "witness.enishi.example"
NUMBERS = tuple(map(individual_number, ("62149832025", "12345678901", "98765432109")))
"""Two people with cards and one of the register whom no institution has enrolled; numbers that belong to nobody."""
STRANGER = individual_number("11223344556")
ACQUISITION = "acquisition-1"
DAY = date(2025, 4, 1)
T = TypeVar("T")


HOLDERS = (Holder("card-0000000001"), Holder("card-0000000002"))


@dataclass
class Office:
    """An institution as the test plays it: its secrets, and the codes that came back for its people."""

    id: str
    elgamal: bytes = field(default_factory=random_scalar)
    signing: SigningKey = field(default_factory=SigningKey.generate)
    codes: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Founded:
    """A mesh after founding and enrolment, at rest: its folder and what no role's folder holds."""

    data: Path
    offices: dict[str, Office] = field(default_factory=lambda: {A: Office(A), B: Office(B)})
    registrar: SigningKey = field(default_factory=SigningKey.generate)
    portal: SigningKey = field(default_factory=SigningKey.generate)
    oversight: SigningKey = field(default_factory=SigningKey.generate)
    witness: SigningKey = field(default_factory=SigningKey.generate)

    def copied(self, folder: Path) -> "Founded":
        """The same mesh in a folder of its own."""
        shutil.copytree(self.data, folder)
        return Founded(folder, self.offices, self.registrar, self.portal, self.oversight, self.witness)


def lay(founded: Founded) -> None:
    data = founded.data
    exchange = load_exchange(Keyring(data / "exchange" / "keys"))
    pins = {"exchange": exchange.signing.public, "oversight": founded.oversight.public}
    for role in ("keeper", "exchange", "oversight", "registrar", "witness"):
        (data / role).mkdir(exist_ok=True, parents=True)
        (data / role / "pins.json").write_bytes(msgspec.json.encode(pins))
    maker = card.found(data / "card", clock.now_ms())
    maker.issue(HOLDERS)
    verifier = Verifier(WITNESS, founded.witness.public, KeyType.COSIGNATURE)
    whole = Founding(
        institutions=tuple(_seed(office) for office in founded.offices.values()),
        registrar=founded.registrar.public,
        portal=founded.portal.public,
        card_authority=maker.authority,
        witnesses=(Witness(WITNESS, verifier.encoded),),
        witness_quorum=1,
    )
    (data / "exchange" / "founding.json").write_bytes(msgspec.json.encode(whole))
    serials = [maker.serial(holder.card) for holder in HOLDERS]
    signing = [maker.serial(holder.card, card.Use.SIGNATURE) for holder in HOLDERS]
    people = [
        {"individual_number": NUMBERS[0], "card_serial": serials[0], "acquisition_number": "", "signature_serial": signing[0]},
        {"individual_number": NUMBERS[1], "card_serial": serials[1], "acquisition_number": ACQUISITION, "signature_serial": signing[1]},
        {"individual_number": NUMBERS[2], "card_serial": "", "acquisition_number": ""},
    ]
    (data / "registrar" / "residents.jsonl").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in people))


def _seed(office: Office) -> FoundingInstitution:
    seed = institution(office.id)
    return FoundingInstitution(
        id=seed.id,
        name_ja=seed.name_ja,
        name_en=seed.name_en,
        kind=seed.kind,
        platform="gateway",
        capacities=seed.capacities,
        assessments=seed.assessments,
        elgamal=base(office.elgamal),
        elgamal_proof=prove_possession(office.elgamal, possession_context(office.id, "elgamal", 1)).encode(),
        hpke=SealingKey.generate().public,
        signing=office.signing.public,
    )


def txid(inquiry: Inquiry) -> Txid:
    return txid_of(inquiry.statement.payload)


def mark(until_ms: int) -> Nondisclosure:
    return Nondisclosure("415AC0000000057#78-1-1", until_ms)


def only(results: wire.Results[T]) -> T:
    """The value of a batch of one, or its fault, raised as the mesh raises it."""
    (result,) = results.results
    if result.value is None:
        assert result.fault is not None
        raise fault_of(FaultForm(result.fault.status, result.fault.code, result.fault.detail, result.fault.field))
    return result.value


def code_of(result: wire.Result[T]) -> str:
    """The slug of a fault inside a batch, "" for a value."""
    return result.fault.code if result.fault else ""
