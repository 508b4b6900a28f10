"""Trust lines: after a run, each role with all that it holds reads no number, no code and no content that its line forbids."""

from base64 import b64encode
from collections.abc import Callable

import pytest

from attacks.holdings_attack import Holdings
from attacks.inquiries_attack import INQUIRIES, municipalities, tenant
from attacks.network_attack import FIRST, SECOND, A, Network
from attacks.truth_attack import Truth
from enishi.linkage.group import base, multiply, random_scalar, s_inv
from enishi.protocol.outcome import answer_info
from enishi.protocol.record import disclosure_info
from enishi.protocol.seed import SEED_INFO
from enishi.protocol.statement import item_id_of
from enishi.terms import Txid
from enishi.tlog.leaf import decode_leaf

pytestmark = pytest.mark.xdist_group("trust")


# ---- the run, and the search that finds what is there


def test_the_run_is_of_five_hundred_inquiries(honest: Network) -> None:
    """Each is a message of its own, with its own statement, and stands in the log; they are of every kind, and about many."""
    counted = "SELECT COUNT(*), COUNT(DISTINCT txid) FROM item JOIN tx USING (txid) WHERE (tx.nonce = tx.txid) IS ?"
    assert honest.rows(counted, 0) == [(INQUIRIES, INQUIRIES)]
    assert honest.rows(counted, 1) == [(4, 4)]  # what two people asked for themselves
    assert honest.rows("SELECT COUNT(DISTINCT tag) > 30 FROM item") == [(1,)]
    assert honest.rows("SELECT COUNT(*) > 5 FROM item WHERE state = 'refused'") == [(1,)]
    query = "SELECT DISTINCT kind FROM asked_outcome"
    asking = [tenant(honest, name).database.read_now(lambda connection: connection.execute(query).fetchall()) for name in municipalities(honest)]
    assert all(asking)
    assert {kind for kinds in asking for (kind,) in kinds} >= {"provided", "no_such_person", "not_registered", "held"}


def test_the_search_finds_what_a_role_may_hold(truth: Truth, held: Callable[..., Holdings]) -> None:
    """An adversary that finds nothing anywhere would prove nothing: the same search finds what is lawfully there."""
    assert held("registrar").holding(truth.numbers) == truth.numbers
    assert held("registrar").holding(truth.handles) == truth.handles
    assert held(FIRST).holding(truth.codes[A]) == truth.codes[A]
    assert held("keeper").holding(truth.tags) == truth.tags
    assert held(FIRST).holding(truth.copies[A]) == truth.copies[A]
    assert held(SECOND).holding(truth.documents - truth.copies[A]) == truth.documents - truth.copies[A]
    assert len(held("exchange").scalars) > 2 + len(truth.codes)
    assert len(held("keeper").scalars) > 2 + len(truth.codes)
    assert held("exchange").sealing_keys
    assert len(held("keeper").opened) > INQUIRIES


@pytest.mark.parametrize("encode", [bytes, lambda b: b.hex().encode(), lambda b: b64encode(b"x" + b + b"y")], ids=["raw", "hex", "base64"])
def test_the_search_finds_every_encoding(honest: Network, truth: Truth, encode: Callable[[bytes], bytes]) -> None:
    """The same for a code that somebody wrote into a file of a role."""
    code, path = next(iter(truth.codes[A])), honest.data / "witness" / "planted"
    path.write_bytes(b"before " + encode(code) + b" behind")
    try:
        assert Holdings(honest, "witness").holding(truth.codes[A]) == {code}
    finally:
        path.unlink()


# ---- numbers


@pytest.mark.parametrize("role", ["exchange", "keeper", "portal", "witness", "oversight", "card"])
def test_no_individual_number(truth: Truth, held: Callable[..., Holdings], role: str) -> None:
    """None of the register's numbers, in no encoding."""
    assert not held(role).holding(truth.numbers)


@pytest.mark.parametrize("role", [FIRST, SECOND])
def test_a_gateway_holds_the_numbers_of_its_own_people_only(truth: Truth, held: Callable[..., Holdings], role: str) -> None:
    """Institutions hold the numbers that law lets them hold."""
    own = set().union(*(truth.numbers_at(name) for name in truth.network.tenants[role]))
    assert held(role).holding(truth.numbers) <= own


def test_the_ministry_of_justice_holds_no_number(truth: Truth) -> None:
    """It has its people enrolled by acquisition numbers (Art. 21-2)."""
    assert not truth.numbers_at("moj")


# ---- codes, handles, tags


