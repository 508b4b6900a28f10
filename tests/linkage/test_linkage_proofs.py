"""Proofs hold for what they were made for and for nothing else."""

import msgspec
import pytest

from enishi.errors import Malformed, Tampered
from enishi.linkage import convert, dleq, enrol, epochs, hop, keys, possession
from enishi.linkage.forms import Element
from enishi.linkage.group import ZERO, G, base, multiply, s_add, s_sub
from linkage.world_linkage import World

ONE = (1).to_bytes(32, "little")
Pairs = list[tuple[bytes, bytes]]


def batch(k: bytes, count: int) -> Pairs:
    return [(point, multiply(k, point)) for point in (base(keys.new_share()) for _ in range(count))]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_batch_holds(count: int) -> None:
    k = keys.new_share()
    pairs = batch(k, count)
    dleq.verify(G, base(k), pairs, dleq.prove(k, G, base(k), pairs, b"context"), b"context")


def test_a_batch_holds_for_another_base_point() -> None:
    k, a = keys.new_share(), base(keys.new_share())
    pairs = batch(k, 2)
    dleq.verify(a, multiply(k, a), pairs, dleq.prove(k, a, multiply(k, a), pairs, b""), b"")


@pytest.mark.parametrize("change", ["context", "key", "base", "left", "right", "order", "fewer", "c", "s"])
def test_a_changed_batch_does_not_hold(change: str) -> None:
    k, other = keys.new_share(), base(keys.new_share())
    pairs = batch(k, 3)
    proof = dleq.prove(k, G, base(k), pairs, b"context")
    a, b, shown, context = G, base(k), list(pairs), b"context"
    match change:
        case "context":
            context = b"another"
        case "key":
            b = other
        case "base":
            a = other
        case "left":
            shown[1] = (other, pairs[1][1])
        case "right":
            shown[1] = (pairs[1][0], other)
        case "order":
            shown = shown[::-1]
        case "fewer":
            shown = shown[:2]
        case "c":
            proof = dleq.Proof(s_add(proof.c, ONE), proof.s)
        case "s":
            proof = dleq.Proof(proof.c, s_add(proof.s, ONE))
    with pytest.raises(Tampered, match="dleq-false"):
        dleq.verify(a, b, shown, proof, context)


def test_batches_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    k = keys.new_share()
    with pytest.raises(Malformed, match="batch-empty"):
        dleq.prove(k, G, base(k), [], b"")
    monkeypatch.setattr(dleq, "MAX_PAIRS", 2)
    with pytest.raises(Malformed, match="batch-too-long"):
        dleq.prove(k, G, base(k), batch(k, 3), b"")


def test_two_proofs_of_one_thing_differ() -> None:
    k = keys.new_share()
    pairs = batch(k, 1)
    assert dleq.prove(k, G, base(k), pairs, b"") != dleq.prove(k, G, base(k), pairs, b"")


def test_possession() -> None:
    pair, other = keys.new_pair(), keys.new_pair()
    proof = possession.prove_possession(pair.secret, b"context")
    possession.check_possession(pair.public, proof, b"context")
    for public, shown, context in (
        (other.public, proof, b"context"),
        (pair.public, proof, b"another"),
        (pair.public, dleq.Proof(proof.s, proof.c), b"context"),
    ):
        with pytest.raises(Tampered, match="possession-false"):
            possession.check_possession(public, shown, context)


def test_a_step_travels_as_bytes_and_holds() -> None:
    world = World()
    elements = tuple(enrol.request(base(keys.new_share()), world.z("A")) for _ in range(3))
    step = msgspec.msgpack.decode(msgspec.msgpack.encode(world.x.step(elements, "A", b"context")), type=enrol.Step)
    assert world.x.check(elements, step, "A", b"context") == step.elements()


