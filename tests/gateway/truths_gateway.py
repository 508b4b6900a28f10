"""What must be true of every inquiry whatever befell it, read from what is durable; remembers what was true before."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from enishi.protocol.statement import Inquiry, read_inquiry
from gateway.weather_gateway import Weather
from gateway.world_gateway import A, B

OVER: Final = frozenset({"ended", "failed", "cancelled"})
OPEN: Final = frozenset({"closed", "held"})
FINAL_RANK: Final = 2
ROWS: Final = "FROM bulk_row r JOIN bulk_line l ON l.bulk = r.bulk AND l.row = r.row"


class Truths:
    """`check` after every event, `ended` once everything has calmed down."""

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        self._ends: dict[bytes, bytes] = {}
        self._receipts: dict[bytes, bytes] = {}
        self._rows: dict[tuple[bytes, int], tuple[str, bytes]] = {}
        self._sent: dict[bytes, bytes] = {}
        self._seen = 0

    def check(self) -> None:
        self.nothing_is_released_without_its_record()
        self.what_ended_stays_as_it_ended()
        self.nothing_is_asked_twice()
        self.what_was_taken_back_is_never_asked()
        self.the_same_message_is_the_same_bytes()

    def nothing_is_released_without_its_record(self) -> None:
        receipts, recorded = self._weather.line.receipts(), self._weather.line.recorded
        for item_id, receipt in self._weather.rows(A, "SELECT item_id, receipt FROM asked_item WHERE receipt <> x''"):
            assert receipts.get(item_id) == receipt, "a receipt is held that the log never gave"
            assert self._receipts.setdefault(item_id, receipt) == receipt, "a receipt changed"
        for item_id, outcome, receipt in self._weather.rows(
            A, "SELECT o.item_id, o.outcome, i.receipt FROM asked_outcome o JOIN asked_item i ON i.item_id = o.item_id"
        ):
            assert receipt, "an outcome is held without a receipt"
            assert outcome in recorded[item_id], "an outcome is held that the log never recorded"
        for (item_id,) in self._weather.rows(B, "SELECT item_id FROM answered"):
            assert item_id in receipts, "the provider answered what the log does not know"

    def what_ended_stays_as_it_ended(self) -> None:
        for item_id, outcome in self._weather.rows(A, f"SELECT item_id, outcome FROM asked_outcome WHERE rank = {FINAL_RANK}"):
            assert self._ends.setdefault(item_id, outcome) == outcome, "an inquiry ended twice"
        given = Counter(item_id for item_id, kind in self._weather.rows(B, "SELECT item_id, kind FROM given") if kind not in OPEN)
        assert max(given.values(), default=1) == 1, "a provider ended an item twice"
        for number, row, state, txid in self._weather.rows(A, "SELECT bulk, row, state, txid FROM bulk_row"):
            before = self._rows.get((number, row), ("", b""))
            assert before[0] not in OVER or before == (state, txid), "a row that was over moved again"
            self._rows[number, row] = (state, txid)

    def nothing_is_asked_twice(self) -> None:
        """Each question carries a case of its own, and the log holds that case once, however often the message was renewed."""
        receipts = self._weather.line.receipts()
        asked = self._weather.rows(A, "SELECT case_reference, item_id FROM asked_item")
        assert max(Counter(case for case, item_id in asked if item_id in receipts).values(), default=1) == 1, "one question stands in the log twice"
        logged = {item_id for _, item_id in asked if item_id in receipts}
        assert len(logged) == len(receipts), "the log holds what nobody here asked"
        lost = self._weather.rows(A, "SELECT i.item_id FROM asked a JOIN asked_item i ON i.txid = a.txid WHERE a.state IN ('failed', 'renewed')")
        assert not logged & {item_id for (item_id,) in lost}, "what the log holds was given up here"

    def what_was_taken_back_is_never_asked(self) -> None:
        taken = self._weather.rows(A, f"SELECT r.txid, l.question {ROWS} WHERE r.state = 'cancelled'")
        cases = {case for (case,) in self._weather.rows(A, "SELECT case_reference FROM asked_item")}
        assert all(txid == b"" for txid, _ in taken), "a row was taken back that had been sent"
        assert not cases & {msgspec.json.decode(question)["case"] for _, question in taken}, "a row was asked that had been taken back"

    def the_same_message_is_the_same_bytes(self) -> None:
        fresh, self._seen = self._weather.line.messages[self._seen :], len(self._weather.line.messages)
        for message in fresh:
            txid = read_inquiry(msgspec.msgpack.decode(message, type=Inquiry))[0]
            assert self._sent.setdefault(bytes(txid), message) == message, "one id was sent with two contents"

    # ---- at the end

    def open(self) -> list[Any]:
        """What has not come to its end."""
        asked = self._weather.rows(A, "SELECT hex(txid), state FROM asked WHERE state IN ('sending', 'waiting')")
        rows = self._weather.rows(A, "SELECT hex(bulk), row, state FROM bulk_row WHERE state NOT IN ('ended', 'failed', 'cancelled')")
        return asked + rows + self._weather.rows(B, "SELECT hex(item_id), kind FROM given WHERE recorded_index = -1")

    def ended(self, expected: dict[str, Iterable[str]]) -> None:
        """Every question that was acknowledged has one end, and one that its kind can have; `expected` is by case."""
        assert self.open() == [], self.open()
        ends: dict[str, list[str]] = {case: [] for case in expected}
        query = (
            "SELECT i.case_reference, o.kind FROM asked_item i JOIN asked a ON a.txid = i.txid LEFT JOIN asked_outcome o"
            f" ON o.item_id = i.item_id AND o.rank = {FINAL_RANK} WHERE a.state = 'ended'"
        )
        for case, kind in self._weather.rows(A, query):
            ends[case].append(kind or "refusal")
        for state, question in self._weather.rows(A, f"SELECT r.state, l.question {ROWS} WHERE r.state IN ('failed', 'cancelled')"):
            ends[msgspec.json.decode(question)["case"]].append(state)
        wrong = {case: (found, expected[case]) for case, found in ends.items() if len(found) != 1 or found[0] not in expected[case]}
        assert not wrong, wrong
