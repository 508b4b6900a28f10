"""Attacks on enrolment and keys (docs/protocol.md): each is first shown to work with one named check patched out, then to fail."""

from collections.abc import Callable
from secrets import token_bytes

import pytest

from enishi.errors import Malformed, Tampered
from enishi.linkage import convert, dleq, enrol, keys, possession
from enishi.linkage.forms import Element, present
from enishi.linkage.group import G, base, multiply, p_add, p_sub, s_add, s_inv, s_mul, s_sub
from enishi.seal.sign import SigningKey, verify
from linkage.attacker_linkage import Without, reachable
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


# ---- enrolment


def transcript(world: World, handle: bytes, target: str) -> tuple[Element, enrol.Step, enrol.Step]:
    first = enrol.request(enrol.handle_point(handle), world.z(target))
    by_x = world.x.step((first,), target, b"x")
    return first, by_x, world.k.step(by_x.elements(), target, b"k")


def step_points(step: enrol.Step) -> list[bytes]:
    return [step.E, *step.R, *step.C_star, *step.D, *(element.C for element in step.elements())]


@pytest.mark.parametrize("parties", ["A", "keeper", "exchange+A"])
def test_m_from_an_enrolment(world: World, one: Person, parties: str, without: Without) -> None:
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
        return p_sub(p_sub(first.C, multiply(s_add(world.y["A"], world.x.own.layer), first.R)), layer_k)

    assert open_with(multiply(world.k.own.layer, by_x.R[0])) == m
    assert open_with(by_k.D[0]) != m


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
def test_one_operator_swaps_two_enrolments(world: World, one: Person, two: Person, evil: str, without: Without) -> None:
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


def test_an_operator_enrols_with_the_share_of_another_institution(world: World, one: Person, without: Without) -> None:
    elements = (enrol.request(enrol.handle_point(one.handle), world.z("A")),)
    step = world.x.step(elements, "A2", b"")
    patched = without(enrol, "check_factor")
    world.x.check(elements, step, "A", b"")
    patched.undo()
    with pytest.raises(Tampered, match="dleq-false"):
        world.x.check(elements, step, "A", b"")


# ---- keys


def test_a_rogue_key_cancels_the_layers(world: World, one: Person, without: Without) -> None:
    t = keys.new_share()
    rogue = p_sub(base(t), world.layer)

    def read_by_b() -> bytes:
        possession.check_possession(rogue, possession.prove_possession(t, b"B/1"), b"B/1")
        rows, _ = convert.blind([one.codes["A"]], keys.target_key(rogue, world.layer), world.z(AUDIT))
        return p_sub(present(rows[0].C_B), multiply(t, rows[0].R))

    patched = without(possession, "check_possession")
    assert read_by_b() == one.codes["A"]
    patched.undo()
    with pytest.raises(Tampered, match="possession-false"):
        read_by_b()


def test_b_registers_the_audit_key_as_its_own(world: World, one: Person, without: Without) -> None:
    own = keys.new_pair()
    proof = possession.prove_possession(own.secret, b"B/1")
    with pytest.raises(Tampered, match="possession-false"):
        possession.check_possession(base(world.y[AUDIT]), proof, b"B/1")
    rows, secrets = convert.blind([one.codes["A"]], world.z(AUDIT), world.z(AUDIT))
    with pytest.raises(Malformed, match="point-not-canonical"):
        convert.prove_rows(TXID, world.z(AUDIT), world.z(AUDIT), rows, secrets)


# ---- confusion of kinds and domains


def test_a_step_made_for_one_request_is_shown_for_another(world: World, one: Person, without: Without) -> None:
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


def test_a_possession_proof_is_shown_for_another_key_or_role(without: Without) -> None:
    pair = keys.new_pair()
    real = possession._challenge
    patched = without(possession, "_challenge", lambda _, *points: real(b"", *points))
    possession.check_possession(pair.public, possession.prove_possession(pair.secret, b"inquirer/1"), b"keeper-audit/1")
    patched.undo()
    with pytest.raises(Tampered, match="possession-false"):
        possession.check_possession(pair.public, possession.prove_possession(pair.secret, b"inquirer/1"), b"keeper-audit/1")


def test_errors_in_a_batch_cannot_be_tuned_one_by_one(without: Without) -> None:
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


def test_the_base_point_is_chosen_after_the_proof(without: Without) -> None:
    # The prover fixes everything but A, and then solves the verifier's equation s·A + c·B = t2 for A.
    k, t2, b = keys.new_share(), base(keys.new_share()), base(keys.new_share())
    pairs = [(c, multiply(k, c)) for c in (base(keys.new_share()),)]

    def forge() -> tuple[bytes, dleq.Proof]:
        guess = base(keys.new_share())
        context = dleq.bound(guess, b, pairs, b"")
        (weight,) = dleq._weights(b, pairs, context)
        m, nonce = multiply(weight, pairs[0][0]), keys.new_share()
        c = dleq._challenge(context, b, m, multiply(k, m), t2, multiply(nonce, m))
        response = s_sub(nonce, s_mul(c, k))
        return multiply(s_inv(response), p_sub(t2, multiply(c, b))), dleq.Proof(c, response)

    real = dleq.bound
    patched = without(dleq, "bound", lambda _, b, pairs, context: real(b, b, pairs, context))
    a, proof = forge()
    dleq.verify(a, b, pairs, proof, b"")
    assert multiply(k, a) != b
    patched.undo()
    a, proof = forge()
    with pytest.raises(Tampered, match="dleq-false"):
        dleq.verify(a, b, pairs, proof, b"")


def test_a_key_is_chosen_after_its_possession_proof(without: Without) -> None:
    # Nobody knows the logarithm of t, nor therefore of the key that solves s·G + c·key = t.
    t, s = enrol.handle_point(token_bytes(32)), keys.new_share()

    def forge() -> tuple[bytes, dleq.Proof]:
        c = possession._challenge(b"", base(keys.new_share()), t)
        return multiply(s_inv(c), p_sub(t, base(s))), dleq.Proof(c, s)

    real = possession._challenge
    patched = without(possession, "_challenge", lambda context, _, commitment: real(context, b"", commitment))
    possession.check_possession(*forge(), b"")
    patched.undo()
    with pytest.raises(Tampered, match="possession-false"):
        possession.check_possession(*forge(), b"")
