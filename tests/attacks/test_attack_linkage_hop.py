"""Attacks around the proofs of a hop (docs/protocol.md): each is first shown to work with one named check patched out, then to fail."""

from secrets import token_bytes

import pytest

from enishi.errors import Tampered
from enishi.linkage import convert, hop, keys
from enishi.linkage.convert import Blinded
from enishi.linkage.forms import present
from enishi.linkage.group import base, multiply, p_add, p_sub, s_add, s_inv
from linkage.attacker_linkage import Without, points_of, reachable
from linkage.world_linkage import AUDIT, Person, World

TXID = token_bytes(32)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def one(world: World) -> Person:
    return world.person()


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Without:
    return Without(monkeypatch)


# ---- a garbled pair must not pass for a missing person


def exchange_hop(world: World, admitted: Blinded, stepped: Blinded) -> None:
    proof = hop.prove_hop(admitted, stepped, world.x.delta("A", "B"), base(world.x.share("A")), world.x.own.layer, TXID)
    hop.check_hop(admitted, stepped, proof, base(world.x.share("A")), base(world.x.share("B")), world.x.own.public_layer(), TXID)


def test_the_exchange_garbles_a_pair(world: World, one: Person, without: Without) -> None:
    (admitted,) = world.admit(TXID, *world.message([one.codes["A"]], TXID))
    stepped = world.exchange(admitted)
    exchange_hop(world, admitted, stepped)
    garbled = stepped._replace(B=p_add(present(stepped.B), base(keys.new_share())))
    patched = without(hop, "verify")
    done = world.file(TXID, 0, garbled)
    assert done is not None
    assert world.open(done[1]) != one.codes["B"]
    exchange_hop(world, admitted, garbled)
    patched.undo()
    with pytest.raises(Tampered, match="dleq-false"):
        exchange_hop(world, admitted, garbled)


def test_the_exchange_converts_for_another_institution(world: World, one: Person) -> None:
    (admitted,) = world.admit(TXID, *world.message([one.codes["A"]], TXID))
    stepped = convert.exchange_step(admitted, world.x.own.layer, world.x.delta("A", "B2"), world.x.delta("A", AUDIT))
    proof = hop.prove_hop(admitted, stepped, world.x.delta("A", "B2"), base(world.x.share("A")), world.x.own.layer, TXID)
    with pytest.raises(Tampered, match="dleq-false"):
        hop.check_hop(admitted, stepped, proof, base(world.x.share("A")), base(world.x.share("B")), world.x.own.public_layer(), TXID)


@pytest.mark.parametrize("where", ["admit", "commit", "unblind"])
def test_the_keeper_garbles_a_pair(world: World, one: Person, where: str, without: Without) -> None:
    rows, pi = world.message([one.codes["A"]], TXID)
    (admitted,) = world.admit(TXID, rows, pi)
    mask, noise = convert.beta(world.beta_secret, TXID, 0), base(keys.new_share())
    if where == "admit":
        admitted = admitted._replace(B=p_add(present(admitted.B), noise))
    stepped = world.exchange(admitted)
    pair = convert.commit_pair(stepped, keys.new_share() if where == "unblind" else mask, world.k.delta("A", "B"))
    if where == "commit":
        pair = pair._replace(C=p_add(pair.C, noise))
    source, target = base(world.k.share("A")), base(world.k.share("B"))
    proof = hop.prove_keeper_hop(rows[0], admitted, stepped, pair, mask, world.k.delta("A", "B"), source, world.k.own.layer, TXID)
    patched = without(hop, "verify")
    hop.check_keeper_hop(rows[0], admitted, stepped, pair, proof, source, target, world.k.own.public_layer(), TXID)
    assert world.open(pair) != one.codes["B"]
    patched.undo()
    with pytest.raises(Tampered, match="dleq-false"):
        hop.check_keeper_hop(rows[0], admitted, stepped, pair, proof, source, target, world.k.own.public_layer(), TXID)


def test_the_keeper_puts_another_row_in_the_place_of_this_one(world: World, one: Person, without: Without) -> None:
    # Everything after the first step is honest: only the proof that βR, C* and F come of one β and of THIS row stands in the way.
    rows, _ = world.message([one.codes["A"]], TXID)
    mask = convert.beta(world.beta_secret, TXID, 0)
    crooked = convert.admit_pair(rows[0]._replace(C_B=p_add(present(rows[0].C_B), base(keys.new_share()))), mask, world.k.own.layer, world.y[AUDIT])
    stepped = world.exchange(crooked)
    tag, pair = world.commit(TXID, 0, stepped)
    assert (tag, world.open(pair) == one.codes["B"]) == (one.codes[AUDIT], False)
    shown = rows[0]._replace(C_B=multiply(s_inv(mask), p_add(present(crooked.B), multiply(world.k.own.layer, crooked.R))))
    source, target = base(world.k.share("A")), base(world.k.share("B"))
    proof = hop.prove_keeper_hop(shown, crooked, stepped, pair, mask, world.k.delta("A", "B"), source, world.k.own.layer, TXID)
    check_all_but_the_first(world, rows[0], crooked, stepped, pair, proof, without)
    with pytest.raises(Tampered, match="dleq-false"):
        hop.check_keeper_hop(rows[0], crooked, stepped, pair, proof, source, target, world.k.own.public_layer(), TXID)


