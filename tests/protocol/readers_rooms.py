"""Readers of the other rooms: seal and log, numbers and points, the roles, the clients, the law and its faces."""

import base64
import tempfile
from pathlib import Path
from urllib.parse import unquote_plus

from starlette.datastructures import QueryParams

from enishi import number
from enishi.card.asking import read_asked
from enishi.card.authority import KEY_FILE, open_authority
from enishi.card.clients import read_clients
from enishi.card.issuer import open_issuer
from enishi.cli.evidence import read_pins as evidence_pins
from enishi.cli.gateway.joining import read_join_answer
from enishi.cli.ownrecords import Saved, read_saved
from enishi.cli.walk.sealed import open_body
from enishi.client.gateway import read_answer
from enishi.client.inquiries import Inquiry
from enishi.client.institution import read_reply as read_client_reply
from enishi.client.portal import read_proof
from enishi.evidence import bundle
from enishi.items.schema import read as read_document
from enishi.law import load, question_json
from enishi.law.importing.reader import read as read_statute
from enishi.law.ordinance.read import read_ordinance
from enishi.linkage import convert, dleq, enrol, forms, group
from enishi.linkage.forms import Element, Pair
from enishi.mesh import config
from enishi.mesh.registry import read_pins
from enishi.number import individual_number
from enishi.oidc.assertions import make_assertion, read_assertion
from enishi.oidc.idtoken import Expected, read_id_token
from enishi.oidc.provider import Provider, read_keys, read_provider
from enishi.oidc.relying import TokenReply, read_claims, read_error, read_token_reply
from enishi.oidc.tokens import TokenKey, read_token
from enishi.protocol import record
from enishi.protocol.record import disclosure_info
from enishi.protocol.wire import Notice
from enishi.roles.exchange.authzen import forms as authzen
from enishi.roles.exchange.deliver import read_seed
from enishi.roles.exchange.lawface.asking import read_choice
from enishi.roles.gateway.answering.marking import read_mark
from enishi.roles.gateway.answering.rules import read_rules
from enishi.roles.gateway.bulk.callbacks import read_callbacks
from enishi.roles.gateway.bulk.codes import read_codes
from enishi.roles.gateway.bulk.intake import parse_media
from enishi.roles.gateway.bulk.numbers import read_number, read_repeat_key
from enishi.roles.gateway.bulk.results import read_cursor
from enishi.roles.gateway.bulk.retention import read_bulk_rules
from enishi.roles.gateway.bulk.row import read_case
from enishi.roles.gateway.credentials import read_credentials
from enishi.roles.gateway.desk import read_decision
from enishi.roles.gateway.events.eventing import read_subscription
from enishi.roles.gateway.evidence.searching import read_search
from enishi.roles.gateway.identifiers import read_id
from enishi.roles.gateway.live.heard import Wish
from enishi.roles.gateway.live.heard import read_answer as read_live_answer
from enishi.roles.gateway.load.adapter import read_adapter
from enishi.roles.gateway.notices import open_code, read_notice
from enishi.roles.gateway.offers.face import read_handed_request, read_reference
from enishi.roles.gateway.question import read_question
from enishi.roles.gateway.register.holder import read_holder
from enishi.roles.gateway.tenant import KeyPair
from enishi.roles.keeper.enrol import read_step
from enishi.roles.keeper.rest import Rest
from enishi.roles.portal.link import read_link
from enishi.roles.portal.listing import read_filter
from enishi.roles.portal.login import read_device_key
from enishi.roles.portal.offer import Wanted
from enishi.roles.portal.settings import read_party
from enishi.seal import dsse, hpke
from enishi.seal.hpke import SealingKey
from enishi.seal.many import Sender
from enishi.seal.pad import pad, unpad
from enishi.seal.sign import SigningKey
from enishi.tlog import checkpoint, note, tiles, witness
from enishi.tlog import leaf as leaves
from enishi.tlog.checkpoint import Checkpoint, sign_checkpoint
from enishi.tlog.cosign import cosign
from enishi.tlog.leaf import Leaf, LeafKind, commitment, decode_leaf
from enishi.tlog.note import Verifier, add_signatures
from enishi.tlog.witness import Submission
from enishi.web.form import parse_form
from house.source import ROOT
from protocol import messages as made
from protocol.reading import JSON, PACK, Reader, at_the_door, file, text, three

