"""Evidence bundles: exported from real data, verified with two keys, and every single changed field fails the check that names it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.cli.evidence import check, export, read_pins
from enishi.errors import Fault, Malformed, Oversized
from enishi.evidence import Bundle, Mark, OutcomeEvidence, bundle, decode, encode, verify_bundle
from enishi.protocol.outcome import SignedOutcome
from enishi.protocol.record import Opened
from enishi.protocol.registry import read_snapshot
from enishi.seal.dsse import Envelope, Signature, sign_envelope
from enishi.seal.sign import SigningKey
from enishi.tlog.note import parse_note
from evidence.world_evidence import B as PROVIDER

Replace = msgspec.structs.replace
A, B = "gateway/tenants/012131/gateway.db", "gateway/tenants/011002/gateway.db"


def items(data: Path, wanted: str, database: str = A) -> list[str]:
    with closing(sqlite3.connect(data / database)) as connection:
        return [item_id.hex() for (item_id,) in connection.execute(wanted)]


PROVIDED = "SELECT item_id FROM asked_outcome WHERE kind = 'provided' AND item_id NOT IN (SELECT item_id FROM asked_outcome WHERE rank < 2)"
DECIDED = "SELECT item_id FROM asked_outcome WHERE rank = 2 AND item_id IN (SELECT item_id FROM asked_outcome WHERE rank < 2)"
REFUSED = "SELECT item_id FROM asked_item WHERE refusal <> x''"


def made(data: Path, wanted: str, database: str = A) -> Bundle:
    file = data.parent / f"{wanted[7:15].strip()}.enishi.json"
    export(data, items(data, wanted, database)[0], file)
    return decode(file.read_bytes())


@pytest.fixture(scope="module")
def pins(whole: Path) -> dict[str, bytes]:
    return read_pins(whole / "keeper" / "pins.json")


@pytest.fixture(scope="module")
def provided(whole: Path) -> Bundle:
    return made(whole, PROVIDED)


def marks(one: Bundle, pins: dict[str, bytes]) -> dict[str, Mark]:
    return {check.name: check.mark for check in verify_bundle(one, pins).checks}


def test_a_provided_item_is_proved_whole(provided: Bundle, pins: dict[str, bytes]) -> None:
    report = verify_bundle(provided, pins)
    assert set(marks(provided, pins).values()) == {Mark.HOLDS}, report.failed
    assert [check.number for check in report.checks] == list(range(1, 16))


def test_a_refusal_is_proved_too(whole: Path, pins: dict[str, bytes]) -> None:
    found = marks(made(whole, REFUSED), pins)
    absent = {name for name, mark in found.items() if mark is Mark.ABSENT}
    assert absent == {"outcomes-signed", "outcomes-included", "answer-named"}
    assert Mark.FAILS not in found.values()


def test_a_decided_item_shows_both_outcomes_and_no_withheld_body(whole: Path, pins: dict[str, bytes]) -> None:
    one = made(whole, DECIDED)
    assert len(one.outcomes) == 2
    assert verify_bundle(one, pins).ok
    assert [standing.opened for standing in (one.record, *(each.standing for each in one.outcomes))] == [None] * 3


def test_the_providers_record_gives_the_same_evidence(whole: Path, tmp_path: Path, provided: Bundle) -> None:
    item = items(whole, PROVIDED)[0]
    copy = tmp_path / "provider"
    (copy / "gateway" / "tenants").mkdir(parents=True)
    for folder in ("keeper", "exchange", "gateway/tenants/011002"):
        (copy / folder).symlink_to(whole / folder)
    export(copy, item, tmp_path / "b.enishi.json")
    assert decode((tmp_path / "b.enishi.json").read_bytes()) == provided


def test_other_pins_believe_nothing(provided: Bundle, pins: dict[str, bytes]) -> None:
    for name in pins:
        assert verify_bundle(provided, pins | {name: SigningKey.generate().public}).failed == ("registry-signed",)
        assert verify_bundle(provided, {key: value for key, value in pins.items() if key != name}).failed == ("registry-signed",)


# ---- one changed field at a time ----------------------------------------------------------------------------------------------------


def flip(raw: bytes, at: int = 0) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def resigned(envelope: Envelope, change: Callable[[dict[str, Any]], None]) -> Envelope:
    """The payload with a change, its old signatures kept."""
    payload = msgspec.json.decode(envelope.payload)
    change(payload)
    return Replace(envelope, payload=msgspec.json.encode(payload))


def envelopes(envelope: Envelope) -> Iterator[Envelope]:
    """Every field of an envelope changed for itself."""
    yield Replace(envelope, payloadType=envelope.payloadType + "x")
    yield Replace(envelope, payload=envelope.payload.replace(b'"v":1', b'"v": 1'))
    for i, signature in enumerate(envelope.signatures):
        for other in (Signature(signature.keyid + "x", signature.sig), Signature(signature.keyid, flip(signature.sig))):
            yield Replace(envelope, signatures=(*envelope.signatures[:i], other, *envelope.signatures[i + 1 :]))
    yield Replace(envelope, signatures=())


def changes(one: Bundle) -> Iterator[tuple[str, str, Bundle]]:
    """(field, the check that must fail, the changed bundle)."""
    for field, name in (("registry", "registry-signed"), ("statement", "statement-signed")):
        for i, envelope in enumerate(envelopes(getattr(one, field))):
            yield f"{field} {i}", name, Replace(one, **{field: envelope})
    yield "place", "item-id", Replace(one, place=one.place + 1)
    for field in ("ciphertexts", "case"):
        yield f"row.{field}", "row-bound", Replace(one, row=Replace(one.row, **{field: flip(getattr(one.row, field))}))
    yield "row.relation", "row-bound", Replace(one, row=Replace(one.row, relation="deceased"))
    yield "row.period", "row-bound", Replace(one, row=Replace(one.row, period="2020"))
    yield "path", "row-bound", Replace(one, path=(flip(one.path[0]), *one.path[1:]))
    yield "path shorter", "row-bound", Replace(one, path=one.path[:-1])
    yield from receipts(one)
    yield from standings("record", one.record, "leaf-named", "leaf-included", lambda changed: Replace(one, record=changed))
    yield from outcomes(one)
    yield "answer", "answer-named", Replace(one, answer=flip(one.answer, -1 + len(one.answer)))
    yield from checkpoints(one)


def receipts(one: Bundle) -> Iterator[tuple[str, str, Bundle]]:
    signed = one.receipt
    for key, value in msgspec.json.decode(signed.receipt).items():
        other = value + 1 if isinstance(value, int) else [*value, "x"] if isinstance(value, list) else value[:-1] + ("A" if value[-1] != "A" else "B")
        payload = msgspec.json.encode(msgspec.json.decode(signed.receipt) | {key: other})
        yield f"receipt.{key}", "receipt-signed", Replace(one, receipt=Replace(signed, receipt=payload))
    yield "receipt place", "receipt-signed", Replace(one, receipt=Replace(signed, place=signed.place + 1))
    yield "receipt path", "receipt-signed", Replace(one, receipt=Replace(signed, path=(flip(signed.path[0]), *signed.path[1:])))
    for i, envelope in enumerate(envelopes(signed.head)):
        yield f"receipt head {i}", "receipt-signed", Replace(one, receipt=Replace(signed, head=envelope))


def standings(name: str, standing: Any, own: str, included: str, put: Callable[[Any], Bundle]) -> Iterator[tuple[str, str, Bundle]]:
    yield f"{name}.index", own, put(Replace(standing, index=standing.index + 1))
    for at in (0, 4, 12, 13, 14, 46, 77):
        yield f"{name}.leaf byte {at}", own, put(Replace(standing, leaf=flip(standing.leaf, at)))
    yield f"{name}.inclusion", included, put(Replace(standing, inclusion=(flip(standing.inclusion[0]), *standing.inclusion[1:])))
    yield f"{name}.inclusion longer", included, put(Replace(standing, inclusion=(*standing.inclusion, bytes(32))))
    opened = standing.opened
    yield f"{name}.salt", "bodies-open", put(Replace(standing, opened=Opened(flip(opened.salt), opened.body)))
    yield f"{name}.body", "bodies-open", put(Replace(standing, opened=Opened(opened.salt, opened.body.replace(b'"v":1', b'"v": 1'))))


def outcomes(one: Bundle) -> Iterator[tuple[str, str, Bundle]]:
    (last,) = one.outcomes
    for name, changed in signed_outcomes(last.outcome):
        yield name, "outcomes-signed", Replace(one, outcomes=(Replace(last, outcome=changed),))
    yield "outcome twice", "outcomes-signed", Replace(one, outcomes=(last, last))

    def put(standing: Any) -> Bundle:
        return Replace(one, outcomes=(OutcomeEvidence(last.outcome, standing),))

    yield from standings("outcome", last.standing, "outcomes-included", "outcomes-included", put)


def signed_outcomes(signed: SignedOutcome) -> Iterator[tuple[str, SignedOutcome]]:
    for i, head in enumerate(envelopes(signed.head)):
        yield f"outcome head {i}", under(signed, head)
    for key, value in (("count", 7), ("at_ms", 1), ("provider", "x"), ("provider_epoch", 2)):
        head = resigned(signed.head, lambda payload, key=key, value=value: payload.update({key: value}))  # type: ignore[misc]
        yield f"outcome head.{key}", under(signed, head)
    for key, value in (("kind", "not_registered"), ("citation", "x"), ("deadline_ms", 1), ("at_ms", 1), ("provider_epoch", 2)):
        yield f"outcome.{key}", Replace(signed, outcome=msgspec.json.encode(msgspec.json.decode(signed.outcome) | {key: value}))
    yield "outcome place", Replace(signed, place=signed.place + 1)
    yield "outcome path", Replace(signed, path=(*signed.path, bytes(32)))


def under(signed: SignedOutcome, head: Envelope) -> SignedOutcome:
    return Replace(signed, payloadType=head.payloadType, payload=head.payload, signatures=head.signatures)


def checkpoints(one: Bundle) -> Iterator[tuple[str, str, Bundle]]:
    note = parse_note(one.checkpoint.encode())
    origin, size, root, _ = note.text.split("\n")
    for text in (f"{origin}x\n{size}\n{root}\n", f"{origin}\n{int(size) + 1}\n{root}\n", f"{origin}\n{size}\n{'A' + root[1:]}\n"):
        if text != note.text:
            yield f"checkpoint {text!r}", "checkpoint-signed", Replace(one, checkpoint=Replace(note, text=text).encode().decode())
    for i, name in ((0, "checkpoint-signed"), (1, "checkpoint-cosigned")):
        line = note.signatures[i]
        for other in (Replace(line, signature=flip(line.signature, 20)), Replace(line, key_id=flip(line.key_id)), Replace(line, name="x")):
            lines = tuple(other if j == i else kept for j, kept in enumerate(note.signatures))
            yield f"signature {i}", name, Replace(one, checkpoint=Replace(note, signatures=lines).encode().decode())
    yield "no cosignature", "checkpoint-cosigned", Replace(one, checkpoint=Replace(note, signatures=note.signatures[:1]).encode().decode())


def test_each_changed_field_fails_the_check_that_names_it(provided: Bundle, pins: dict[str, bytes]) -> None:
    every = list(changes(provided))
    assert len(every) > 70
    assert [field for field, name, changed in every if name not in verify_bundle(changed, pins).failed] == []


def test_an_outcome_signed_by_another_institution_is_no_outcome(provided: Bundle, pins: dict[str, bytes]) -> None:
    (last,) = provided.outcomes
    head = sign_envelope(last.outcome.payloadType, last.outcome.payload, SigningKey.generate(), last.outcome.signatures[0].keyid)
    assert verify_bundle(Replace(provided, outcomes=(Replace(last, outcome=under(last.outcome, head)),)), pins).failed == ("outcomes-signed",)


def test_evidence_of_0_1_0_holds_as_it_stands(whole: Path, provided: Bundle, pins: dict[str, bytes]) -> None:
    (last,) = provided.outcomes
    (path,) = whole.rglob(f"{PROVIDER}/keys/signing.1")
    old = sign_envelope("application/vnd.enishi.outcome+json", last.outcome.outcome, SigningKey.from_bytes(path.read_bytes()), f"{PROVIDER}/1")
    kept = Replace(provided, outcomes=(Replace(last, outcome=SignedOutcome(old.payloadType, old.payload, old.signatures)),))
    assert b'"place"' not in encode(kept).partition(b'"outcomes"')[2]
    assert verify_bundle(decode(encode(kept)), pins).failed == ()
    forged = Replace(old, signatures=(Signature(f"{PROVIDER}/1", flip(old.signatures[0].sig)),))
    false = Replace(last, outcome=SignedOutcome(forged.payloadType, forged.payload, forged.signatures))
    assert verify_bundle(Replace(provided, outcomes=(false,)), pins).failed == ("outcomes-signed",)


def test_parts_of_two_items_make_no_evidence(whole: Path, provided: Bundle, pins: dict[str, bytes]) -> None:
    other = made(whole, REFUSED)
    assert "leaf-named" in verify_bundle(Replace(provided, record=other.record), pins).failed
    assert "item-id" in verify_bundle(Replace(provided, receipt=other.receipt), pins).failed
    assert {"item-id", "row-bound"} <= set(verify_bundle(Replace(provided, statement=other.statement), pins).failed)
    (last,) = provided.outcomes
    assert "outcomes-signed" in verify_bundle(Replace(other, outcomes=(last,)), pins).failed


def test_a_statement_under_another_registry_is_found(provided: Bundle, pins: dict[str, bytes]) -> None:
    snapshot = read_snapshot(provided.registry.payload)
    changed = Replace(provided.registry, payload=msgspec.json.encode(Replace(snapshot, serial=2)))
    assert {"registry-signed", "registry-named"} <= set(verify_bundle(Replace(provided, registry=changed), pins).failed)


# ---- the file -----------------------------------------------------------------------------------------------------------------------


def test_a_file_reads_back_as_it_was(provided: Bundle) -> None:
    assert decode(encode(provided)) == provided


def test_a_file_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch, provided: Bundle) -> None:
    monkeypatch.setattr(bundle, "LIMIT", 1000)
    with pytest.raises(Oversized, match="bundle-too-large"):
        decode(encode(provided))


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", b"[" * 100_000, b'{"v":2}', b"null", b'{"v":1,"place":-1}'])
def test_what_is_no_bundle_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed, match="bundle-unreadable"):
        decode(raw)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_refused_or_reported_and_nothing_else(data: st.DataObject, provided: Bundle, pins: dict[str, bytes]) -> None:
    raw = bytearray(encode(provided))
    for at in data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=4)):
        raw[at] = data.draw(st.integers(0, 255))
    try:
        damaged = decode(bytes(raw))
    except Fault:
        return
    assert damaged == provided or not verify_bundle(damaged, pins).ok


tree = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)


@settings(max_examples=150, deadline=None)
@given(field=st.sampled_from(Bundle.__struct_fields__), value=tree)
def test_any_json_in_a_field_is_refused_or_reported(field: str, value: object, provided: Bundle, pins: dict[str, bytes]) -> None:
    written = msgspec.json.decode(encode(provided)) | {field: value}
    try:
        one = decode(msgspec.json.encode(written))
    except Fault:
        return
    assert one == provided or not verify_bundle(one, pins).ok or field in ("outcomes", "answer")


# ---- the commands -------------------------------------------------------------------------------------------------------------------


def test_the_commands_export_and_verify(whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, keys = tmp_path / "one.enishi.json", whole / "keeper" / "pins.json"
    assert export(whole, items(whole, PROVIDED)[0], file) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert check(file, keys) == 0
    assert "この証拠は正しいものです。" in capsys.readouterr().out
    file.write_bytes(encode(Replace(decode(file.read_bytes()), place=1)))
    assert check(file, keys, json=True) == 1
    assert not msgspec.json.decode(capsys.readouterr().out)["ok"]


@pytest.mark.parametrize(
    ("wanted", "slug"), [("zz", "evidence-id-unreadable"), ("00", "evidence-id-unreadable"), ("00" * 32, "evidence-item-unknown")]
)
def test_what_is_not_there_is_said(whole: Path, tmp_path: Path, wanted: str, slug: str) -> None:
    with pytest.raises(Fault, match=slug):
        export(whole, wanted, tmp_path / "x")


def test_an_inquiry_about_several_people_asks_which(whole: Path, tmp_path: Path) -> None:
    txid = items(whole, "SELECT txid FROM asked_item GROUP BY txid HAVING COUNT(*) > 1")[0]
    with pytest.raises(Fault, match="evidence-several-items"):
        export(whole, txid, tmp_path / "x")


@pytest.mark.parametrize(
    ("file", "keys", "slug"), [("none", "pins.json", "evidence-file-missing"), ("pins.json", "none", "evidence-pins-unreadable")]
)
def test_missing_files_are_said(whole: Path, file: str, keys: str, slug: str) -> None:
    with pytest.raises(Fault, match=slug):
        check(whole / "keeper" / file, whole / "keeper" / keys)
