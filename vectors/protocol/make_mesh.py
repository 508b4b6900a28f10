"""Writes the check values of notices of change, of the commission's look at the second chain, and of commits:
`python vectors/protocol/make_mesh.py`.

The form of the files is that of make.py.
"""

from typing import Any, Final

import msgspec
from make import SIGNED, STATEMENT, TXID, inquiry, notice, signed_receipt
from vector_world import (
    AT_MS,
    HERE,
    LOG,
    ORIGIN,
    PINS,
    REGISTRY,
    WITNESS,
    A,
    B,
    Case,
    case,
    key,
    render,
    seed,
)

from enishi.protocol.event import LIMIT_MS, Event, EventNote
from enishi.protocol.forms import sign_form
from enishi.protocol.nondisclosure import HARM
from enishi.protocol.nondisclosure import LIMIT_MS as MARK_MS
from enishi.protocol.receipt import SignedReceipt
from enishi.protocol.second import SecondLeaf, SecondPage
from enishi.protocol.statement import WINDOW_MS, Inquiry, item_id_of, signer_keyid
from enishi.protocol.verdict import GroundShown, Verdict
from enishi.protocol.wire import BlindRow, Commit
from enishi.roles.keeper.ticket import LIFE_MS, Ticket, Tickets
from enishi.seal.dsse import Envelope, sign_envelope
from enishi.terms import InstitutionId
from enishi.tlog.checkpoint import Checkpoint, sign_checkpoint
from enishi.tlog.cosign import cosign
from enishi.tlog.labels import LabelMap, label
from enishi.tlog.leaf import NO_LABEL, PUBLIC_SALT, Leaf, LeafKind, commitment, encode_leaf
from enishi.tlog.note import add_signatures
from enishi.tlog.tree import inclusions, leaf_hash, root_of

replace, pack, text = msgspec.structs.replace, msgspec.msgpack.encode, msgspec.json.encode
DAY_MS: Final = 86_400_000
NOTICE, RECEIPT = notice(), signed_receipt(0)

# ---- event.json: notices of change ----------------------------------------------------------------------------------------------------------

SUBSCRIBED: Final = EventNote(v=1, kind="subscribe", item_id=item_id_of(TXID, 0), by=A, epoch=1, ends_ms=AT_MS + 30 * DAY_MS, at_ms=AT_MS)
CHANGED: Final = replace(SUBSCRIBED, kind="changed", by=B, ends_ms=0)


def event(note: EventNote | Envelope = SUBSCRIBED, signer: str = "", **changes: Any) -> Event:
    """A note as its party sends it, signed by the one whom it names unless `signer` is another."""
    if isinstance(note, EventNote):
        note = sign_form(note, "event", key(signer or note.by), signer_keyid(note.by, note.epoch))
    made = Event(note=note, statement=SIGNED, place=0, row=NOTICE.row, path=NOTICE.path, receipt=RECEIPT)
    return replace(made, **changes)


def noted(payload: bytes) -> Event:
    """Bytes that no writer would write, under a true signature."""
    return event(sign_envelope("application/vnd.enishi.event+json", payload, key(A), signer_keyid(A, 1)))


