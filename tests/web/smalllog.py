"""A small real log for the portal's tests: one person's records among others', checkpoint, witness, map, sealed labels."""

from collections.abc import Sequence

import msgspec

from enishi.encoding import digest
from enishi.oidc.relying import Begun
from enishi.oidc.text import challenge
from enishi.protocol.letters import LETTER_MS, Letter, LetterShown, open_letter
from enishi.protocol.record import GroundShown, RecordBody, read_body, write_body
from enishi.protocol.self_disclosure import SelfRequest, read_self_request
from enishi.protocol.statement import AffairRef
from enishi.protocol.view import CardSigned, Labels, ShownLog, ShownRecord, labels_info, read_request, request_digest
from enishi.roles.portal.letters.there import HolderKey, LettersThere, SealedLetter
from enishi.roles.portal.login import AGAIN, WayIn
from enishi.roles.portal.owndata import OwnData
from enishi.roles.portal.view import Asked, Name, Proven, SignedFor, ViewedLog
from enishi.seal.hpke import SealingKey, seal
from enishi.seal.pad import pad
from enishi.seal.sign import SigningKey
from enishi.terms import Absence, Outcome
from enishi.tlog.checkpoint import Checkpoint, sign_checkpoint
from enishi.tlog.cosign import cosign
from enishi.tlog.labels import LabelMap, label, person_key
from enishi.tlog.leaf import NO_LABEL, PUBLIC_SALT, Leaf, LeafKind, commitment, encode_leaf
from enishi.tlog.note import KeyType, Note, Verifier, add_signatures
from enishi.tlog.tree import inclusion, leaf_hash, root_of
from web.smallmandates import SmallMandates

ORIGIN = "log.example/enishi"
WITNESS = "witness.example/press"
T0 = 1_743_483_720_000
"""2025-04-01 14:02 in Japan."""
DAY = 24 * 60 * 60 * 1000
ORDER = "506M60004008009@2024-05-27"
KINDS = {
    "intent": LeafKind.INTENT,
    "outcome": LeafKind.OUTCOME,
    "refusal": LeafKind.REFUSAL,
    "look": LeafKind.LOOK,
    "late_entry": LeafKind.LATE_ENTRY,
    "withheld": LeafKind.WITHHELD,
    "self": LeafKind.SELF,
    "change": LeafKind.CHANGE,
}
NAMES = {
    "012131": Name("苫小牧市", "Tomakomai City"),
    "011002": Name("札幌市", "Sapporo City"),
    "moj": Name("法務省", "Ministry of Justice"),
    "digital": Name("デジタル庁", "Digital Agency"),
    "employer-1": Name("株式会社みなと工業（架空）", "Minato Kogyo Co. (fictitious)"),
    "isa": Name("出入国在留管理庁", "Immigration Services Agency"),
}
HELD = {"012131": ("local_tax", "jumin"), "011002": ("local_tax", "jumin"), "moj": ("koseki",), "digital": ("account",)}
KINDS_OF = {"012131": "municipality", "011002": "municipality", "moj": "ministry", "digital": "agency", "isa": "agency", "employer-1": "employer"}
LOG_KEY = SigningKey.from_bytes(bytes(range(32)))
WITNESS_KEY = SigningKey.from_bytes(bytes(range(32, 64)))


def key_of(number: int) -> bytes:
    """A 32-byte value that stands for a random one."""
    return digest("test", number.to_bytes(4, "big"))


def inquiry(number: int, provider: str, items: tuple[str, ...], at_ms: int, item: str = "1") -> RecordBody:
    """The intent of one inquiry by 苫小牧市 on row 108."""
    affair_names = {"1": "災害弔慰金の支給に関する事務", "3": "災害援護資金の貸付けの申請に係る事実についての審査に関する事務"}
    return RecordBody(
        kind="intent",
        item_id=key_of(number),
        txid=key_of(1000 + number),
        at_ms=at_ms,
        inquirer="012131",
        provider=provider,
        affair=AffairRef(ORDER, "108"),
        affair_name=affair_names[item],
        purpose_item=item,
        items=items,
        relation="survivor" if item == "1" else "applicant",
        basis=("425AC0000000027#19-1-8", f"{ORDER}#2/108", f"{ORDER}#110-1-{item}-イ"),
    )


