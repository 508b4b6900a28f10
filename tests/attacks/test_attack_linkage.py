"""The algebraic attacks of docs/protocol.md: each is first shown to work with exactly one named check patched out, then to fail."""

from collections.abc import Callable, Iterable
from itertools import combinations, product
from secrets import token_bytes

import pytest

from enishi.errors import Malformed, Tampered
from enishi.linkage import convert, dleq, enrol, hop, keys, possession
from enishi.linkage.convert import Blinded, Row3
from enishi.linkage.forms import Element
from enishi.linkage.group import G, base, multiply, p_add, p_sub, s_add, s_inv, s_mul
from enishi.seal.sign import SigningKey, verify
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
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.MonkeyPatch]:
    """Take one check away: `without(module, name)` makes it do nothing, `without(module, name, other)` replaces it."""

    def patch(owner: object, name: str, other: object = lambda *_: None) -> pytest.MonkeyPatch:
        monkeypatch.setattr(owner, name, other)
        return monkeypatch

    return patch


def reachable(scalars: Iterable[bytes], points: Iterable[bytes]) -> set[bytes]:
    """Points that a party can compute: a·P for its scalars, their inverses and sums, and every a·P ± b·Q."""
    own = list(scalars)
    factors = {*own, *(s_inv(s) for s in own), *(s_add(a, b) for a, b in combinations(own, 2)), *(s_mul(a, b) for a, b in combinations(own, 2))}
    multiples = {*points, *(multiply(k, point) for k, point in product(factors, points))}
    return multiples | {mixed for a, b in combinations(multiples, 2) for mixed in (p_sub(a, b), p_sub(b, a), p_add(a, b))}


def mixed_row(world: World, pair_code: bytes, record_code: bytes) -> tuple[tuple[Row3, ...], convert.RowSecrets]:
    """A row whose pair holds one person's code and whose record another's."""
    r = keys.new_share()
    row = Row3(base(r), p_add(pair_code, multiply(r, world.z("B"))), p_add(record_code, multiply(r, world.z(AUDIT))))
    return (row,), convert.RowSecrets((r,))


def test_the_honest_run_works(world: World, one: Person, two: Person) -> None:
    results = world.run(TXID, *world.message([one.codes["A"], two.codes["A"]], TXID))
    assert [(tag, world.open(pair)) for tag, pair in filter(None, results)] == [(p.codes[AUDIT], p.codes["B"]) for p in (one, two)]


# ---- π: one row, one person


def test_a_alone_records_under_another_person(world: World, one: Person, two: Person, without: Callable[..., pytest.MonkeyPatch]) -> None:
    rows, secrets = mixed_row(world, one.codes["A"], two.codes["A"])
    pi = convert.prove_rows(TXID, world.z("B"), world.z(AUDIT), rows, secrets)
    patched = without(convert, "check_rows")
    (done,) = world.run(TXID, rows, pi)
    assert done is not None
    assert (done[0], world.open(done[1])) == (two.codes[AUDIT], one.codes["B"])
    patched.undo()
    with pytest.raises(Tampered, match="pi-false"):
        world.run(TXID, rows, pi)


def test_a_smuggles_a_second_code_in_r(world: World, one: Person, two: Person, without: Callable[..., pytest.MonkeyPatch]) -> None:
    # R itself is the second person's code; what the keeper would hand to B as the pair's R is then that person's code at B, in clear.
    row = (Row3(two.codes["A"], p_add(one.codes["A"], world.z("B")), p_add(one.codes["A"], world.z(AUDIT))),)
    pi = convert.prove_rows(TXID, world.z("B"), world.z(AUDIT), row, convert.RowSecrets((keys.new_share(),)))
    patched = without(convert, "check_rows")
    (admitted,) = world.admit(TXID, row, pi)
    _, pair = world.commit(TXID, 0, world.exchange(admitted))
    assert pair.r == two.codes["B"]
    patched.undo()
    with pytest.raises(Tampered, match="pi-false"):
        world.admit(TXID, row, pi)


def test_a_smuggles_a_second_code_beside_the_first_in_c_u(world: World, one: Person, two: Person, without: Callable[..., pytest.MonkeyPatch]) -> None:
    rows, secrets = mixed_row(world, one.codes["A"], p_add(one.codes["A"], two.codes["A"]))
    pi = convert.prove_rows(TXID, world.z("B"), world.z(AUDIT), rows, secrets)
    patched = without(convert, "check_rows")
    (admitted,) = world.admit(TXID, rows, pi)
    tag, pair = world.commit(TXID, 0, world.exchange(admitted))
    assert (tag, world.open(pair)) == (p_add(one.codes[AUDIT], two.codes[AUDIT]), one.codes["B"])
    patched.undo()
    with pytest.raises(Tampered, match="pi-false"):
        world.admit(TXID, rows, pi)


