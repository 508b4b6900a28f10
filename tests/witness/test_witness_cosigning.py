"""The witness: one history for each log, whoever asks first, over a restart and through its HTTP face."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from enishi.errors import Conflict, Malformed, Tampered, Unknown
from enishi.mesh.config import RoleConfig
from enishi.roles.witness.assemble import build
from enishi.roles.witness.cosigning import MIGRATIONS, Cosigning
from enishi.roles.witness.face import LIMIT, build_face
from enishi.seal.sign import SigningKey
from enishi.store.database import Database
from enishi.store.keyring import Keyring
from enishi.tlog.checkpoint import Checkpoint, sign_checkpoint
from enishi.tlog.cosign import verify_cosignature
from enishi.tlog.note import KeyType, Verifier, parse_signatures
from enishi.tlog.tree import consistency, leaf_hash, root_of
from enishi.tlog.witness import Submission
from gateway.asgi_gateway import call
from web.asgi import Browser

LOG, WITNESS = SigningKey.generate(), SigningKey.generate()
ORIGIN = Verifier("log.enishi.example", LOG.public)
NAME = "witness.enishi.example"
LEAVES = [leaf_hash(bytes([n])) for n in range(12)]
OTHER = [leaf_hash(bytes([n, 1])) for n in range(12)]


def submission(old: int, size: int, leaves: list[bytes] = LEAVES, key: SigningKey = LOG, origin: str = ORIGIN.name) -> bytes:
    note = sign_checkpoint(Checkpoint(origin, size, root_of(leaves[:size])), key)
    proof = consistency(leaves[:size], old) if 0 < old < size else []
    return Submission(old, tuple(proof), note).encode()


@pytest_asyncio.fixture
async def witness(tmp_path: Path) -> AsyncIterator[Cosigning]:
    database = Database.open(tmp_path / "witness.db", MIGRATIONS)
    yield Cosigning(database, NAME, WITNESS, {ORIGIN.name: ORIGIN})
    await database.close()


@pytest.mark.asyncio
async def test_a_checkpoint_that_continues_is_cosigned(witness: Cosigning) -> None:
    assert await witness.size(ORIGIN.name) == 0
    verifier = Verifier(NAME, WITNESS.public, KeyType.COSIGNATURE)
    for old, size in ((0, 3), (3, 3), (3, 8), (8, 12)):
        line = await witness.add(submission(old, size))
        text = Checkpoint(ORIGIN.name, size, root_of(LEAVES[:size])).text
        assert verify_cosignature(text, parse_signatures(line + "\n" if not line.endswith("\n") else line)[0], verifier) > 0
        assert await witness.size(ORIGIN.name) == size


@pytest.mark.asyncio
async def test_it_compares_before_it_sets(witness: Cosigning) -> None:
    await witness.add(submission(0, 8))
    for old, size in ((0, 9), (3, 9), (9, 12)):
        with pytest.raises(Conflict, match="witness-has-another-size") as caught:
            await witness.add(submission(old, size))
        assert caught.value.detail == "8"
    with pytest.raises(Conflict, match="witness-has-another-root"):
        await witness.add(submission(8, 8, OTHER))
    with pytest.raises(Tampered):
        await witness.add(submission(8, 12, [*OTHER[:8], *LEAVES[8:]]))
    assert await witness.size(ORIGIN.name) == 8


@pytest.mark.asyncio
async def test_of_two_histories_at_once_one_wins(witness: Cosigning) -> None:
    await witness.add(submission(0, 4))
    branch = [*LEAVES[:4], *OTHER[4:]]
    ends = await asyncio.gather(*(witness.add(submission(4, 9, leaves)) for leaves in (LEAVES, branch) * 4), return_exceptions=True)
    kept = [isinstance(end, str) for end in ends]
    assert kept.count(True) == 1
    assert all(isinstance(end, str | Conflict) for end in ends)


@pytest.mark.asyncio
async def test_it_knows_its_logs_and_their_keys(witness: Cosigning) -> None:
    with pytest.raises(Unknown, match="log-unknown"):
        await witness.add(submission(0, 3, origin="other.example"))
    with pytest.raises(Unknown, match="log-unknown"):
        await witness.size("other.example")
    with pytest.raises(Tampered):
        await witness.add(submission(0, 3, key=SigningKey.generate()))
    with pytest.raises(Malformed, match="submission-malformed"):
        await witness.add(b"old 0\n")
    assert await witness.size(ORIGIN.name) == 0


@pytest.mark.asyncio
async def test_what_it_saw_it_has_seen_after_a_restart(tmp_path: Path) -> None:
    Keyring(tmp_path / "keys").put("cosigning", WITNESS.to_bytes())
    config = RoleConfig(role="witness", name="witness", data=tmp_path, tls=tmp_path, settings={"name": NAME, "log_key": ORIGIN.encoded})
    for old, size, status in ((0, 8, 200), (0, 3, 409), (8, 9, 200)):
        role = build(config)
        await role.start()
        app = role.face()
        assert app is not None
        assert (await call(app, "POST", "/add-checkpoint", submission(old, size))).status == status
        await role.stop()
    assert role.endpoints() == ()


@pytest.mark.asyncio
async def test_the_face_says_its_size_as_c2sp_asks(witness: Cosigning) -> None:
    face = build_face(witness)
    assert (await call(face, "POST", "/add-checkpoint", submission(0, 8))).status == 200
    behind = await call(face, "POST", "/add-checkpoint", submission(0, 9))
    assert (behind.status, behind.headers["content-type"].partition(";")[0], behind.body) == (409, "text/x.tlog.size", "8\n")
    split = await call(face, "POST", "/add-checkpoint", submission(8, 8, OTHER))
    assert (split.status, split.headers["content-type"].partition(";")[0]) == (409, "text/plain")
    for body, status in ((b"", 400), (submission(0, 3, origin="other.example"), 404), (bytes(LIMIT + 1), 413)):
        assert (await call(face, "POST", "/add-checkpoint", body)).status == status
    assert (await Browser(face).get(f"/size?origin={ORIGIN.name}")).text == "8\n"
    assert (await Browser(face).get("/size?origin=x")).status == 404
