"""Whole conversions: inquiries, refusals, retries, views, disclosure to oneself, and what the secrets' reprs show."""

from secrets import token_bytes

import pytest

from enishi.errors import Malformed, Tampered
from enishi.linkage import convert, enrol, keys
from enishi.linkage.forms import present
from enishi.linkage.group import ZERO, base, multiply, p_add
from linkage.world_linkage import AUDIT, World

TXID = token_bytes(32)


@pytest.fixture
def world() -> World:
    return World()


def test_a_batch_finds_every_person_at_the_provider_and_in_the_record(world: World) -> None:
    people = [world.person() for _ in range(4)]
    done = world.run(TXID, *world.message([person.codes["A"] for person in people], TXID))
    assert [(item[0], world.open(item[1])) for item in done if item] == [(person.codes[AUDIT], person.codes["B"]) for person in people]


def test_codes_of_one_person_differ_everywhere(world: World) -> None:
    person = world.person()
    assert len({*person.codes.values(), enrol.handle_point(person.handle)}) == len(person.codes) + 1


def test_a_repeated_message_gives_the_same_pair(world: World) -> None:
    rows, pi = world.message([world.person().codes["A"]], TXID)
    assert world.run(TXID, rows, pi) == world.run(TXID, rows, pi)


def test_a_second_inquiry_about_the_same_person_looks_new(world: World) -> None:
    code = world.person().codes["A"]
    (first,), _ = world.message([code], TXID)
    (second,), _ = world.message([code], token_bytes(32))
    assert not set(first) & set(second)


def test_a_refusal_files_under_the_person_and_yields_no_pair(world: World) -> None:
    person = world.person()
    rows, _ = world.message([person.codes["A"]], TXID)
    mask = convert.beta(world.beta_secret, TXID, 0)
    admitted = convert.admit_tag(rows[0], mask, world.k.own.layer, world.y[AUDIT])
    stepped = convert.exchange_step(admitted, world.x.own.layer, world.x.delta("A", "B"), world.x.delta("A", AUDIT))
    assert convert.commit_tag(stepped, mask, world.k.delta("A", AUDIT)) == person.codes[AUDIT]
    assert (admitted.B, stepped.B) == (None, None)
    with pytest.raises(Malformed, match="row-without-pair"):
        convert.commit_pair(stepped, mask, world.k.delta("A", "B"))


def test_a_pair_that_the_exchange_was_told_to_leave_out_is_left_out(world: World) -> None:
    (admitted,) = world.admit(TXID, *world.message([world.person().codes["A"]], TXID))
    assert convert.exchange_step(admitted, world.x.own.layer, None, world.x.delta("A", AUDIT)).B is None


def test_view_finds_the_tag_from_the_handle(world: World) -> None:
    person = world.person()
    (row,) = convert.blind_tags([enrol.handle_point(person.handle)], world.z(AUDIT))
    mask = convert.beta(world.beta_secret, TXID, 0)
    admitted = convert.admit_tag(row, mask, world.k.own.layer, world.y[AUDIT])
    stepped = convert.exchange_step(admitted, world.x.own.layer, None, keys.delta_root(world.x.own.root, world.x.share(AUDIT)))
    assert convert.commit_tag(stepped, mask, keys.delta_root(world.k.own.root, world.k.share(AUDIT))) == person.codes[AUDIT]
    with pytest.raises(Malformed, match="row-without-pair"):
        convert.admit_pair(row, mask, world.k.own.layer, world.y[AUDIT])
    with pytest.raises(Malformed, match="row-without-pair"):
        convert.check_rows(TXID, world.z("B"), world.z(AUDIT), [row], convert.Pi(mask, mask))


def test_self_finds_the_tag_and_the_code_from_the_handle(world: World) -> None:
    person = world.person()
    rows, pi = world.message([enrol.handle_point(person.handle)], TXID)
    (admitted,) = world.admit(TXID, rows, pi)
    deltas = {j: [keys.delta_root(o.own.root, o.share(target)) for target in ("B", AUDIT)] for j, o in (("x", world.x), ("k", world.k))}
    stepped = convert.exchange_step(admitted, world.x.own.layer, *deltas["x"])
    mask = convert.beta(world.beta_secret, TXID, 0)
    assert convert.commit_tag(stepped, mask, deltas["k"][1]) == person.codes[AUDIT]
    assert world.open(convert.commit_pair(stepped, mask, deltas["k"][0])) == person.codes["B"]