def test_a_lets_the_errors_of_two_rows_cancel(world: World, one: Person, two: Person, without: Callable[..., pytest.MonkeyPatch]) -> None:
    # One row off by +Q, the other by -Q: a plain sum over the rows would not notice, the weights d_i do.
    rows, secrets = convert.blind([one.codes["A"], two.codes["A"]], world.z("B"), world.z(AUDIT))
    q = multiply(keys.new_share(), G)
    crooked = (rows[0]._replace(u=p_add(rows[0].u, q)), rows[1]._replace(u=p_sub(rows[1].u, q)))
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
    return Blinded(multiply(factor, base(r)), multiply(factor, forged), honest.u)


def test_a_with_the_exchange_pairs_one_record_with_another_code(
    world: World, one: Person, two: Person, without: Callable[..., pytest.MonkeyPatch]
) -> None:
    rows, pi = world.message([two.codes["A"]], TXID)
    patched = without(convert, "beta", lambda *_: (1).to_bytes(32, "little"))
    done = world.file(TXID, 0, substituted(world, world.admit(TXID, rows, pi)[0], one.codes["A"]))
    assert done is not None
    assert (done[0], world.open(done[1])) == (two.codes[AUDIT], one.codes["B"])
    patched.undo()
    done = world.file(TXID, 0, substituted(world, world.admit(TXID, rows, pi)[0], one.codes["A"]))
    assert done is not None
    assert world.open(done[1]) not in {one.codes["B"], two.codes["B"]}


def test_the_exchange_swaps_the_pairs_of_two_rows(world: World, one: Person, two: Person, without: Callable[..., pytest.MonkeyPatch]) -> None:
    rows, pi = world.message([one.codes["A"], two.codes["A"]], TXID)

    def run() -> list[bytes]:
        first, second = (world.exchange(blinded) for blinded in world.admit(TXID, rows, pi))
        crossed = (first._replace(r=second.r, b=second.b), second._replace(r=first.r, b=first.b))
        done = [world.file(TXID, i, stepped) for i, stepped in enumerate(crossed)]
        return [world.open(item[1]) for item in done if item is not None]

    real = convert.beta
    patched = without(convert, "beta", lambda secret, txid, _: real(secret, txid, 0))
    assert run() == [two.codes["B"], one.codes["B"]]
    patched.undo()
    assert not set(run()) & {one.codes["B"], two.codes["B"]}


# ---- layers: reading the inquirer's code from what one receives


def points_of(row: Row3 | Blinded) -> list[bytes]:
    return [point for point in row if point is not None]


def received(world: World, code: bytes) -> dict[str, list[bytes]]:
    """The points of one inquiry that each party receives or could collect."""
    rows, pi = world.message([code], TXID)
    (admitted,) = world.admit(TXID, rows, pi)
    stepped = world.exchange(admitted)
    _, pair = world.commit(TXID, 0, stepped)
    original, between = points_of(rows[0]), [*points_of(admitted), *points_of(stepped)]
    return {"keeper": [*original, *between, *pair], "exchange": [*original, *between], "B": [*original, *pair]}


@pytest.mark.parametrize("parties", ["keeper", "B", "exchange", "keeper+B", "exchange+B"])
def test_reading_the_code_from_what_one_receives(world: World, one: Person, parties: str, without: Callable[..., pytest.MonkeyPatch]) -> None:
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


# ---- enrolment


def transcript(world: World, handle: bytes, target: str) -> tuple[Element, enrol.Step, enrol.Step]:
    first = enrol.request(enrol.handle_point(handle), world.z(target))
    by_x = world.x.step((first,), target, b"x")
    return first, by_x, world.k.step(by_x.elements(), target, b"k")


def step_points(step: enrol.Step) -> list[bytes]:
    return [step.factor, *step.r, *step.c_star, *step.d, *(element.c for element in step.elements())]


