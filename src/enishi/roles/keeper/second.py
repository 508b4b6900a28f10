"""Use case: show the commission the second chain, whole, so that it sees for itself that marks are lawful and ended ones were entered."""

import sqlite3

from enishi.protocol.second import PAGE, SecondAsk, SecondLeaf, SecondPage
from enishi.roles.keeper.log import Published
from enishi.roles.keeper.state import State
from enishi.tlog.labels import label

ROWS = (
    "SELECT second_chain.m, second_chain.idx, leaf.data, leaf.item_id, second_chain.rest_ground, second_chain.until_ms, second_chain.late_index"
    " FROM second_chain JOIN leaf ON leaf.idx = second_chain.idx WHERE second_chain.m >= ? AND second_chain.idx < ? ORDER BY second_chain.m LIMIT ?"
)


class Second:
    """Answers the commission, and nobody else: who holds K′ can tell which leaves are withheld."""

    def __init__(self, state: State) -> None:
        """Work on the keeper's state."""
        self._state = state

    async def handle(self, asked: SecondAsk) -> SecondPage:
        """One page of the second chain under the newest checkpoint; Unavailable("log-empty") before the first."""
        published = self._state.log.current()
        return await self._state.database.read(lambda connection: self._page(connection, max(0, asked.first), published))

    def _page(self, connection: sqlite3.Connection, first: int, published: Published) -> SecondPage:
        key, size = self._state.secrets.second_chain, published.size
        (count,) = connection.execute("SELECT COUNT(*) FROM second_chain WHERE idx < ?", (size,)).fetchone()
        rows = connection.execute(ROWS, (first, size, PAGE)).fetchall()
        paths = self._state.log.inclusions(connection, [row[1] for row in rows] + [published.map_index], size)
        (map_leaf,) = connection.execute("SELECT data FROM leaf WHERE idx = ?", (published.map_index,)).fetchone()
        return SecondPage(
            key=key,
            first=first,
            count=count,
            leaves=tuple(self._leaf(connection, row, path, published) for row, path in zip(rows, paths, strict=False)),
            absent=published.labels.prove(label(key, count)),
            checkpoint=published.cosigned.encode().decode(),
            map_index=published.map_index,
            map_leaf=map_leaf,
            map_root=published.labels.root,
            map_inclusion=paths[-1],
        )

    def _leaf(
        self, connection: sqlite3.Connection, row: tuple[int, int, bytes, bytes, bytes, int, int], path: tuple[bytes, ...], published: Published
    ) -> SecondLeaf:
        m, index, data, item_id, ground, until_ms, late = row
        # A late entry that no checkpoint covers yet is told with the next one.
        entered = 0 <= late < published.size
        late_leaf = connection.execute("SELECT data FROM leaf WHERE idx = ?", (late,)).fetchone()[0] if entered else b""
        return SecondLeaf(
            item_id=item_id,
            index=index,
            leaf=data,
            inclusion=path,
            ground=self._state.rest.open("ground", item_id, ground).decode(),
            until_ms=until_ms,
            present=published.labels.prove(label(self._state.secrets.second_chain, m)),
            late_index=late if entered else -1,
            late_leaf=late_leaf,
            late_inclusion=self._state.log.inclusions(connection, [late], published.size)[0] if entered else (),
        )
