"""The chains: each person's labels 0…n−1 without a gap, and the second chain of what is withheld."""

import sqlite3
from itertools import groupby
from typing import Any, Final

from enishi.cli.walk.findings import Findings
from enishi.cli.walk.sources import Keys
from enishi.cli.walk.tree import Walked
from enishi.clock import legal_day
from enishi.errors import Fault, Tampered
from enishi.protocol.nondisclosure import FORMER, LIMIT_MS, is_ground
from enishi.protocol.statement import WINDOW_MS
from enishi.roles.keeper.rest import Rest
from enishi.tlog.labels import label, person_key
from enishi.tlog.leaf import LeafKind, decode_leaf

LATE_MS: Final = 10 * 60 * 1000
"""How much later than the end of a mark the newest leaf of a log may be that has not entered the record yet."""
AS_THE_INTENT: Final = "as the intent"
"""The ground that 0.1.0 wrote beside an outcome withheld by its intent's mark."""
CHAIN, SECOND, PERSON = "keeper.chain", "keeper.second_chain", "keeper.person"


def walk_chains(connection: sqlite3.Connection, findings: Findings, keys: Keys, walked: Walked) -> None:
    """Recompute every label, count every chain, and see that each labelled leaf stands in exactly one place."""
    rows = findings.rows_of(
        connection,
        "chains",
        CHAIN,
        "chain.epoch, chain.tag, chain.n, chain.idx, leaf.data",
        "LEFT JOIN leaf ON leaf.idx = chain.idx ORDER BY chain.epoch, chain.tag, chain.n",
    )
    placed = 0
    for person, links in groupby(rows, key=lambda row: (row[0], row[1])):
        placed += _walk_person(connection, findings, keys, person, links)
    for epoch, tag, count in findings.rows_of(connection, "persons", PERSON, "epoch, tag, count"):
        with findings.watch("chain-broken", PERSON, _key(epoch, tag)):
            found = connection.execute("SELECT 1 FROM chain WHERE epoch = ? AND tag = ? LIMIT 1", (epoch, tag)).fetchone()
            findings.demand(found, "chain-broken", PERSON, _key(epoch, tag), f"counts {count} records, the chain has none")
    placed += _walk_second(connection, findings, keys)
    if placed != walked.labelled:
        _name_unplaced(connection, findings)


def _walk_person(connection: sqlite3.Connection, findings: Findings, keys: Keys, person: tuple[Any, Any], links: Any) -> int:
    (epoch, tag), count, real, before = person, 0, False, -1
    for _, _, n, index, data in links:
        with findings.watch("chain-broken", CHAIN, f"{_key(epoch, tag)}/{n}"):
            findings.demand(n == count, "chain-broken", CHAIN, f"{_key(epoch, tag)}/{n}", f"{count} is missing")
            findings.demand(index > before, "chain-broken", CHAIN, f"{_key(epoch, tag)}/{n}", f"leaf {index} before leaf {before}")
            count, before = n + 1, index
            leaf = decode_leaf(data or b"")
            findings.demand(leaf.epoch == epoch, "chain-broken", CHAIN, f"{_key(epoch, tag)}/{n}", f"leaf {index} is of epoch {leaf.epoch}")
            if keys.labels is not None:
                own = leaf.label == label(person_key(keys.labels, tag), n)
                findings.demand(own, "chain-broken", CHAIN, f"{_key(epoch, tag)}/{n}", f"leaf {index} carries another label")
            real = real or leaf.kind is not LeafKind.REFUSAL
    with findings.watch("chain-broken", PERSON, _key(epoch, tag)):
        row = connection.execute("SELECT count FROM person WHERE epoch = ? AND tag = ?", (epoch, tag)).fetchone()
        findings.demand(row and row[0] == count, "chain-broken", PERSON, _key(epoch, tag), f"counts {row and row[0]}, the chain has {count}")
        valid = connection.execute("SELECT 1 FROM valid_tag WHERE epoch = ? AND tag = ?", (epoch, tag)).fetchone()
        # A tag that nobody enrolled is recorded too, but nothing may have been released for it.
        findings.demand(valid or not real, "tag-not-valid", "keeper.valid_tag", _key(epoch, tag), "a record was released for it")
    return count


