"""Attack: the log drops or hides a leaf, shows two histories, goes back, or releases before it appends."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from attacks.adversary_attack import later
from attacks.copies_attack import copy_data, copy_database
from attacks.network_attack import Network
from enishi import clock
from enishi.cli.founding import ORIGIN, witness_key
from enishi.cli.verify import verify_data
from enishi.cli.walk.logged import Logged
from enishi.client import proving
from enishi.client.portal import Opened
from enishi.encoding import digest
from enishi.errors import Fault, Misconfigured, Tampered
from enishi.protocol.record import read_body, write_body
from enishi.protocol.statement import item_id_of
from enishi.protocol.view import LogView, request_digest
from enishi.roles.keeper import assemble
from enishi.roles.keeper.chain import append_public
from enishi.roles.keeper.log import Log, Published
from enishi.roles.keeper.schema import MIGRATIONS
from enishi.roles.keeper.view import Viewing
from enishi.roles.keeper.witnessing import Witnessing
from enishi.roles.witness import cosigning
from enishi.store.database import Database
from enishi.terms import Txid
from enishi.tlog.labels import LabelMap
from enishi.tlog.leaf import PUBLIC_SALT, LeafKind, commitment, decode_leaf
from enishi.tlog.note import parse_verifier
from enishi.tlog.policy import MAX_AGE_MS
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question

pytestmark = pytest.mark.xdist_group("attacks")
READER = STORY.reader


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory, founded_network: Path) -> Iterator[Network]:
    """A network of its own: what is done to its log stays in it."""
    network = Network(tmp_path_factory.mktemp("logged"), founded_network)
    network.ask(register_question(person=READER.addressees["012131"], relation="survivor"))
    yield network
    network.stop()


def proven(opened: Opened) -> int:
    """All that the citizen's device checks; returns how many records it is shown."""
    checkpoint = proving.check_signed(opened.proof)
    proving.check_included(opened.proof, checkpoint)
    proving.check_cosigned(opened.proof, clock.now_ms())
    return proving.check_complete(opened)


def lying(without: Without, change: Any) -> None:
    """A keeper that changes what it returns to the citizen."""
    real = Viewing._log_of
    without(Viewing, "_log_of", lambda self, connection, view, tag, published: change(self, connection, view, tag, published, real))


# ---- one person's records


def drop(self: Any, connection: Any, view: Any, tag: bytes, published: Published, real: Any) -> LogView:
    told: LogView = real(self, connection, view, tag, published)
    return msgspec.structs.replace(told, records=told.records[1:])


def test_a_dropped_leaf(logged: Network, monkeypatch: pytest.MonkeyPatch, without: Without) -> None:
    """Success is a record that the citizen is not shown though its label counts: the device compares labels and records."""
    count = proven(logged.look(READER))
    with monkeypatch.context() as keeper:
        lying(Without(keeper), drop)
        opened = logged.look(READER)
    with pytest.raises(Tampered, match="record-not-shown"):
        proven(opened)
    patched = without(proving, "_check_shown")
    assert proven(opened) == count + 1
    assert len(opened.proof.records) == count
    patched.undo()


def besides(without: Without) -> None:
    """A keeper whose log takes another's look at the person before the checkpoint that covers the person's own."""
    real = Viewing._record

    async def record(self: Any, view: Any, txid: Any, tag: bytes) -> Any:
        placed = await real(self, view, txid, tag)
        await real(self, msgspec.structs.replace(view, request=digest("another", view.request)), Txid(digest("another", txid)), tag)
        return placed

    without(Viewing, "_record", record)


def hide(self: Any, connection: Any, view: Any, tag: bytes, published: Published, real: Any) -> LogView:
    """Leave the newest record out, and say that there is one fewer."""
    labels = self._labels
    self._labels = lambda view, tag, count, published: labels(view, tag, count - 1, published)
    try:
        told: LogView = real(self, connection, view, tag, published)
    finally:
        del self._labels
    return msgspec.structs.replace(told, records=told.records[:-1])


def test_a_hidden_leaf(logged: Network, monkeypatch: pytest.MonkeyPatch, without: Without) -> None:
    """Success is a shorter list that the device believes to be whole: the label after the last must be absent, and it is there."""
    count = proven(logged.look(READER))
    with monkeypatch.context() as keeper:
        besides(Without(keeper))
        lying(Without(keeper), hide)
        opened = logged.look(READER)
    with pytest.raises(Fault, match="label-present"):
        proven(opened)
    patched = without(proving, "verify_absent")
    assert proven(opened) == count + 1
    patched.undo()


