"""The whole protocol as a state machine: roles are asked, stopped, started and lied to in any order, and after every step all invariants hold.

`ENISHI_MACHINE_EXAMPLES` asks for more runs than the few that every change makes; those few are the same each time.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from attacks.network_attack import FIRST, SECOND, A
from attacks.own_attack import own
from enishi import clock
from enishi.errors import Fault
from enishi.protocol.nondisclosure import HARM
from enishi.protocol.statement import Nondisclosure, Statement
from enishi.protocol.wire import Pending
from enishi.roles.exchange.recover import redeliver
from enishi.roles.gateway import message
from enishi.roles.gateway.desk import Decision
from enishi.roles.keeper.late import enter_late
from running.mesh_running import STORY, register_question, tax_question
from stories.sea_machine import Sea
from stories.storm_machine import CHANGES, LOSSES, Fate, Late
from stories.truths_machine import Truths

pytestmark = pytest.mark.xdist_group("machine")
DAY_MS, EXAMPLES, STEPS = 86_400_000, 6, 25
MORE = os.environ.get("ENISHI_MACHINE_EXAMPLES", "")
PATHS = (
    "/exchange/inquire",
    "/exchange/outcome",
    "/exchange/snapshot",
    "/exchange/view",
    "/exchange/self",
    "/gateway/notice",
    "/gateway/fetch",
    "/gateway/self",
    "/keeper/admit",
    "/keeper/commit",
    "/keeper/outcome",
    "/keeper/pending",
    "/keeper/snapshot",
    "/keeper/view/admit",
    "/keeper/view/commit",
    "/keeper/self/admit",
    "/keeper/self/commit",
    "/oversight/cosign",
    "/registrar/view",
    "/registrar/self",
)
ROLES = ("keeper", "exchange", "registrar", "oversight", "portal", FIRST, SECOND)
numbers = st.integers(0, 2**20)
only_faults = contextlib.suppress(Fault)
"""A rule may fail, as long as it fails with a Fault."""


def several() -> dict[str, Any]:
    """The dead and those left behind, one of them in a relation that the law does not know for it."""
    case = STORY.condolence
    relations = ["deceased", *("survivor" for _ in case.survivors), "guarantor"]
    people = zip([case.deceased, *case.survivors, case.recipient], relations, strict=True)
    rows = [{"person": who.addressees[A], "relation": relation, "period": "", "case": "R7-1"} for who, relation in people]
    return {key: value for key, value in register_question().items() if key not in ("person", "relation", "case")} | {"people": rows}


QUESTIONS: dict[str, Callable[[], dict[str, Any]]] = {
    "provided": register_question,
    "several rows": several,
    "refused by law": lambda: register_question(items=["地方税関係情報"], provider="011002", period="2024"),
    "unknown person": lambda: tax_question(STORY.unknown),
    "held": lambda: tax_question(STORY.protected),
    "tax": lambda: tax_question(STORY.loan.applicant),
}


OWN = {
    "answered": (STORY.reader, STORY.condolence.register, ("koseki",)),
    "held": (STORY.protected, STORY.loan.provider, ("jumin",)),
    "unknown person": (STORY.unknown, STORY.loan.provider, ("jumin",)),
}
"""What people ask of their own data: who, whom, what."""


class Machine(RuleBasedStateMachine):
    """Roles as machines over one storm; `template` is the data that every run begins with, in a folder of its own below `runs`."""

    template: ClassVar[Path]
    runs: ClassVar[Path]

    @initialize()
    def founded(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="machine-", dir=self.runs))
        self.sea = Sea(self.template, self.folder / "sea")
        self.truths = Truths(self.sea.data)
        self.sea.wire.left = self.truths.left
        self.down: str | None = None
        # In every run somebody's own data were asked for and wait for an official, whatever is drawn after that.
        own(self.sea, *OWN["held"])

    # ---- the lawful

    @rule(kind=st.sampled_from(sorted(QUESTIONS)))
    def ask(self, kind: str) -> None:
        if self.down != FIRST:
            with only_faults:
                self.sea.ask(QUESTIONS[kind]())

    @rule(days=st.integers(1, 3))
    def ask_withheld(self, days: int) -> None:
        mark = Nondisclosure(HARM, clock.now_ms() + days * DAY_MS)
        if self.down == FIRST:
            return
        with only_faults, patch.object(message, "Statement", lambda **given: Statement(**given | {"nondisclosure": mark})):
            self.sea.ask(register_question(person=STORY.reader.addressees[A], relation="survivor"))

    @rule(number=numbers)
    def ask_again(self, number: int) -> None:
        txid = self.pick("SELECT txid FROM asked ORDER BY rowid", number)
        if txid is not None and self.down != FIRST:
            with only_faults:
                self.sea.run(self.sea.asker.ask.again(self.sea.tenant, txid))

    @rule(number=numbers, decision=st.sampled_from([Decision("provide"), Decision("refuse", "425AC0000000027#19-1-8")]))
    def decide(self, number: int, decision: Decision) -> None:
        item = self.pick("SELECT item_id FROM answered ORDER BY rowid", number, STORY.loan.provider)
        if item is not None and self.down != SECOND:
            tenant = self.sea.provider.tenants[STORY.loan.provider]
            with only_faults:
                self.sea.run(self.sea.provider.desk.decide(tenant, item, decision, "officer-002"))

    @rule()
    def look(self) -> None:
        if self.down != "portal":
            with only_faults:
                self.sea.look(STORY.reader)

    @rule(kind=st.sampled_from(sorted(OWN)))
    def ask_own(self, kind: str) -> None:
        who, holder, items = OWN[kind]
        if self.down != "portal":
            with only_faults:
                own(self.sea, who, holder, items)

    @rule(number=numbers, decision=st.sampled_from([Decision("provide"), Decision("refuse", "415AC0000000057#78-1-2")]))
    def decide_own(self, number: int, decision: Decision) -> None:
        item = self.pick("SELECT item_id FROM self_asked ORDER BY at_ms, item_id", number, STORY.loan.provider)
        if item is not None and self.down != SECOND:
            tenant = self.sea.provider.tenants[STORY.loan.provider]
            with only_faults:
                self.sea.run(self.sea.provider.self_desk.decide(tenant, item, decision, "officer-003"))

    @rule()
    def deliver_again(self) -> None:
        if self.down != "exchange":
            exchange = self.sea.roles["exchange"]
            with only_faults:
                self.sea.run(redeliver(exchange._delivery, lambda asked: exchange._keeper.call("/keeper/pending", asked, Pending)))

    @rule(suspended=st.sampled_from([None, None, A, STORY.loan.provider]))
    def renew_the_snapshot(self, suspended: str | None) -> None:
        if self.down is None:
            now = self.sea.exchange.snapshot
            parties = tuple(msgspec.structs.replace(one, suspended=one.id == suspended) for one in now.institutions)
            more = {"serial": now.serial + 1, "previous": self.sea.exchange.digest, "at_ms": clock.now_ms(), "institutions": parties}
            with only_faults:
                self.sea.publish(msgspec.structs.replace(now, **more))

    # ---- what befalls them

    @rule(path=st.sampled_from(PATHS), kind=st.sampled_from(LOSSES + CHANGES), number=numbers, back=st.booleans())
    def storm(self, path: str, kind: str, number: int, back: bool) -> None:
        self.sea.wire.fates[path] = Fate(kind, number, back)

    @rule(number=numbers)
    def arrive_late(self, number: int) -> None:
        if late := self.sea.wire.late:
            self.sea.run(self.sea.wire.arrive(late.pop(number % len(late))))

    @rule(number=numbers, change=st.none() | st.sampled_from(CHANGES))
    def repeat_what_passed(self, number: int, change: str | None) -> None:
        wire = self.sea.wire
        passed = [one for one in wire.passed if one.path in PATHS]
        if passed:
            one = passed[number % len(passed)]
            if change:
                wire.fates[one.path] = Fate(change, number)
            late = Late(self.sea.peer(one.sender), f"https://{one.receiver}", one.path, one.request)
            with only_faults:
                self.sea.run(wire.post(*late))

    @precondition(lambda self: self.down is None)
    @rule(role=st.sampled_from(ROLES))
    def stop(self, role: str) -> None:
        self.sea.halt(role)
        self.down = role

    @precondition(lambda self: self.down is not None)
    @rule()
    def start(self) -> None:
        role, self.down = self.down, None
        self.sea.wire.fates.clear()
        self.sea.go_on(role)

    @rule(minutes=st.sampled_from([1, 6, 60, 3 * 24 * 60]))
    def pass_time(self, minutes: int) -> None:
        self.sea.ahead_ms += minutes * 60_000

    # ---- what must hold

    @invariant()
    def all_truths_hold(self) -> None:
        assert not self.sea.wire.broken, f"a role broke at {self.sea.wire.broken}"
        self.truths.check()

    def teardown(self) -> None:
        if not hasattr(self, "sea"):
            return
        try:
            self.calm()
            self.all_truths_hold()
        finally:
            report = self.sea.end()
        # Whoever took a lie for an answer holds what the log does not: then `enishi verify` may say so.
        assert report.ok or self.sea.wire.lied, report.findings
        shutil.rmtree(self.folder)

    def calm(self) -> None:
        """The storm is over: everybody is up, what is open is asked again, and nothing hangs in the air."""
        self.sea.wire.fates.clear()
        if self.down is not None:
            self.start()
        # As the keeper does each minute: clocks have run on in no time at all.
        self.sea.run(enter_late(self.sea.keeper))
        for gateway in (self.sea.asker, self.sea.provider):
            self.sea.run(gateway.registry.refresh())
        for (txid,) in self.truths.asker("SELECT txid FROM asked WHERE state IN ('sending', 'waiting')"):
            with only_faults:
                self.sea.run(self.sea.asker.ask.again(self.sea.tenant, txid))

    # ---- helpers

    def pick(self, query: str, number: int, institution: str = A) -> Any:
        """One of the ids that stand in an institution's record; None where there is none."""
        folder = ("gateway" if institution == A else SECOND, "tenants", institution, "gateway.db")
        ids = self.truths.rows(*folder, query=query)
        return ids[number % len(ids)][0] if ids else None


def test_no_order_of_events_breaks_a_truth(founded_network: Path, tmp_path: Path) -> None:
    """Asked, stopped, started, delayed, doubled, lost, changed: what was recorded, released and told stays true."""
    few = settings(
        max_examples=int(MORE or EXAMPLES),
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=not MORE,
        database=None,
        # What failed is told step by step; to make it shorter takes minutes, so that is left to the longer run.
        phases=[Phase.generate, Phase.shrink] if MORE else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(type("Storms", (Machine,), {"template": founded_network, "runs": tmp_path}), settings=few)  # type: ignore[no-untyped-call]