@pytest.mark.parametrize("role", ["registrar", "exchange", "keeper", "portal", "witness", "oversight"])
def test_no_linkage_code(truth: Truth, held: Callable[..., Holdings], role: str) -> None:
    """No code of anybody at any institution stands anywhere, in no encoding."""
    assert not held(role).points & truth.every_code()
    assert not held(role).holding(truth.every_code())


def test_a_gateway_holds_its_own_institutions_codes_only(truth: Truth, held: Callable[..., Holdings]) -> None:
    """The inquirer has no code of another institution, the others none of the inquirer's."""
    assert not held(FIRST).holding(truth.codes_elsewhere())
    assert not held(SECOND).holding(truth.codes[A])


@pytest.mark.parametrize("role", ["exchange", "keeper", "portal", "witness", "oversight", FIRST, SECOND])
def test_no_handle_and_no_element_of_the_register(truth: Truth, held: Callable[..., Holdings], role: str) -> None:
    """M would be one name for a person everywhere."""
    assert not held(role).holding(truth.handles | truth.elements)


@pytest.mark.parametrize("role", ["registrar", "exchange", "portal", "witness", "oversight", FIRST, SECOND])
def test_no_tag(truth: Truth, held: Callable[..., Holdings], role: str) -> None:
    """Who a record is about stands at the keeper alone."""
    assert not held(role).holding(truth.tags)


@pytest.mark.parametrize("role", ["registrar", "exchange", "keeper", "portal", "witness", "oversight"])
def test_no_code_comes_out_of_arithmetic(truth: Truth, held: Callable[..., Holdings], role: str) -> None:
    """No point of the run, times or divided by any scalar that the role holds, is a code, an element of the register or, the keeper apart, a tag."""
    forbidden = truth.every_code() | (truth.elements if role != "registrar" else set()) | (truth.tags if role != "keeper" else set())
    assert not held(role).within_reach(forbidden)


@pytest.mark.parametrize(("role", "forbidden"), [(FIRST, "elsewhere"), (SECOND, A)])
def test_no_other_institution_s_code_comes_out_of_arithmetic(truth: Truth, held: Callable[..., Holdings], role: str, forbidden: str) -> None:
    """The same for the institutions, whose own codes are theirs."""
    wanted = truth.codes_elsewhere() if forbidden == "elsewhere" else truth.codes[A]
    assert not held(role).within_reach(wanted | truth.elements | truth.tags)


@pytest.mark.parametrize("role", ["exchange", "keeper", FIRST, SECOND])
def test_the_arithmetic_reaches_every_point_of_the_run(held: Callable[..., Holdings], role: str) -> None:
    """Whatever point and whatever scalar, the first of the run as well as the last: what they make is found; what no point makes is not."""
    points, scalars = sorted(held(role).points), sorted(held(role).scalars)
    for place in (0, len(points) // 2, -1):
        product = multiply(scalars[place % len(scalars)], points[place])
        assert held(role).within_reach({product, base(random_scalar())}) == {product}
        divided = multiply(s_inv(scalars[0]), points[place])
        assert held(role).within_reach({divided}) == {divided}


# ---- content


@pytest.mark.parametrize("role", ["registrar", "exchange", "keeper", "portal", "witness", "oversight"])
def test_no_content(truth: Truth, held: Callable[..., Holdings], role: str) -> None:
    """No held copy that was provided stands anywhere in clear."""
    assert not held(role).holding(truth.documents)


def test_no_key_of_the_network_opens_an_answer(honest: Network, truth: Truth, held: Callable[..., Holdings]) -> None:
    """Sealed answers pass the exchange: none of its keys opens one, whatever info is tried.  The inquirer's own keys open them all."""
    known = answers(honest)
    assert len(known) >= 100
    leaves = [decode_leaf(data).commitment for (data,) in honest.rows("SELECT data FROM leaf ORDER BY idx LIMIT 3")]
    for sealed, info in known:
        assert not held("exchange").opens([sealed], [SEED_INFO, info, *map(disclosure_info, leaves)])
    assert not held("keeper").sealing_keys
    assert held(FIRST).opens(*([one] for one in known[0]))


def answers(network: Network) -> list[tuple[bytes, bytes]]:
    """Each sealed answer that A received, and the info that it was sealed under."""
    query = "SELECT sealed, txid, place FROM asked_outcome JOIN asked_item USING (item_id) WHERE length(sealed) > 0 ORDER BY sealed"
    rows = network.tenant.database.read_now(lambda connection: connection.execute(query).fetchall())
    return [(bytes(sealed), answer_info(Txid(txid), item_id_of(Txid(txid), place))) for sealed, txid, place in rows]