def other_map(self: Any, connection: Any, view: Any, tag: bytes, published: Published, real: Any) -> LogView:
    """The same, with a map of the keeper's own in which the newest label is missing."""
    own = connection.execute("SELECT leaf.data FROM chain JOIN leaf USING (idx) WHERE tag = ? ORDER BY n", (tag,)).fetchall()
    hidden = decode_leaf(own[-1][0]).label
    leaves = (decode_leaf(data) for (data,) in connection.execute("SELECT data FROM leaf WHERE idx < ?", (published.size,)))
    labels = LabelMap(leaf.label for leaf in leaves if leaf.kind.labelled and leaf.label != hidden)
    told = hide(self, connection, view, tag, Published(published.size, published.map_index, labels, published.note, published.cosigned), real)
    return msgspec.structs.replace(told, map_root=labels.root)


def test_a_hidden_leaf_under_a_map_of_its_own(logged: Network, monkeypatch: pytest.MonkeyPatch, without: Without) -> None:
    """Success as above: the map's root is a leaf of the log, and this one is not."""
    count = proven(logged.look(READER))
    with monkeypatch.context() as keeper:
        besides(Without(keeper))
        lying(Without(keeper), other_map)
        opened = logged.look(READER)
    with pytest.raises(Fault, match="body-differs"):
        proven(opened)
    patched = without(proving, "_check_map")
    assert proven(opened) == count + 1
    patched.undo()