def events() -> tuple[Case, list[Case]]:
    payload, second = text(SUBSCRIBED), signed_receipt(1)
    refused = signed_receipt(0, verdict="refusal", pair_hash=b"")
    foreign = sign_form(STATEMENT, "statement", key(B), signer_keyid(A, 1))

    def made(name: str, expect: str, one: Event, **given: Any) -> Case:
        return case(name, expect, event=pack(one), **given)

    def heard(name: str, expect: str, told: SignedReceipt | None) -> Case:
        """As the inquirer takes it: with the keeper's receipt that it stands in the person's record."""
        return made(name, expect, event(CHANGED, **({} if told is None else {"told": told})), hearer=A, hears=True)

    change: dict[str, Any] = {"verdict": "change", "pair_hash": b""}

    cases = [
        made("the inquirer subscribes", "ok", event()),
        made("the inquirer subscribes for a year", "ok", event(replace(SUBSCRIBED, ends_ms=AT_MS + LIMIT_MS))),
        made("the inquirer hears no more", "ok", event(replace(SUBSCRIBED, kind="end", ends_ms=0)), hearer=B),
        made("the provider tells of a change", "ok", event(CHANGED), hearer=A),
        heard("recorded before it goes on", "ok", signed_receipt(0, **change)),
        heard("of which nothing is recorded", "event-unrecorded", None),
        heard("with the earlier inquiry's own receipt", "receipt-other-item", RECEIPT),
        heard("recorded of the other item", "receipt-other-item", signed_receipt(1, **change)),
        heard("recorded of another provider", "receipt-other-item", signed_receipt(0, provider=InstitutionId("012025"), **change)),
        heard("recorded of another inquirer", "receipt-other-item", signed_receipt(0, inquirer=InstitutionId("012025"), **change)),
        heard("recorded by the exchange", "signature-invalid", signed_receipt(0, "exchange", **change)),
        made("for longer than a year", "event-until-wrong", event(replace(SUBSCRIBED, ends_ms=AT_MS + LIMIT_MS + 1))),
        made("until its own time", "event-until-wrong", event(replace(SUBSCRIBED, ends_ms=AT_MS))),
        made("a change with an end", "event-until-wrong", event(replace(CHANGED, ends_ms=AT_MS + 1))),
        made("the provider subscribes", "event-not-yours", event(replace(SUBSCRIBED, by=B))),
        made("the inquirer tells of a change", "event-not-yours", event(replace(CHANGED, by=A))),
        made("the provider ends a subscription", "event-not-yours", event(replace(CHANGED, kind="end"))),
        made("signed by the other", "signature-invalid", event(signer=B)),
        made("under the other's keyid", "signature-missing", event(sign_form(SUBSCRIBED, "event", key(B), signer_keyid(B, 1)))),
        made("of an epoch that is none", "signature-missing", event(replace(SUBSCRIBED, epoch=2))),
        made("of another payloadType", "envelope-type-wrong", event(sign_form(SUBSCRIBED, "outcome", key(A), signer_keyid(A, 1)))),
        made("five minutes ahead", "ok", event(), now_ms=AT_MS - WINDOW_MS),
        made("further ahead", "outside-time-window", event(), now_ms=AT_MS - WINDOW_MS - 1),
        made("of long ago", "ok", event(), now_ms=AT_MS + 900 * DAY_MS),
        made("about the other item", "receipt-other-item", event(replace(SUBSCRIBED, item_id=item_id_of(TXID, 1)))),
        made("with the other item's receipt", "receipt-other-item", event(receipt=second)),
        made("of a refusal", "receipt-other-item", event(receipt=refused)),
        made("with a receipt that another signed", "signature-invalid", event(receipt=signed_receipt(0, "exchange"))),
        made("with a statement that another signed", "signature-invalid", event(statement=foreign)),
        made("with another relation", "inclusion-broken", event(row=replace(NOTICE.row, relation="spouse"))),
        made("at another place", "inclusion-broken", event(place=1)),
        made("at a place beyond the rows", "proof-position", event(place=2)),
        made("version 2", "version-unknown", event(replace(SUBSCRIBED, v=2))),
        made("a kind that is none", "form-unreadable", noted(payload.replace(b'"subscribe"', b'"watch"'))),
        made("a time before time", "form-unreadable", event(replace(SUBSCRIBED, at_ms=-1))),
        made("an epoch beyond its range", "form-unreadable", event(replace(SUBSCRIBED, epoch=1 << 32))),
        made("a member twice", "form-not-canonical", noted(payload.replace(b'{"v":1,', b'{"v":1,"v":1,'))),
        made("white space", "form-not-canonical", noted(payload.replace(b'{"v":1,', b'{"v": 1,'))),
        made("an unknown member", "form-unreadable", noted(payload.replace(b'{"v":1,', b'{"v":1,"w":1,'))),
    ]
    return {"registry": pack(REGISTRY), "pins": PINS, "now_ms": AT_MS + 1000, "hearer": B, "hears": False}, cases


# ---- second.json: the commission's look at the second chain ----------------------------------------------------------------------------------

CHAIN: Final = seed("second chain")
ITEMS: Final = (item_id_of(TXID, 0), item_id_of(TXID, 0), item_id_of(TXID, 1))
KINDS: Final = (LeafKind.INTENT, LeafKind.OUTCOME, LeafKind.REFUSAL)
UNTIL_MS: Final = (AT_MS + 30 * DAY_MS, AT_MS + 30 * DAY_MS, AT_MS + 60 * DAY_MS)
NOW_MS: Final = AT_MS + 90 * DAY_MS


def leaf(kind: LeafKind, name: bytes, at_ms: int, said: bytes) -> bytes:
    return encode_leaf(Leaf(1, 0 if name == NO_LABEL else 1, at_ms, kind, name, commitment(PUBLIC_SALT if name == NO_LABEL else seed("salt"), said)))


