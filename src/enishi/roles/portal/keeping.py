"""What the portal keeps between visits, opened as one: the shelf and the consents over one database."""

from pathlib import Path
from typing import NamedTuple

from enishi.roles.portal.kept.consents import Consents
from enishi.roles.portal.kept.schema import MIGRATIONS
from enishi.roles.portal.kept.sealing import Rest
from enishi.roles.portal.kept.shelf import Shelf
from enishi.store.database import Database


class Keeping(NamedTuple):
    """The verbs over one open database."""

    shelf: Shelf
    consents: Consents


def open_keeping(path: Path, key: bytes, issuer: str) -> Keeping:
    """Open or create `portal.db` under a key of 32 secret bytes; `issuer` is whose `sub` names people.

    Faults of `Database.open`; Tampered("kept-broken") where the file is of another key.
    """
    database, rest = Database.open(path, MIGRATIONS), Rest(key)
    return Keeping(Shelf(database, rest, issuer), Consents(database, rest))
