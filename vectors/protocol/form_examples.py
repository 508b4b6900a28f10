"""One whole example of every form of docs/protocol.md, appendix A, for form.json."""

from datetime import date
from typing import Any, Final, NamedTuple

import msgspec
from make import PAIRS, ROWS, SIGNED, STATEMENT, TXID, answer, inquiry, outcome, receipt, signed_receipt
from make_agents import ENDED, REFERENCE
from make_agents import GIVEN as GIVEN_MANDATE
from make_agents import MANDATE as AGENT_MANDATE
from make_agents import SHOWN as SHOWN_MANDATE
from make_agents import signed as signed_mandate
from make_changes import GOOD as HANDED
from make_changes import NOTE, NOTICE, RETURNED, SEED, note
from make_joining import DOOR, JOINS, csr, good_admission, join, joined
from make_looks import ANSWER, ASKED, BODIES, REQUEST, SERIAL, seen, shown_log
from make_mandates import ACCEPTANCE
from make_mandates import OFFER as MANDATE_OFFER
from make_mandates import SHOWN as MANDATE
from make_mandates import signed as mandated
from make_mesh import GIVEN, REFUSAL, SUBSCRIBED, VERDICTS, commit, event, page
from make_offers import HANDED as GIVEN_NUMBER
from make_offers import OFFER, SHOWN, signed
from make_people import batch, transcript
from vector_world import AT_MS, AUTHORITY, INSTITUTIONS, REGISTRY, SEER, SNAPSHOT, WITNESS, A, B, certificate, key, owned, scalar, seed

from enishi.evidence.bundle import Bundle, OutcomeEvidence, Standing
from enishi.linkage.dleq import Proof
from enishi.linkage.enrol import Step
from enishi.linkage.group import base
from enishi.linkage.hop import ExchangeHop, KeeperHop, KeeperRootHop, RootHop
from enishi.protocol import agent, commission, joining, letters, mandate, offer, registry, standing, view, wire
from enishi.protocol import self_disclosure as own
from enishi.protocol.founding import Founding
from enishi.protocol.outcome import Answer, OutcomeRoot, sign_outcomes
from enishi.protocol.receipt import ReceiptRoot
from enishi.protocol.record import Opened, read_body
from enishi.protocol.second import SecondAsk
from enishi.protocol.statement import Inquiry, Nondisclosure, item_id_of
from enishi.protocol.suspension import SuspensionDigest
from enishi.roles.keeper.ticket import Ticket
from enishi.terms import ItemId, Kind, Outcome, Txid

replace = msgspec.structs.replace


class Example(NamedTuple):
    """A form's value and how it travels; `of` names the form that T stands for, in those that have one."""

    value: Any
    wire: str = "msgpack"
    of: str = ""

    @property
    def name(self) -> str:
        """`Batch[Admit]` for a form with a parameter, its name otherwise."""
        return type(self.value).__name__ + (f"[{self.of}]" if self.of else "")


def written(*values: Any) -> list[Example]:
    return [Example(value, "json") for value in values]


ITEM: Final = item_id_of(TXID, 0)
LOG, LABELS = shown_log()
RECEIPT: Final = signed_receipt(0)
REPLIED: Final = answer("reply 0")
OUTCOME: Final = sign_outcomes([outcome(i, Outcome.PROVIDED, b"sealed") for i in (1, 0)], key(B), AT_MS + 60)[1]
EPOCH: Final = INSTITUTIONS[0].epochs[0]
ASSESSED: Final = registry.Assessment(
    "506M60004008009@2024-05-27", "108", date(2024, 6, 1), seed("document"), kind="基礎項目+重点項目", persons=120_000, staff=600
)
DELEGATED: Final = registry.Capacity("市町村長", date(2015, 10, 5), date(2030, 1, 1), "厚生労働大臣", "x", "x#1")
INSTITUTION: Final = replace(INSTITUTIONS[0], assessments=(ASSESSED,))
DOORED: Final = replace(SNAPSHOT, gateways=(registry.GatewayDoor("north", DOOR),))

