"""Writes the check values of registry and enrolment: `python vectors/protocol/make_people.py`.

The form of the files is that of make.py.
"""

from typing import Any, Final

import msgspec
from vector_world import (
    AT_MS,
    HANDLE,
    HERE,
    INSTITUTIONS,
    PINS,
    REGISTRY,
    SNAPSHOT,
    A,
    B,
    Case,
    browser,
    case,
    code,
    key,
    layered,
    nonces,
    render,
    scalar,
    seed,
    signed_registry,
    snapshot,
)

from enishi.linkage import enrol
from enishi.linkage.forms import Element
from enishi.linkage.group import base
from enishi.protocol.enrol import EnrolBatch, Transcript, step_context
from enishi.protocol.forms import sign_form
from enishi.protocol.registry import Institution, Snapshot, snapshot_digest
from enishi.seal.dsse import Envelope, countersign, sign_envelope
from enishi.terms import Kind

replace, pack = msgspec.structs.replace, msgspec.msgpack.encode

# ---- registry.json ----------------------------------------------------------------------------------------------------------------------


def registries() -> tuple[Case, list[Case]]:
    digest = snapshot_digest(REGISTRY.payload)
    following = snapshot(serial=2, previous=digest)
    first, second = INSTITUTIONS
    reused = replace(first, epochs=(replace(first.epochs[0], elgamal=base(scalar("y @audit"))),))
    unproven = replace(first, epochs=(replace(first.epochs[0], elgamal_proof=second.epochs[0].elgamal_proof),))
    held = {"serial": 1, "digest": digest}

    def made(name: str, expect: str, what: Snapshot, **given: Any) -> Case:
        envelope = signed_registry(what)
        return case(name, expect, registry=pack(envelope), digest=snapshot_digest(envelope.payload), **given)

    def given(name: str, expect: str, envelope: Envelope) -> Case:
        return case(name, expect, registry=pack(envelope), digest=digest)

    payload = REGISTRY.payload
    twice = payload.replace(b'{"v":1,', b'{"v":1,"v":1,', 1)
    cases = [
        made("the first", "ok", SNAPSHOT),
        made("the same again", "ok", SNAPSHOT, held=held),
        made("the next", "ok", following, held=held),
        made("one further on", "ok", snapshot(serial=3, previous=seed("unseen")), held=held),
        made("an older one", "registry-rolled-back", SNAPSHOT, held={"serial": 2, "digest": seed("held")}),
        made("another of the same serial", "registry-chain-broken", snapshot(at_ms=AT_MS), held=held),
        made("the next, of another chain", "registry-chain-broken", snapshot(serial=2, previous=seed("another")), held=held),
        given("the exchange's signature alone", "signature-missing", replace(REGISTRY, signatures=REGISTRY.signatures[:1])),
        given("the commission's signature alone", "signature-missing", replace(REGISTRY, signatures=REGISTRY.signatures[1:])),
        given(
            "signatures exchanged",
            "signature-invalid",
            countersign(sign_form(SNAPSHOT, "registry", key("oversight"), "exchange"), key("exchange"), "oversight"),
        ),
        given("a byte changed", "signature-invalid", replace(REGISTRY, payload=payload.replace(b'"serial":1', b'"serial":2'))),
        given("a member twice", "form-member-twice", resigned(twice)),
        given("an unknown member", "form-unreadable", resigned(payload.replace(b'{"v":1,', b'{"v":1,"w":1,', 1))),
        made("version 2", "version-unknown", snapshot(v=2)),
        made("an institution twice", "registry-duplicate", snapshot(institutions=(first, first))),
        made("no audit epoch", "registry-no-audit-epoch", snapshot(audit=())),
        made(
            "no active key epoch",
            "registry-no-epoch",
            snapshot(institutions=(replace(first, epochs=(replace(first.epochs[0], active=False),)), second)),
        ),
        made("an institution with the audit key", "key-reused", snapshot(institutions=(reused, second))),
        made("a key that is not proven", "possession-false", snapshot(institutions=(unproven, second))),
        *(
            made(f"{name} of {len(value)} bytes", "form-unreadable", snapshot(**{name: value}))
            for name in ("previous", "law", "registrar", "portal", "disclosure")
            for value in (getattr(SNAPSHOT, name)[:-1], getattr(SNAPSHOT, name) + b"\0")
        ),
        made("a disclosure key of suite 2", "form-unreadable", snapshot(disclosure=browser("x").public)),
        made("a disclosure key of another suite's byte", "sealing-key-malformed", snapshot(disclosure=b"\2" + SNAPSHOT.disclosure[1:])),
        made("an operator's root of 31 bytes", "form-unreadable", snapshot(exchange=replace(SNAPSHOT.exchange, s_root=bytes(31)))),
        made("an audit share of 33 bytes", "form-unreadable", snapshot(audit=(replace(SNAPSHOT.audit[0], share_keeper=bytes(33)),))),
        made("a signing key of 31 bytes", "form-unreadable", snapshot(institutions=(keyed(signing=bytes(31)), second))),
        made("an HPKE key of another suite's byte", "sealing-key-malformed", snapshot(institutions=(keyed(hpke=b"\2" + bytes(1216)), second))),
        made("a layer that is not proven", "possession-false", snapshot(keeper=replace(SNAPSHOT.keeper, layer=SNAPSHOT.exchange.layer))),
    ]
    return {"pins": PINS, "held": None}, cases


