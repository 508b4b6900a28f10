"""The register: taken in once and whole, a random handle for each person, and what cannot be read is said without saying who."""

from pathlib import Path

import msgspec
import pytest

from enishi.errors import Fault, Malformed, Misconfigured
from enishi.roles.registrar.people import import_residents
from enishi.roles.registrar.schema import MIGRATIONS
from enishi.store.database import Database
from keeper.world_operators import NUMBERS, STRANGER, Operators


def line(number: str, **more: str | bool) -> bytes:
    return msgspec.json.encode({"individual_number": number} | more) + b"\n"


@pytest.mark.asyncio
async def test_the_founding_file_is_taken_in_once(tmp_path: Path) -> None:
    path, database = tmp_path / "residents.jsonl", Database.open(tmp_path / "registrar.db", MIGRATIONS)
    path.write_bytes(
        line(NUMBERS[0]) + line(NUMBERS[1], card_serial="1", acquisition_number="a") + line(NUMBERS[2], card_serial="2", card_suspended=True)
    )
    assert await import_residents(database, path) == 3
    before = database.read_now(lambda c: c.execute("SELECT individual_number, handle FROM person").fetchall())
    # A card that was reported lost is nobody's card, whatever its issuer says.
    assert database.read_now(lambda c: c.execute("SELECT serial, revoked FROM card ORDER BY serial").fetchall()) == [("1", 0), ("2", 1)]
    path.write_bytes(line(STRANGER))
    assert await import_residents(database, path) == 3
    assert database.read_now(lambda c: c.execute("SELECT individual_number, handle FROM person").fetchall()) == before
    handles = {bytes(handle) for _, handle in before}
    assert {len(handle) for handle in handles} == {32}
    assert len(handles) == 3
    await database.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("bad", [b"x\n", b"\n", b'{"individual_number":"\xff"}\n', b'{"name":"x"}\n', b"[]\n", line("621498320258"), line("")])
async def test_a_file_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path, bad: bytes) -> None:
    path, database = tmp_path / "residents.jsonl", Database.open(tmp_path / "registrar.db", MIGRATIONS)
    path.write_bytes(line(NUMBERS[0]) + bad)
    with pytest.raises((Misconfigured, Malformed)) as caught:
        await import_residents(database, path)
    assert isinstance(caught.value, Fault)
    assert "6214" not in f"{caught.value} {caught.value.detail} {caught.value.field}"
    assert database.read_now(lambda c: c.execute("SELECT COUNT(*) FROM person").fetchone()) == (0,)
    path.write_bytes(line(NUMBERS[0]))
    assert await import_residents(database, path) == 1
    await database.close()


@pytest.mark.asyncio
async def test_everybody_is_in_the_audit_domain_once(world: Operators) -> None:
    assert await world.registrar.enrol_audit() == 0
    assert world.rows("SELECT COUNT(*) FROM valid_tag") == [(len(NUMBERS),)]
    await world.registrar_db.write(lambda c: c.execute("UPDATE person SET audited = 0").rowcount)
    # After a crash before the mark the same people are sent again, and their tags are there already.
    assert await world.registrar.enrol_audit() == len(NUMBERS)
    assert world.rows("SELECT COUNT(*) FROM valid_tag") == [(len(NUMBERS),)]
