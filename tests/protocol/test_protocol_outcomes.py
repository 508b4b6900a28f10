"""Outcomes that are signed together: each holds for itself, and at its own place under its own head only."""

from typing import Any

import msgspec
import pytest

from enishi.errors import Malformed, Tampered
from enishi.protocol import rooted
from enishi.protocol.outcome import GivenOutcome, OutcomeRoot, SignedOutcome, check_outcome, claimed_outcome, sign_outcomes
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.terms import ItemId, Outcome
from protocol import messages as made

Replace = msgspec.structs.replace


def outcomes(count: int) -> list[GivenOutcome]:
    return [Replace(made.outcome(), item_id=ItemId(bytes([n]) * 32)) for n in range(count)]


def refused(signed: SignedOutcome, code: str) -> None:
    with pytest.raises((Tampered, Malformed), match=code):
        check_outcome(signed, made.KNOWN)


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_one_signature_holds_a_batch_of_outcomes(count: int) -> None:
    given = outcomes(count)
    signed = sign_outcomes(given, made.KEYS["b"], made.AT_MS)
    assert [check_outcome(one, made.KNOWN) for one in signed] == given
    assert len({one.head for one in signed}) == 1
    root = msgspec.json.decode(signed[0].payload, type=OutcomeRoot)
    assert (root.count, root.provider, root.provider_epoch) == (count, made.B, 1)


def test_an_outcome_holds_at_its_own_place_under_its_own_head_only() -> None:
    first, second, third = sign_outcomes(outcomes(3), made.KEYS["b"], made.AT_MS)
    elsewhere = sign_outcomes(outcomes(3)[::-1], made.KEYS["b"], made.AT_MS)[0]
    refused(Replace(first, place=1), "inclusion-broken")
    refused(Replace(first, place=3), "proof-position")
    refused(Replace(first, outcome=second.outcome), "inclusion-broken")
    refused(Replace(first, path=third.path), "inclusion-broken")
    refused(Replace(first, path=(*first.path, bytes(32))), "inclusion-broken")
    refused(Replace(first, payload=elsewhere.payload, signatures=elsewhere.signatures), "inclusion-broken")
    refused(Replace(first, payload=elsewhere.payload), "signature-invalid")


def test_a_head_speaks_for_its_own_institution_and_epoch() -> None:
    (good,) = sign_outcomes(outcomes(1), made.KEYS["b"], made.AT_MS)
    root = msgspec.json.decode(good.payload, type=OutcomeRoot)
    for changes in ({"provider": made.A}, {"provider_epoch": 2}):
        head = made.signed(msgspec.json.encode(Replace(root, **changes)), "outcomes", "b")
        refused(Replace(good, payload=head.payload, signatures=head.signatures), "outcome-not-yours")
    foreign = made.signed(good.payload, "outcomes", "a")
    refused(Replace(good, signatures=foreign.signatures), "signature-missing")
    with pytest.raises(ValueError, match="unpack"):
        sign_outcomes([made.outcome(), Replace(made.outcome(), provider_epoch=2)], made.KEYS["b"], made.AT_MS)


def test_two_outcomes_of_one_item_under_one_root_are_two_outcomes() -> None:
    both = [Replace(made.outcome(), kind=kind, deadline_ms=0) for kind in (Outcome.PROVIDED, Outcome.NOT_REGISTERED)]
    assert [check_outcome(one, made.KNOWN).kind for one in sign_outcomes(both, made.KEYS["b"], made.AT_MS)] == [one.kind for one in both]


@pytest.mark.parametrize("codec", [msgspec.msgpack, msgspec.json])
def test_what_0_1_0_signed_is_read_and_written_as_it_stood(codec: Any) -> None:
    envelope = made.signed(msgspec.json.encode(made.outcome()), "outcome", "b")
    stored = codec.encode(envelope)
    read = codec.decode(stored, type=SignedOutcome)
    assert check_outcome(read, made.KNOWN) == claimed_outcome(read) == made.outcome()
    assert codec.encode(read) == stored
    assert codec.decode(codec.encode(read), type=Envelope) == envelope == read.head
    for more in ({"place": 1}, {"path": (bytes(32),)}):
        refused(Replace(read, **more), "form-not-canonical")
    refused(Replace(read, outcome=read.payload), "envelope-type-wrong")
    refused(Replace(read, payloadType="application/vnd.enishi.outcomes+json"), "envelope-type-wrong")


def test_the_signature_of_a_head_is_looked_at_once_and_a_false_one_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Envelope] = []
    real = rooted.open_form

    def open_form(head: Envelope, *rest: Any) -> Any:
        looked.append(head)
        return real(head, *rest)

    monkeypatch.setattr(rooted, "open_form", open_form)
    rooted._opened.cache_clear()
    signed = sign_outcomes(outcomes(8), made.KEYS["b"], made.AT_MS)
    for one in signed:
        check_outcome(one, made.KNOWN)
    assert len(looked) == 1
    for _ in range(2):
        refused(sign_outcomes(outcomes(1), made.KEYS["a"], made.AT_MS)[0], "signature-invalid")
    assert len(looked) == 3
    # Under another key, of another snapshot, it is looked at again.
    with pytest.raises(Tampered, match="signature-invalid"):
        check_outcome(signed[0], made.KNOWN | {f"{made.B}/1": SigningKey.generate().public})