def ended(intent: RecordBody, outcome: str, after_ms: int = 400, deadline_ms: int = 0) -> RecordBody:
    """The outcome of an inquiry, which names item, parties and kind and nothing more."""
    return RecordBody(
        kind="outcome",
        item_id=intent.item_id,
        txid=intent.txid,
        at_ms=intent.at_ms + after_ms,
        inquirer=intent.inquirer,
        provider=intent.provider,
        outcome=outcome,
        deadline_ms=deadline_ms,
    )


def refused(number: int, at_ms: int) -> RecordBody:
    """Tax asked for 災害弔慰金, which law does not allow."""
    ground = GroundShown(
        "item-not-in-purpose",
        f"{ORDER}#110-1-1",
        {
            "ja": "この事務（第1号）では、地方税関係情報を求めることはできません。",
            "en": "For this task (item 1), local tax information may not be asked for.",
        },
    )
    asked = inquiry(number, "011002", ("地方税関係情報",), at_ms)
    return msgspec.structs.replace(asked, kind="refusal", basis=(), grounds=(ground,))


def look(at_ms: int) -> RecordBody:
    """A look of the person's own; which request it answers is said later (`SmallLog.answer`)."""
    return RecordBody(kind="look", item_id=key_of(90), txid=key_of(91), at_ms=at_ms, face="portal")


def story(until_ms: int = T0 + 3 * DAY) -> list[RecordBody]:
    """What happened to one person: provided, refused, waiting, unknown, held, and a look."""
    first = inquiry(1, "moj", ("戸籍関係情報",), T0)
    second = inquiry(2, "digital", ("公的給付支給等口座登録簿関係情報",), T0 + 60_000)
    loan = inquiry(4, "011002", ("地方税関係情報", "住民票関係情報"), T0 + DAY, "3")
    stranger = inquiry(5, "011002", ("住民票関係情報",), T0 + DAY + 60_000, "3")
    old = [inquiry(20 + i, "moj", ("戸籍関係情報",), T0 - (i + 1) * 37 * DAY) for i in range(5)]
    bodies = [first, ended(first, "provided"), second, ended(second, "provided"), refused(3, T0 + 180_000), loan]
    bodies += [ended(loan, "held", deadline_ms=until_ms + 5 * DAY), stranger, ended(stranger, "no_such_person")]
    bodies += [body for asked in old for body in (asked, ended(asked, "provided"))]
    bodies.append(look(until_ms))
    return sorted(bodies, key=lambda body: body.at_ms)


