"""The whole life of an inquiry as a state machine at two gateways: asked, repeated, taken back, held, closed, decided, lost, late, stopped, killed.

`ENISHI_MACHINE_EXAMPLES` asks for more runs than the few that every change makes; those few are the same each time.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from gateway.truths_gateway import Truths
from gateway.weather_gateway import FATES, Weather
from gateway.world_gateway import KNOWN, PROTECTED, UNKNOWN_AT_B, UNREGISTERED, A, B

pytestmark = pytest.mark.xdist_group("lifecycle")
MORE = os.environ.get("ENISHI_MACHINE_EXAMPLES", "")
EXAMPLES, STEPS = 10, 30
HOUR_MS = 3_600_000
NDJSON = {"content-type": "application/x-ndjson"}
AFFAIR = {"source": "506M60004008009@2024-05-27", "row": "108"}
KINDS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "provided": ({"person": KNOWN}, ("provided",)),
    "no such person": ({"person": UNKNOWN_AT_B}, ("no_such_person",)),
    "held": ({"person": PROTECTED}, ("provided", "refused_with_citation")),
    "not registered": ({"person": UNREGISTERED}, ("not_registered",)),
    "in its hours": ({"person": KNOWN, "items": ["local_tax"], "period": "2024"}, ("provided",)),
    "held in its hours": ({"person": PROTECTED, "items": ["local_tax"], "period": "2024"}, ("provided", "refused_with_citation")),
    "refused by law": ({"person": KNOWN, "affair": AFFAIR | {"row": "999"}}, ("refusal",)),
    "nobody's number": ({"person": "7777777777"}, ("failed",)),
}
"""What is asked, and how it may end; in bulk also by being taken back."""
HELD = "SELECT lower(hex(item_id)) FROM given GROUP BY item_id HAVING SUM(kind = 'held') > 0 AND SUM(kind NOT IN ('held', 'closed')) = 0"
POINTS = (
    "gateway.ask.before_store",
    "gateway.ask.after_store",
    "gateway.ask.before_keep",
    "gateway.ask.after_keep",
    "gateway.provide.before_store",
    "gateway.provide.after_store",
    "gateway.desk.before_store",
    "gateway.desk.after_store",
    "gateway.desk.before_confirm",
    "gateway.opening.before_store",
    "gateway.opening.after_store",
    "gateway.bulk.before_accept",
    "gateway.bulk.after_accept",
    "gateway.bulk.before_fail",
    "gateway.bulk.before_settle",
    "gateway.bulk.after_settle",
    "gateway.bulk.before_cancel",
    "gateway.bulk.after_cancel",
)
numbers = st.integers(0, 2**20)
kinds = st.sampled_from(sorted(KINDS))


def question(kind: str, case: str) -> dict[str, Any]:
    asked = {"affair": AFFAIR, "purpose_item": "3", "items": ["jumin"], "provider": B, "relation": "applicant", "case": case}
    return asked | KINDS[kind][0]


class Machine(RuleBasedStateMachine):
    """Events at two platforms; `place` is where every run has a folder of its own.

    No rule has a precondition: what was acknowledged before power failed is not the same in two runs of the same events.
    """

    place: ClassVar[Path]

    @initialize()
    def laid(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=self.place))
        self.weather = Weather(self.folder)
        self.truths = Truths(self.weather)
        self.cases = 0
        self.expected: dict[str, tuple[str, ...]] = {}
        self.keyed: list[tuple[str, bytes, str]] = []
        self.acknowledged: list[str] = []

    # ---- the asker

    @rule(kind=kinds)
    def ask(self, kind: str) -> None:
        (case,) = self.fresh(1)
        answer = self.weather.call(A, "POST", "/v1/inquiries", msgspec.json.encode(question(kind, case)))
        if answer is None:
            # Whether it was written down before the platform ended is for the record to say.
            self.expected[case] = KINDS[kind][1]
        elif answer.status in (200, 202):
            self.expected[case] = KINDS[kind][1]
            self.acknowledged.append(answer.body["txid"])
        else:
            assert (kind, answer.status) == ("nobody's number", 404), answer.body

    @rule(chosen=st.lists(kinds, min_size=1, max_size=5))
    def ask_many(self, chosen: list[str]) -> None:
        cases = self.fresh(len(chosen))
        body = b"\n".join(msgspec.json.encode(question(kind, case)) for kind, case in zip(chosen, cases, strict=True))
        self.expected |= {case: (*KINDS[kind][1], "cancelled") for kind, case in zip(chosen, cases, strict=True)}
        self.send(f'"key-{len(self.keyed)}"', body)

    @rule(number=numbers)
    def repeat_what_was_sent(self, number: int) -> None:
        if self.keyed:
            key, body, _ = self.keyed[number % len(self.keyed)]
            self.send(key, body)

    @rule(number=numbers)
    def put_other_rows_under_a_key(self, number: int) -> None:
        key, body, accepted = self.keyed[number % len(self.keyed)] if self.keyed else ("", b"", "")
        if accepted:
            answer = self.weather.call(A, "POST", "/v1/bulk", body + b"\n" + body, NDJSON | {"idempotency-key": key})
            assert answer is None or answer.status == 422

    @rule(number=numbers)
    def take_back(self, number: int) -> None:
        accepted = self.keyed[number % len(self.keyed)][2] if self.keyed else ""
        if accepted:
            answer = self.weather.call(A, "DELETE", f"/v1/bulk/{accepted}")
            assert answer is None or "accepted" not in answer.body["counts"]

    @rule(chosen=st.lists(kinds, min_size=1, max_size=5), fate=st.sampled_from(FATES))
    def take_back_what_is_on_its_way(self, chosen: list[str], fate: str) -> None:
        self.weather.line.fates["inquire"] = fate
        self.ask_many(chosen)
        self.weather.rounds()
        self.take_back(len(self.keyed) - 1)

    @rule(number=numbers)
    def look(self, number: int) -> None:
        if self.acknowledged:
            answer = self.weather.call(A, "GET", f"/v1/inquiries/{self.acknowledged[number % len(self.acknowledged)]}")
            assert answer is None or answer.status in (200, 202)

    # ---- the provider

    @rule(number=numbers, decision=st.sampled_from(["provide", "refuse"]))
    def decide(self, number: int, decision: str) -> None:
        waiting = self.weather.rows(B, "SELECT DISTINCT hex(item_id) FROM answered ORDER BY rowid")
        if waiting:
            self.decided(waiting[number % len(waiting)][0].lower(), decision)

    def decided(self, item_id: str, decision: str) -> None:
        body = {"decision": decision} | ({"citation": "425AC0000000027#19-1-8"} if decision == "refuse" else {})
        answer = self.weather.call(B, "POST", f"/v1/held/{item_id}", msgspec.json.encode(body))
        assert answer is None or answer.status in (200, 409), answer.body

    @rule(hours=st.sampled_from([1, 3, 24]))
    def pass_time(self, hours: int) -> None:
        self.weather.ahead_ms += hours * HOUR_MS

    # ---- what befalls them

    @rule(fate=st.sampled_from(FATES), call=st.sampled_from(["inquire", "outcome", "notice"]))
    def storm(self, fate: str, call: str) -> None:
        self.weather.line.fates[call] = fate

    @rule(number=numbers)
    def arrive_late(self, number: int) -> None:
        if self.weather.line.late:
            self.weather.run(self.weather.line.arrive(number))

    @rule()
    def operators_go(self) -> None:
        self.weather.line.down = True

    @rule()
    def operators_come_with_a_newer_registry(self) -> None:
        if self.weather.line.down:
            self.weather.line.renew()
        self.weather.line.down = False

    @rule()
    def rounds(self) -> None:
        self.weather.rounds()

    @rule(institution=st.sampled_from([A, B]))
    def stop(self, institution: str) -> None:
        if institution in self.weather.line.platforms:
            self.weather.stop(institution)

    @rule()
    def start(self) -> None:
        # A platform starts when the operators are there, as it waits for them otherwise.
        if not self.weather.line.down:
            self.weather.light()

    @rule(point=st.sampled_from(POINTS))
    def power_fails(self, point: str) -> None:
        self.weather.power_fails_at(point)

    # ---- what must hold

    @invariant()
    def all_truths_hold(self) -> None:
        self.truths.check()

    def teardown(self) -> None:
        if not hasattr(self, "truths"):
            return
        try:
            self.calm()
            self.all_truths_hold()
            self.truths.ended(self.written())
            for txid in self.acknowledged:
                answer = self.weather.call(A, "GET", f"/v1/inquiries/{txid}")
                assert answer is not None
                assert (answer.status, answer.body["state"]) == (200, "ended")
        finally:
            self.weather.end()
            shutil.rmtree(self.folder)

    def calm(self) -> None:
        """Everybody is up, what was late arrives, the counter opens, and officials decide; then everything must come to its end."""
        weather = self.weather
        weather.power_holds()
        weather.line.down = False
        weather.line.fates.clear()
        while weather.line.late:
            weather.run(weather.line.arrive(0))
        weather.light()
        for key, body, accepted in self.keyed:
            assert accepted in ("", self.send(key, body))
        for _ in range(4):
            # Through one whole day, so that the hours come, whenever the run ended.
            weather.ahead_ms += 6 * HOUR_MS
            weather.rounds()
            for (item_id,) in weather.rows(B, HELD):
                self.decided(item_id, "provide")
            weather.rounds()

    def written(self) -> dict[str, tuple[str, ...]]:
        """How each question that is in the record, or was acknowledged, may have ended."""
        stood = {case for (case,) in self.weather.rows(A, "SELECT case_reference FROM asked_item")}
        stood |= {msgspec.json.decode(one)["case"] for (one,) in self.weather.rows(A, "SELECT question FROM bulk_line")}
        return {case: ends for case, ends in self.expected.items() if case in stood}

    # ---- helpers

    def fresh(self, count: int) -> list[str]:
        self.cases += count
        return [f"case-{self.cases - place}" for place in range(count)]

    def send(self, key: str, body: bytes) -> str:
        """Send a message under its key; the number is the one that the key has, if it had any."""
        answer = self.weather.call(A, "POST", "/v1/bulk", body, NDJSON | {"idempotency-key": key})
        places = [place for place, one in enumerate(self.keyed) if one[0] == key]
        before = self.keyed.pop(places[0])[2] if places else ""
        if answer is not None:
            assert answer.status == 202, answer.body
            assert before in ("", answer.body["number"]), "the same bytes have another number"
        self.keyed.insert(places[0] if places else len(self.keyed), (key, body, answer.body["number"] if answer else before))
        return self.keyed[places[0] if places else -1][2]


def test_no_order_of_events_loses_an_inquiry_or_ends_it_twice(tmp_path: Path) -> None:
    few = settings(
        max_examples=int(MORE or EXAMPLES),
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=not MORE,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(type("Lives", (Machine,), {"place": tmp_path}), settings=few)  # type: ignore[no-untyped-call]
