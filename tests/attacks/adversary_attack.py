"""What adversaries on the network do beside its own code: messages with anything in them, sitting on a path, keys weakened by hand."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from secrets import token_bytes
from typing import Any

import msgspec

from attacks.network_attack import CALLER, FIRST, A, Network
from attacks.wire_attack import Sitter
from enishi import clock
from enishi.linkage.convert import blind, prove_rows
from enishi.protocol.forms import sign_form
from enishi.protocol.rows import Row, rows_root
from enishi.protocol.statement import THING, Inquiry, Statement, commit, txid_of
from enishi.protocol.wire import Batch, InquiryReply, Results
from enishi.roles.gateway import people
from enishi.roles.gateway.message import Asking, make_message
from enishi.roles.gateway.question import Question, read_question
from enishi.roles.gateway.registry import Known
from enishi.terms import Txid


class Written(msgspec.Struct, frozen=True):
    """A message of the inquirer's, made beside its gateway, and the key that opens the answers."""

    txid: Txid
    inquiry: Inquiry
    statement: Statement
    reply_key: Any


def codes(network: Network, question: Question) -> list[bytes]:
    """The inquirer's codes of the people of a question."""
    names = [subject.person for subject in question.people]
    return network.tenant.database.read_now(lambda connection: people.codes_of(connection, 1, names))


def known(network: Network) -> Known:
    """The registry as the inquirer's gateway has it."""
    return network.asker.registry.current()


def written(network: Network, asked: dict[str, Any], points: Sequence[bytes] | None = None, **changes: Any) -> Written:
    """A message signed and proven by the inquirer, with other points or another statement than its gateway would make."""
    question, now = read_question(msgspec.json.encode(asked)), known(network)
    plain = make_message(Asking(network.tenant, CALLER, question), codes(network, question), now, clock.now_ms())
    epoch = now.standing(question.provider, "provider").current()
    z_b, z_u = now.provider_key(question.provider, epoch), now.audit_key
    blinded, secrets = blind(points or codes(network, question), z_b, z_u)
    rows = tuple(
        Row(one.R, one.C_B or b"", one.C_U, commit("case", token_bytes(32), subject.case), subject.relation, subject.period)
        for one, subject in zip(blinded, question.people, strict=True)
    )
    statement = msgspec.structs.replace(plain.statement, rows=rows_root(rows), **changes)
    envelope = sign_form(statement, THING, network.tenant.key(1).signing, f"{A}/1")
    txid = txid_of(envelope.payload)
    pi = prove_rows(txid, z_b, z_u, blinded, secrets).encode()
    return Written(txid, Inquiry(envelope, rows, pi), statement, plain.reply_key)


def send(network: Network, inquiry: Inquiry) -> Results[InquiryReply]:
    """Bring a message to the exchange with the certificate of the inquirer's platform."""
    reply: Results[InquiryReply] = network.call(FIRST, "exchange", "/exchange/inquire", Batch((inquiry,)), Results[InquiryReply])
    return reply


def reply_in(results: Results[InquiryReply]) -> InquiryReply:
    """The only reply of a batch."""
    (result,) = results.results
    assert result.value is not None, result.fault
    return result.value


@contextmanager
def sitting(network: Network, path: str, sitter: Sitter) -> Iterator[None]:
    """Somebody sits on a path for a while."""
    network.wire.sitters[path] = sitter
    try:
        yield
    finally:
        del network.wire.sitters[path]


@contextmanager
def later(monkeypatch: Any, milliseconds: int) -> Iterator[None]:
    """Every clock of the network shows a later time."""
    real = clock.now_ms
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now_ms", lambda: real() + milliseconds)
        yield


class Lax:
    """A connection whose unique keys give way: what the database refuses by itself when a look-up before it is taken out."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, query: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        return self._connection.execute(
            query.replace("INSERT INTO tx", "INSERT OR REPLACE INTO tx").replace("INSERT INTO item", "INSERT OR REPLACE INTO item"), values
        )