@pytest.mark.parametrize("parties", ["A", "keeper", "exchange+A"])
def test_m_from_an_enrolment(world: World, one: Person, parties: str, without: Callable[..., pytest.MonkeyPatch]) -> None:
    holds = {
        "A": [world.y["A"]],
        "keeper": [world.k.own.layer, s_mul(world.k.own.root, world.k.share("A"))],
        "exchange": [world.x.own.layer, s_mul(world.x.own.root, world.x.share("A"))],
    }
    scalars = [scalar for name in parties.split("+") for scalar in holds[name]]
    if "+" in parties:
        scalars.append(s_add(world.y["A"], world.x.own.layer))
    weaker = {
        "A": lambda recipient, _: recipient,
        "keeper": lambda _, layer: p_sub(layer, world.x.own.public_layer()),
        "exchange+A": lambda recipient, layer: p_add(recipient, p_sub(layer, world.k.own.public_layer())),
    }[parties]
    m = enrol.handle_point(one.handle)
    patched = without(keys, "target_key", weaker)
    assert m in reachable(scalars, enrol.request(m, world.z("A")))
    patched.undo()
    first, by_x, by_k = transcript(world, one.handle, "A")
    assert m not in reachable(scalars, [*first, *step_points(by_x), *step_points(by_k)])


def test_stripping_before_multiplying_would_give_m_to_the_exchange_with_a(world: World, one: Person) -> None:
    first, by_x, by_k = transcript(world, one.handle, "A")
    m, e_x = enrol.handle_point(one.handle), s_mul(world.x.own.root, world.x.share("A"))

    def open_with(keeper_shows: bytes) -> bytes:
        layer_k = multiply(s_inv(e_x), keeper_shows)
        return p_sub(p_sub(first.c, multiply(s_add(world.y["A"], world.x.own.layer), first.r)), layer_k)

    assert open_with(multiply(world.k.own.layer, by_x.r[0])) == m
    assert open_with(by_k.d[0]) != m


def unchecked(*_: bytes) -> None:
    """A check that was taken out."""


def test_two_institutions_submit_each_others_codes(world: World, one: Person, two: Person) -> None:
    registrar, institution = SigningKey.generate(), SigningKey.generate()

    def submit(code: bytes, target: str, check: Callable[[bytes, bytes, bytes], None]) -> bytes:
        element = enrol.request(code, world.z(target))
        check(registrar.public, b"".join(element), institution.sign(b"".join(element)))
        step = world.k.step(world.x.step((element,), target, b"").elements(), target, b"")
        return enrol.open_element(world.y[target], step.elements()[0])

    # Each has the other's point evaluated under its own key: the same person comes out equal, and the two databases are joined.
    assert submit(one.codes["A2"], "A", unchecked) == submit(one.codes["A"], "A2", unchecked)
    assert submit(one.codes["A2"], "A", unchecked) != submit(two.codes["A"], "A2", unchecked)
    # The operators evaluate for the registrar alone; its signature is what they look at first.
    with pytest.raises(Tampered, match="signature"):
        submit(one.codes["A2"], "A", verify)


@pytest.mark.parametrize("evil", ["x", "k"])
def test_one_operator_swaps_two_enrolments(world: World, one: Person, two: Person, evil: str, without: Callable[..., pytest.MonkeyPatch]) -> None:
    def enrolled() -> list[bytes]:
        elements = tuple(enrol.request(enrol.handle_point(person.handle), world.z("A")) for person in (one, two))
        for name, operator in (("x", world.x), ("k", world.k)):
            given = elements[::-1] if name == evil else elements
            elements = operator.check(elements, operator.step(given, "A", b""), "A", b"")
        return [enrol.open_element(world.y["A"], element) for element in elements]

    patched = without(enrol, "verify")
    assert enrolled() == [two.codes["A"], one.codes["A"]]
    patched.undo()
    with pytest.raises(Tampered, match="dleq-false"):
        enrolled()


def test_an_operator_enrols_with_the_share_of_another_institution(world: World, one: Person, without: Callable[..., pytest.MonkeyPatch]) -> None:
    elements = (enrol.request(enrol.handle_point(one.handle), world.z("A")),)
    step = world.x.step(elements, "A2", b"")
    patched = without(enrol, "check_factor")
    world.x.check(elements, step, "A", b"")
    patched.undo()
    with pytest.raises(Tampered, match="dleq-false"):
        world.x.check(elements, step, "A", b"")


# ---- keys


def test_a_rogue_key_cancels_the_layers(world: World, one: Person, without: Callable[..., pytest.MonkeyPatch]) -> None:
    t = keys.new_share()
    rogue = p_sub(base(t), world.layer)

    def read_by_b() -> bytes:
        possession.check_possession(rogue, possession.prove_possession(t, b"B/1"), b"B/1")
        rows, _ = convert.blind([one.codes["A"]], keys.target_key(rogue, world.layer), world.z(AUDIT))
        return p_sub(rows[0].b or b"", multiply(t, rows[0].r))

    patched = without(possession, "check_possession")
    assert read_by_b() == one.codes["A"]
    patched.undo()
    with pytest.raises(Tampered, match="possession-false"):
        read_by_b()


