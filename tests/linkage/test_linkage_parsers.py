"""Whatever bytes arrive: a Malformed or Tampered fault, or the very value that was written.  Never another exception."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Malformed, Tampered
from enishi.linkage import convert, dleq, enrol, epochs, forms, group, hop, keys, possession
from enishi.linkage.forms import Blinded, Pair, Row3
from enishi.linkage.group import ORDER, G, base
from enishi.linkage.hashing import hash_to_group, hash_to_scalar

POINTS = st.integers(1, ORDER - 1).map(lambda k: base(k.to_bytes(32, "little")))
WITH_HIGH_BIT = POINTS.map(lambda point: point[:31] + bytes([point[31] | 0x80]))
WIRE = st.one_of(WITH_HIGH_BIT, st.binary(max_size=64), st.binary(min_size=32, max_size=32), st.just(bytes(32)), POINTS)
SCALARS = st.one_of(st.binary(min_size=32, max_size=32), st.binary(max_size=40), st.integers(0, 2**256 - 1).map(lambda k: k.to_bytes(32, "little")))
PROOFS = st.builds(dleq.Proof, SCALARS, SCALARS)
quick = settings(max_examples=150, deadline=None)


def attempt(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except (Malformed, Tampered):
        return None


@quick
@given(WIRE)
def test_a_point_is_itself_or_refused(raw: bytes) -> None:
    read = attempt(lambda: group.decode_point(raw))
    assert read in (None, raw)
    if read is not None:
        assert group.multiply((1).to_bytes(32, "little"), read) == raw


@quick
@given(WIRE)
def test_each_operation_refuses_what_the_reader_refuses(raw: bytes) -> None:
    """So a point that is multiplied anyway need not be read before (`raw_rows`, `raw_blinded`)."""
    read = attempt(lambda: group.decode_point(raw))
    two = group.base((2).to_bytes(32, "little"))
    assert attempt(lambda: group.multiply(keys.new_share(), raw)) is None or read is not None
    if read is None:
        for work in (lambda: group.p_add(two, raw), lambda: group.p_add(raw, two), lambda: group.p_sub(two, raw), lambda: group.p_sub(raw, two)):
            with pytest.raises(Malformed, match="point-not-canonical"):
                work()


@quick
@given(st.lists(SCALARS, max_size=9))
def test_many_inverses_are_each_one_s_own(scalars: list[bytes]) -> None:
    good = [scalar for scalar in scalars if attempt(lambda one=scalar: group.decode_scalar(one)) is not None]  # type: ignore[misc]
    assert group.s_inv_all(good) == [group.s_inv(scalar) for scalar in good]
    for place in range(len(good) + 1):
        with pytest.raises(Malformed, match="scalar-not-canonical"):
            group.s_inv_all([*good[:place], group.ZERO, *good[place:]])


@quick
@given(WITH_HIGH_BIT)
def test_no_point_has_a_second_encoding(raw: bytes) -> None:
    for work in (lambda: group.decode_point(raw), lambda: group.multiply(G, raw), lambda: group.p_add(G, raw), lambda: group.p_sub(raw, G)):
        with pytest.raises(Malformed, match="point-not-canonical"):
            work()


@quick
@given(SCALARS)
def test_a_scalar_is_itself_or_refused(raw: bytes) -> None:
    valid = len(raw) == 32 and 0 < int.from_bytes(raw, "little") < ORDER
    assert attempt(lambda: group.decode_scalar(raw)) == (raw if valid else None)


@pytest.mark.parametrize("number", [0, ORDER, ORDER + 1, 2**256 - 1])
def test_scalars_outside_the_range_are_refused(number: int) -> None:
    with pytest.raises(Malformed, match="scalar-not-canonical"):
        group.decode_scalar(number.to_bytes(32, "little"))


@quick
@given(st.integers(1, ORDER - 1), st.integers(1, ORDER - 1))
def test_scalar_arithmetic_is_arithmetic_modulo_q(a: int, b: int) -> None:
    x, y = a.to_bytes(32, "little"), b.to_bytes(32, "little")
    for made, wanted in (
        (group.s_add(x, y), a + b),
        (group.s_sub(x, y), a - b),
        (group.s_mul(x, y), a * b),
        (group.s_inv(x), pow(a, -1, ORDER)),
        (group.s_sum([x, y, x]), 2 * a + b),
    ):
        assert int.from_bytes(made, "little") == wanted % ORDER


@settings(max_examples=40, deadline=None)
@given(SCALARS, SCALARS, WIRE, WIRE)
def test_group_operations_refuse_what_they_cannot_take(a: bytes, b: bytes, p: bytes, q: bytes) -> None:
    for work in (
        lambda: group.multiply(a, p),
        lambda: group.base(a),
        lambda: group.p_add(p, q),
        lambda: group.p_sub(p, q),
        lambda: group.p_sum([p, q]),
        lambda: group.s_add(a, b),
        lambda: group.s_inv(a),
    ):
        made = attempt(work)
        assert made is None or (len(made) == 32)


def test_neutral_results_are_refused() -> None:
    for work in (
        lambda: group.p_sub(G, G),
        lambda: group.base(bytes(32)),
        lambda: group.multiply(bytes(32), G),
        lambda: group.multiply(G, bytes(32)),
    ):
        with pytest.raises(Malformed, match="point-not-canonical"):
            work()
    with pytest.raises(Malformed, match="scalar-not-canonical"):
        group.s_inv(bytes(32))
    with pytest.raises(Malformed, match="batch-empty"):
        group.p_sum([])


@quick
@given(st.lists(st.tuples(WIRE, WIRE, WIRE), max_size=3))
def test_rows(raw: list[tuple[bytes, bytes, bytes]]) -> None:
    read = attempt(lambda: forms.decode_rows(raw))
    assert read is None or list(read) == raw
    tags = attempt(lambda: forms.decode_tag_rows([(r, u) for r, _, u in raw]))
    assert tags is None or [(row.R, row.C_B, row.C_U) for row in tags] == [(r, None, u) for r, _, u in raw]


def test_a_fault_names_the_row() -> None:
    with pytest.raises(Malformed) as caught:
        forms.decode_rows([(G, G, G), (G, bytes(32), G)])
    assert caught.value.field == "rows[1].C_B"


@quick
@given(WIRE, WIRE, WIRE)
def test_elements_of_the_other_operator(r: bytes, b: bytes, u: bytes) -> None:
    read = attempt(lambda: forms.decode_blinded((r, b, u)))
    assert read in (None, (r, b, u))
    bare = attempt(lambda: forms.decode_blinded((r, None, u)))
    assert bare in (None, (r, None, u))
    assert attempt(lambda: forms.decode_pair((r, b))) in (None, (r, b))
    assert attempt(lambda: forms.decode_elements([(r, b)])) in (None, ((r, b),))


@quick
@given(st.one_of(st.binary(max_size=100), st.binary(min_size=64, max_size=64)))
def test_pi(raw: bytes) -> None:
    made = attempt(lambda: convert.decode_pi(raw))
    assert made is None or made.encode() == raw


@settings(max_examples=40, deadline=None)
@given(WIRE, WIRE, WIRE, PROOFS)
def test_checks_of_strangers_proofs_only_refuse(a: bytes, b: bytes, c: bytes, proof: dleq.Proof) -> None:
    for work in (
        lambda: dleq.verify(a, b, [(b, c), (c, a)], proof, b""),
        lambda: possession.check_possession(a, proof, b""),
        lambda: convert.check_rows(b"t", a, b, [Row3(a, b, c)], proof),
        lambda: epochs.check_token(a, b, c),
        lambda: hop.check_hop(Blinded(a, b, c), Blinded(b, c, a), hop.ExchangeHop(c, proof, proof), a, b, c, b""),
        lambda: hop.check_keeper_hop(
            Row3(a, b, c), Blinded(a, b, c), Blinded(b, c, a), Pair(c, a), hop.KeeperHop(a, b, proof, proof, proof), a, b, c, b""
        ),
        lambda: enrol.check_step([forms.Element(a, b)], enrol.Step(a, proof, (b,), (c,), (a,), proof, proof), a, b, c, b""),
    ):
        with pytest.raises((Malformed, Tampered)):
            work()


@settings(max_examples=40, deadline=None)
@given(WIRE, st.one_of(st.none(), WIRE), WIRE)
def test_steps_on_strangers_points_only_refuse(r: bytes, b: bytes | None, u: bytes) -> None:
    k = keys.new_share()
    for work in (
        lambda: convert.admit_pair(Row3(r, b, u), k, k, k),
        lambda: convert.admit_tag(Row3(r, b, u), k, k, k),
        lambda: convert.exchange_step(Blinded(r, b, u), k, k, k),
        lambda: convert.commit_tag(Blinded(r, b, u), k, k),
        lambda: convert.commit_pair(Blinded(r, b, u), k, k),
        lambda: convert.open_pair(k, Pair(r, u)),
        lambda: enrol.open_element(k, forms.Element(r, u)),
        lambda: enrol.operate([forms.Element(r, u)], k, k, k, b""),
    ):
        attempt(work)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_handle_has_32_bytes(size: int) -> None:
    with pytest.raises(Malformed, match="handle-length"):
        enrol.handle_point(bytes(size))


def test_domains_are_apart() -> None:
    scalars = {hash_to_scalar(use, *parts) for use in ("beta", "pi") for parts in ((b"ab", b"c"), (b"a", b"bc"), (b"abc",))}
    assert len(scalars) == 6
    assert hash_to_group("handle", b"x") != hash_to_group("other", b"x")
