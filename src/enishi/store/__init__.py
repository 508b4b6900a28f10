"""Durable state of one role: a SQLite database with group commit, the claim on its data folder, and named crash points.

Holds: whatever its role writes, in one file of that role's data folder.
Never sees: other roles' folders, sockets, or the meaning of what it keeps.
"""

from enishi.store.database import Database, Work
from enishi.store.lock import Claim, claim
from enishi.store.quiet import Quiet

__all__ = ["Claim", "Database", "Quiet", "Work", "claim"]