@pytest.mark.parametrize("name", ["E", "R", "C_star", "D", "shorter", "longer"])
def test_a_changed_step_does_not_hold(name: str) -> None:
    world = World()
    elements = tuple(enrol.request(base(keys.new_share()), world.z("A")) for _ in range(2))
    step, other = world.x.step(elements, "A", b""), base(keys.new_share())
    parts = {field: getattr(step, field) for field in step.__struct_fields__}
    if name == "E":
        parts[name] = other
    elif name == "shorter":
        parts["D"] = step.D[:1]
    elif name == "longer":
        elements = (*elements, Element(other, other))
    else:
        parts[name] = (other, getattr(step, name)[1])
    with pytest.raises(Malformed if name in {"shorter", "longer"} else Tampered):
        world.x.check(elements, enrol.Step(**parts), "A", b"")


def test_a_factor_belongs_to_root_and_share() -> None:
    operator, share = keys.new_operator(), keys.new_share()
    factor, proof = enrol.prove_factor(operator.root, share, b"")
    enrol.check_factor(operator.public_root(), base(share), factor, proof, b"")
    with pytest.raises(Tampered):
        enrol.check_factor(operator.public_layer(), base(share), factor, proof, b"")


def test_hop_proofs_of_a_self_disclosure() -> None:
    world, txid = World(), bytes(32)
    person = world.person()
    rows, pi = world.message([enrol.handle_point(person.handle)], txid)
    (admitted,) = world.admit(txid, rows, pi)
    delta = {o: keys.delta_root(operator.own.root, operator.share("B")) for o, operator in (("x", world.x), ("k", world.k))}
    stepped = convert.exchange_step(admitted, world.x.own.layer, delta["x"], delta["x"])
    mask = convert.beta(world.beta_secret, txid, 0)
    pair = convert.commit_pair(stepped, mask, delta["k"])
    assert world.open(pair) == person.codes["B"]
    by_x = hop.prove_hop(admitted, stepped, delta["x"], G, world.x.own.layer, txid)
    hop.check_hop(admitted, stepped, by_x, G, base(delta["x"]), world.x.own.public_layer(), txid)
    by_k = hop.prove_keeper_hop(rows[0], admitted, stepped, pair, mask, delta["k"], G, world.k.own.layer, txid)
    hop.check_keeper_hop(rows[0], admitted, stepped, pair, by_k, G, base(delta["k"]), world.k.own.public_layer(), txid)
    with pytest.raises(Tampered, match="dleq-false"):
        hop.check_keeper_hop(rows[0], admitted, stepped, pair, by_k, G, base(delta["k"]), world.k.own.public_layer(), b"another")


def test_rotation_moves_a_column_and_changes_nothing_else() -> None:
    world = World()
    people = [world.person() for _ in range(2)]
    tokens = []
    for operator in (world.x, world.k):
        old, new = operator.share("A"), keys.new_share()
        tokens.append(epochs.token(old, new))
        epochs.check_token(tokens[-1], base(old), base(new))
        operator.shares["A"] = new
    moved = epochs.carry([person.codes["A"] for person in people], tokens)
    assert list(moved) == [world.code(person.handle, "A") for person in people]
    done = world.run(bytes(32), *world.message(list(moved), bytes(32)))
    assert [world.open(item[1]) for item in done if item] == [person.codes["B"] for person in people]


def test_merging_two_institutions_makes_duplicates_coincide() -> None:
    world = World()
    person = world.person()
    for operator in (world.x, world.k):
        operator.share("M")
    arrived = {
        epochs.carry([person.codes[source]], [epochs.token(o.share(source), o.share("M")) for o in (world.x, world.k)]) for source in ("A", "A2")
    }
    assert arrived == {(world.code(person.handle, "M"),)}


def test_a_token_for_another_key_is_refused() -> None:
    old, new, other = (keys.new_share() for _ in range(3))
    with pytest.raises(Tampered, match="token-wrong"):
        epochs.check_token(epochs.token(old, other), base(old), base(new))
    with pytest.raises(Malformed, match="batch-empty"):
        epochs.carry([base(old)], [])


def test_an_operator_registers_the_negative_of_the_others_layer() -> None:
    one = keys.new_share()
    with pytest.raises(Malformed, match="point-not-canonical"):
        keys.layer_key(base(one), base(s_sub(ZERO, one)))