def page(kinds: tuple[LeafKind, ...] = KINDS, late: tuple[int, ...] = (0, 0, 1), late_kind: LeafKind = LeafKind.LATE_ENTRY) -> SecondPage:
    """Three leaves of the second chain, and the late entries (of item 0 for the first two) that brought them in; `late` -1: not yet."""
    names = [label(CHAIN, m) for m in range(3)]
    entries = [seed("late 0"), seed("late 1")]
    own = [leaf(kind, name, AT_MS + m, f"body {m}".encode()) for m, (kind, name) in enumerate(zip(kinds, names, strict=True))]
    brought = [leaf(late_kind, name, max(UNTIL_MS) + m, b"late") for m, name in enumerate(entries)]
    mapped = LabelMap([*names, *entries])
    last = leaf(LeafKind.LABEL_MAP, NO_LABEL, max(UNTIL_MS) + 9, mapped.root)
    leaves = [*own, *brought, last]
    hashes = [leaf_hash(one) for one in leaves]
    paths, note = inclusions(hashes), sign_checkpoint(Checkpoint(ORIGIN, len(leaves), root_of(hashes)), key("log"))

    def second(m: int) -> SecondLeaf:
        brings = late[m] >= 0
        return SecondLeaf(
            item_id=ITEMS[m],
            index=m,
            leaf=own[m],
            inclusion=tuple(paths[m]),
            ground=HARM,
            until_ms=UNTIL_MS[m],
            present=mapped.prove(names[m]),
            late_index=3 + late[m] if brings else -1,
            late_leaf=brought[late[m]] if brings else b"",
            late_inclusion=tuple(paths[3 + late[m]]) if brings else (),
        )

    return SecondPage(
        key=CHAIN,
        first=0,
        count=3,
        leaves=tuple(second(m) for m in range(3)),
        absent=mapped.prove(label(CHAIN, 3)),
        checkpoint=add_signatures(note, [cosign(note.text, WITNESS, key("witness"), AT_MS)]).encode().decode(),
        map_index=5,
        map_leaf=last,
        map_root=mapped.root,
        map_inclusion=tuple(paths[5]),
    )


def seconds() -> tuple[Case, list[Case]]:
    good = page()
    first, middle, last = good.leaves

    def made(name: str, expect: str, said: SecondPage, **given: Any) -> Case:
        return case(name, expect, page=pack(said), **given)

    def with_first(**changes: Any) -> SecondPage:
        return replace(good, leaves=(replace(first, **changes), middle, last))

    before, lasting = with_first(late_index=0, late_leaf=first.leaf, late_inclusion=first.inclusion), AT_MS + MARK_MS + WINDOW_MS
    cases = [
        made("the whole chain, each mark ended and entered late", "ok", good),
        made("one not entered yet whose mark runs", "ok", page(late=(0, 0, -1)), now_ms=UNTIL_MS[2] - 1),
        made("one not entered ten minutes behind its end", "ok", page(late=(0, 0, -1)), now_ms=UNTIL_MS[2] + 600_000),
        made("one not entered for longer", "second-chain-not-entered", page(late=(0, 0, -1)), now_ms=UNTIL_MS[2] + 600_001),
        made("more than were shown before", "ok", good, held={"size": 4, "count": 2, "key": CHAIN}),
        made("fewer than were shown before", "second-chain-short", good, held={"size": 4, "count": 4, "key": CHAIN}),
        made("a log smaller than before", "second-chain-short", good, held={"size": 7, "count": 3, "key": CHAIN}),
        made("another key than before", "second-chain-short", good, held={"size": 4, "count": 2, "key": seed("x")}),
        made("a page that begins elsewhere", "second-chain-short", replace(good, first=1)),
        made("fewer leaves than it counts", "second-chain-short", replace(good, leaves=(first, middle))),
        made("one more than it counts", "label-present", replace(good, count=2, leaves=(first, middle), absent=last.present)),
        made("two leaves exchanged", "label-proof-broken", replace(good, leaves=(middle, first, last))),
        made("a map that is not the last leaf", "map-not-current", replace(good, map_index=4)),
        made("another map root", "body-differs", replace(good, map_root=seed("x"))),
        made("a checkpoint that the log did not sign", "note-signature-invalid", replace(good, checkpoint=good.checkpoint.replace("\n6\n", "\n7\n"))),
        made("a leaf at another place", "inclusion-broken", with_first(index=1)),
        made("another leaf under the label", "inclusion-broken", with_first(leaf=middle.leaf)),
        made("another leaf, included, under the label", "second-chain-leaf-wrong", with_first(leaf=middle.leaf, index=1, inclusion=middle.inclusion)),
        made("a look in the chain", "second-chain-leaf-wrong", page(kinds=(LeafKind.LOOK, *KINDS[1:]))),
        made("a late entry that is none", "second-chain-leaf-wrong", page(late_kind=LeafKind.WITHHELD)),
        made("a late entry before its leaf", "second-chain-leaf-wrong", before),
        made("a late entry at another place", "inclusion-broken", with_first(late_index=4)),
        made("a ground that law does not know", "nondisclosure-unlawful", with_first(ground="415AC0000000057#78-1-8")),
        made("an end as far as a mark may have", "ok", with_first(until_ms=lasting), now_ms=lasting),
        made("an end that is further", "nondisclosure-too-long", with_first(until_ms=lasting + 1), now_ms=lasting),
        case("a page with more", "message-not-in-form", page=pack({**msgspec.msgpack.decode(pack(good)), "more": 1})),
    ]
    return {"log": LOG.encoded, "held": None, "now_ms": NOW_MS, "first": 0}, cases