SELF_REQUEST: Final = own.SelfRequest(
    v=1,
    kind=Kind.SELF,
    face="portal",
    session=seed("session"),
    nonce=seed("self")[:16],
    holder=B,
    items=("local_tax", "jumin"),
    period="2024",
    answer_key=ANSWER.public,
    at_ms=AT_MS,
)
SELF_STATEMENT: Final = own.SelfStatement(
    v=1,
    kind=Kind.SELF,
    nonce=seed("statement")[:16],
    face="portal",
    holder=B,
    holder_epoch=1,
    audit_epoch=1,
    at_ms=AT_MS,
    request=own.request_digest(msgspec.json.encode(SELF_REQUEST)),
    items=SELF_REQUEST.items,
    period="2024",
    answer_key=ANSWER.public,
    r=base(scalar("r")),
    b=base(scalar("b")),
    u=base(scalar("u")),
)

LETTER: Final = letters.Letter(v=1, kind="correction", about=TXID, item="koseki", wrong="1981", right="1982", text="生年月日が違います。")
LETTER_SHOWN: Final = letters.LetterShown(
    v=1,
    letter_id=ITEM,
    letter=LETTER,
    known=True,
    arrived_ms=AT_MS,
    deadline_ms=AT_MS + letters.LETTER_MS,
    answered_ms=AT_MS + 1,
    decision="refused",
    answer="訂正しません。",
    reason="届出のとおりです。",
    appeal="3か月以内に、法務大臣へ。",
)
SIGNED_FORMS: Final = written(
    DELEGATED,
    ASSESSED,
    EPOCH,
    INSTITUTION,
    SNAPSHOT.exchange,
    SNAPSHOT.audit[0],
    SNAPSHOT.witnesses[0],
    DOORED.gateways[0],
    DOORED,
    registry.SnapshotDigest(seed("registry"), seed("law")),
    NOTE,
    SuspensionDigest(seed("note")),
    JOINS,
    good_admission(),
    STATEMENT.affair,
    Nondisclosure("415AC0000000057#78-1-1", AT_MS + 1),
    replace(STATEMENT, nondisclosure=Nondisclosure("415AC0000000057#78-1-1", AT_MS + 1)),
    receipt(0),
    ReceiptRoot(1, seed("root"), 2, AT_MS),
    OutcomeRoot(1, seed("root"), 2, AT_MS, B, 1),
    outcome(0, Outcome.HELD, b"sealed", deadline_ms=AT_MS + 604_800_000),
    batch(),
    REQUEST,
    seen(),
    SUBSCRIBED,
    SELF_REQUEST,
    SELF_STATEMENT,
    OFFER,
    MANDATE_OFFER,
    ACCEPTANCE,
    AGENT_MANDATE,
)

STANDING: Final = Standing(index=3, leaf=LOG.map_leaf, inclusion=LOG.map_inclusion, opened=Opened(seed("salt"), BODIES["intent"]))
BUNDLE: Final = Bundle(
    v=1,
    registry=REGISTRY,
    statement=SIGNED,
    place=0,
    row=NOTICE.row,
    path=NOTICE.path,
    receipt=RECEIPT,
    record=STANDING,
    outcomes=(OutcomeEvidence(OUTCOME, replace(STANDING, opened=None)),),
    answer=b"sealed",
    checkpoint=LOG.checkpoint,
)
OTHER_JSON: Final = written(
    LETTER,
    LETTER_SHOWN,
    Founding(
        institutions=(joined(A),),
        registrar=key("registrar").public,
        portal=key("portal").public,
        card_authority=AUTHORITY,
        witnesses=(registry.Witness(WITNESS, SEER.encoded),),
        witness_quorum=1,
    ),
    REFUSAL,
    REFUSAL.grounds[0],
    read_body(BODIES["look"]),
    Answer(
        v=1,
        item_id=ItemId(ITEM),
        kind=Outcome.PROVIDED,
        documents={"jumin": (msgspec.Raw(b'{"v":1,"name":"x"}'),)},
        schemas={"jumin": "jumin.v1"},
        as_of={"jumin": AT_MS - 1},
        absent={"local_tax": "not_registered"},
    ),
    HANDED,
    LABELS,
    LABELS.absent,
    LABELS.absent.steps[0],
    STANDING,
    BUNDLE.outcomes[0],
    BUNDLE,
)

