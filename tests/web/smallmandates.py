"""A portal's source for representatives: one registrar's list, played by the test; the card agrees to everything."""

import msgspec

from enishi.errors import Denied, Fault
from enishi.oidc.relying import Begun
from enishi.oidc.text import challenge
from enishi.protocol.mandate import (
    MandateAcceptance,
    MandateEnd,
    MandateFind,
    MandateFound,
    MandateOffer,
    MandateOffered,
    MandateShown,
    read_mandate_acceptance,
    read_mandate_offer,
    sign_declared,
)
from enishi.protocol.record import read_body
from enishi.protocol.view import read_request
from enishi.roles.portal.login import WayIn
from enishi.roles.portal.offer import DocumentSigned
from enishi.roles.portal.view import ViewedLog
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId

KEY = SigningKey.from_bytes(bytes(range(96, 128)))
CODE = "7K3MF9QX2P"
ACTS = ("intent", "outcome", "refusal")


def mandate(number: int, **changes: object) -> MandateShown:
    """One as the registrar shows it: a parent's, unless said otherwise."""
    given: dict[str, object] = {
        "id": bytes([number]) * 16,
        "role": "representative",
        "kind": "parent",
        "scope": ("records",),
        "other": "森　蒼",
    }
    given |= {
        "institution": InstitutionId("012131"),
        "citation": "129AC0000000089#824",
        "state": "in_force",
        "from_ms": 1,
        "until_ms": 2_000_000_000_000,
    }
    return MandateShown(**(given | {"ended_ms": 0, "uses": ()} | changes))  # type: ignore[arg-type]


class SmallMandates:
    """Keeps one list; `fault` is what the registrar answers, `unusable` that no look by a mandate is opened."""

    def __init__(self) -> None:
        self.issuer = "http://card.localhost:8401"
        self.subject = "subject"
        self.kept: list[MandateShown] = []
        self.fault: Fault | None = None
        self.unusable = False
        self.brought: list[MandateOffer | MandateAcceptance] = []
        self.asked: list[MandateFind | MandateEnd] = []

    def viewed(self, viewed: ViewedLog, request: bytes) -> ViewedLog:
        """A look with the list; by a mandate, what a representative sees and no list."""
        if read_request(request).mandate is msgspec.UNSET:
            return msgspec.structs.replace(viewed, mandates=tuple(self.kept))
        if self.unusable:
            raise Denied("mandate-unusable", "", "mandate")
        records = tuple(one for one in viewed.shown.records if read_body(one.body).kind in ACTS and read_body(one.body).item_id)
        return msgspec.structs.replace(viewed, shown=msgspec.structs.replace(viewed.shown, records=records, sealed_labels=b""), handed=())

    def sign(self, form: MandateOffer | MandateAcceptance) -> Envelope:
        return sign_declared(form, KEY)

    async def way_in(self, begun: Begun) -> WayIn:
        query = {"state": begun.state, "nonce": begun.nonce, "code_challenge": challenge(begun.verifier), "scope": "openid sign"}
        return WayIn(f"{self.issuer}/authorize", query, self.issuer)

    async def redeem(self, code: str, begun: Begun) -> DocumentSigned:
        return DocumentSigned(self.subject, b"certificate", b"signature")

    async def offer(self, declared: Envelope, signed: DocumentSigned) -> MandateOffered:
        said = read_mandate_offer(declared, KEY.public)
        self.brought.append(said)
        place = {"role": "principal", "kind": "voluntary", "scope": said.scope, "other": "", "institution": InstitutionId(""), "citation": ""}
        made = mandate(100 + len(self.brought), **place, state="offered", until_ms=said.until_ms)
        self.kept.insert(0, made)
        return MandateOffered(made, CODE, said.at_ms + 1)

    async def find(self, asked: MandateFind) -> MandateFound:
        self.asked.append(asked)
        if self.fault is not None:
            raise self.fault
        return MandateFound(mandate=b"\5" * 16, offer=b"\6" * 32, principal="森　蒼", scope=("records",), until_ms=2_000_000_000_000)

    async def accept(self, declared: Envelope, signed: DocumentSigned) -> MandateShown:
        said = read_mandate_acceptance(declared, KEY.public)
        self.brought.append(said)
        made = mandate(5, kind="voluntary", scope=("records",), institution=InstitutionId(""), citation="")
        self.kept.insert(0, made)
        return made

    async def end(self, asked: MandateEnd) -> MandateShown:
        self.asked.append(asked)
        place = next(place for place, one in enumerate(self.kept) if one.id == asked.mandate)
        self.kept[place] = msgspec.structs.replace(self.kept[place], state="ended", ended_ms=1_900_000_000_000)
        return self.kept[place]