LOG = Verifier("log.enishi.example", made.KEYS["keeper"].public)
RESTING = Rest(bytes(32))
KEEPER = made.KEYS["keeper"].public
PINS = {"exchange": made.KEYS["exchange"].public, "oversight": made.KEYS["oversight"].public}
CLIENTS = b'[{"id":"portal","name_ja":"\xe8\xa8\x98\xe9\x8c\xb2","name_en":"My records","redirect_uris":["http://portal.localhost/callback"],"scopes":["openid"],"keys":[]}]'
ASKED = (
    b"response_type=code&client_id=portal&redirect_uri=http://portal.localhost/callback&scope=openid&state=s&nonce=n"
    b"&code_challenge=" + b"a" * 43 + b"&code_challenge_method=S256&request_to_sign=cmVxdWVzdA"
)
ISSUER = "http://card.localhost:8401"
TOKENS = TokenKey(bytes(31) + b"\1")
EXPECTED = Expected(issuer=ISSUER, client_id="portal", nonce="n")
PROVIDER = Provider(
    issuer=ISSUER,
    authorization_endpoint=ISSUER + "/authorize",
    token_endpoint=ISSUER + "/token",
    jwks_uri=ISSUER + "/jwks.json",
    response_types_supported=("code",),
    code_challenge_methods_supported=("S256",),
)
MARK = {
    "kind": "nondisclosure",
    "person": "1000000001",
    "ground": "415AC0000000057#78-1-1",
    "until": "2026-03-31",
    "item": "",
    "period": "",
    "by": "system",
}
RULES = {
    "opening": {"items": ["jumin"], "weekdays": {"mon": ["08:30", "17:15"]}, "open_on": {"2026-01-04": ["10:00", "12:00"]}},
    "held_items": ["welfare"],
    "held_days": 5,
}
QUESTION = {
    "affair": {"source": "506M60004008009@2024-05-27", "row": "108"},
    "purpose_item": "3",
    "items": ["jumin"],
    "provider": made.B,
    "person": "1000000001",
    "relation": "applicant",
    "case": "case-1",
}
LAW_QUESTION = {
    "inquirer": {"capacity": "市町村長"},
    "affair": {"source": "506M60004008009@2024-05-27", "row": "108"},
    "provider": {"capacity": "市町村長"},
    "items": ["住民票関係情報"],
    "on": "2025-04-01",
    "relation": "applicant",
    "period": {"effective_on": "2024-04-01", "until": "2025-04-01"},
}


def _note() -> note.Note:
    signed = sign_checkpoint(Checkpoint(LOG.name, 7, bytes(range(32))), made.KEYS["keeper"])
    line = cosign(signed.text, "witness.example", made.KEYS["oversight"], made.AT_MS).line
    return add_signatures(signed, note.parse_signatures(line))


def _id_token() -> bytes:
    now = made.AT_MS // 1000
    return TOKENS.sign({"iss": ISSUER, "sub": "s", "aud": "portal", "iat": now, "exp": now + 60, "nonce": "n"}).encode()


def _assertion() -> bytes:
    return make_assertion("portal", ISSUER, TOKENS, made.AT_MS).encode()


def _leaf() -> bytes:
    return leaves.encode_leaf(Leaf(1, 1, made.AT_MS, LeafKind.INTENT, bytes(range(32)), commitment(bytes(32), b"body")))


def _body_sealed() -> bytes:
    opened = record.Opened(bytes(32), b"body")
    return Sender(made.SEALING.public).seal(disclosure_info(decode_leaf(_leaf()).commitment), pad(PACK(opened)))


def _bundle() -> bytes:
    one, standing = made.notice(), bundle.Standing(index=3, leaf=_leaf(), inclusion=(bytes(32),), opened=record.Opened(bytes(32), b"body"))
    return bundle.encode(
        bundle.Bundle(
            v=1,
            registry=made.signed(JSON(made.snapshot()), "registry", "exchange", "oversight"),
            statement=one.statement,
            place=1,
            row=one.row,
            path=one.path,
            receipt=one.receipt,
            record=standing,
            outcomes=(bundle.OutcomeEvidence(made.signed_outcome(), standing),),
            answer=b"sealed",
            checkpoint=_note().encode().decode(),
        )
    )


