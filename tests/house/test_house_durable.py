"""Every durable write and every send of a role has its crash point, and the points have names of their own."""

import pytest

from house import durable
from house.source import modules, planted

TREE = modules()
POINT = "crash.point('keeper.commit.after_append')"


def test_every_write_and_send_has_a_crash_point_beside_it() -> None:
    assert durable.unguarded(TREE) == []


def test_every_crash_point_has_a_name_of_its_own() -> None:
    assert durable.faulty_points(TREE) == []


@pytest.mark.parametrize(
    "act",
    [
        "await self.db.write(work)",
        "x = await self._db.write(work)",
        "await client.call(url, path)",
        "if await db.write(work):\n        pass",
        "async with session.post(url) as answer:\n        pass",
    ],
)
def test_a_planted_act_without_a_point_is_found(act: str) -> None:
    assert durable.unguarded([planted(f"async def f(self, db, client, session, work):\n    y = 1\n    {act}\n")])


@pytest.mark.parametrize(
    "body",
    [
        f"    {POINT}\n    return await self.db.write(work)\n",
        f"    await self.db.write(work)\n    {POINT}\n",
        f"    try:\n        await self.db.write(work)\n    finally:\n        x = 1\n    {POINT}\n",
        f"    {POINT}\n    async with lock:\n        await self.db.write(work)\n",
    ],
)
def test_a_point_directly_beside_the_act_guards_it(body: str) -> None:
    assert durable.unguarded([planted(f"async def f(self, work):\n{body}")]) == []


def test_a_point_further_off_does_not_guard() -> None:
    assert durable.unguarded([planted(f"async def f(self, work):\n    {POINT}\n    x = 1\n    await self.db.write(work)\n")])


def test_acts_outside_the_roles_are_no_acts() -> None:
    assert durable.unguarded([planted("async def f(db, work):\n    await db.write(work)\n", "enishi.cli.planted")]) == []


@pytest.mark.parametrize("argument", ["'exchange.commit.after_append'", "'keeper.append'", "name", "'keeper.commit.append'", ""])
def test_a_point_with_a_wrong_name_is_found(argument: str) -> None:
    assert durable.faulty_points([planted(f"crash.point({argument})\n")])


def test_a_name_that_stands_twice_is_found() -> None:
    assert durable.faulty_points([planted(f"{POINT}\n{POINT}\n")])
