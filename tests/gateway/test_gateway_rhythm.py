"""How often waiting inquiries are asked for: none is forgotten, old ones rarely, and no more at once than a round takes."""

from enishi.roles.gateway.rhythm import LEAST_MS, MOST_MS, Rhythm
from enishi.terms import Txid

DAY_MS = 24 * 60 * 60 * 1000


def asked(count: int, at_ms: int = 0) -> list[tuple[Txid, int]]:
    return [(Txid(number.to_bytes(32, "big")), at_ms) for number in range(count)]


def test_a_young_one_comes_soon_and_an_old_one_rarely() -> None:
    for age, pause in ((0, LEAST_MS), (100_000, LEAST_MS), (3_000_000, 300_000), (DAY_MS, MOST_MS)):
        waiting = asked(1, DAY_MS - age)
        rhythm = Rhythm()
        assert len(rhythm.due(waiting, DAY_MS, 10)) == 1
        assert rhythm.due(waiting, DAY_MS + pause - 1, 10) == []
        assert len(rhythm.due(waiting, DAY_MS + pause, 10)) == 1


def test_more_than_a_round_takes_come_in_the_rounds_that_follow() -> None:
    rhythm, waiting = Rhythm(), asked(25)
    rounds = [rhythm.due(waiting, at_ms, 10) for at_ms in (1, 2, 3, 4)]
    assert [len(one) for one in rounds] == [10, 10, 5, 0]
    assert {txid for one in rounds for txid in one} == {txid for txid, _ in waiting}


def test_what_waits_no_more_is_forgotten() -> None:
    rhythm, waiting = Rhythm(), asked(2)
    rhythm.due(waiting, 1, 10)
    rhythm.due(waiting[:1], 2, 10)
    assert rhythm.due(waiting, 3, 10) == [waiting[1][0]]
