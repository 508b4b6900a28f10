"""Writes the check values of outcomes, signed together, alone and as 0.1.0 wrote them: `python vectors/protocol/make_outcomes.py`.

The form of the file is that of make.py.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import wrong_members
from make import of_old, outcome, shown
from vector_world import AT_MS, HERE, A, B, Case, case, key, render, seed

from enishi.protocol.forms import sign_form
from enishi.protocol.outcome import GivenOutcome, OutcomeRoot, SignedOutcome, sign_outcome, sign_outcomes
from enishi.protocol.statement import signer_keyid
from enishi.terms import Outcome
from enishi.tlog.tree import leaf_hash

replace = msgspec.structs.replace


def rooted(said: GivenOutcome, keyid: str = signer_keyid(B, 1), **changes: Any) -> SignedOutcome:
    """An outcome, the only one under a head that may say something else."""
    payload = msgspec.json.encode(said)
    head = sign_form(replace(OutcomeRoot(1, leaf_hash(payload), 1, AT_MS, B, 1), **changes), "outcomes", key(B), keyid)
    return SignedOutcome(head.payloadType, head.payload, head.signatures, payload)


def outcomes() -> tuple[Case, list[Case]]:
    good = outcome(0, Outcome.PROVIDED, b"sealed")
    made, held = sign_outcome(good, key(B)), sign_outcome(outcome(0, Outcome.HELD, b"sealed", deadline_ms=AT_MS + 604_800_000), key(B))
    cases = [
        *_followed(made, held),
        *(case(name, expect, signed=shown(one)) for name, expect, one in _batches(good)),
        case("signed by another institution", "signature-invalid", signed=shown(sign_outcome(good, key(A)))),
        case("under another's keyid", "signature-missing", signed=shown(rooted(good, signer_keyid(A, 1)))),
        case("of an epoch that is none", "signature-missing", signed=shown(sign_outcome(replace(good, provider_epoch=2), key(B)))),
        case("version 2", "version-unknown", signed=shown(sign_outcome(replace(good, v=2), key(B)))),
        case("another payloadType", "envelope-type-wrong", signed=shown(replace(made, payloadType="application/vnd.enishi.receipts+json"))),
        case("a time before time", "form-unreadable", signed=shown(sign_outcome(outcome(0, Outcome.HELD, b"", deadline_ms=-1), key(B)))),
        *(case(name, expect, signed=shown(sign_outcome(replace(good, **changes), key(B)))) for name, expect, changes in wrong_members.OUTCOMES),
        *(case(name, expect, signed=shown(rooted(good, **changes))) for name, expect, changes in wrong_members.OUTCOME_HEADS),
        *(case(f"of 0.1.0: {name}", expect, signed=shown(one), before=before) for name, expect, one, before in _of_old(good, made)),
    ]
    return {"keys": {signer_keyid(name, 1): key(name).public for name in (A, B)}, "before": None}, cases


def _followed(made: SignedOutcome, held: SignedOutcome) -> Iterator[Case]:
    yield case("the first", "ok", signed=shown(made), before=None)
    yield case("held", "ok", signed=shown(held), before=None)
    yield case("after held", "ok", signed=shown(made), before="held")
    yield case("after closed", "ok", signed=shown(made), before="closed")
    yield case("held after closed", "ok", signed=shown(held), before="closed")
    yield case("held after held", "outcome-final", signed=shown(held), before="held")
    yield case("after a final one", "outcome-final", signed=shown(made), before="no_such_person")
    yield case("the same again", "outcome-final", signed=shown(made), before="provided")


def _batches(good: GivenOutcome) -> Iterator[tuple[str, str, SignedOutcome]]:
    others = [outcome(i, Outcome.NO_SUCH_PERSON, b"sealed") for i in (1, 2)]
    first, second, third = sign_outcomes([good, *others], key(B), AT_MS + 60)
    elsewhere = sign_outcomes([replace(one, at_ms=AT_MS + 61) for one in (good, *others)], key(B), AT_MS + 61)[0]
    twice = sign_outcomes([good, replace(good, kind=Outcome.NOT_REGISTERED)], key(B), AT_MS + 60)
    yield from (("the first of three", "ok", first), ("the second of three", "ok", second), ("the third of three", "ok", third))
    yield from ((f"one of two for one item, the {name}", "ok", one) for name, one in zip(("first", "second"), twice, strict=True))
    yield "another place", "inclusion-broken", replace(first, place=1)
    yield "a place beyond the batch", "proof-position", replace(first, place=3)
    yield "the other's bytes", "inclusion-broken", replace(first, outcome=second.outcome)
    yield "no path", "inclusion-broken", replace(first, path=())
    yield "a longer path", "inclusion-broken", replace(first, path=(*first.path, first.path[0]))
    yield "under the head of another batch", "inclusion-broken", replace(first, payload=elsewhere.payload, signatures=elsewhere.signatures)
    yield "a head that was changed", "signature-invalid", replace(first, payload=first.payload.replace(b":3,", b":4,"))
    yield "signed twice", "envelope-signed-twice", replace(first, signatures=first.signatures * 2)
    yield "white space in it", "form-not-canonical", replace(first, outcome=first.outcome[:-1] + b" }")
    yield "a head that names another institution", "outcome-not-yours", rooted(good, provider=A)
    yield "a head of another epoch", "outcome-not-yours", rooted(good, provider_epoch=2)


def _of_old(good: GivenOutcome, made: SignedOutcome) -> Iterator[tuple[str, str, SignedOutcome, str | None]]:
    yield "the first", "ok", of_old(good), None
    yield "after a final one", "outcome-final", of_old(good), "provided"
    yield "signed by another institution", "signature-invalid", of_old(good, A), None
    yield "of an epoch that is none", "signature-missing", of_old(replace(good, provider_epoch=2)), None
    yield "with a place", "form-not-canonical", replace(of_old(good), place=1), None
    yield "with a path", "form-not-canonical", replace(of_old(good), path=(seed("x"),)), None
    yield "with an outcome beside it", "envelope-type-wrong", replace(of_old(good), outcome=made.outcome), None
    yield "a root for an outcome", "form-unreadable", replace(made, outcome=b""), None


FILES: Final = {"outcome": outcomes}


def written(stem: str) -> str:
    return render(*FILES[stem]())


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(written(stem), encoding="utf-8")