class SmallLog:
    """Leaves of one person and of strangers in turn, then the map's leaf, under one checkpoint."""

    def __init__(self, bodies: Sequence[RecordBody], person: bytes = b"tag") -> None:
        """Append every body under the person's next label, a stranger's leaf after each."""
        self.kt = person_key(key_of(0), person)
        self._other = person_key(key_of(0), b"somebody else")
        self.records: list[tuple[int, bytes, bytes, bytes]] = []
        self.leaves: list[bytes] = []
        for n, body in enumerate(bodies):
            self._append(n, body)
        self.map = LabelMap([leaf[14:46] for leaf in self.leaves])
        at_ms = bodies[-1].at_ms if bodies else T0
        self.leaves.append(encode_leaf(Leaf(1, 1, at_ms, LeafKind.LABEL_MAP, NO_LABEL, commitment(PUBLIC_SALT, self.map.root))))
        self.at_ms = self.cosigned_ms = at_ms

    def _append(self, n: int, body: RecordBody) -> None:
        written, salt = write_body(body), key_of(5000 + n)
        self.records.append((len(self.leaves), self._leaf(body, label(self.kt, n), commitment(salt, written)), salt, written))
        self.leaves.append(self.records[-1][1])
        self.leaves.append(self._leaf(body, label(self._other, n), key_of(9000 + n)))

    def _leaf(self, body: RecordBody, labelled: bytes, committed: bytes) -> bytes:
        return encode_leaf(Leaf(1, 1, body.at_ms, KINDS[body.kind], labelled, committed))

    def answer(self, request: bytes) -> None:
        """The newest look becomes the one that this request made."""
        place = max((i for i, record in enumerate(self.records) if read_body(record[3]).kind == "look"), default=None)
        if place is None:
            return
        index, leaf, salt, body = self.records[place]
        said = msgspec.structs.replace(read_body(body), request=request_digest(request))
        self.leaves[index] = self._leaf(said, leaf[14:46], commitment(salt, write_body(said)))
        self.records[place] = (index, self.leaves[index], salt, write_body(said))

    def note(self, witnesses: int = 1) -> Note:
        """The signed checkpoint, cosigned by the witness or not."""
        hashes = [leaf_hash(leaf) for leaf in self.leaves]
        note = sign_checkpoint(Checkpoint(ORIGIN, len(hashes), root_of(hashes)), LOG_KEY)
        return add_signatures(note, [cosign(note.text, WITNESS, WITNESS_KEY, self.cosigned_ms)] if witnesses else [])

    def labels(self) -> Labels:
        """What the keeper seals to the device."""
        count = len(self.records)
        proofs = [self.map.prove(label(self.kt, n)) for n in range(count + 1)]
        return Labels(self.kt, count, tuple(proofs[:-1]), proofs[-1])

    def view(self, request: bytes, witnesses: int = 1) -> ViewedLog:
        """The person's part, labels sealed to the device that the request names."""
        hashes, size = [leaf_hash(leaf) for leaf in self.leaves], len(self.leaves)
        device = read_request(request).device_key
        sealed = seal(device, labels_info(request_digest(request)), pad(msgspec.json.encode(self.labels()))) if device else b""
        shown = ShownLog(
            size=size,
            checkpoint=self.note(witnesses).encode().decode(),
            records=tuple(ShownRecord(i, leaf, salt, body, tuple(inclusion(hashes, i))) for i, leaf, salt, body in self.records),
            map_index=size - 1,
            map_leaf=self.leaves[-1],
            map_root=self.map.root,
            map_inclusion=tuple(inclusion(hashes, size - 1)),
            sealed_labels=sealed,
        )
        keys = Verifier(ORIGIN, LOG_KEY.public).encoded, Verifier(WITNESS, WITNESS_KEY.public, KeyType.COSIGNATURE).encoded
        return ViewedLog(shown=shown, request=request, log_key=keys[0], witness_keys=(keys[1],), threshold=1, names=NAMES, held=HELD, kinds=KINDS_OF)


DOCUMENTS = {
    "local_tax": b'{"v":"local_tax.v1","fiscal_year":"2024","municipality":"011002","status":"taxed","total_income":2760000,"income_base":1400000,'
    b'"municipal_tax":{"income_levy":112000,"per_capita_levy":3000},"prefectural_tax":{"income_levy":28000,"per_capita_levy":1000},"dependants":1}',
    "koseki": b'{"v":"koseki.v1","name":{"family":"\xe5\x86\x85\xe7\x94\xb0","given":"\xe7\xb4\xac","family_kana":"\xe3\x82\xa6\xe3\x83\x81'
    b'\xe3\x83\x80","given_kana":"\xe3\x83\x84\xe3\x83\xa0\xe3\x82\xae"},"registered_domicile":"\xe6\x9c\xab\xe5\xba\x83\xe7\x94\xba237'
    b'\xe7\x95\xaa\xe5\x9c\xb0","status":"registered","born_on":"1981-11-20","died_on":null,"spouse":null,"parents":[],"children":[{"name":{"family"'
    b':"\xe5\x86\x85\xe7\x94\xb0","given":"\xe9\xa2\xaf","family_kana":"\xe3\x82\xa6\xe3\x83\x81\xe3\x83\x80","given_kana":"\xe3\x83\x8f'
    b'\xe3\x83\xa4\xe3\x83\x86"},"born_on":"2014-09-30","died_on":null}]}',
}


def answered(request: SelfRequest) -> OwnData:
    """札幌市 has the tax and not the resident record, 法務省 the register; デジタル庁 has an official look at it."""
    documents = {item: (DOCUMENTS[item],) for item in request.items if item in DOCUMENTS and request.holder != "digital"}
    plain = OwnData(
        holder=request.holder, items=request.items, period=request.period, item_id=key_of(80), index=41, at_ms=request.at_ms, outcome=Outcome.PROVIDED
    )
    if request.holder == "digital":
        return msgspec.structs.replace(plain, outcome=Outcome.HELD, deadline_ms=request.at_ms + 30 * DAY)
    absent = {item: Absence.NOT_REGISTERED for item in request.items if item not in documents}
    return msgspec.structs.replace(plain, documents=documents, absent=absent, as_of=dict.fromkeys(documents, T0))


