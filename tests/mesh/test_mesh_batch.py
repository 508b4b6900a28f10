"""Concurrent callers share calls, each gets its own result or fault, and nobody waits for nothing."""

import asyncio
from collections.abc import Sequence

import pytest

from enishi.errors import Busy, Conflict, Fault, Unavailable
from enishi.mesh.batch import Batcher

pytestmark = pytest.mark.asyncio


class Line:
    """A call that squares numbers, refuses odd multiples of five, and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.at_once = self.most_at_once = 0

    async def __call__(self, items: list[int]) -> Sequence[int | Fault]:
        """Answer for every item."""
        self.batches.append(items)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        await self.open.wait()
        self.at_once -= 1
        return [Conflict("not-this-one", str(item)) if item % 10 == 5 else item * item for item in items]


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_one_caller_alone_is_sent_at_once() -> None:
    line = Line()
    assert await Batcher(line, 10).submit(3) == 9
    assert line.batches == [[3]]


async def test_callers_of_one_turn_share_a_call_and_later_ones_the_next() -> None:
    line = Line()
    line.open.clear()
    batcher = Batcher(line, 10)
    tasks = [asyncio.create_task(batcher.submit(number)) for number in range(4)]
    await settle()
    tasks += [asyncio.create_task(batcher.submit(number)) for number in range(10, 14)]
    await settle()
    assert line.batches == [[0, 1, 2, 3]]
    line.open.set()
    assert await asyncio.gather(*tasks) == [0, 1, 4, 9, 100, 121, 144, 169]
    assert line.batches == [[0, 1, 2, 3], [10, 11, 12, 13]]


async def test_each_caller_gets_its_own_fault() -> None:
    batcher = Batcher(Line(), 10)
    results = await asyncio.gather(*(batcher.submit(number) for number in (4, 5, 6)), return_exceptions=True)
    assert results[0] == 16
    assert results[2] == 36
    assert isinstance(results[1], Conflict)
    assert results[1].detail == "5"


@pytest.mark.parametrize("parallel", [1, 3])
async def test_limits_of_size_and_parallel_calls_hold(parallel: int) -> None:
    line = Line()
    batcher = Batcher(line, 7, parallel=parallel)
    results = await asyncio.gather(*(batcher.submit(number * 10) for number in range(100)))
    assert results == [number * number * 100 for number in range(100)]
    assert max(map(len, line.batches)) == 7
    assert line.most_at_once == parallel


async def test_a_call_that_fails_fails_everyone_in_it_with_exceptions_of_their_own() -> None:
    async def broken(items: list[int]) -> Sequence[int | Fault]:
        raise Unavailable("peer-unreachable", "keeper")

    batcher = Batcher(broken, 10)
    first, second = await asyncio.gather(batcher.submit(1), batcher.submit(2), return_exceptions=True)
    assert isinstance(first, Unavailable)
    assert isinstance(second, Unavailable)
    assert first is not second
    assert first.detail == second.detail == "keeper"


async def test_an_answer_of_another_length_is_given_to_nobody() -> None:
    async def short(items: list[int]) -> Sequence[int | Fault]:
        return items[1:]

    batcher = Batcher(short, 10)
    results = await asyncio.gather(batcher.submit(1), batcher.submit(2), return_exceptions=True)
    assert [getattr(result, "code", result) for result in results] == ["batch-answer-mismatched"] * 2


async def test_an_unforeseen_exception_leaves_the_batcher_working(capsys: pytest.CaptureFixture[str]) -> None:
    async def once(items: list[int]) -> Sequence[int | Fault]:
        if items == [1]:
            raise KeyError("山田太郎")
        return items

    batcher = Batcher(once, 1)
    results = await asyncio.gather(batcher.submit(1), batcher.submit(2), return_exceptions=True)
    assert isinstance(results[0], KeyError)
    assert results[1] == 2
    assert "山田" not in capsys.readouterr().err


async def test_a_caller_that_gave_up_is_not_sent() -> None:
    line = Line()
    line.open.clear()
    batcher = Batcher(line, 1)
    tasks = [asyncio.create_task(batcher.submit(number)) for number in range(3)]
    await settle()
    tasks[1].cancel()
    line.open.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert line.batches == [[0], [2]]


async def test_a_full_queue_says_so() -> None:
    line = Line()
    line.open.clear()
    batcher = Batcher(line, 1, queue_limit=2)
    first = asyncio.create_task(batcher.submit(1))
    await settle()
    tasks = [asyncio.create_task(batcher.submit(number)) for number in (2, 3)]
    await settle()
    with pytest.raises(Busy):
        await batcher.submit(4)
    line.open.set()
    assert await asyncio.gather(first, *tasks) == [1, 4, 9]


async def test_close_ends_what_waits_and_lets_finish_what_is_under_way() -> None:
    line = Line()
    line.open.clear()
    batcher = Batcher(line, 1)
    tasks = [asyncio.create_task(batcher.submit(number)) for number in (1, 2)]
    await settle()
    closing = asyncio.create_task(batcher.close())
    await settle()
    line.open.set()
    await closing
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results[0] == 1
    assert isinstance(results[1], Unavailable)
    with pytest.raises(Unavailable):
        await batcher.submit(3)
