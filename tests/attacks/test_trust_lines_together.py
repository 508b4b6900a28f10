"""Trust lines of those who collude: what two roles cannot do together, and, measured, what docs/threats.md concedes that they can."""

from itertools import product

import msgspec
import pytest

from attacks.holdings_attack import Holdings
from attacks.network_attack import FIRST, SECOND, A, Network
from attacks.truth_attack import NATIONAL, Truth, codes_of, run
from enishi.linkage.group import multiply, s_inv, s_mul
from enishi.linkage.keys import delta
from enishi.protocol.record import read_body
from enishi.protocol.statement import read_statement
from enishi.protocol.view import LogView, View, request_digest
from enishi.protocol.wire import Batch, Commit, ViewAsk, ViewCommit, ViewCommitted
from enishi.roles.exchange.view import Viewing
from linkage.attacker_linkage import reachable
from running.mesh_running import STORY

pytestmark = pytest.mark.xdist_group("trust")
ONE = (1).to_bytes(32, "little")


@pytest.fixture(scope="module")
def truth(honest: Network) -> Truth:
    run(honest, 1)
    return Truth(honest)


def forbidden_to(truth: Truth, pair: tuple[str, str]) -> set[bytes]:
    """What a pair may not come to: the inquirer's own column is the inquirer's, its handles the registrar's."""
    wanted = truth.every_code() - (truth.codes[A] if FIRST in pair else set()) - (truth.codes_elsewhere() if SECOND in pair else set())
    return wanted | (set() if "registrar" in pair else truth.elements)


PAIRS = [("registrar", "portal"), ("exchange", FIRST), ("keeper", SECOND), ("exchange", SECOND), ("exchange", "portal"), ("keeper", "portal")]


@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_two_together_hold_no_code_that_is_not_theirs(honest: Network, truth: Truth, pair: tuple[str, str]) -> None:
    """Put together, files, rows, messages and keys hold no code that neither may have, nor does any scalar of theirs make one of any point of the
    run; nor do two of the scalars that an inquiry concerns, tried for every fourth code."""
    both, forbidden = Holdings(honest, *pair), forbidden_to(truth, pair)
    assert not both.holding(forbidden)
    assert not both.within_reach(forbidden)
    touched = concerned(honest, pair)
    twice = {s_mul(one, other) for one, other in product(touched, [*touched, *map(s_inv, touched)]) if s_mul(one, s_inv(other)) != ONE}
    assert not both.within_reach(sorted(forbidden)[::4], twice - {ONE})


@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_two_together_on_one_inquiry(honest: Network, truth: Truth, pair: tuple[str, str]) -> None:
    """The points of one inquiry that the two saw, with the scalars that concern it: multiples, inverses, products, sums and differences of two."""
    scalars, points = concerned(honest, pair), seen(honest, pair)
    assert not reachable(scalars, points) & (forbidden_to(truth, pair) | truth.elements)


def concerned(network: Network, pair: tuple[str, ...]) -> list[bytes]:
    """The scalars of a pair that an inquiry from A to 法務省 touches."""
    x, k, register = network.exchange, network.keeper, STORY.condolence.register
    held = {
        "exchange": [x.secrets.layer, delta(x.share(A, 1), x.share(register, 1)), x.share(A, 1)],
        "keeper": [k.secrets.layer, k.secrets.audit, delta(k.share(A, 1), k.share(register, 1))],
        FIRST: [network.tenant.key(1).elgamal],
        SECOND: [network.provider.tenants[register].key(1).elgamal],
    }
    return [scalar for role in pair for scalar in held.get(role, [])]


def seen(network: Network, pair: tuple[str, ...]) -> set[bytes]:
    """The points of a permitted commit to 法務省, as far as one of them saw them."""
    passed = [msgspec.msgpack.decode(one.request, type=Batch[Commit]).each[0] for one in network.wire.passed if one.path == "/keeper/commit"]
    commit = next(one for one in passed if read_statement(one.inquiry.statement.payload).provider == STORY.condolence.register)
    mine = [point for row in commit.inquiry.rows for point in (row.r, row.b, row.u)]
    between = [point for row in (*commit.given, *commit.rows) for point in (row.r, row.b, row.u)]
    wanted = (mine if {"exchange", "keeper", FIRST} & {*pair} else []) + (between if {"exchange", "keeper"} & {*pair} else [])
    return {*wanted, *Holdings(network, *pair).recent(4)}


def test_three_together_reach_what_two_do_not(honest: Network, truth: Truth) -> None:
    """The same arithmetic in the hands of both operators and the inquirer finds the codes at 法務省: it is the missing half that protects them."""
    parties = ("exchange", "keeper", FIRST)
    assert reachable(concerned(honest, parties), sorted(truth.codes[A])[:3]) & truth.codes["moj"]
    assert not reachable(concerned(honest, ("exchange", FIRST)), sorted(truth.codes[A])[:3]) & truth.codes["moj"]