NOTED: Final = note()
SHOWN_JOIN: Final = joining.JoinShown(seed("join"), "declined", "鍵が古い", join())
REQUESTED: Final = joining.Uncertified(seed("csr"), "north", "north.example", (A,), csr())
OPERATORS: Final = [
    Example(one)
    for one in (
        standing.AddAsk(joined(A)),
        standing.SuspendAsk(B, "incident", "鍵が盗まれたおそれ"),
        standing.ReinstateAsk(B),
        standing.SuspensionNote(NOTED),
        standing.Suspended(NOTED, -1),
        standing.Drafted(2, seed("draft"), False),
        standing.ApproveAsk(seed("draft")),
        standing.RegistryShown(REGISTRY, (NOTED,), None),
        joined(A),
        joining.AdmitAsk(join()),
        joining.DeclineAsk(seed("join"), "鍵が古い"),
        SHOWN_JOIN,
        joining.JoinList((SHOWN_JOIN,)),
        REQUESTED,
        joining.UncertifiedList((REQUESTED,)),
        joining.CertifyAsk(seed("csr"), b"certificate", b"authority", b"revoked"),
        joining.CertificateAsk(csr()),
        joining.CertificateReply(b"certificate", b"authority", b"revoked"),
        joining.LeaveAsk(A, "統合のため"),
    )
]

WHOLE: Final = msgspec.msgpack.decode(inquiry(), type=Inquiry)
STORED: Final = wire.StoredItem(item_id=ItemId(ITEM), receipt=RECEIPT, refusal=b"", notice=b"sealed", outcome=None, outcome_index=-1)
ADMIT: Final = wire.Admit(WHOLE, VERDICTS)
ADMITTED: Final = wire.Admitted(ticket=commit().ticket, verdicts=VERDICTS, rows=(GIVEN[0], replace(GIVEN[1], b=b"")), stored=(STORED,))
COMMITTED: Final = wire.Committed((wire.CommittedItem(item_id=ItemId(ITEM), receipt=RECEIPT, refusal=b"", pair_r=PAIRS[0].R, pair_c=PAIRS[0].C),))
REPLY: Final = wire.InquiryReply(Txid(TXID), (REPLIED,))
TOLD: Final = wire.NoticeReply(OUTCOME, b"sealed")
RECORDED: Final = wire.Recorded(7)
FAULT: Final = wire.FaultForm(409, "nonce-reused", "the same nonce came with another statement", "nonce")
FORM: Final = wire.OutcomeForm(OUTCOME, b"hop")
BATCHES: Final = {"Inquiry": WHOLE, "Admit": ADMIT, "Commit": commit(), "OutcomeForm": FORM, "Notice": NOTICE, "NoticeReply": TOLD}
RESULTS: Final = {"InquiryReply": REPLY, "Admitted": ADMITTED, "Committed": COMMITTED, "Recorded": RECORDED, "NoticeReply": TOLD}
INQUIRIES: Final = [
    Example(SIGNED.signatures[0]),
    Example(SIGNED),
    Example(WHOLE),
    Example(ROWS[0]),
    Example(NOTICE.row),
    Example(RECEIPT),
    Example(STANDING.opened),
    Example(FAULT),
    Example(wire.Empty()),
    Example(wire.Result(RECORDED), of="Recorded"),
    *(Example(wire.Batch((one,)), of=of) for of, one in BATCHES.items()),
    *(Example(wire.Results((wire.Result(one), wire.Result(fault=FAULT))), of=of) for of, one in RESULTS.items()),
    *(Example(one) for one in (REPLIED, REPLY, ADMIT, GIVEN[0], STORED, ADMITTED, commit(), COMMITTED.items[0], COMMITTED, FORM)),
    *(Example(one) for one in (wire.ItemIds((ItemId(ITEM),)), RECORDED, wire.Pending((STORED,)), SEED, NOTICE, TOLD, event())),
    *(Example(one) for one in (OUTCOME, wire.Fetch(B, ItemId(ITEM)))),
    Example(msgspec.msgpack.decode(commit().ticket, type=Ticket)),
]

