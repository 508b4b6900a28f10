"""Statement, rows, receipt and outcome: shapes, bounds, and that each part is bound to the signature over it."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Malformed, Tampered
from enishi.protocol.outcome import answer_hash, answer_info, check_outcome, sign_outcome
from enishi.protocol.receipt import check_receipt, pair_hash, sign_receipts
from enishi.protocol.rows import MAX_ROWS, Row, check_rows, check_shown, row_paths, rows_root
from enishi.protocol.statement import WINDOW_MS, Inquiry, check_window, commit, item_id_of, read_inquiry, read_statement, signer_keyid, txid_of
from enishi.protocol.verdict import Verdict, verdict_digest
from enishi.seal.sign import SigningKey
from protocol import messages as made

Replace = msgspec.structs.replace


def payload(**changes: object) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(made.statement_payload()) | changes)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"v": 2}, "version-unknown"),
        ({"kind": "view"}, "kind-wrong"),
        ({"provider": made.A}, "parties-equal"),
        ({"nonce": "AAAA"}, "length-wrong"),
        ({"registry": ""}, "length-wrong"),
        ({"officer": "AAAA"}, "length-wrong"),
        ({"rows": "AAAA"}, "length-wrong"),
        ({"purpose_item": "３"}, "purpose-item-wrong"),
        ({"purpose_item": "3の2"}, "purpose-item-wrong"),
        ({"items": []}, "form-unreadable"),
        ({"items": [""]}, "form-unreadable"),
        ({"affair": {"source": "", "row": "1"}}, "form-unreadable"),
        ({"nondisclosure": {"ground": "", "until_ms": 1}}, "form-unreadable"),
        ({"nondisclosure": {"ground": "x", "until_ms": 0}}, "form-unreadable"),
        ({"at_ms": -1}, "form-unreadable"),
        ({"at_ms": 253_402_214_400_000}, "form-unreadable"),
        ({"extra": 1}, "form-unreadable"),
    ],
)
def test_what_a_statement_is_not(changes: dict[str, object], code: str) -> None:
    with pytest.raises(Malformed, match=code):
        read_statement(payload(**changes))


@pytest.mark.parametrize("item", ["", "3", "108", "3-2", "2項4", "2項4-1"])
def test_items_of_an_affair(item: str) -> None:
    assert read_statement(payload(purpose_item=item)).purpose_item == item


def test_ids_follow_from_the_signed_bytes() -> None:
    txid, statement = read_inquiry(made.inquiry())
    assert txid == txid_of(made.statement_payload())
    assert statement == made.statement()
    spaced = txid_of(made.statement_payload() + b" ")
    assert len({txid, spaced, item_id_of(txid, 0), item_id_of(txid, 1), item_id_of(spaced, 0)}) == 5
    assert commit("case", bytes(32), "x") != commit("officer", bytes(32), "x")
    assert signer_keyid("012131", 1) == "012131/1"
    other = Replace(made.inquiry().statement, payloadType="application/vnd.enishi.view+json")
    with pytest.raises(Malformed, match="payload-type-wrong"):
        read_inquiry(Inquiry(other, made.rows(), b""))


@pytest.mark.parametrize("apart", [0, WINDOW_MS, -WINDOW_MS])
def test_the_window(apart: int) -> None:
    check_window(made.AT_MS + apart, made.AT_MS)
    with pytest.raises(Malformed, match="outside-time-window"):
        check_window(made.AT_MS + apart + (1 if apart >= 0 else -1) * (WINDOW_MS + 1), made.AT_MS)


ROWS = st.lists(st.tuples(st.binary(max_size=33), st.binary(max_size=33), st.text(max_size=64), st.text(max_size=32)), min_size=1, max_size=6)


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(ROWS, st.data())
def test_each_row_stands_at_its_own_place(each: list[tuple[bytes, bytes, str, str]], data: st.DataObject) -> None:
    rows = [Row(r, b, b"u", bytes(32), relation, period) for r, b, relation, period in each]
    root, paths = rows_root(rows), row_paths(rows)
    check_rows(rows, len(rows), root)
    place = data.draw(st.integers(0, len(rows) - 1))
    check_shown(rows[place].shown(), place, len(rows), paths[place], root)
    changed = Replace(rows[place].shown(), relation=rows[place].relation + "x")
    with pytest.raises((Tampered, Malformed)):
        check_shown(changed, place, len(rows), paths[place], root)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"case": b""}, "length-wrong"),
        ({"relation": "x" * 65}, "row-too-long"),
        ({"period": "x" * 33}, "row-too-long"),
        ({"u": b"other"}, "rows-root"),
    ],
)
def test_a_row_that_is_too_long_or_another(change: dict[str, object], code: str) -> None:
    first, *rest = made.rows()
    with pytest.raises(Malformed, match=code):
        check_rows([Replace(first, **change), *rest], 3, made.statement().rows)


@pytest.mark.parametrize("count", [0, 2, -1, MAX_ROWS + 1])
def test_as_many_rows_as_were_signed(count: int) -> None:
    with pytest.raises(Malformed, match="rows-count"):
        check_rows(made.rows(), count, made.statement().rows)


def test_one_signature_holds_a_batch_of_receipts() -> None:
    key = SigningKey.generate()
    receipts = [Replace(made.receipt(), index=n) for n in range(5)]
    signed = sign_receipts(receipts, key, made.AT_MS)
    assert [check_receipt(one, key.public) for one in signed] == receipts
    assert len({one.head for one in signed}) == 1
    for wrong in (Replace(signed[0], place=1), Replace(signed[0], receipt=signed[1].receipt), Replace(signed[0], path=signed[1].path)):
        with pytest.raises((Tampered, Malformed)):
            check_receipt(wrong, key.public)
    with pytest.raises(Tampered, match="signature-invalid"):
        check_receipt(signed[0], SigningKey.generate().public)
    assert pair_hash(b"ab", b"c") != pair_hash(b"a", b"bc")


def test_an_outcome_is_its_providers() -> None:
    envelope = sign_outcome(made.outcome(), made.KEYS["b"])
    assert check_outcome(envelope, made.KNOWN) == made.outcome()
    with pytest.raises(Tampered, match="signature-missing"):
        check_outcome(sign_outcome(Replace(made.outcome(), provider_epoch=2), made.KEYS["b"]), made.KNOWN)
    with pytest.raises(Tampered, match="signature-invalid"):
        check_outcome(sign_outcome(made.outcome(), made.KEYS["a"]), made.KNOWN)
    txid = txid_of(made.statement_payload())
    assert answer_info(txid, item_id_of(txid, 0)) != answer_info(txid, item_id_of(txid, 1))
    assert answer_hash(b"a") != answer_hash(b"b")


def test_a_verdict_is_bound_in_every_part() -> None:
    one = Verdict(permit=True, basis=("a",), grounds=(), marks=("doubt:x",))
    others = [Replace(one, permit=False), Replace(one, basis=()), Replace(one, marks=()), Replace(one, remedies=({"code": "x"},))]
    assert len({verdict_digest(each) for each in (one, *others)}) == 5