def test_an_older_map_under_the_present_checkpoint(logged: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Success would be a map from before the newest record: the map's leaf must be the last one."""
    # This look's checkpoint is cosigned, and its map holds all of the reader's records but those to come.
    proven(logged.look(READER))
    older = logged.run(logged.keeper.log.covering(0))

    def stale(self: Any, connection: Any, view: Any, tag: bytes, published: Published, real: Any) -> LogView:
        told = hide(self, connection, view, tag, Published(published.size, older.map_index, older.labels, published.note, published.cosigned), real)
        return msgspec.structs.replace(told, map_root=older.labels.root)

    with monkeypatch.context() as keeper:
        lying(Without(keeper), stale)
        opened = logged.look(READER)
    with pytest.raises(Tampered, match="map-not-current"):
        proven(opened)


def test_the_state_of_a_while_ago(logged: Network, monkeypatch: pytest.MonkeyPatch, without: Without) -> None:
    """Success is a whole earlier state, true and freshly cosigned, in which the newest records do not stand yet: this very look is not there either,
    and the device asks for it.  A witness's word that is no longer fresh would tell, too, but only then."""
    count = proven(logged.look(READER))
    older = logged.run(logged.keeper.log.covering(0))
    proven(logged.look(READER))

    def earlier(self: Any, connection: Any, view: Any, tag: bytes, published: Published, real: Any) -> LogView:
        told: LogView = real(self, connection, view, tag, older)
        return told

    with monkeypatch.context() as keeper:
        lying(Without(keeper), earlier)
        opened = logged.look(READER)
    with pytest.raises(Tampered, match="own-look-missing"):
        proven(opened)
    patched = without(proving, "_own_look", lambda opened, *_: decode_leaf(opened.proof.records[-1].leaf))
    assert proven(opened) == count
    with later(monkeypatch, MAX_AGE_MS + 1000), pytest.raises(Tampered, match="cosignatures"):
        proven(opened)
    patched.undo()


def test_the_look_of_another_log_in_for_this_one(logged: Network, monkeypatch: pytest.MonkeyPatch, without: Without) -> None:
    """Success as above, by a look that the earlier state does hold and that is said to be this one: its body is what the log committed to."""
    proven(logged.look(READER))
    older = logged.run(logged.keeper.log.covering(0))

    def earlier(self: Any, connection: Any, view: Any, tag: bytes, published: Published, real: Any) -> LogView:
        told: LogView = real(self, connection, view, tag, older)
        return told

    with monkeypatch.context() as keeper:
        lying(Without(keeper), earlier)
        opened = logged.look(READER)
    said = opened.proof.records[-1]
    body = msgspec.structs.replace(read_body(said.body), request=request_digest(opened.proof.request))
    records = (*opened.proof.records[:-1], msgspec.structs.replace(said, body=write_body(body)))
    forged = msgspec.structs.replace(opened, proof=msgspec.structs.replace(opened.proof, records=records))
    with pytest.raises(Tampered, match="body-differs"):
        proving.check_complete(forged)
    patched = without(proving, "check_body")
    assert proven(forged) == len(records)
    patched.undo()


# ---- two histories


class Fork:
    """A second history over a copy of the keeper's database, signed with the log's true key."""

    def __init__(self, network: Network, folder: Path) -> None:
        copy_database(network.data / "keeper" / "keeper.db", folder / "keeper.db")
        self.database = Database.open(folder / "keeper.db", MIGRATIONS)
        self.log = Log(self.database, network.keeper.secrets.log, ORIGIN)
        self.witnessing = Witnessing(self.log, network.witness_url, parse_verifier(witness_key(network.data)))

    async def grow(self) -> Published:
        """Append what the other history does not have."""
        await self.log.load()
        body = b"another history"
        await self.database.write(lambda connection: append_public(connection, LeafKind.SNAPSHOT, 1, commitment(PUBLIC_SALT, body), body))
        return await self.log.publish()

    async def offer(self, published: Published) -> None:
        async with aiohttp.ClientSession(trust_env=False) as session:
            await self.witnessing.offer(session, published)


async def cosigned(network: Network) -> None:
    """Until the witness has cosigned the newest checkpoint."""
    while network.keeper.log.published is not network.keeper.log.witnessed:
        await asyncio.sleep(0.01)


def test_a_split_view(logged: Network, tmp_path: Path, without: Without) -> None:
    """Success is a second history with the witness's cosignature, which a reader would believe."""
    logged.run(cosigned(logged))
    fork = Fork(logged, tmp_path)
    published = logged.run(fork.grow())
    logged.look(READER)
    logged.run(cosigned(logged))
    with pytest.raises(Misconfigured):
        logged.run(fork.offer(published))
    assert fork.log.witnessed is None
    patched = without(cosigning, "check_submission", lambda submission, last, log: cosigning.parse_checkpoint(submission.note.text))
    logged.run(fork.offer(published))
    assert fork.log.witnessed is not None
    patched.undo()
    logged.run(fork.database.close())


# ---- going back


def test_a_database_rolled_back(logged: Network, tmp_path: Path, without: Without) -> None:
    """Success is a keeper that starts from an old copy and grows a second history over what it forgot."""
    _heal(logged)
    for name in ("keeper.db", "pins.json"):
        source = logged.data / "keeper" / name
        copy_database(source, tmp_path / name) if name.endswith(".db") else (tmp_path / name).write_bytes(source.read_bytes())
    (tmp_path / "keys").symlink_to(logged.data / "keeper" / "keys")
    logged.ask(register_question())
    logged.look(READER)
    logged.run(cosigned(logged))
    with pytest.raises(Misconfigured, match="log-behind-witness"):
        logged.run(start(logged, tmp_path))
    patched = without(Witnessing, "check_start", nothing)
    logged.run(start(logged, tmp_path))
    patched.undo()
    with pytest.raises(Misconfigured, match="log-behind-witness"):
        logged.run(start(logged, tmp_path))


def _heal(network: Network) -> None:
    """The witness sees the true history again, after the fork that it was made to sign."""
    published = network.run(network.keeper.log.publish())
    checkpoint = cosigning.parse_checkpoint(published.note.text)
    values = (checkpoint.size, checkpoint.root, ORIGIN)
    database = network.roles["witness"]._database
    network.run(database.write(lambda connection: connection.execute("UPDATE seen SET size = ?, root = ? WHERE origin = ?", values).rowcount))
    network.run(cosigned(network))


async def nothing(self: Any) -> None:
    """A check that was taken out."""


async def start(network: Network, data: Path) -> None:
    """Start a keeper on that data, and stop it again."""
    role = assemble.build(network.config("keeper", network._settings("keeper"), data))
    try:
        await role.start()
        await role.after_open()
    finally:
        await role.stop()


# ---- released, then not appended


class Forgetful:
    """A database whose writes are undone: a keeper that signs and releases, and records nothing."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def write(self, work: Any) -> Any:
        made = []

        def undone(connection: Any) -> None:
            made.append(work(connection))
            raise Fault("undone")

        try:
            await self._real.write(undone)
        except Fault as fault:
            if fault.code != "undone":
                raise
        return made[0]


def test_a_keeper_that_releases_before_it_appends(logged: Network, tmp_path: Path, without: Without) -> None:
    """Success is a release that no auditor finds: the receipt that inquirer and provider hold names a leaf that the log does not have."""
    database = logged.keeper.database
    logged.keeper.database = Forgetful(database)
    try:
        txid = logged.ask(register_question())
    finally:
        logged.keeper.database = database
    item_id = item_id_of(txid, 0)
    assert logged.shown(txid).items[0].receipt is not None
    assert logged.rows("SELECT 1 FROM item WHERE item_id = ?", item_id) == []
    copy = copy_data(logged, tmp_path)
    assert {table for table, key in found(copy) if key == item_id.hex()} >= {"gateway/012131.asked_item", "gateway/moj.answered"}
    patched = without(Logged, "check_receipt")
    assert "gateway/moj.answered" not in {table for table, key in found(copy) if key == item_id.hex()}
    patched.undo()


def found(data: Path) -> list[tuple[str, str]]:
    return [(finding.table, finding.key) for finding in verify_data(data).findings]
