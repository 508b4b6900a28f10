"""An outsider's witness as it stands in a folder: its key, its name, the log it watches, what it has seen, and what it caught."""

from pathlib import Path
from secrets import token_bytes
from typing import Final

import msgspec

from enishi.errors import Conflict, Misconfigured
from enishi.roles.witness.cosigning import MIGRATIONS, Cosigning
from enishi.seal.sign import SigningKey
from enishi.store.database import Database
from enishi.store.keyring import Keyring
from enishi.tlog.checkpoint import parse_checkpoint
from enishi.tlog.note import KeyType, Note, Verifier, parse_verifier

FILE: Final = "witness.json"


class Standing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was chosen when the witness was made: the name its key signs under, and the verifier key of the log."""

    name: str
    log_key: str


def make(data: Path, name: str, log_key: str) -> Verifier:
    """Make key and folder, or return the key of the witness that stands there; Conflict("witness-made-otherwise") for another name or log."""
    wanted = Standing(name, parse_verifier(log_key).encoded)
    key = SigningKey.from_bytes(Keyring(data / "keys").get_or_make("cosigning", lambda: token_bytes(32)))
    verifier = Verifier(name, key.public, KeyType.COSIGNATURE)
    if (data / FILE).exists():
        if read(data) != wanted:
            raise Conflict("witness-made-otherwise", str(data), "data")
        return verifier
    # A name that no note could carry would be found out only when somebody reads a cosignature.
    parse_verifier(verifier.encoded)
    (data / FILE).write_bytes(msgspec.json.encode(wanted))
    return verifier


def read(data: Path) -> Standing:
    """The witness of a folder; Misconfigured("witness-not-made")."""
    try:
        return msgspec.json.decode((data / FILE).read_bytes(), type=Standing)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Misconfigured("witness-not-made", str(data), "data") from error


class Held:
    """The open folder: the use case `cosigning` over its database, and where notes are kept."""

    def __init__(self, data: Path) -> None:
        """Open it; the caller has claimed the folder."""
        standing = read(data)
        key = SigningKey.from_bytes(Keyring(data / "keys").get("cosigning"))
        self.log = parse_verifier(standing.log_key)
        self.data = data
        self.database = Database.open(data / "witness.db", MIGRATIONS)
        self.cosigning = Cosigning(self.database, standing.name, key, {self.log.name: self.log})

    def keep_seen(self, note: Note) -> Path:
        """Keep a checkpoint with this witness's cosignature under its size."""
        folder = self.data / "seen"
        folder.mkdir(exist_ok=True)
        path = folder / f"{parse_checkpoint(note.text).size}.note"
        path.write_bytes(note.encode())
        return path

    def keep_fork(self, seen: bytes, shown: bytes, why: str, at_ms: int) -> Path:
        """Keep what shows a fork: both checkpoints as the log signed them, and why they do not agree."""
        folder = self.data / "fork" / str(at_ms)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (("seen.note", seen), ("shown.note", shown), ("why.txt", why.encode() + b"\n")):
            (folder / name).write_bytes(content)
        return folder