def test_the_search_over_the_whole_run_finds_what_two_scalars_make(honest: Network, truth: Truth) -> None:
    """The keeper's tags times both halves of a hop are codes at the inquirer's: with the other half in hand the same search finds them."""
    halves = [delta(one.share("@audit", 1), one.share(A, 1)) for one in (honest.exchange, honest.keeper)]
    wanted = sorted(truth.codes[A])[::4]
    assert Holdings(honest, "keeper").within_reach(wanted, {s_mul(*halves)}) == set(wanted)
    assert not Holdings(honest, "keeper").within_reach(wanted, halves)


# ---- what is conceded


def test_both_operators_together_map_every_tag_to_every_code(honest: Network, truth: Truth) -> None:
    """Conceded: with both halves of every share a tag becomes the code at any institution.  One half alone maps nothing."""
    x, k = honest.exchange, honest.keeper
    for institution in (A, *NATIONAL):
        halves = [delta(one.share("@audit", 1), one.share(institution, 1)) for one in (x, k)]
        column = codes_of(honest, institution)
        assert {multiply(s_mul(*halves), tag) for tag in truth.tags} >= column
        for half in halves:
            assert not {multiply(half, tag) for tag in truth.tags} & column


def test_both_operators_together_map_between_two_columns(honest: Network, truth: Truth) -> None:
    """The same without any tag: one institution's column becomes another's."""
    hop = s_mul(*(delta(one.share(A, 1), one.share("moj", 1)) for one in (honest.exchange, honest.keeper)))
    mapped = {multiply(hop, code) for code in truth.codes[A]}
    assert len(mapped & truth.codes["moj"]) > 10
    assert {multiply(s_inv(hop), code) for code in mapped} == truth.codes[A]


def test_the_keeper_with_one_inquirer_knows_whose_tag_it_is(honest: Network, truth: Truth) -> None:
    """Conceded: the inquirer knows who its inquiry was about, the keeper which tag; the txid joins them."""
    query = "SELECT txid, addressee_number FROM asked_item JOIN asked USING (txid)"
    about = dict(honest.tenant.database.read_now(lambda connection: connection.execute(query).fetchall()))
    tagged = {bytes(txid): bytes(tag) for txid, tag in honest.rows("SELECT txid, tag FROM item")}
    people = {tag: {about[txid] for txid in tagged if tagged[txid] == tag and txid in about} for tag in tagged.values()}
    assert all(len(names) <= 1 for names in people.values())
    assert STORY.condolence.deceased.addressees[A] in set().union(*people.values())


def test_registrar_and_keeper_together_map_a_number_to_its_tag(honest: Network, truth: Truth) -> None:
    """Conceded: a look joins them, by the request that both see."""
    asked = [msgspec.msgpack.decode(one.request, type=ViewAsk) for one in honest.wire.passed if one.path == "/registrar/view"]
    numbers = {bytes(request): number for request, number in honest.rows("SELECT request, individual_number FROM look", role="registrar")}
    views = [msgspec.msgpack.decode(one.request, type=ViewCommit).view for one in honest.wire.passed if one.path == "/keeper/view/commit"]
    shown = {msgspec.json.decode(one.payload, type=View).request for one in views}
    assert {request_digest(one.signed.request) for one in asked} & shown & numbers.keys()


def test_a_look_shows_the_exchange_which_records_belong_together(honest: Network, truth: Truth) -> None:
    """Conceded: to seal them again for their reader, the exchange opens one person's bodies together; it sees institutions and affairs, and nobody's
    name, number, code or tag."""
    passed = [one for one in honest.wire.passed if one.path == "/keeper/view/commit"]
    log: LogView = msgspec.msgpack.decode(passed[-1].reply, type=ViewCommitted).log
    opened = [read_body(one.body) for one in Viewing(honest.exchange, None)._open(log).records]  # type: ignore[arg-type]
    assert {one.kind for one in opened} >= {"intent", "outcome", "look"}
    assert {one.inquirer for one in opened if one.kind == "intent"} == {A}


def test_the_keeper_sees_who_asks_whom_for_what_beside_an_opaque_tag(honest: Network, truth: Truth) -> None:
    """Conceded: institution, affair and time pass the keeper in clear; the tag beside them says nothing without help."""
    passed = [one for one in honest.wire.passed if one.path == "/keeper/commit"]
    commit = msgspec.msgpack.decode(passed[-1].request, type=Batch[Commit]).each[0]
    statement = read_statement(commit.inquiry.statement.payload)
    assert (statement.inquirer, bool(statement.affair.row), statement.at_ms > 0) == (A, True, True)