def test_b_registers_the_audit_key_as_its_own(world: World, one: Person, without: Callable[..., pytest.MonkeyPatch]) -> None:
    own = keys.new_pair()
    proof = possession.prove_possession(own.secret, b"B/1")
    with pytest.raises(Tampered, match="possession-false"):
        possession.check_possession(base(world.y[AUDIT]), proof, b"B/1")
    rows, secrets = convert.blind([one.codes["A"]], world.z(AUDIT), world.z(AUDIT))
    with pytest.raises(Malformed, match="point-not-canonical"):
        convert.prove_rows(TXID, world.z(AUDIT), world.z(AUDIT), rows, secrets)


# ---- tags


def test_a_multiplies_the_code(world: World, one: Person, without: Callable[..., pytest.MonkeyPatch]) -> None:
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


# ---- confusion of kinds and domains


def test_a_step_made_for_one_request_is_shown_for_another(world: World, one: Person, without: Callable[..., pytest.MonkeyPatch]) -> None:
    elements = (enrol.request(enrol.handle_point(one.handle), world.z("A")),)
    step = world.x.step(elements, "A", b"enrol/1/A")
    real = dleq.bound
    patched = without(dleq, "bound", lambda a, b, pairs, _: real(a, b, pairs, b""))
    again = world.x.step(elements, "A", b"enrol/1/A")
    world.x.check(elements, again, "A", b"enrol_audit/2/U")
    patched.undo()
    world.x.check(elements, step, "A", b"enrol/1/A")
    with pytest.raises(Tampered, match="dleq-false"):
        world.x.check(elements, step, "A", b"enrol_audit/2/U")


def test_pi_of_one_message_is_shown_for_another(world: World, one: Person, without: Callable[..., pytest.MonkeyPatch]) -> None:
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


def test_a_possession_proof_is_shown_for_another_key_or_role(without: Callable[..., pytest.MonkeyPatch]) -> None:
    pair = keys.new_pair()
    real = possession._challenge
    patched = without(possession, "_challenge", lambda _, *points: real(b"", *points))
    possession.check_possession(pair.public, possession.prove_possession(pair.secret, b"inquirer/1"), b"keeper-audit/1")
    patched.undo()
    with pytest.raises(Tampered, match="possession-false"):
        possession.check_possession(pair.public, possession.prove_possession(pair.secret, b"inquirer/1"), b"keeper-audit/1")


def test_errors_in_a_batch_cannot_be_tuned_one_by_one(without: Callable[..., pytest.MonkeyPatch]) -> None:
    # Where a weight depends on its own pair alone, a prover searches each row by itself for errors that cancel in the sum.
    k = keys.new_share()
    pairs = [(point, multiply(k, point)) for point in (base(keys.new_share()) for _ in range(3))]
    other = [*pairs[:2], (pairs[2][0], base(keys.new_share()))]

    def weight_of_the_first(batch: list[tuple[bytes, bytes]]) -> bytes:
        return dleq._weights(base(k), batch, dleq.bound(G, base(k), batch, b""))[0]

    patched = without(dleq, "bound", lambda *_: b"context")
    assert weight_of_the_first(pairs) == weight_of_the_first(other)
    patched.undo()
    assert weight_of_the_first(pairs) != weight_of_the_first(other)


# ---- a garbled pair must not pass for a missing person


def exchange_hop(world: World, admitted: Blinded, stepped: Blinded) -> None:
    before, after = (admitted.r, admitted.b or b""), (stepped.r, stepped.b or b"")
    proof = hop.prove_hop(before, after, world.x.delta("A", "B"), base(world.x.share("A")), world.x.own.layer, TXID)
    hop.check_hop(before, after, base(world.x.share("A")), base(world.x.share("B")), world.x.own.public_layer(), proof, TXID)


def test_the_exchange_garbles_a_pair(world: World, one: Person, without: Callable[..., pytest.MonkeyPatch]) -> None:
    (admitted,) = world.admit(TXID, *world.message([one.codes["A"]], TXID))
    stepped = world.exchange(admitted)
    exchange_hop(world, admitted, stepped)
    garbled = stepped._replace(b=p_add(stepped.b or b"", base(keys.new_share())))
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
    before, after = (admitted.r, admitted.b or b""), (stepped.r, stepped.b or b"")
    proof = hop.prove_hop(before, after, world.x.delta("A", "B2"), base(world.x.share("A")), world.x.own.layer, TXID)
    with pytest.raises(Tampered, match="dleq-false"):
        hop.check_hop(before, after, base(world.x.share("A")), base(world.x.share("B")), world.x.own.public_layer(), proof, TXID)


