"""Attack: a message that breaks the batch in which other institutions' messages travel."""

from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import Written, written
from attacks.network_attack import Network
from attacks.test_attack_unrecorded import granted
from enishi.errors import Fault
from enishi.protocol.nondisclosure import HARM
from enishi.protocol.statement import Nondisclosure
from enishi.protocol.wire import Batch, BlindRow, Commit, Committed, Results
from enishi.roles.keeper import commit
from linkage.attacker_linkage import Without
from running.mesh_running import register_question

pytestmark = pytest.mark.xdist_group("attacks")
NO_DATABASE_HOLDS = 2**63


def committed(network: Network, *each: Commit) -> list[str]:
    """The fault of each place of a batch, empty where it was recorded."""
    reply = network.call("exchange", "keeper", "/keeper/commit", Batch(each), Results[Committed])
    return [result.fault.code if result.fault else "" for result in reply.results]


def test_a_time_that_no_database_holds(network: Network, without: Without) -> None:
    """Success is that another institution's lawful inquiry is not recorded because one inquirer signed an absurd end of its mark."""
    with pytest.raises(Fault, match="form-unreadable"):
        granted(network, marked(network, NO_DATABASE_HOLDS))
    lawful, bad = granted(network, written(network, register_question())), granted(network, marked(network, 2**40))
    real = commit.read_inquiry

    def unbounded(inquiry: Any) -> Any:
        txid, statement = real(inquiry)
        mark = statement.nondisclosure and msgspec.structs.replace(statement.nondisclosure, until_ms=NO_DATABASE_HOLDS)
        return txid, msgspec.structs.replace(statement, nondisclosure=mark)

    before = network.leaves()
    patched = without(commit, "read_inquiry", unbounded)
    with pytest.raises(Fault, match="internal-fault"):
        committed(network, lawful, bad)
    assert network.leaves() == before
    patched.undo()
    assert committed(network, lawful, bad) == ["", ""]


def marked(network: Network, until_ms: int) -> Written:
    return written(network, register_question(), nondisclosure=Nondisclosure(HARM, until_ms))


def test_a_repeated_commit_with_another_pair_fails_alone(network: Network) -> None:
    """A garbled retry beside a lawful message: the retry is refused, the other is recorded."""
    made = granted(network, written(network, register_question()))
    assert committed(network, made) == [""]
    garbled = msgspec.structs.replace(made, rows=tuple(BlindRow(row.u, row.b, row.u) for row in made.rows))
    before = network.leaves()
    assert committed(network, garbled, granted(network, written(network, register_question()))) == ["pair-differs", ""]
    assert network.leaves() == before + 1
