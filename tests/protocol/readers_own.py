"""Readers of what a person's request for their own data travels as (docs/protocol.md, 15.1)."""

from base64 import b64encode
from functools import cache

import msgspec

from enishi.encoding import digest
from enishi.law.other.self_disclosure import PLACE
from enishi.linkage.group import base
from enishi.protocol import commission, letters
from enishi.protocol import self_disclosure as own
from enishi.protocol.receipt import pair_hash, sign_receipts
from enishi.protocol.statement import item_id_of
from enishi.protocol.wire import BlindRow, NoticeReply
from enishi.roles.exchange.self_deliver import read_self_seed
from enishi.roles.gateway.letters.desk import read_letter_answer
from enishi.roles.gateway.representing.entering import read_representation
from enishi.roles.gateway.returned import read_reply
from enishi.roles.gateway.self_disclosure.checking import open_self_code, read_self_notice
from enishi.roles.gateway.self_disclosure.face import read_disclosure_decision
from enishi.roles.gateway.tenant import KeyPair
from enishi.roles.portal.notices.mails import read_stop, stop_path
from enishi.roles.portal.notices.post import read_server
from enishi.roles.portal.settings import read_commission_key
from enishi.seal.dsse import Envelope
from enishi.terms import InstitutionId, Kind
from enishi.web.cookies import Signer
from protocol import messages as made
from protocol.reading import JSON, PACK, Reader, at_the_door, file, text


@cache
def request() -> bytes:
    return JSON(
        own.SelfRequest(
            v=1,
            kind=Kind.SELF,
            face="portal",
            session=bytes(32),
            nonce=bytes(16),
            holder=InstitutionId(made.B),
            items=("jumin", "local_tax"),
            period="2024",
            answer_key=made.SEALING.public,
            at_ms=made.AT_MS,
        )
    )


@cache
def statement() -> own.SelfStatement:
    point = base(made.ELGAMAL)
    return own.SelfStatement(
        v=1,
        kind=Kind.SELF,
        nonce=bytes(16),
        face="portal",
        holder=InstitutionId(made.B),
        holder_epoch=1,
        audit_epoch=1,
        at_ms=made.AT_MS,
        request=digest("self-request", request()),
        items=("jumin", "local_tax"),
        period="2024",
        answer_key=made.SEALING.public,
        r=point,
        b=point,
        u=point,
    )


def enveloped(payload: bytes) -> Envelope:
    return made.signed(payload, "self", "portal", "registrar")


@cache
def notice() -> own.SelfNotice:
    envelope, point = enveloped(JSON(statement())), base(made.ELGAMAL)
    receipt = msgspec.structs.replace(
        made.receipt(),
        item_id=item_id_of(own.self_txid(envelope), 0),
        inquirer=own.ROOT,
        provider=InstitutionId(made.B),
        inquirer_epoch=0,
        provider_epoch=1,
        audit_epoch=1,
        verdict="self",
        basis=(PLACE,),
        pair_hash=pair_hash(point, point),
    )
    (signed,) = sign_receipts([receipt], made.KEYS["keeper"], made.AT_MS)
    return own.SelfNotice(statement=envelope, receipt=signed, pair_r=point, pair_c=point)


def _read(envelope: Envelope) -> own.SelfStatement:
    return own.read_self(envelope, made.KEYS["portal"].public, made.KEYS["registrar"].public)


def _seed() -> bytes:
    one, row = notice(), BlindRow(bytes(32), b"", bytes(32))
    return PACK(own.SelfSeed(statement=one.statement, pair_r=one.pair_r, pair_c=one.pair_c, given=row, returned=row))


def _letter() -> letters.Letter:
    return letters.Letter(
        v=1, kind="correction", about=bytes(32), item="koseki", wrong="1981", right="1982", text="生年月日が違います。\nお直しください。"
    )


@cache
def _sealed() -> bytes:
    return letters.seal_letter(_letter(), made.SEALING.public, made.B, made.SEALING.public)


def _shown() -> bytes:
    return JSON(
        letters.LetterShown(
            v=1,
            letter_id=bytes(32),
            letter=_letter(),
            known=True,
            arrived_ms=made.AT_MS,
            deadline_ms=made.AT_MS + letters.LETTER_MS,
            answered_ms=0,
            decision="",
            answer="",
            reason="",
            appeal="",
        )
    )