HOLDER_KEY = SealingKey.generate()


def arrived(letter_id: bytes, letter: Letter, at_ms: int) -> LetterShown:
    """A letter as it waits at an institution."""
    return LetterShown(
        v=1,
        letter_id=letter_id,
        letter=letter,
        known=True,
        arrived_ms=at_ms,
        deadline_ms=at_ms + LETTER_MS,
        answered_ms=0,
        decision="",
        answer="",
        reason="",
        appeal="",
    )


class SmallSource:
    """A portal's source over a small log; the card's half is played by whoever answers with a code."""

    def __init__(self, log: SmallLog, witnesses: int = 1) -> None:
        """Take the log."""
        self.log = log
        self.witnesses = witnesses
        self.redeemed: list[tuple[str, Begun]] = []
        self.issuer = "http://card.localhost:8401"
        """Whom the browser is sent to."""
        self.subject = "subject"
        self.proven_ms = 0
        """When the issuer says that the card was shown."""
        self.owned: list[SelfRequest] = []
        self.written: dict[str, list[LetterShown]] = {}
        """What people wrote, by institution."""
        self.taken: Outcome | None = Outcome.PROVIDED
        """How a letter, or a reading of one's letters, ends."""
        self.mandates: SmallMandates | None = None
        self.answers = answered
        """What institutions answer a person about themselves."""

    async def way_in(self, begun: Begun) -> WayIn:
        """As an issuer that names itself in its answer."""
        query = {"state": begun.state, "nonce": begun.nonce, "code_challenge": challenge(begun.verifier)}
        return WayIn(f"{self.issuer}/authorize", query, self.issuer)

    async def redeem(self, code: str, begun: Begun, request: bytes) -> SignedFor:
        """Take every code once said."""
        self.redeemed.append((code, begun))
        return SignedFor(CardSigned(request, b"", b""), self.subject, self.proven_ms)

    async def way_again(self, begun: Begun) -> WayIn:
        """The same way, with the demand that the card be shown now."""
        way = await self.way_in(begun)
        return WayIn(way.endpoint, way.query | AGAIN, way.issuer)

    async def again(self, code: str, begun: Begun) -> Proven:
        """Take every code once said."""
        self.redeemed.append((code, begun))
        return Proven(self.subject, self.proven_ms)

    async def own(self, asked: Asked) -> OwnData:
        """Whatever the institution asked has to say."""
        request = read_self_request(asked.signed.request)
        self.owned.append(request)
        return self.answers(request)

    def holder_key(self, holder: str) -> HolderKey:
        """Every institution has the one key here."""
        return HolderKey(HOLDER_KEY.public, 1)

    async def letters(self, asked: Asked, letter: SealedLetter | None) -> LettersThere:
        """Opened and kept as an institution keeps them; a reading brings what is kept, answered where a test did."""
        request = read_self_request(asked.signed.request)
        self.owned.append(request)
        there = LettersThere(holder=request.holder, sent=letter is not None, outcome=self.taken, letters=(), letter_id=key_of(70), index=41, at_ms=T0)
        if self.taken is not Outcome.PROVIDED:
            return there
        kept = self.written.setdefault(request.holder, [])
        if letter is not None:
            written = open_letter(HOLDER_KEY, letter.sealed, request.holder, request.answer_key)
            kept.insert(0, arrived(key_of(700 + len(kept)), written, request.at_ms))
            return msgspec.structs.replace(there, letters=(kept[0],), letter_id=kept[0].letter_id)
        return msgspec.structs.replace(there, letters=tuple(kept))

    async def view(self, asked: Asked) -> ViewedLog:
        """The log's view for the request, which is the newest look in it."""
        self.log.answer(asked.signed.request)
        viewed = self.log.view(asked.signed.request, self.witnesses)
        return viewed if self.mandates is None else self.mandates.viewed(viewed, asked.signed.request)