def _proof() -> bytes:
    standing = {"index": 3, "leaf": _leaf(), "inclusion": [bytes(32)]}
    shown = {"records": [standing | {"salt": bytes(32), "body": b"body"}], "map": standing | {"root": bytes(32)}}
    keys = {"log_key": LOG.encoded, "witness_keys": [LOG.encoded], "threshold": 1, "max_age_ms": 1}
    return JSON({"checkpoint": "note", "request": b"request", "sealed_labels": b"sealed"} | shown | keys)


SEAL_AND_LOG = (
    Reader("seal.dsse.decode_envelope", lambda: dsse.encode_envelope(made.inquiry().statement), dsse.decode_envelope, dsse.encode_envelope),
    Reader("seal.pad.unpad", lambda: pad(b"plain"), unpad, pad),
    Reader("seal.hpke.from_bytes", lambda: made.SEALING.to_bytes(), SealingKey.from_bytes, SealingKey.to_bytes),
    Reader(
        "seal.hpke.open_sealed", lambda: hpke.seal(made.SEALING.public, b"info", b"x"), lambda sealed: hpke.open_sealed(made.SEALING, b"info", sealed)
    ),
    Reader(
        "seal.hpke.open_shared",
        lambda: Sender(made.HYBRID.public).seal(b"info", b"x"),
        lambda sealed: hpke.open_shared(made.HYBRID, b"info", sealed),
    ),
    Reader("seal.sign.from_bytes", lambda: bytes(range(32)), SigningKey.from_bytes, SigningKey.to_bytes),
    Reader("tlog.leaf.decode_leaf", _leaf, decode_leaf, leaves.encode_leaf),
    Reader(
        "tlog.checkpoint.parse_checkpoint",
        lambda: _note().text.encode(),
        lambda raw: checkpoint.parse_checkpoint(text(raw)),
        lambda one: one.text.encode("utf-8", "surrogateescape"),
    ),
    Reader("tlog.checkpoint.read_checkpoint", lambda: _note().encode(), lambda raw: checkpoint.read_checkpoint(raw, LOG)),
    Reader("tlog.checkpoint.open_checkpoint", lambda: _note().encode(), lambda raw: checkpoint.open_checkpoint(note.parse_note(raw), LOG)),
    Reader("tlog.note.parse_note", lambda: _note().encode(), note.parse_note, note.Note.encode),
    Reader("tlog.note.parse_verifier", lambda: LOG.encoded.encode(), lambda raw: note.parse_verifier(text(raw)), lambda one: one.encoded.encode()),
    Reader("tlog.note.parse_signatures", lambda: _note().encode().partition(b"\n\n")[2], lambda raw: note.parse_signatures(text(raw))),
    Reader("tlog.witness.parse_submission", lambda: Submission(3, (bytes(32),) * 2, _note()).encode(), witness.parse_submission, Submission.encode),
    Reader("tlog.tiles.parse_path", lambda: b"tile/0/x001/067.p/3", lambda raw: tiles.parse_path(text(raw)), lambda tile: tile.path.encode()),
    Reader("tlog.tiles.decode_bundle", lambda: tiles.encode_bundle([_leaf()] * 3), lambda raw: tiles.decode_bundle(raw, 3), tiles.encode_bundle),
    Reader("evidence.bundle.decode", _bundle, bundle.decode, bundle.encode),
)