STOP_SIGNER = Signer(bytes(32))


def _commission() -> commission.CommissionLetter:
    return commission.CommissionLetter(v=1, kind="question", text="?", records=(), checkpoint="", answer_key=made.SEALING.public)


@cache
def _to_commission() -> bytes:
    return commission.seal_commission(_commission(), made.SEALING.public)


@cache
def _from_commission() -> bytes:
    return commission.seal_answer(made.SEALING.public, "1234-5678-9012", "はい。")


OWN = (
    Reader(
        "roles.gateway.representing.entering.read_representation",
        lambda: (
            b'{"kind":"parent","person":"1","representative":"2","person_name":"a","representative_name":"b","citation":"129AC0000000089#824",'
            b'"until":"2030-01-01","scope":["records"]}'
        ),
        read_representation,
        JSON,
    ),
    Reader("protocol.commission.open_commission", _to_commission, lambda sealed: commission.open_commission(made.SEALING, sealed)),
    Reader("protocol.commission.open_answer", _from_commission, lambda sealed: commission.open_answer(made.SEALING, "1234-5678-9012", sealed)),
    Reader("protocol.commission.read_secret", lambda: b"12345 67890 12345 67890 12345 67890", lambda typed: commission.read_secret(text(typed))),
    Reader("protocol.commission.read_number", lambda: b"1234-5678-9012", lambda typed: commission.read_number(text(typed))),
    Reader("roles.portal.settings.read_commission_key", lambda: b64encode(made.SEALING.public), lambda typed: read_commission_key(text(typed))),
    Reader("protocol.letters.read_letter", lambda: JSON(_letter()), letters.read_letter, JSON),
    Reader("protocol.letters.open_letter", _sealed, lambda sealed: letters.open_letter(made.SEALING, sealed, made.B, made.SEALING.public)),
    Reader("protocol.letters.read_shown", _shown, letters.read_shown, JSON),
    Reader(
        "roles.gateway.letters.desk.read_letter_answer",
        lambda: '{"answer":"訂正しました。","decision":"granted"}'.encode(),
        read_letter_answer,
    ),
    Reader("roles.gateway.returned.read_reply", lambda: PACK(NoticeReply(made.signed_outcome(), b"sealed")), read_reply, PACK),
    Reader("protocol.self_disclosure.read_self_request", request, own.read_self_request, JSON),
    Reader("protocol.self_disclosure.read_self", lambda: JSON(statement()), lambda payload: _read(enveloped(payload)), JSON),
    Reader("protocol.self_disclosure.read_self", lambda: PACK(enveloped(JSON(statement()))), at_the_door(Envelope, _read)),
    Reader("protocol.self_disclosure.claimed_self", lambda: JSON(statement()), own.claimed_self, JSON),
    Reader("roles.exchange.self_deliver.read_self_seed", _seed, read_self_seed, PACK),
    Reader("roles.gateway.self_disclosure.checking.read_self_notice", lambda: PACK(notice()), at_the_door(own.SelfNotice, read_self_notice)),
    Reader(
        "roles.gateway.self_disclosure.checking.open_self_code",
        lambda: PACK(notice()),
        at_the_door(own.SelfNotice, lambda one: open_self_code(one, KeyPair(1, made.ELGAMAL, made.KEYS["b"]))),
    ),
    Reader(
        "roles.gateway.self_disclosure.face.read_disclosure_decision",
        lambda: b'{"decision":"refuse","citation":"415AC0000000057#78-1-2"}',
        read_disclosure_decision,
        JSON,
    ),
    Reader(
        "roles.portal.notices.post.read_server",
        lambda: b'{"host":"mail.example","port":587,"tls":"starttls","from":"a@b.example","user":""}',
        file(read_server, "mail.json"),
        JSON,
    ),
    Reader(
        "roles.portal.notices.mails.read_stop",
        lambda: stop_path(STOP_SIGNER, bytes(range(16))).rpartition("/")[2].encode(),
        lambda raw: read_stop(STOP_SIGNER, text(raw)),
    ),
)