STEPS: Final = transcript(batch())
PERSON: Final = wire.EnrolPerson(batch().refs[0], acquisition_number="acquisition-1")
"""No number of anybody's: what stands there is no number at all."""
ENROLMENTS: Final = [
    Example(one)
    for one in (
        STEPS,
        PERSON,
        wire.EnrolRequest(A, "425AC0000000027#21_2", (PERSON,)),
        wire.EnrolReply(1, batch().refs[1:]),
        wire.EnrolOperate(STEPS.batch, STEPS.exchange),
        wire.Deliver(STEPS),
        msgspec.msgpack.decode(STEPS.keeper, type=Step),
        msgspec.msgpack.decode(STEPS.keeper, type=Step).turn_proof,
    )
]

PROOF: Final = Proof(scalar("c"), scalar("s"))
CARD: Final = certificate("Card", "card", "Test card authority", "authority", SERIAL)


EMPTY_BLIND: Final = replace(RETURNED[0], b=b"")
CARDED: Final = view.CardSigned(ASKED, CARD, key("card").sign(ASKED))
VIEWED: Final = wire.ViewMessage(SIGNED)
SEALED_RECORD: Final = view.SealedRecord(0, LOG.records[0].leaf, b"sealed", LOG.records[0].inclusion)
KEPT: Final = view.LogView(
    size=LOG.size,
    checkpoint=LOG.checkpoint,
    records=(SEALED_RECORD,),
    map_index=LOG.map_index,
    map_leaf=LOG.map_leaf,
    map_root=LOG.map_root,
    map_inclusion=LOG.map_inclusion,
    sealed_labels=b"sealed",
)
NUMBER: Final = "4821-0937-1164"
COMMISSION: Final = commission.CommissionLetter(
    v=1, kind="complaint", text="記録に覚えがありません。", records=(LOG.records[0],), checkpoint=LOG.checkpoint, answer_key=SELF_REQUEST.answer_key
)
LISTED: Final = commission.CommissionListed(NUMBER, AT_MS, AT_MS + commission.COMMISSION_MS, 0)
SELF_MESSAGE: Final = own.SelfMessage(SIGNED, PROOF.encode())
VIEWS: Final = [
    Example(one)
    for one in (
        CARDED,
        SEALED_RECORD,
        KEPT,
        LOG.records[0],
        replace(LOG, sealed_labels=b"sealed"),
        wire.ViewAsk(CARDED, SIGNED),
        wire.ViewAskReply(SIGNED, (SHOWN,), (MANDATE,)),
        VIEWED,
        wire.ViewAdmitted(commit().ticket, EMPTY_BLIND),
        wire.ViewCommit(SIGNED, commit().ticket, EMPTY_BLIND),
        wire.ViewReply(b"sealed"),
        wire.ViewCommitted(KEPT),
        SELF_MESSAGE,
        COMMISSION,
        commission.CommissionHanded(b"sealed", ITEM),
        commission.CommissionTaken(NUMBER, AT_MS, AT_MS + commission.COMMISSION_MS),
        commission.CommissionLook(NUMBER, ITEM),
        commission.CommissionState(AT_MS, AT_MS + commission.COMMISSION_MS, AT_MS + 1, b"sealed"),
        LISTED,
        commission.CommissionList((LISTED,), 1),
        commission.CommissionShowAsk(NUMBER),
        commission.CommissionShown(LISTED, COMMISSION, "お調べします。"),
        commission.CommissionAnswerAsk(NUMBER, "お調べします。"),
        own.SelfCommit(message=SELF_MESSAGE, ticket=commit().ticket, given=GIVEN[0], row=RETURNED[0]),
        own.SelfNotice(statement=SIGNED, receipt=RECEIPT, pair_r=PAIRS[0].R, pair_c=PAIRS[0].C),
        own.SelfSeed(statement=SIGNED, pair_r=PAIRS[0].R, pair_c=PAIRS[0].C, given=GIVEN[0], returned=RETURNED[0]),
        signed(),
        offer.OfferTaken(SHOWN.reference, AT_MS),
        SHOWN,
        offer.HandedAsk((A, B)),
        GIVEN_NUMBER,
        offer.HandedNumbers((GIVEN_NUMBER,)),
        offer.HandedTaken(A, (SHOWN.reference,)),
        mandated(),
        MANDATE,
        mandate.MandateOffered(MANDATE, "0123456789", AT_MS),
        mandate.MandateFind(MANDATE_OFFER.session, "0123456789"),
        mandate.MandateFound(mandate=MANDATE.id, offer=ACCEPTANCE.offer, principal=MANDATE.other, scope=MANDATE.scope, until_ms=MANDATE.until_ms),
        mandate.MandateEnd(MANDATE_OFFER.session, MANDATE.id),
        mandate.RepresentationTold(
            institution=A,
            act="enter",
            entry=seed("entry")[:16],
            kind="parent",
            principal="no number at all",
            representative="nor this",
            principal_name="内田　紬",
            representative_name="内田　碧",
            citation="129AC0000000089#824",
            until_ms=AT_MS + 1,
        ),
        signed_mandate(),
        agent.AgentTaken(REFERENCE, AT_MS),
        agent.AgentSession(AGENT_MANDATE.session),
        agent.AgentWithdrawal(AGENT_MANDATE.session, REFERENCE),
        SHOWN_MANDATE,
        agent.AgentList((SHOWN_MANDATE,)),
        agent.AgentsAsk((A, B)),
        GIVEN_MANDATE,
        ENDED,
        agent.AgentsGiven((GIVEN_MANDATE,), (ENDED,)),
        agent.AgentsTold(A, (REFERENCE,), (REFERENCE,)),
    )
]

