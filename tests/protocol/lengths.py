"""Byte strings of fixed length that a form itself lets through, and the reader that refuses them: with what it reads, and its valid form.

Every other `bytes[n]` of docs/protocol.md, appendix A, is demanded by the form (tests/docs holds both to the page).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from enishi.linkage.convert import decode_pi
from enishi.linkage.forms import decode_rows
from enishi.protocol.enrol import read_batch
from enishi.protocol.handed import Handed, read_handed, write_handed
from enishi.protocol.outcome import OutcomeRoot, check_outcome
from enishi.protocol.receipt import Receipt, ReceiptRoot, check_receipt, sign_receipts
from enishi.protocol.record import Opened
from enishi.protocol.rows import Row, check_rows, rows_root
from enishi.protocol.statement import read_statement
from enishi.protocol.view import read_request, read_view
from enishi.tlog.leaf import Leaf, LeafKind, check_body, commitment
from protocol import messages as made
from protocol.reading import JSON


class Demanded(NamedTuple):
    """A form that holds, its fields of fixed length, and who reads it."""

    form: Any
    fields: tuple[str, ...]
    read: Callable[[Any], object]


def _receipt(form: Receipt) -> object:
    return check_receipt(sign_receipts([form], made.KEYS["keeper"], made.AT_MS)[0], made.KEYS["keeper"].public)


def _head(form: ReceiptRoot) -> object:
    whole = made.signed_receipt()
    return check_receipt(msgspec.structs.replace(whole, head=made.signed(JSON(form), "receipts", "keeper")), made.KEYS["keeper"].public)


def _row(form: Row) -> object:
    check_rows([form], 1, rows_root([form]))
    return decode_rows([(form.r, form.b, form.u)])


def _opened(form: Opened) -> object:
    return check_body(Leaf(1, 1, made.AT_MS, LeafKind.LOOK, bytes(31) + b"\1", commitment(bytes(32), form.body)), form.salt, form.body)


def _view(payload: bytes) -> object:
    return read_view(made.signed(payload, "view", "portal", "registrar"), made.KEYS["portal"].public, made.KEYS["registrar"].public)


def _handed() -> Handed:
    return Handed(by=made.A, part="inquirer", item_id=made.receipt().item_id, at_ms=made.AT_MS, receipt=None, outcomes=())


READERS = (
    Demanded(made.statement(), ("nonce", "registry", "law", "officer", "rows"), lambda form: read_statement(JSON(form))),
    Demanded(made.inquiry(), ("pi",), lambda form: decode_pi(form.pi)),
    Demanded(made.rows()[0], ("r", "b", "u", "case"), _row),
    Demanded(made.receipt(), ("item_id", "leaf_hash", "pair_hash"), _receipt),
    Demanded(msgspec.json.decode(made.signed_receipt().head.payload, type=ReceiptRoot), ("root",), _head),
    Demanded(made.outcome(), ("item_id", "answer_hash"), lambda form: check_outcome(made.among(JSON(form)), made.KNOWN)),
    Demanded(
        msgspec.json.decode(made.signed_outcome().payload, type=OutcomeRoot),
        ("root",),
        lambda form: check_outcome(made.outcome_head(JSON(form)), made.KNOWN),
    ),
    Demanded(
        made.batch(),
        ("request", "refs", "r", "c"),
        lambda form: read_batch(made.signed(JSON(form), "enrol", "registrar"), made.KEYS["registrar"].public),
    ),
    Demanded(
        msgspec.json.decode(made.view_request(), type=type(read_request(made.view_request()))),
        ("session", "nonce"),
        lambda form: read_request(JSON(form)),
    ),
    Demanded(made.view(), ("nonce", "request", "r", "u"), lambda form: _view(JSON(form))),
    Demanded(_handed(), ("item_id",), lambda form: read_handed(write_handed(form))),
    Demanded(Opened(bytes(32), b"{}"), ("salt",), _opened),
)
NAMES = {f"{type(one.form).__name__}.{field}" for one in READERS for field in one.fields}