# ---- commit.json --------------------------------------------------------------------------------------------------------------------------------

TICKET_KEY: Final = seed("ticket key")
GIVEN, RETURNED = (
    tuple(BlindRow(seed(f"{who} R {n}"), seed(f"{who} B {n}"), seed(f"{who} U {n}")) for n in range(2)) for who in ("keeper", "exchange")
)
PERMIT: Final = Verdict(permit=True, basis=("506M60004008009@2024-05-27#110",), grounds=(), marks=("doubt:standing",), remedies=())
REFUSAL: Final = Verdict(
    permit=False,
    basis=(),
    grounds=(GroundShown("linkage-none", "x#1", {"ja": "不可", "en": "no"}),),
    marks=(),
    remedies=({"code": "ask", "citation": "x#2", "ja": "照会", "en": "ask"},),
)
VERDICTS: Final = (PERMIT, REFUSAL)
INQUIRY: Final = msgspec.msgpack.decode(inquiry(), type=Inquiry)


def commit(**changes: Any) -> Commit:
    ticket = Tickets(TICKET_KEY).issue(TXID, A, VERDICTS, GIVEN, AT_MS)
    made = Commit(inquiry=INQUIRY, verdicts=VERDICTS, ticket=ticket, given=GIVEN, rows=RETURNED)
    return replace(made, **changes)


def commits() -> tuple[Case, list[Case]]:
    good = commit()
    ticket = msgspec.msgpack.decode(good.ticket, type=Ticket)
    elsewhere = Tickets(TICKET_KEY).issue(TXID, A, (PERMIT, PERMIT), GIVEN, AT_MS)
    wire = msgspec.msgpack.decode(pack(good))
    foreign = Tickets(seed("another ticket key")).issue(TXID, A, VERDICTS, GIVEN, AT_MS)

    def made(name: str, expect: str, one: Commit, **given: Any) -> Case:
        return case(name, expect, commit=pack(one), **given)

    cases = [
        made("as the exchange brings it back", "ok", good),
        made("at the end of its life", "ok", good, now_ms=AT_MS + LIFE_MS),
        made("after its life", "ticket-expired", good, now_ms=AT_MS + LIFE_MS + 1),
        made("before its life", "ticket-expired", good, now_ms=AT_MS - 5_001),
        made("a permit in the place of a refusal", "ticket-false", replace(good, verdicts=(PERMIT, PERMIT))),
        made("a ticket of other verdicts", "ticket-false", replace(good, ticket=elsewhere)),
        made("a ticket of another keeper", "ticket-false", replace(good, ticket=foreign)),
        made("a ticket whose end was moved", "ticket-false", replace(good, ticket=pack(Ticket(ticket.until_ms + 1, ticket.mac)))),
        made("rows that the keeper did not give", "ticket-false", replace(good, given=RETURNED)),
        made("rows in another order", "ticket-false", replace(good, given=GIVEN[::-1])),
        made("another message", "ticket-false", replace(good, inquiry=another_inquiry())),
        made("no ticket", "ticket-unreadable", replace(good, ticket=b"")),
        made("a ticket of three", "ticket-unreadable", replace(good, ticket=pack([ticket.until_ms, ticket.mac, 0]))),
        made("a ticket with a short MAC", "ticket-unreadable", replace(good, ticket=pack([ticket.until_ms, ticket.mac[:31]]))),
        made("a row fewer", "rows-count", replace(good, rows=RETURNED[:1])),
        made("a verdict more", "rows-count", replace(good, verdicts=(*VERDICTS, PERMIT))),
        made("rows of the message that were not signed", "rows-root", replace(good, inquiry=replace(INQUIRY, rows=INQUIRY.rows[::-1]))),
        case("an unknown member", "message-not-in-form", commit=pack({**wire, "more": 1})),
        case("a blinded row of two", "message-not-in-form", commit=pack({**wire, "rows": [[seed("r"), seed("u")]] * 2})),
    ]
    return {"key": TICKET_KEY, "now_ms": AT_MS + 10}, cases


def another_inquiry() -> Inquiry:
    """The same rows under another nonce."""
    said = replace(STATEMENT, nonce=seed("another nonce")[:16])
    return replace(INQUIRY, statement=sign_form(said, "statement", key(A), signer_keyid(A, 1)))


FILES: Final = {"event": events, "second": seconds, "commit": commits}


def written(stem: str) -> str:
    return render(*FILES[stem]())


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(written(stem), encoding="utf-8")