def _walk_second(connection: sqlite3.Connection, findings: Findings, keys: Keys) -> int:
    rest, count, newest = Rest(keys.rest) if keys.rest is not None else None, 0, newest_ms(connection)
    columns = "second_chain.m, second_chain.idx, rest_ground, second_chain.until_ms, second_chain.late_index, leaf.data, leaf.item_id, withheld_until"
    joined = "LEFT JOIN leaf ON leaf.idx = second_chain.idx LEFT JOIN item ON item.item_id = leaf.item_id ORDER BY second_chain.m"
    for m, index, ground, until_ms, late, data, item_id, item_until in findings.rows_of(connection, "second chain", SECOND, columns, joined):
        with findings.watch("chain-broken", SECOND, m):
            findings.demand(m == count, "chain-broken", SECOND, m, f"{count} is missing")
            count = m + 1
            leaf = decode_leaf(data or b"")
            if keys.second_chain is not None:
                findings.demand(leaf.label == label(keys.second_chain, m), "chain-broken", SECOND, m, f"leaf {index} carries another label")
            findings.demand(until_ms > 0 and ground, "chain-broken", SECOND, m, "without ground or end")
            if rest is not None:
                _check_mark(rest.open("ground", item_id, ground).decode(), until_ms, leaf.at_ms)
            _check_late(connection, late, index, item_id, item_until + LATE_MS < newest)
    return count


def newest_ms(connection: sqlite3.Connection) -> int:
    """The time of the log's newest leaf, milliseconds UTC; 0 where there is none to read."""
    row = connection.execute("SELECT data FROM leaf ORDER BY idx DESC LIMIT 1").fetchone()
    try:
        return decode_leaf(row[0]).at_ms if row else 0
    except (Fault, TypeError):
        # A damaged leaf is told where the leaves are walked.
        return 0


def _check_mark(ground: str, until_ms: int, at_ms: int) -> None:
    if ground in FORMER or ground == AS_THE_INTENT:
        return
    if not is_ground(ground, legal_day(at_ms, None)):
        raise Tampered("chain-broken", "withheld for no lawful ground")
    if until_ms > at_ms + LIMIT_MS + WINDOW_MS:
        raise Tampered("chain-broken", "withheld for longer than a mark may last")


def _check_late(connection: sqlite3.Connection, late: int, index: int, item_id: bytes, overdue: bool) -> None:
    if late == -1:
        if overdue:
            raise Tampered("chain-broken", "its mark has ended and it was never entered late")
        return
    row = connection.execute("SELECT data, item_id FROM leaf WHERE idx = ?", (late,)).fetchone()
    if row is None or late <= index or row[1] != item_id or decode_leaf(row[0]).kind is not LeafKind.LATE_ENTRY:
        raise Tampered("chain-broken", f"leaf {late} is no late entry of it")


def _name_unplaced(connection: sqlite3.Connection, findings: Findings) -> None:
    with findings.watch("database-damaged", CHAIN, ""):
        query = "SELECT idx, data FROM leaf WHERE idx NOT IN (SELECT idx FROM chain UNION ALL SELECT idx FROM second_chain) ORDER BY idx"
        for index, data in connection.execute(query):
            with findings.watch("leaf-changed", "keeper.leaf", index):
                if decode_leaf(data).kind.labelled:
                    findings.add("leaf-unclaimed", "keeper.leaf", index, "carries a label and stands in no chain")


def _key(epoch: object, tag: object) -> str:
    return f"{epoch}/{tag.hex() if isinstance(tag, bytes) else tag}"