NUMBERS_AND_POINTS = (
    Reader("linkage.group.decode_point", lambda: group.G, group.decode_point, bytes),
    Reader("linkage.group.decode_scalar", lambda: made.ELGAMAL, group.decode_scalar, bytes),
    Reader("linkage.dleq.decode_proof", lambda: made.inquiry().pi, dleq.decode_proof, dleq.Proof.encode),
    Reader("linkage.convert.decode_pi", lambda: made.inquiry().pi, convert.decode_pi, dleq.Proof.encode),
    Reader("linkage.convert.open_pair", lambda: group.G * 2, lambda raw: convert.open_pair(made.ELGAMAL, Pair(*three(raw)[:2]))),
    Reader("linkage.enrol.open_element", lambda: group.G * 2, lambda raw: enrol.open_element(made.ELGAMAL, Element(*three(raw)[:2]))),
    Reader("linkage.forms.decode_elements", lambda: group.G * 2, lambda raw: forms.decode_elements([three(raw)[:2]])),
    Reader("linkage.forms.decode_rows", lambda: group.G * 3, lambda raw: forms.decode_rows([three(raw)])),
    Reader("linkage.forms.decode_tag_rows", lambda: group.G * 2, lambda raw: forms.decode_tag_rows([three(raw)[:2]])),
    Reader("linkage.forms.decode_blinded", lambda: group.G * 3, lambda raw: forms.decode_blinded(three(raw))),
    Reader("linkage.forms.decode_pair", lambda: group.G * 2, lambda raw: forms.decode_pair(three(raw)[:2])),
    Reader(
        "number.parse_individual_number",
        lambda: individual_number("62149832025").encode(),
        lambda raw: number.parse_individual_number(text(raw)),
        str.encode,
    ),
    Reader("number.parse_corporate_number", lambda: b"5835678256246", lambda raw: number.parse_corporate_number(text(raw)), str.encode),
    Reader("number.parse_local_government_code", lambda: b"012131", lambda raw: number.parse_local_government_code(text(raw)), str.encode),
    Reader("number.parse_resident_record_code", lambda: b"12345678901", lambda raw: number.parse_resident_record_code(text(raw)), str.encode),
)

INSURED = {
    "v": "health_insurance.v1",
    "insurer": "kyokai-kenpo",
    "scheme": "employees",
    "standing": "insured",
    "since": "2020-04-01",
    "until": None,
    "benefits": [],
}
LIVE = read_adapter((ROOT / "adapters/local_tax_live.yaml").read_bytes())
WISH, AT_MS = Wish("1", "local_tax", "2024"), 1_750_000_000_000
HOLDER = {
    "item": "health_insurance",
    "day": "2024-04-01",
    "documents": [{"document": INSURED, "as_of": "2025-04-01"}],
}
LIVE_ROW = {"number": "1", "year": "2024", "held_at": "2025-04-01T00:00:00+09:00", "status": "1"} | dict.fromkeys(
    ("income", "base", "city_levy", "city_capita", "prefecture_levy", "prefecture_capita", "dependants"), 1
)

