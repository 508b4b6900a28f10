"""The log's publication and every start of the keeper: recovery is the ordinary path, one keeper to a folder, never below the witness."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from enishi import clock
from enishi.errors import Conflict, Misconfigured, Unavailable, Unknown
from enishi.mesh import pki
from enishi.mesh.config import RoleConfig, write
from enishi.protocol.wire import Batch
from enishi.roles.keeper.assemble import build
from enishi.roles.keeper.face import read_tile
from enishi.roles.keeper.log import Log
from enishi.roles.keeper.schema import MIGRATIONS
from enishi.roles.keeper.witnessing import Witnessing
from enishi.roles.witness.cosigning import MIGRATIONS as WITNESS_TABLES
from enishi.roles.witness.cosigning import Cosigning
from enishi.seal.sign import SigningKey
from enishi.sentences.problems import texts
from enishi.store import claim
from enishi.store.database import Database
from enishi.tlog.checkpoint import open_checkpoint
from enishi.tlog.cosign import cosigned_at
from enishi.tlog.labels import LabelMap
from enishi.tlog.leaf import LeafKind, decode_leaf
from enishi.tlog.note import KeyType, Verifier
from enishi.tlog.tiles import ENTRIES, Tile, decode_bundle
from enishi.tlog.tree import leaf_hash, root_of
from keeper.founded_operators import NUMBERS, ORIGIN, WITNESS
from keeper.world_operators import Operators


def leaves(world: Operators) -> list[bytes]:
    return [bytes(data) for (data,) in world.rows("SELECT data FROM leaf ORDER BY idx")]  # type: ignore[call-overload]


@pytest.mark.asyncio
async def test_a_checkpoint_is_the_root_of_every_leaf(world: Operators) -> None:
    for numbers in ((NUMBERS[0],), NUMBERS[:2]):
        await world.committed(world.inquiry(*numbers))
        published = await world.log.publish()
        checkpoint = open_checkpoint(published.note, world.log.verifier)
        assert checkpoint.size == len(leaves(world)) == published.size
        assert checkpoint.root == root_of([leaf_hash(leaf) for leaf in leaves(world)])
        # The last leaf is the map of labels, over the labels of every leaf before it.
        assert decode_leaf(leaves(world)[published.map_index]).kind is LeafKind.LABEL_MAP
        assert published.map_index == published.size - 1


@pytest.mark.asyncio
async def test_a_restart_goes_on_from_what_is_durable(world: Operators) -> None:
    await world.committed(world.inquiry())
    before = await world.log.publish()
    await world.committed(world.inquiry(NUMBERS[1]))
    await world.stop()
    await world.open()
    assert world.log.current().size == before.size
    assert world.log.current().labels.root == before.labels.root
    after = await world.log.publish()
    # The leaf that was appended before the stop and published by nobody is in the next checkpoint.
    assert open_checkpoint(after.note, world.log.verifier).root == root_of([leaf_hash(leaf) for leaf in leaves(world)])
    assert after.size == before.size + 2


@pytest.mark.asyncio
async def test_a_publication_that_fails_leaves_the_log_as_it_was(world: Operators) -> None:
    await world.committed(world.inquiry())
    before = await world.log.publish()
    await world.keeper.database.write(
        lambda c: c.execute("CREATE TRIGGER full BEFORE INSERT ON checkpoint BEGIN SELECT RAISE(ABORT, 'full'); END").rowcount
    )
    with pytest.raises(Exception, match="full"):
        await world.log.publish()
    await world.keeper.database.write(lambda c: c.execute("DROP TRIGGER full").rowcount)
    assert world.log.current().size == before.size
    after = await world.log.publish()
    assert open_checkpoint(after.note, world.log.verifier).root == root_of([leaf_hash(leaf) for leaf in leaves(world)])


@pytest.mark.asyncio
async def test_readers_see_published_leaves_only(world: Operators) -> None:
    await world.committed(world.inquiry())
    size = (await world.log.publish()).size
    await world.committed(world.inquiry())

    def bundle(width: int, level: int = ENTRIES, index: int = 0) -> bytes:
        return world.keeper.database.read_now(lambda c: read_tile(c, world.log, Tile(level, index, width)))

    assert decode_bundle(bundle(size), size) == leaves(world)[:size]
    assert bundle(size, 0) == b"".join(leaf_hash(leaf) for leaf in leaves(world)[:size])
    for beyond in ((size + 1, ENTRIES, 0), (size + 1, 0, 0), (1, 0, 1), (1, 5, 0), (1, ENTRIES, 1)):
        with pytest.raises(Unknown, match="tile-unknown"):
            bundle(*beyond)


@pytest.mark.asyncio
async def test_before_the_first_checkpoint_there_is_none(tmp_path: Path) -> None:
    log = Log(Database.open(tmp_path / "keeper.db", MIGRATIONS), SigningKey.generate(), ORIGIN)
    await log.load()
    with pytest.raises(Unavailable, match="log-empty"):
        log.current()
    assert (await log.publish()).size == 1
    await log.database.close()


# ---- the witness at the start


@pytest_asyncio.fixture
async def witness(world: Operators, tmp_path: Path) -> AsyncIterator[tuple[Cosigning, str]]:
    """A real witness behind HTTP."""
    database = Database.open(tmp_path / "witness.db", WITNESS_TABLES)
    cosigning = Cosigning(database, WITNESS, world.founded.witness, {ORIGIN: world.log.verifier})

    async def add(request: web.Request) -> web.Response:
        try:
            return web.Response(text=await cosigning.add(await request.read()))
        except Conflict as fault:
            return web.Response(status=409, text=f"{fault.detail}\n", content_type="text/x.tlog.size")

    async def size(request: web.Request) -> web.Response:
        return web.Response(text=f"{await cosigning.size(request.query['origin'])}\n")

    app = web.Application()
    app.add_routes([web.post("/add-checkpoint", add), web.get("/size", size)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield cosigning, f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/add-checkpoint"  # type: ignore[union-attr]
    await runner.cleanup()
    await database.close()


def witnessing(world: Operators, url: str) -> Witnessing:
    return Witnessing(world.log, url, Verifier(WITNESS, world.founded.witness.public, KeyType.COSIGNATURE))


@pytest.mark.asyncio
async def test_the_witness_cosigns_what_continues(world: Operators, witness: tuple[Cosigning, str]) -> None:
    cosigning, url = witness
    asking = witnessing(world, url)
    async with aiohttp.ClientSession() as session:
        for _ in range(3):
            published = await world.log.publish()
            await asking.offer(session, published)
            assert await cosigning.size(ORIGIN) == published.size
    verifier = Verifier(WITNESS, world.founded.witness.public, KeyType.COSIGNATURE)
    assert cosigned_at(world.log.current().cosigned, verifier) is not None
    await world.stop()
    await world.open()
    # The cosignature was kept with the checkpoint.
    assert cosigned_at(world.log.current().cosigned, verifier) is not None


@pytest.mark.asyncio
async def test_a_log_that_was_put_back_does_not_start(world: Operators, witness: tuple[Cosigning, str]) -> None:
    _, url = witness
    await world.log.publish()
    await witnessing(world, url).check_start()
    await world.keeper.database.write(lambda c: [c.execute(f"DELETE FROM {table}").rowcount for table in ("checkpoint", "tile", "leaf")])
    await world.log.load()
    with pytest.raises(Misconfigured, match="log-behind-witness"):
        await witnessing(world, url).check_start()


@pytest.mark.asyncio
async def test_an_absent_witness_never_blocks_a_start(world: Operators) -> None:
    await world.log.publish()
    await witnessing(world, "http://127.0.0.1:1/add-checkpoint").check_start()


# ---- the role itself


def config(world: Operators, tmp_path: Path) -> RoleConfig:
    pki.create_authority(tmp_path / "ca", clock.now_ms())
    pki.issue(tmp_path / "ca", tmp_path / "tls", "keeper", "keeper", (), clock.now_ms())
    verifier = Verifier(WITNESS, world.founded.witness.public, KeyType.COSIGNATURE)
    settings = {"origin": ORIGIN, "witness": "http://127.0.0.1:1/add-checkpoint", "witness_key": verifier.encoded}
    return RoleConfig(role="keeper", name="keeper", data=world.data / "keeper", tls=tmp_path / "tls", settings=settings)


@pytest.mark.asyncio
async def test_the_role_takes_up_snapshot_shares_and_records(world: Operators, tmp_path: Path) -> None:
    asked = world.asked(world.inquiry())
    committed = await world.commit(world.stepped(asked.inquiry, await world.admit(asked)))
    digest, shares = world.keeper.digest, dict(world.keeper.shares._shares)
    await world.stop()
    role = build(config(world, tmp_path))
    await role.start()
    state = role._state
    assert state is not None
    assert (state.digest, state.shares._shares) == (digest, shares)
    (admit,) = [one for one in role.endpoints() if one.path == "/keeper/admit"]
    (result,) = (await admit.handler(Batch((asked,)), None)).results  # type: ignore[arg-type]
    assert [item.receipt for item in result.value.stored] == [item.receipt for item in committed.items]
    # Every verb is the exchange's alone, but for what the commission may do by itself.
    others = {one.path: one.callers for one in role.endpoints() if one.callers != {"exchange"}}
    assert others == {"/keeper/suspend": {"exchange", "oversight"}, "/keeper/second": {"oversight"}}
    await role.stop()
    await world.open()


@pytest.mark.asyncio
async def test_one_keeper_to_a_folder(world: Operators, tmp_path: Path) -> None:
    second = config(world, tmp_path)
    write(tmp_path / "keeper.json", second)
    with claim(second.data):
        command = [sys.executable, "-m", "enishi.cli.main", "serve", "keeper", "--config", str(tmp_path / "keeper.json")]
        ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    assert ended.returncode == 78
    assert texts("data-in-use").what.ja.removesuffix("。") in ended.stderr


@pytest.mark.asyncio
async def test_two_publications_at_once_leave_no_label_out_of_the_map(world: Operators) -> None:
    await world.committed(world.inquiry())
    _, last = await asyncio.gather(world.log.publish(), world.log.publish())
    labels = [leaf.label for leaf in map(decode_leaf, leaves(world)) if leaf.kind.labelled]
    assert labels
    assert last.labels.root == LabelMap(labels).root