def keyed(**changes: Any) -> Institution:
    """The first institution with something else in its keys."""
    first = INSTITUTIONS[0]
    return replace(first, epochs=(replace(first.epochs[0], **changes),))


def resigned(payload: bytes) -> Envelope:
    """Both signatures over bytes that no writer would write."""
    return countersign(sign_envelope(REGISTRY.payloadType, payload, key("exchange"), "exchange"), key("oversight"), "oversight")


# ---- enrol.json -------------------------------------------------------------------------------------------------------------------------


def batch(**changes: Any) -> EnrolBatch:
    people = (HANDLE, seed("another handle"))
    with nonces("enrol"):
        elements = [enrol.request(enrol.handle_point(handle), layered(A)) for handle in people]
    made = EnrolBatch(
        v=1,
        kind=Kind.ENROL,
        request=seed("request")[:16],
        target=A,
        epoch=1,
        at_ms=AT_MS,
        refs=tuple(seed(f"ref {i}")[:16] for i in range(2)),
        r=tuple(r for r, _ in elements),
        c=tuple(c for _, c in elements),
    )
    return replace(made, **changes)


def transcript(made: EnrolBatch, signer: str = "registrar", target: str = A) -> Transcript:
    """A batch with both steps; the operators do not look at what they are given."""
    envelope = sign_form(made, "enrol", key(signer), "registrar")
    elements, steps = tuple(Element(r, c) for r, c in zip(made.r, made.c, strict=False)), []
    for name in ("exchange", "keeper"):
        secrets = scalar(f"s_root {name}"), scalar(f"s_{'x' if name == 'exchange' else 'k'} {target}"), scalar(f"layer {name}")
        with nonces(f"step {name}"):
            step = enrol.operate(elements, *secrets, step_context(envelope, name))
        elements = step.elements()
        steps.append(pack(step))
    return Transcript(envelope, *steps)


NO_BATCHES: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("a request of 15 bytes", "length-wrong", {"request": bytes(15)}),
    ("a ref of 15 bytes", "length-wrong", {"refs": (batch().refs[0], bytes(15))}),
    ("a ref twice", "ref-twice", {"refs": batch().refs[:1] * 2}),
    ("an R of 31 bytes", "length-wrong", {"r": (batch().r[0][:31], batch().r[1])}),
    ("a C of 31 bytes", "length-wrong", {"c": (batch().c[0], batch().c[1][:31])}),
    ("a time before time", "form-unreadable", {"at_ms": -1}),
    ("an epoch before the first", "form-unreadable", {"epoch": -1}),
)


def signed_batch(changes: dict[str, Any]) -> Envelope:
    return sign_form(batch(**changes), "enrol", key("registrar"), "registrar")


def operator(name: str) -> Case:
    letter = "x" if name == "exchange" else "k"
    return {"root": base(scalar(f"s_root {name}")), "share": base(scalar(f"s_{letter} {A}")), "layer": base(scalar(f"layer {name}"))}


def enrolments() -> tuple[Case, list[Case]]:
    good = transcript(batch())
    codes = [code(A), code(A, enrol.handle_point(seed("another handle")))]
    elsewhere = transcript(batch(request=seed("x")[:16]))
    cases = [
        case("as the keeper delivers it", "ok", transcript=pack(good)),
        case("for the audit domain, without refs", "ok", transcript=pack(transcript(batch(kind=Kind.ENROL_AUDIT, refs=())))),
        case("not signed by the registrar", "signature-invalid", transcript=pack(transcript(batch(), "exchange"))),
        case("steps exchanged", "dleq-false", transcript=pack(replace(good, exchange=good.keeper, keeper=good.exchange))),
        case("steps of another batch", "dleq-false", transcript=pack(replace(elsewhere, batch=good.batch))),
        case("shares of another institution", "dleq-false", transcript=pack(transcript(batch(), target=B))),
        case("a step cut short", "message-unreadable", transcript=pack(replace(good, keeper=good.keeper[:-1]))),
        case(
            "a step with more", "message-not-in-form", transcript=pack(replace(good, keeper=pack({**msgspec.msgpack.decode(good.keeper), "more": 1})))
        ),
        case("kind inquiry", "kind-wrong", transcript=pack(transcript(batch(kind=Kind.INQUIRY)))),
        case("version 2", "version-unknown", transcript=pack(transcript(batch(v=2)))),
        case("a ref fewer", "rows-count", transcript=pack(transcript(batch(refs=batch().refs[:1])))),
        case("an element fewer", "rows-count", transcript=pack(transcript(batch(c=batch().c[:1])))),
        *(case(name, expect, transcript=pack(replace(good, batch=signed_batch(changes)))) for name, expect, changes in NO_BATCHES),
        case(
            "nobody",
            "rows-count",
            transcript=pack(replace(good, batch=sign_form(batch(refs=(), r=(), c=()), "enrol", key("registrar"), "registrar"))),
        ),
        case(
            "a neutral element",
            "point-not-canonical",
            transcript=pack(replace(good, batch=sign_form(batch(r=(bytes(32), batch().r[1])), "enrol", key("registrar"), "registrar"))),
        ),
    ]
    shared = {
        "registrar": key("registrar").public,
        "exchange": operator("exchange"),
        "keeper": operator("keeper"),
        "secret": scalar(f"y {A}"),
        "opened": codes,
    }
    return shared, cases


FILES: Final = {"registry": registries, "enrol": enrolments}


def written(stem: str) -> str:
    return render(*FILES[stem]())


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(written(stem), encoding="utf-8")