ROLES_AND_EDGES = (
    Reader("roles.exchange.deliver.read_seed", lambda: PACK(made.seed()), read_seed, PACK),
    Reader("roles.keeper.enrol.read_step", lambda: PACK(made.step()), read_step, PACK),
    Reader("roles.keeper.rest.open", lambda: RESTING.close("c", b"r", b"plain"), lambda raw: RESTING.open("c", b"r", raw)),
    Reader("roles.gateway.question.read_question", lambda: JSON(QUESTION), read_question),
    Reader("roles.gateway.load.adapter.read_adapter", lambda: (ROOT / "adapters/local_tax.yaml").read_bytes(), read_adapter),
    Reader("roles.gateway.live.heard.read_answer", lambda: JSON(LIVE_ROW), lambda raw: read_live_answer(LIVE, WISH, raw, AT_MS)),
    Reader("roles.gateway.answering.rules.read_rules", lambda: JSON(RULES), read_rules),
    Reader("roles.gateway.answering.marking.read_mark", lambda: JSON(MARK), read_mark, JSON),
    Reader("roles.gateway.events.eventing.read_subscription", lambda: JSON({"item_id": "0f" * 32, "until": "2026-03-31"}), read_subscription, JSON),
    Reader("roles.gateway.register.holder.read_holder", lambda: JSON(HOLDER), read_holder),
    Reader("roles.gateway.desk.read_decision", lambda: b'{"decision":"refuse","citation":"425AC0000000027#19-1-8"}', read_decision, JSON),
    Reader("roles.gateway.bulk.row.read_case", lambda: JSON({"questions": [QUESTION, QUESTION], "callback": ""}), read_case),
    Reader(
        "roles.gateway.bulk.callbacks.read_callbacks",
        lambda: JSON({"secret": "whsec_" + "a" * 32, "allowed": ["https://example.org/"], "private": False}),
        read_callbacks,
        JSON,
    ),
    Reader("roles.gateway.bulk.codes.read_codes", (ROOT / "src/enishi/roles/gateway/bulk/codes.json").read_bytes, read_codes),
    Reader("roles.gateway.bulk.intake.parse_media", lambda: b"text/csv; charset=cp932; header=present", lambda raw: parse_media(text(raw))),
    Reader("roles.gateway.bulk.numbers.read_number", lambda: b"0f" * 16, lambda raw: read_number(text(raw)), lambda one: one.hex().encode()),
    Reader("roles.gateway.bulk.numbers.read_repeat_key", lambda: b'"monday \\"1\\""', lambda raw: read_repeat_key(text(raw))),
    Reader("roles.gateway.bulk.retention.read_bulk_rules", lambda: JSON({"v": 1, "keep_days": 400}), read_bulk_rules, JSON),
    Reader("roles.gateway.bulk.results.read_cursor", lambda: b"17", lambda raw: read_cursor(text(raw)), lambda one: str(one).encode()),
    Reader("roles.gateway.identifiers.read_id", lambda: b"a" * 43, lambda raw: read_id(text(raw), "txid")),
    Reader("roles.gateway.identifiers.read_id", lambda: b"0f" * 32, lambda raw: read_id(text(raw), "txid"), lambda one: one.hex().encode()),
    Reader("roles.gateway.notices.read_notice", lambda: PACK(made.notice()), at_the_door(Notice, read_notice)),
    Reader("roles.gateway.notices.open_code", lambda: PACK(made.notice()), at_the_door(Notice, lambda one: open_code(read_notice(one), PAIR))),
    Reader(
        "roles.gateway.credentials.read_credentials",
        lambda: JSON([{"token_sha256": "0" * 64, "system": "s", "officer": "o", "offices": ["marks"]}]),
        file(read_credentials, "credentials.json"),
        JSON,
    ),
    Reader(
        "roles.portal.login.read_device_key",
        lambda: base64.urlsafe_b64encode(made.SEALING.public).rstrip(b"="),
        lambda raw: read_device_key(text(raw)),
        lambda key: base64.urlsafe_b64encode(key).rstrip(b"="),
    ),
    Reader(
        "roles.portal.link.read_link",
        lambda: b"source=506M60004008009@2024-05-27&row=108&item=1&institution=012131",
        lambda raw: read_link(pairs(raw), Wanted),
        lambda one: unquote_plus(one.query).encode(),
    ),
    Reader("roles.gateway.offers.face.read_reference", lambda: b"0f" * 16, lambda raw: read_reference(text(raw)), lambda one: one.hex().encode()),
    Reader("roles.gateway.offers.face.read_handed_request", lambda: b'{"person":"1000000001"}', read_handed_request, JSON),
    Reader(
        "mesh.config.read", lambda: b'{"role":"keeper","name":"keeper","data":"data","tls":"tls","on":"2025-04-01"}', file(config.read, "role.json")
    ),
    Reader(
        "mesh.config.read",
        lambda: b'role = "keeper"\nname = "k"\ndata = "d"\ntls = "t"\non = 2025-04-01\n[peers]\na = "b"\n',
        file(config.read, "role.toml"),
    ),
    Reader(
        "mesh.registry.read_pins",
        lambda: JSON(PINS),
        file(lambda path: read_pins(path.parent), "pins.json"),
        JSON,
    ),
    Reader("cli.evidence.read_pins", lambda: JSON(PINS), file(evidence_pins, "pins.json"), JSON),
    Reader("cli.walk.sealed.open_body", _body_sealed, lambda raw: open_body(made.SEALING, decode_leaf(_leaf()), raw)),
    Reader("web.form.parse_form", lambda: b"a=1&b=%E7%B8%81&c=", parse_form),
    Reader("card.clients.read_clients", lambda: CLIENTS, lambda raw: read_clients(text(raw)), lambda clients: JSON(list(clients.values()))),
    Reader("card.asking.read_asked", lambda: ASKED, lambda raw: read_asked(pairs(raw), read_clients(CLIENTS.decode()), "browser")),
    Reader("card.authority.open_authority", lambda: b"\1" * 32, lambda raw: _authority(raw)),
    Reader("cli.gateway.joining.read_join_answer", lambda: b'{"digest":"00","state":"waiting"}', read_join_answer),
    Reader("client.institution.read_reply", lambda: b'{"txid":"00","state":"ended","items":[]}', lambda raw: read_client_reply(raw, Inquiry), JSON),
    Reader("roles.gateway.evidence.searching.read_search", lambda: b"case=a&person=b&from_ms=1", lambda raw: read_search(dict(pairs(raw)))),
    Reader("client.portal.read_proof", lambda: JSON(read_proof(_proof())), read_proof, JSON),
    Reader("cli.ownrecords.read_saved", lambda: JSON(Saved("enishi-records/1", (), read_proof(_proof()))), file(read_saved, "records.json"), JSON),
    Reader(
        "roles.portal.listing.read_filter",
        lambda: b"institution=a&affair=b&result=c&since=2025-04-01&until=2025-04-02",
        lambda raw: read_filter(QueryParams(pairs(raw))),
    ),
    Reader("client.gateway.read_answer", lambda: b'{"state":"ended","items":[]}', read_answer, JSON),
    Reader(
        "oidc.relying.read_token_reply", lambda: JSON(TokenReply(access_token="a", token_type="Bearer", id_token="a.b.c")), read_token_reply, JSON
    ),
    Reader("oidc.provider.read_provider", lambda: JSON(PROVIDER), lambda raw: read_provider(raw, ISSUER), JSON),
    Reader("oidc.provider.read_keys", lambda: JSON({"keys": [TOKENS.jwk]}), read_keys, lambda keys: JSON({"keys": keys})),
    Reader("oidc.tokens.read_token", lambda: TOKENS.sign({"iss": ISSUER}).encode(), lambda raw: read_token(text(raw), [TOKENS.jwk])),
    Reader("oidc.relying.read_claims", lambda: b'{"sub":"s","name":"n"}', lambda raw: read_claims(raw, "s"), JSON),
    Reader("oidc.relying.read_error", lambda: b'{"error":"invalid_grant"}', read_error, lambda code: JSON({"error": code})),
    Reader("roles.portal.settings.read_party", lambda: ISSUER.encode(), lambda raw: read_party({"origin": "", "issuer": text(raw)})),
    Reader("card.issuer.open_issuer", lambda: bytes(31) + b"\1", file(lambda path: open_issuer(path.parent, ISSUER, bytes(32)), "issuer.key")),
    Reader("oidc.idtoken.read_id_token", _id_token, lambda raw: read_id_token(text(raw), [TOKENS.jwk], EXPECTED, made.AT_MS)),
    Reader("oidc.assertions.read_assertion", _assertion, lambda raw: read_assertion(text(raw), "portal", (ISSUER,), [TOKENS.jwk], made.AT_MS)),
    Reader("items.schema.read", made.document, lambda raw: read_document("jumin", raw)),
    Reader("law.question_json.read_question", lambda: JSON(LAW_QUESTION), lambda raw: question_json.read_question(raw, load())),
    Reader("law.question_json.read_question", lambda: JSON(LAW_QUESTION), lambda raw: question_json.read_question(text(raw), load())),
)
PAIR = KeyPair(1, made.ELGAMAL, made.KEYS["b"])


