"""A signed form has one encoding: what reads the same but is written otherwise is refused, so that one signature never means two things."""

import json
from collections.abc import Callable

import msgspec
import pytest

from enishi.errors import Malformed
from enishi.protocol.enrol import read_batch
from enishi.protocol.outcome import check_outcome
from enishi.protocol.receipt import check_receipt
from enishi.protocol.registry import read_snapshot
from enishi.protocol.statement import read_statement
from enishi.protocol.view import read_view
from enishi.seal.dsse import Envelope
from enishi.tlog.tree import inclusions, leaf_hash, root_of
from protocol import messages as made

Read = Callable[[bytes], object]


def receipt_read(payload: bytes) -> object:
    hashes = [leaf_hash(payload), leaf_hash(b"another")]
    head = msgspec.json.encode({"v": 1, "root": root_of(hashes), "count": 2, "at_ms": made.AT_MS})
    signed = msgspec.structs.replace(
        made.signed_receipt(), receipt=payload, place=0, path=tuple(inclusions(hashes)[0]), head=made.signed(head, "receipts", "keeper")
    )
    return check_receipt(signed, made.KEYS["keeper"].public)


FORMS: dict[str, tuple[Callable[[], bytes], Read]] = {
    "statement": (made.statement_payload, read_statement),
    "outcome": (lambda: msgspec.json.encode(made.outcome()), lambda payload: check_outcome(made.among(payload), made.KNOWN)),
    "outcome of 0.1.0": (lambda: msgspec.json.encode(made.outcome()), lambda payload: check_outcome(made.alone(payload), made.KNOWN)),
    "outcomes": (lambda: made.signed_outcome().payload, lambda payload: check_outcome(made.outcome_head(payload), made.KNOWN)),
    "receipt": (lambda: made.signed_receipt().receipt, receipt_read),
    "enrol": (
        lambda: msgspec.json.encode(made.batch()),
        lambda payload: read_batch(made.signed(payload, "enrol", "registrar"), made.KEYS["registrar"].public),
    ),
    "view": (
        lambda: msgspec.json.encode(made.view()),
        lambda payload: read_view(_view(payload), made.KEYS["portal"].public, made.KEYS["registrar"].public),
    ),
}


def _view(payload: bytes) -> Envelope:
    return made.signed(payload, "view", "portal", "registrar")


def reordered(payload: bytes) -> bytes:
    told = json.loads(payload)
    return json.dumps(dict(reversed(told.items())), ensure_ascii=False, separators=(",", ":")).encode()


def doubled(payload: bytes) -> bytes:
    return b'{"v":1,' + payload[1:]


def spaced(payload: bytes) -> bytes:
    return payload.replace(b",", b", ", 1)


def stray(payload: bytes) -> bytes:
    """A bit behind the end of a base64 text set, which decoders pass over."""
    end = payload.index(b'="')
    end -= payload[end - 1 : end] == b"="
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = alphabet[alphabet.index(payload[end - 1 : end]) ^ 1 :][:1]
    return payload[: end - 1] + other + payload[end:]


@pytest.mark.parametrize("name", FORMS)
def test_the_writers_own_bytes_are_read(name: str) -> None:
    valid, read = FORMS[name]
    read(valid())


@pytest.mark.parametrize("otherwise", [reordered, doubled, spaced, stray])
@pytest.mark.parametrize("name", FORMS)
def test_another_encoding_of_the_same_is_refused(name: str, otherwise: Callable[[bytes], bytes]) -> None:
    valid, read = FORMS[name]
    changed = otherwise(valid())
    assert changed != valid()
    with pytest.raises(Malformed, match="form-not-canonical"):
        read(changed)


def test_a_snapshot_may_lack_what_has_a_default_and_names_no_member_twice() -> None:
    written = msgspec.json.encode(made.snapshot())
    assert read_snapshot(spaced(written)) == read_snapshot(written)
    for twice in (doubled(written), written.replace(b'"suspended":', b'"suspended":true,"suspended":', 1)):
        with pytest.raises(Malformed, match="form-member-twice"):
            read_snapshot(twice)