def test_the_keeper_takes_off_another_beta_than_it_put_on(world: World, one: Person, without: Without) -> None:
    rows, pi = world.message([one.codes["A"]], TXID)
    (admitted,) = world.admit(TXID, rows, pi)
    stepped = world.exchange(admitted)
    mask, other = convert.beta(world.beta_secret, TXID, 0), keys.new_share()
    source, target, delta = base(world.k.share("A")), base(world.k.share("B")), world.k.delta("A", "B")
    pair = convert.commit_pair(stepped, other, delta)
    honest = hop.prove_keeper_hop(rows[0], admitted, stepped, pair, mask, delta, source, world.k.own.layer, TXID)
    twisted = hop.prove_keeper_hop(rows[0], admitted, stepped, pair, other, delta, source, world.k.own.layer, TXID)
    proof = hop.KeeperHop(honest.C_star, twisted.F, honest.blind_proof, honest.layer_proof, twisted.turn_proof)
    check_all_but_the_first(world, rows[0], admitted, stepped, pair, proof, without)
    with pytest.raises(Tampered, match="dleq-false"):
        hop.check_keeper_hop(rows[0], admitted, stepped, pair, proof, source, target, world.k.own.public_layer(), TXID)


def check_all_but_the_first(
    world: World, row: convert.Row3, admitted: Blinded, stepped: Blinded, pair: convert.Pair, proof: hop.KeeperHop, without: Without
) -> None:
    """Check (2) and (3) of a keeper's hop, with (1), the proof about β, patched out."""
    real = hop.verify
    patched = without(hop, "verify", lambda a, *rest: None if a == row.R else real(a, *rest))
    source, target = base(world.k.share("A")), base(world.k.share("B"))
    hop.check_keeper_hop(row, admitted, stepped, pair, proof, source, target, world.k.own.public_layer(), TXID)
    patched.undo()


def test_a_hop_proof_that_strips_first_would_give_the_code_to_the_keeper(world: World, one: Person) -> None:
    rows, pi = world.message([one.codes["A"]], TXID)
    (admitted,) = world.admit(TXID, rows, pi)
    stepped = world.exchange(admitted)
    proof = hop.prove_hop(admitted, stepped, world.x.delta("A", "B"), base(world.x.share("A")), world.x.own.layer, TXID)
    mask = convert.beta(world.beta_secret, TXID, 0)

    def read_by_keeper(shown: bytes) -> bytes:
        own = multiply(s_add(world.k.own.layer, world.y[AUDIT]), rows[0].R)
        return p_sub(p_sub(rows[0].C_U, own), multiply(s_inv(mask), shown))

    assert read_by_keeper(multiply(world.x.own.layer, admitted.R)) == one.codes["A"]
    assert read_by_keeper(p_sub(proof.C_star, present(stepped.B))) != one.codes["A"]
    scalars = [mask, world.k.own.layer, world.y[AUDIT], s_add(world.k.own.layer, world.y[AUDIT])]
    seen = [*points_of(rows[0]), *points_of(admitted), *points_of(stepped), proof.C_star, p_sub(proof.C_star, present(stepped.B))]
    assert one.codes["A"] not in reachable(scalars, seen)


def test_the_keepers_hop_proof_keeps_beta_and_the_layer(world: World, one: Person) -> None:
    # Exchange and B together see the whole proof; had the keeper shown k_k·R itself, they would read the code.
    rows, pi = world.message([one.codes["A"]], TXID)
    (admitted,) = world.admit(TXID, rows, pi)
    stepped = world.exchange(admitted)
    _, pair = world.commit(TXID, 0, stepped)
    mask = convert.beta(world.beta_secret, TXID, 0)
    source = base(world.k.share("A"))
    proof = hop.prove_keeper_hop(rows[0], admitted, stepped, pair, mask, world.k.delta("A", "B"), source, world.k.own.layer, TXID)
    both = s_add(world.x.own.layer, world.y["B"])
    bare = multiply(world.k.own.layer, rows[0].R)
    original = present(rows[0].C_B)
    assert p_sub(p_sub(original, multiply(both, rows[0].R)), bare) == one.codes["A"]
    seen = [*points_of(rows[0]), *points_of(admitted), *points_of(stepped), *pair, proof.C_star, proof.F, p_sub(proof.C_star, present(admitted.B))]
    stripped = [p_sub(original, multiply(both, rows[0].R)), p_sub(proof.C_star, multiply(both, admitted.R))]
    assert one.codes["A"] not in reachable([world.x.own.layer, world.y["B"], world.x.delta("A", "B")], [*seen, *stripped])