@pytest.mark.parametrize("where", ["admit", "commit", "unblind"])
def test_the_keeper_garbles_a_pair(world: World, one: Person, where: str, without: Callable[..., pytest.MonkeyPatch]) -> None:
    rows, pi = world.message([one.codes["A"]], TXID)
    (admitted,) = world.admit(TXID, rows, pi)
    mask, noise = convert.beta(world.beta_secret, TXID, 0), base(keys.new_share())
    if where == "admit":
        admitted = admitted._replace(b=p_add(admitted.b or b"", noise))
    stepped = world.exchange(admitted)
    pair = convert.commit_pair(stepped, keys.new_share() if where == "unblind" else mask, world.k.delta("A", "B"))
    if where == "commit":
        pair = pair._replace(c=p_add(pair.c, noise))
    before, after = (admitted.r, admitted.b or b""), (stepped.r, stepped.b or b"")
    source, target = base(world.k.share("A")), base(world.k.share("B"))
    proof = hop.prove_keeper_hop(rows[0], before, after, pair, mask, world.k.delta("A", "B"), source, world.k.own.layer, TXID)
    patched = without(hop, "verify")
    hop.check_keeper_hop(rows[0], before, after, pair, source, target, world.k.own.public_layer(), proof, TXID)
    assert world.open(pair) != one.codes["B"]
    patched.undo()
    with pytest.raises(Tampered, match="dleq-false"):
        hop.check_keeper_hop(rows[0], before, after, pair, source, target, world.k.own.public_layer(), proof, TXID)


def test_a_hop_proof_that_strips_first_would_give_the_code_to_the_keeper(world: World, one: Person) -> None:
    rows, pi = world.message([one.codes["A"]], TXID)
    (admitted,) = world.admit(TXID, rows, pi)
    stepped = world.exchange(admitted)
    before, after = (admitted.r, admitted.b or b""), (stepped.r, stepped.b or b"")
    proof = hop.prove_hop(before, after, world.x.delta("A", "B"), base(world.x.share("A")), world.x.own.layer, TXID)
    mask = convert.beta(world.beta_secret, TXID, 0)

    def read_by_keeper(shown: bytes) -> bytes:
        own = multiply(s_add(world.k.own.layer, world.y[AUDIT]), rows[0].r)
        return p_sub(p_sub(rows[0].u, own), multiply(s_inv(mask), shown))

    assert read_by_keeper(multiply(world.x.own.layer, admitted.r)) == one.codes["A"]
    assert read_by_keeper(p_sub(proof.c_star, after[1])) != one.codes["A"]
    scalars = [mask, world.k.own.layer, world.y[AUDIT], s_add(world.k.own.layer, world.y[AUDIT])]
    seen = [*points_of(rows[0]), *before, *after, proof.c_star, p_sub(proof.c_star, after[1])]
    assert one.codes["A"] not in reachable(scalars, seen)


def test_the_keepers_hop_proof_keeps_beta_and_the_layer(world: World, one: Person) -> None:
    # Exchange and B together see the whole proof; had the keeper shown k_k·R itself, they would read the code.
    rows, pi = world.message([one.codes["A"]], TXID)
    (admitted,) = world.admit(TXID, rows, pi)
    stepped = world.exchange(admitted)
    _, pair = world.commit(TXID, 0, stepped)
    mask = convert.beta(world.beta_secret, TXID, 0)
    before, after, source = (admitted.r, admitted.b or b""), (stepped.r, stepped.b or b""), base(world.k.share("A"))
    proof = hop.prove_keeper_hop(rows[0], before, after, pair, mask, world.k.delta("A", "B"), source, world.k.own.layer, TXID)
    both = s_add(world.x.own.layer, world.y["B"])
    bare = multiply(world.k.own.layer, rows[0].r)
    original = rows[0].b or b""
    assert p_sub(p_sub(original, multiply(both, rows[0].r)), bare) == one.codes["A"]
    seen = [*points_of(rows[0]), *before, *after, *pair, proof.c_star, proof.mark, p_sub(proof.c_star, before[1])]
    stripped = [p_sub(original, multiply(both, rows[0].r)), p_sub(proof.c_star, multiply(both, before[0]))]
    assert one.codes["A"] not in reachable([world.x.own.layer, world.y["B"], world.x.delta("A", "B")], [*seen, *stripped])