HOP: Final = ExchangeHop(base(scalar("C*")), PROOF, PROOF)
KEEPER_HOP: Final = KeeperHop(base(scalar("C*")), base(scalar("F")), PROOF, PROOF, PROOF)
OTHERS: Final = [
    Example(one)
    for one in (
        wire.SnapshotReply(REGISTRY, (NOTED,)),
        wire.ShareRequest(((A, 1), (B, 1)), 1),
        wire.KeeperParts(
            s_root=base(scalar("s_root keeper")),
            s_root_proof=owned("s_root keeper", "keeper", "s_root", 0),
            layer=base(scalar("layer keeper")),
            layer_proof=owned("layer keeper", "keeper", "layer", 0),
            signing=key("keeper").public,
            audit_elgamal=SNAPSHOT.audit[0].elgamal,
            audit_proof=SNAPSHOT.audit[0].elgamal_proof,
            audit_share=SNAPSHOT.audit[0].share_keeper,
            shares=(EPOCH.share_keeper,),
            log_origin=SNAPSHOT.log_origin,
            log_key=SNAPSHOT.log_key,
        ),
        SecondAsk(500),
        wire.LogSeen(8, 7, seed("leaf")),
        page().leaves[0],
        page(),
        HOP,
        KEEPER_HOP,
        RootHop(base(scalar("E")), PROOF, HOP),
        KeeperRootHop(base(scalar("E")), PROOF, KEEPER_HOP),
    )
]

EXAMPLES: Final = (*SIGNED_FORMS, *OTHER_JSON, *OPERATORS, *INQUIRIES, *ENROLMENTS, *VIEWS, *OTHERS)
