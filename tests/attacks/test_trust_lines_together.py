"""Trust lines of those who collude: what two roles cannot do together."""

from collections.abc import Callable
from itertools import product

import pytest

from attacks.holdings_attack import Holdings
from attacks.inquiries_attack import commits
from attacks.network_attack import FIRST, SECOND, A, Network
from attacks.truth_attack import Truth
from enishi.linkage.group import base, random_scalar, s_inv, s_mul
from enishi.linkage.keys import delta
from enishi.protocol.statement import read_statement
from linkage.attacker_linkage import reachable, reached
from running.mesh_running import STORY

pytestmark = pytest.mark.xdist_group("trust")
ONE = (1).to_bytes(32, "little")


def forbidden_to(truth: Truth, pair: tuple[str, str]) -> set[bytes]:
    """What a pair may not come to: a platform's own columns are the platform's, its handles the registrar's, the tags the keeper's."""
    wanted = truth.every_code() - (truth.codes[A] if FIRST in pair else set()) - (truth.codes_elsewhere() if SECOND in pair else set())
    return wanted | (set() if "registrar" in pair else truth.elements) | (set() if "keeper" in pair else truth.tags)


PAIRS = [
    ("registrar", "portal"),
    ("exchange", FIRST),
    ("keeper", SECOND),
    ("exchange", SECOND),
    ("exchange", "portal"),
    ("keeper", "portal"),
    (FIRST, SECOND),
]


@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_two_together_hold_no_code_that_is_not_theirs(honest: Network, truth: Truth, held: Callable[..., Holdings], pair: tuple[str, str]) -> None:
    """Put together, files, rows, messages and keys hold no code that neither may have, nor does any scalar of theirs make one of any point of the
    run; nor do two of the scalars that an inquiry concerns, tried for every fourth code."""
    both, forbidden = held(*pair), forbidden_to(truth, pair)
    assert not both.holding(forbidden)
    assert not both.within_reach(forbidden)
    touched = concerned(honest, pair)
    twice = {s_mul(one, other) for one, other in product(touched, [*touched, *map(s_inv, touched)]) if s_mul(one, s_inv(other)) != ONE}
    assert not both.within_reach(sorted(forbidden)[::4], twice - {ONE})


@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_two_together_on_one_inquiry(honest: Network, truth: Truth, held: Callable[..., Holdings], pair: tuple[str, str]) -> None:
    """The points of one inquiry that the two saw, with the scalars that concern it: multiples, inverses, products, sums and differences of two."""
    scalars, points = concerned(honest, pair), seen(honest, pair, held(*pair))
    assert not reached(scalars, points, forbidden_to(truth, pair) | truth.elements)


def concerned(network: Network, pair: tuple[str, ...]) -> list[bytes]:
    """The scalars of a pair that an inquiry from A to 法務省 touches."""
    x, k, register = network.exchange, network.keeper, STORY.condolence.register
    held = {
        "exchange": [x.secrets.layer, delta(x.shares.of(A, 1), x.shares.of(register, 1)), x.shares.of(A, 1)],
        "keeper": [k.secrets.layer, k.secrets.audit, delta(k.shares.of(A, 1), k.shares.of(register, 1))],
        FIRST: [network.tenant.key(1).elgamal],
        SECOND: [network.provider.tenants[register].key(1).elgamal],
    }
    return [scalar for role in pair for scalar in held.get(role, [])]


def seen(network: Network, pair: tuple[str, ...], both: Holdings) -> set[bytes]:
    """The points of a permitted commit of A's to 法務省, as far as one of them saw them."""
    ways = ((read_statement(one.inquiry.statement.payload), one) for one in commits(network))
    commit = next(one for told, one in ways if (told.inquirer, told.provider) == (A, STORY.condolence.register))
    mine = [point for row in commit.inquiry.rows for point in (row.r, row.b, row.u)]
    between = [point for row in (*commit.given, *commit.rows) for point in (row.r, row.b, row.u)]
    wanted = (mine if {"exchange", "keeper", FIRST} & {*pair} else []) + (between if {"exchange", "keeper"} & {*pair} else [])
    return {*wanted, *both.recent(4)}


def test_three_together_reach_what_two_do_not(honest: Network, truth: Truth) -> None:
    """The same arithmetic in the hands of both operators and the inquirer finds the codes at 法務省: it is the missing half that protects them."""
    parties = ("exchange", "keeper", FIRST)
    assert reached(concerned(honest, parties), sorted(truth.codes[A])[:3], truth.codes["moj"])
    assert not reached(concerned(honest, ("exchange", FIRST)), sorted(truth.codes[A])[:3], truth.codes["moj"])


def test_the_quicker_search_for_two_finds_what_the_whole_one_does() -> None:
    """Sums, and differences either way, among a few points and scalars; what neither makes is not found."""
    scalars, points = [random_scalar() for _ in range(2)], [base(random_scalar()) for _ in range(3)]
    everything = reachable(scalars, points)
    assert reached(scalars, points, everything | {base(random_scalar())}) == everything


def test_the_search_over_the_whole_run_finds_what_two_scalars_make(honest: Network, truth: Truth, held: Callable[..., Holdings]) -> None:
    """The keeper's tags times both halves of a hop are codes at the inquirer's: with the other half in hand the same search finds them."""
    halves = [delta(one.shares.of("@audit", 1), one.shares.of(A, 1)) for one in (honest.exchange, honest.keeper)]
    wanted = sorted(truth.codes[A])[::4]
    assert held("keeper").within_reach(wanted, {s_mul(*halves)}) == set(wanted)
    assert not held("keeper").within_reach(wanted, halves)
