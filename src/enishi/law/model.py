"""The compiled tables as they lie in the package: rows as the law states them, each with its provenance, nothing decided yet."""

from datetime import date
from typing import Literal

import msgspec

Kind = Literal["number_use", "linkage", "proposal"]


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One line of a linkage row: each provider may give each data item."""

    providers: tuple[str, ...]
    items: tuple[str, ...]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One イロハ of the order's detail: which information about whom; `relations` is empty where the text is not coded."""

    citation: str
    number: str
    subjects: str
    relations: tuple[str, ...]
    limited: bool
    items: tuple[str, ...]
    text: str
    doubt: str


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """A word that the text defines for itself (以下「…」という) and what it stands for; the transcription cut the definition out."""

    word: str
    meaning: str


class Purpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One 号 of the order's detail; `inquirers` is empty unless the paragraph is bound to some of the row's inquirers."""

    citation: str
    item: str
    affair: str
    inquirers: tuple[str, ...]
    entries: tuple[Entry, ...]
    terms: tuple[Term, ...] = ()


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One row of a table: `parties` are its inquirers or users, `provenance` is `file:line` of the source it was read from.

    `wording` is how the text itself says the parties, where their names here are shortened; `terms` are those of its article.
    """

    citation: str
    label: str
    parties: tuple[str, ...]
    affair: str
    laws: tuple[str, ...]
    grants: tuple[Grant, ...]
    purposes: tuple[Purpose, ...]
    doubt: str
    note: str
    provenance: str
    detail_provenance: str
    wording: str = ""
    terms: tuple[Term, ...] = ()


class Revision(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One table as it stood on the half-open days [effective_on, until); `deleted` are labels that the text keeps as 削除."""

    source: str
    table: str
    kind: Kind
    effective_on: date
    until: date | None
    rows: tuple[Row, ...]
    deleted: tuple[str, ...]


class Crossing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """The reviewed tie of a linkage row to its number-use rows.

    `same_users` says that the inquirers are the users of those rows in other words; `statutory_part` that a statute has the inquirers
    do a part of the affair whose users are others (Art. 9(1), brackets).
    """

    source: str
    row: str
    kind: Literal["words", "brackets", "part", "statutory_part", "quasi_statutory"]
    number_use: tuple[str, ...]
    same_users: bool
    doubt: str


class Tie(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """The reviewed tie of a row to the row of the revision before that held the same affair; both are citations.

    `part`: a new affair, carved out of `earlier`. `new`: no row before (`earlier` is empty). `ceased`: no row after (`row` is empty).
    """

    row: str
    earlier: str
    kind: Literal["words", "brackets", "reworded", "part", "new", "ceased"]
    doubt: str


class Implication(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """Whoever holds `capacity` holds `implies` too on the half-open days [effective_on, until), by the definition cited."""

    capacity: str
    implies: tuple[str, ...]
    citation: str
    effective_on: date
    until: date | None
    doubt: str


class Power(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """権限の委任・大都市等の特例: the holder of `delegate` acts as `capacity` in affairs of `law` on [effective_on, until).

    `affairs` are rows (citations) whose affairs it covers, in whatever revision they stand; empty where it covers every affair of the law.
    """

    delegate: str
    capacity: str
    law: str
    affairs: tuple[str, ...]
    citation: str
    effective_on: date
    until: date | None
    doubt: str


class Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """A capacity that no table names but that law knows: what it is, and the clause that makes it one."""

    capacity: str
    citation: str
    note: str


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """A finding of lint that was reviewed and stays, with the reason."""

    code: str
    citation: str
    about: tuple[str, ...]
    reason: str


class Recheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """Amendments of `source` were read up to and including `until` for what they say about this law."""

    source: str
    law: str
    until: date


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """A source file and its SHA-256 in hex."""

    name: str
    sha256: str


class Book(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """Everything that `law.load` reads: one file of the package."""

    sources: tuple[Source, ...]
    verified_until: date
    revisions: tuple[Revision, ...]
    crosswalk: tuple[Crossing, ...]
    implications: tuple[Implication, ...]
    rechecks: tuple[Recheck, ...]
    ties: tuple[Tie, ...]
    powers: tuple[Power, ...]
    names: tuple[Name, ...]
    known: tuple[Known, ...]
