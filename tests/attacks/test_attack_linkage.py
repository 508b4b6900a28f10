"""Attacks on conversion and record (docs/protocol.md): each is first shown to work with one named check patched out, then to fail."""

from secrets import token_bytes

import pytest

from enishi.errors import Tampered
from enishi.linkage import convert, enrol, keys
from enishi.linkage.convert import Blinded, Row3
from enishi.linkage.group import G, base, multiply, p_add, p_sub, s_inv
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
def two(world: World) -> Person:
    return world.person()


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Without:
    return Without(monkeypatch)


def mixed_row(world: World, pair_code: bytes, record_code: bytes) -> tuple[tuple[Row3, ...], convert.RowSecrets]:
    """A row whose pair holds one person's code and whose record another's."""
    r = keys.new_share()
    row = Row3(base(r), p_add(pair_code, multiply(r, world.z("B"))), p_add(record_code, multiply(r, world.z(AUDIT))))
    return (row,), convert.RowSecrets((r,))


def test_the_honest_run_works(world: World, one: Person, two: Person) -> None:
    results = world.run(TXID, *world.message([one.codes["A"], two.codes["A"]], TXID))
    assert [(tag, world.open(pair)) for tag, pair in filter(None, results)] == [(p.codes[AUDIT], p.codes["B"]) for p in (one, two)]


# ---- π: one row, one person


def test_a_alone_records_under_another_person(world: World, one: Person, two: Person, without: Without) -> None:
    rows, secrets = mixed_row(world, one.codes["A"], two.codes["A"])
    pi = convert.prove_rows(TXID, world.z("B"), world.z(AUDIT), rows, secrets)
    patched = without(convert, "check_rows")
    (done,) = world.run(TXID, rows, pi)
    assert done is not None
    assert (done[0], world.open(done[1])) == (two.codes[AUDIT], one.codes["B"])
    patched.undo()
    with pytest.raises(Tampered, match="pi-false"):
        world.run(TXID, rows, pi)


def test_a_smuggles_a_second_code_in_r(world: World, one: Person, two: Person, without: Without) -> None:
    # R itself is the second person's code; what the keeper would hand to B as the pair's R is then that person's code at B, in clear.
    row = (Row3(two.codes["A"], p_add(one.codes["A"], world.z("B")), p_add(one.codes["A"], world.z(AUDIT))),)
    pi = convert.prove_rows(TXID, world.z("B"), world.z(AUDIT), row, convert.RowSecrets((keys.new_share(),)))
    patched = without(convert, "check_rows")
    (admitted,) = world.admit(TXID, row, pi)
    _, pair = world.commit(TXID, 0, world.exchange(admitted))
    assert two.codes["B"] == pair.R
    patched.undo()
    with pytest.raises(Tampered, match="pi-false"):
        world.admit(TXID, row, pi)


def test_a_smuggles_a_second_code_beside_the_first_in_c_u(world: World, one: Person, two: Person, without: Without) -> None:
    rows, secrets = mixed_row(world, one.codes["A"], p_add(one.codes["A"], two.codes["A"]))
    pi = convert.prove_rows(TXID, world.z("B"), world.z(AUDIT), rows, secrets)
    patched = without(convert, "check_rows")
    (admitted,) = world.admit(TXID, rows, pi)
    tag, pair = world.commit(TXID, 0, world.exchange(admitted))
    assert (tag, world.open(pair)) == (p_add(one.codes[AUDIT], two.codes[AUDIT]), one.codes["B"])
    patched.undo()
    with pytest.raises(Tampered, match="pi-false"):
        world.admit(TXID, rows, pi)


def test_a_lets_the_errors_of_two_rows_cancel(world: World, one: Person, two: Person, without: Without) -> None:
    # One row off by +Q, the other by -Q: a plain sum over the rows would not notice, the weights d_i do.
    rows, secrets = convert.blind([one.codes["A"], two.codes["A"]], world.z("B"), world.z(AUDIT))
    q = multiply(keys.new_share(), G)
    crooked = (rows[0]._replace(C_U=p_add(rows[0].C_U, q)), rows[1]._replace(C_U=p_sub(rows[1].C_U, q)))
    one_each = (1).to_bytes(32, "little")
    patched = without(convert, "_weights", lambda _, count: [one_each] * count)
    world.admit(TXID, crooked, convert.prove_rows(TXID, world.z("B"), world.z(AUDIT), crooked, secrets))
    patched.undo()
    with pytest.raises(Tampered, match="pi-false"):
        world.admit(TXID, crooked, convert.prove_rows(TXID, world.z("B"), world.z(AUDIT), crooked, secrets))


# ---- β: A together with the exchange


def substituted(world: World, admitted: Blinded, code: bytes) -> Blinded:
    """The exchange keeps the honest record and puts another person's code into the pair, encrypted to B and the keeper's step."""
    r = keys.new_share()
    honest = world.exchange(admitted)
    factor = world.x.delta("A", "B")
    forged = p_add(code, multiply(r, base(world.y["B"])))
    return Blinded(multiply(factor, base(r)), multiply(factor, forged), honest.U)