def pairs(raw: bytes) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (part.partition("=") for part in text(raw).split("&"))]


def _authority(key: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / KEY_FILE).write_bytes(key)
        (Path(folder) / "authority.der").write_bytes(made.carded()[1] if key == b"\1" * 32 else key)
        return open_authority(Path(folder))


ORDINANCE = ROOT / "ordinances" / "012131-juudo.yaml"
STATUTE = ROOT / "tests" / "law" / "xml" / "provision_order_excerpt.xml"
EVALUATION = {
    "subject": {"type": "capacity", "id": "市町村長"},
    "action": {"name": "inquire", "properties": {"affair": LAW_QUESTION["affair"], "purpose": {"item": "3"}}},
    "resource": {"type": "capacity", "id": "市町村長", "properties": {"items": ["住民票関係情報"], "relation": "applicant"}},
    "context": {"on": "2025-04-01", "level": "item"},
}
LAW_AND_ITS_FACE = (
    Reader("law.ordinance.read.read_ordinance", ORDINANCE.read_bytes, lambda raw: read_ordinance(text(raw))),
    Reader("law.importing.reader.read", STATUTE.read_bytes, read_statute),
    Reader("roles.exchange.authzen.forms.read_evaluation", lambda: JSON(EVALUATION), authzen.read_evaluation),
    Reader("roles.exchange.authzen.forms.read_box", lambda: JSON({"evaluations": [EVALUATION, {}]} | EVALUATION), authzen.read_box),
    Reader(
        "roles.exchange.lawface.asking.read_choice", lambda: b"row=108&item=a&item=b", lambda raw: read_choice(QueryParams(text(raw)), "2025-04-01")
    ),
)