@pytest.mark.parametrize("field", ["R", "C_B", "C_U"])
def test_a_changed_row_fails_pi(world: World, field: str) -> None:
    rows, pi = world.message([world.person().codes["A"], world.person().codes["A"]], TXID)
    changed = rows[1]._replace(**{field: p_add(getattr(rows[1], field), base(keys.new_share()))})
    convert.check_rows(TXID, world.z("B"), world.z(AUDIT), rows, pi)
    with pytest.raises(Tampered, match="pi-false"):
        convert.check_rows(TXID, world.z("B"), world.z(AUDIT), (rows[0], changed), pi)


def test_pi_holds_for_its_keys_and_order_only(world: World) -> None:
    rows, pi = world.message([world.person().codes["A"], world.person().codes["A"]], TXID)
    for z_b, z_u, shown in (
        (world.z("B2"), world.z(AUDIT), rows),
        (world.z("B"), world.z("B2"), rows),
        (world.z("B"), world.z(AUDIT), rows[::-1]),
        (world.z("B"), world.z(AUDIT), rows[:1]),
    ):
        with pytest.raises(Tampered, match="pi-false"):
            convert.check_rows(TXID, z_b, z_u, shown, pi)


def test_rows_equal_in_both_elements_are_refused(world: World) -> None:
    rows, pi = world.message([world.person().codes["A"]], TXID)
    with pytest.raises(Malformed, match="point-not-canonical"):
        convert.check_rows(TXID, world.z("B"), world.z(AUDIT), [rows[0]._replace(C_U=present(rows[0].C_B))], pi)


def test_empty_and_uneven_messages_are_refused(world: World) -> None:
    rows, secrets = convert.blind([world.person().codes["A"]], world.z("B"), world.z(AUDIT))
    with pytest.raises(Malformed, match="batch-empty"):
        convert.prove_rows(TXID, world.z("B"), world.z(AUDIT), (), convert.RowSecrets(()))
    with pytest.raises(Malformed, match="batch-empty"):
        convert.check_rows(TXID, world.z("B"), world.z(AUDIT), (), convert.Pi(ZERO, ZERO))
    with pytest.raises(Malformed, match="batch-uneven"):
        convert.prove_rows(TXID, world.z("B"), world.z(AUDIT), rows * 2, secrets)


def test_an_element_made_to_vanish_fails_its_message(world: World) -> None:
    # C_U = (k_k + y_U)·R can be chosen without knowing either secret: r·(K_k + Y_U).
    r = keys.new_share()
    vanishing = multiply(r, p_add(world.k.own.public_layer(), base(world.y[AUDIT])))
    row = convert.Row3(base(r), base(keys.new_share()), vanishing)
    with pytest.raises(Malformed, match="point-not-canonical"):
        convert.admit_pair(row, keys.new_share(), world.k.own.layer, world.y[AUDIT])


def test_beta_depends_on_secret_message_and_row() -> None:
    own = {convert.beta(b"a", b"t", 0), convert.beta(b"b", b"t", 0), convert.beta(b"a", b"u", 0), convert.beta(b"a", b"t", 1)}
    assert len(own) == 4
    assert convert.beta(b"a", b"t", 0) in own


def test_beta_is_never_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "hash_to_scalar", lambda *_: ZERO)
    assert convert.beta(b"a", b"t", 0) != ZERO


def test_secrets_are_not_shown() -> None:
    pair, operator = keys.new_pair(), keys.new_operator()
    rows = convert.RowSecrets((keys.new_share(),))
    for holder, secret in ((pair, pair.secret), (operator, operator.root), (operator, operator.layer), (rows, rows.r[0])):
        assert repr(secret) not in repr(holder)
        assert secret.hex() not in repr(holder)


def test_a_key_pair_of_a_stored_secret() -> None:
    pair = keys.new_pair()
    assert keys.pair_of(pair.secret) == pair
    assert keys.public(pair.secret) == pair.public