def test_a_with_the_exchange_pairs_one_record_with_another_code(world: World, one: Person, two: Person, without: Without) -> None:
    rows, pi = world.message([two.codes["A"]], TXID)
    patched = without(convert, "beta", lambda *_: (1).to_bytes(32, "little"))
    done = world.file(TXID, 0, substituted(world, world.admit(TXID, rows, pi)[0], one.codes["A"]))
    assert done is not None
    assert (done[0], world.open(done[1])) == (two.codes[AUDIT], one.codes["B"])
    patched.undo()
    done = world.file(TXID, 0, substituted(world, world.admit(TXID, rows, pi)[0], one.codes["A"]))
    assert done is not None
    assert world.open(done[1]) not in {one.codes["B"], two.codes["B"]}


def test_the_exchange_swaps_the_pairs_of_two_rows(world: World, one: Person, two: Person, without: Without) -> None:
    rows, pi = world.message([one.codes["A"], two.codes["A"]], TXID)

    def run() -> list[bytes]:
        first, second = (world.exchange(blinded) for blinded in world.admit(TXID, rows, pi))
        crossed = (first._replace(R=second.R, B=second.B), second._replace(R=first.R, B=first.B))
        done = [world.file(TXID, i, stepped) for i, stepped in enumerate(crossed)]
        return [world.open(item[1]) for item in done if item is not None]

    real = convert.beta
    patched = without(convert, "beta", lambda secret, txid, _: real(secret, txid, 0))
    assert run() == [two.codes["B"], one.codes["B"]]
    patched.undo()
    assert not set(run()) & {one.codes["B"], two.codes["B"]}


# ---- layers: reading the inquirer's code from what one receives


def received(world: World, code: bytes) -> dict[str, list[bytes]]:
    """The points of one inquiry that each party receives or could collect."""
    rows, pi = world.message([code], TXID)
    (admitted,) = world.admit(TXID, rows, pi)
    stepped = world.exchange(admitted)
    _, pair = world.commit(TXID, 0, stepped)
    original, between = points_of(rows[0]), [*points_of(admitted), *points_of(stepped)]
    return {"keeper": [*original, *between, *pair], "exchange": [*original, *between], "B": [*original, *pair]}


@pytest.mark.parametrize("parties", ["keeper", "B", "exchange", "keeper+B", "exchange+B"])
def test_reading_the_code_from_what_one_receives(world: World, one: Person, parties: str, without: Without) -> None:
    holds = {
        "keeper": [world.k.own.layer, world.y[AUDIT], convert.beta(world.beta_secret, TXID, 0)],
        "exchange": [world.x.own.layer, world.x.delta("A", "B")],
        "B": [world.y["B"]],
    }
    names = parties.split("+")
    scalars = [scalar for name in names for scalar in holds[name]]
    k_x, k_k = world.x.own.public_layer(), world.k.own.public_layer()
    # What a ciphertext would be encrypted to if the part that these parties lack were left out of it.
    weaker = {"keeper": lambda y, _: p_add(y, k_k), "B": lambda y, _: y, "exchange": lambda *_: k_x, "exchange+B": lambda y, _: p_add(y, k_x)}
    patched = without(keys, "target_key", weaker[parties if parties in weaker else "keeper"])
    rows, _ = convert.blind([one.codes["A"]], world.z("B"), world.z(AUDIT))
    assert one.codes["A"] in reachable(scalars, points_of(rows[0]))
    patched.undo()
    seen = received(world, one.codes["A"])
    found = reachable(scalars, {point for name in names for point in seen[name]})
    assert not found & {one.codes["A"], enrol.handle_point(one.handle)}


# ---- tags


def test_a_multiplies_the_code(world: World, one: Person, without: Without) -> None:
    # t·P_A passes π; B, in league, divides by t and has P_B, and the record stands under nobody.
    t = keys.new_share()
    rows, pi = world.message([multiply(t, one.codes["A"])], TXID)
    patched = without(world, "tag_valid", lambda _: True)
    (done,) = world.run(TXID, rows, pi)
    assert done is not None
    assert multiply(s_inv(t), world.open(done[1])) == one.codes["B"]
    assert done[0] != one.codes[AUDIT]
    patched.undo()
    assert world.run(TXID, rows, pi) == [None]


# ---- confusion of messages


def test_pi_of_one_message_is_shown_for_another(world: World, one: Person, without: Without) -> None:
    rows, secrets = convert.blind([one.codes["A"]], world.z("B"), world.z(AUDIT))

    def move() -> None:
        pi = convert.prove_rows(TXID, world.z("B"), world.z(AUDIT), rows, secrets)
        convert.check_rows(bytes(32), world.z("B"), world.z(AUDIT), rows, pi)

    real_weights, real_challenge = convert._weights, convert._challenge

    class Loose:
        """The txid left out of π, in both places where it enters."""

        weights = staticmethod(lambda _, count: real_weights(b"", count))
        challenge = staticmethod(lambda _, *points: real_challenge(b"", *points))

    patched = without(convert, "_weights", Loose.weights)
    patched.setattr(convert, "_challenge", Loose.challenge)
    move()
    patched.undo()
    with pytest.raises(Tampered, match="pi-false"):
        move()
