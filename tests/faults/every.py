"""Every crash point that inquiries come by, each with two hundred of them in flight, on one mesh with two gateway platforms: `make faults`."""

import argparse
import asyncio
import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from enishi import clock
from enishi.cli.configs import Plan
from enishi.cli.ports import find_base
from enishi.cli.tour import LEGAL_DAY
from enishi.cli.verify import verify_data
from faults.flight import Flight, flying
from faults.twin import SECOND, TwinMesh
from running.mesh_running import RESIDENTS

HURRY: Final = {"enishi.roles.gateway.evidence.gathering.EVERY_S": 0.3, "enishi.roles.keeper.assemble.LATE_EVERY_S": 1.0}
POINTS: Final = {
    "gateway": (
        "gateway.ask.before_store",
        "gateway.ask.after_store",
        "gateway.ask.before_send",
        "gateway.ask.before_keep",
        "gateway.ask.after_keep",
        "gateway.bulk.before_accept",
        "gateway.bulk.after_accept",
        "gateway.bulk.before_fail",
        "gateway.bulk.before_settle",
        "gateway.bulk.after_settle",
        "gateway.bulk.before_cancel",
        "gateway.bulk.after_cancel",
        "gateway.callback.before_send",
        "gateway.callback.before_mark",
        "gateway.callback.after_mark",
        "gateway.evidence.before_send",
        "gateway.evidence.before_store",
        "gateway.evidence.after_store",
        "gateway.subscribe.before_store",
        "gateway.subscribe.after_store",
        "gateway.subscribe.before_taken",
        "gateway.subscribe.before_end",
        "gateway.subscribe.before_refuse",
        "gateway.event.before_changed",
        "gateway.handed.before_send",
        "gateway.handed.before_store",
        "gateway.handed.after_store",
        "gateway.handed.before_confirm",
        "gateway.handed.before_settle",
        "gateway.snapshot.before_send",
        "gateway.enrol.before_send",
        "gateway.enrol.before_store",
        "gateway.enrol.after_store",
        "gateway.enrol.before_unknown",
    ),
    SECOND: (
        "gateway.provide.before_store",
        "gateway.provide.after_store",
        "gateway.desk.before_store",
        "gateway.desk.after_store",
        "gateway.desk.before_send",
        "gateway.desk.before_confirm",
        "gateway.opening.before_store",
        "gateway.opening.after_store",
        "gateway.event.before_watch",
        "gateway.event.before_tell",
        "gateway.event.after_tell",
        "gateway.event.before_send",
        "gateway.event.before_settle",
        "gateway.event.before_close",
        "gateway.self.before_store",
        "gateway.self.after_store",
        "gateway.selfdesk.before_store",
        "gateway.selfdesk.after_store",
        "gateway.selfdesk.before_confirm",
        "gateway.letter.before_store",
        "gateway.letter.after_store",
        "gateway.letter.before_answer",
        "gateway.letter.after_answer",
        "gateway.mark.before_store",
        "gateway.mark.before_lift",
    ),
    "exchange": (
        "exchange.admit.before_send",
        "exchange.commit.before_send",
        "exchange.commit.after_recorded",
        "exchange.notice.before_send",
        "exchange.notice.after_answer",
        "exchange.outcome.after_recorded",
        "exchange.event.before_record",
        "exchange.event.before_send",
        "exchange.self.before_send",
        "exchange.self.before_commit",
        "exchange.self.after_recorded",
        "exchange.self.before_notice",
        "exchange.self.after_answer",
        "exchange.view.before_send",
        "exchange.seen.before_store",
        "exchange.enrol.before_send",
        "exchange.snapshot.before_send",
        "exchange.suspension.before_store",
        "exchange.suspension.after_store",
        "exchange.proposal.before_store",
        "exchange.proposal.after_store",
        "exchange.snapshot.before_store",
        "exchange.snapshot.after_store",
    ),
    "keeper": (
        "keeper.commit.before_append",
        "keeper.commit.after_append",
        "keeper.outcome.before_append",
        "keeper.outcome.after_append",
        "keeper.publish.before_checkpoint",
        "keeper.publish.after_checkpoint",
        "keeper.witness.before_send",
        "keeper.cosigned.before_store",
        "keeper.event.before_append",
        "keeper.event.after_append",
        "keeper.self.before_append",
        "keeper.self.after_append",
        "keeper.view.before_append",
        "keeper.view.after_append",
        "keeper.seen.before_send",
        "keeper.enrolled.before_send",
        "keeper.late.before_append",
        "keeper.late.after_append",
        "keeper.suspension.before_append",
        "keeper.suspension.after_append",
        "keeper.snapshot.before_append",
        "keeper.snapshot.after_append",
    ),
    "registrar": (
        "registrar.self.before_store",
        "registrar.self.after_store",
        "registrar.offer.before_store",
        "registrar.offer.after_store",
        "registrar.handed.before_strike",
    ),
    "portal": ("portal.self.before_send", "portal.self.before_ask", "portal.offer.before_send"),
}
NOT_IN_FLIGHT: Final = {
    "a first start, before which nobody can ask": ("exchange.shares.before_store", "keeper.shares.before_store", "gateway.import.before_store"),
    "people who are new to the registrar": ("keeper.enrol.before_tags",),
    "an institution that is new": ("exchange.added.before_shares", "exchange.joining.before_store", "exchange.declining.before_store"),
    "a certificate near its end": ("exchange.certificate.before_want", "exchange.certificate.before_store", "gateway.certificate.before_send"),
    "new law data": ("exchange.draft.before_store", "exchange.draft.after_store", "exchange.renewal.before_forget"),
    "data of an older version": ("keeper.withheld.before_append", "keeper.withheld.after_append"),
    "a database that was put back": ("keeper.fence.before_store", "keeper.fence.before_lift"),
    "a question that its own exchange refuses for good": ("gateway.ask.before_fail",),
    "mandates and those who represent others, which no inquiry goes by": ("gateway.agent.", "gateway.representation."),
    "a command's own process beside the role": ("gateway.load.", "gateway.bulk.before_delete", "gateway.retention.before_delete"),
}
"""What gateway, exchange and keeper do only then (points, or how their names begin); `test_faults_crash` names the test of each."""


async def _all(flight: Flight, only: str) -> list[str]:
    """Kill at each point; the points that nothing came by."""
    never = []
    for role, points in POINTS.items():
        for point in (point for point in points if re.search(only, point)):
            begun = clock.monotonic()
            dead = await flight.kill(role, point)
            print(
                f"{point:36} {'killed' if dead else 'NOT REACHED':12} {flight.in_the_air[point]:5} in flight  {clock.monotonic() - begun:5.1f} s",
                flush=True,
            )
            never += [] if dead else [point]
    await flight.come_down()
    return never


async def _run(mesh: TwinMesh, only: str) -> int:
    async with flying(mesh, mesh.faces(), SECOND) as flight:
        never = await _all(flight, only)
        flight.ended_once()
        flight.nothing_taken_back_was_asked()
    print("ends: " + "  ".join(f"{kind} {count}" for kind, count in sorted(flight.count.items())), flush=True)
    return 1 if never else 0


def main() -> int:
    """Run them all; 1 if a point was not reached or something is wrong with what was recorded."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--only", default="", help="the points in whose names this regular expression is found")
    given.add_argument("--data", type=Path, help="keep the mesh here")
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        chosen = given.parse_args()
        plan = Plan(chosen.data or Path(folder), find_base(), LEGAL_DAY)
        with TwinMesh(plan, RESIDENTS, HURRY) as mesh:
            status = asyncio.run(_run(mesh, chosen.only))
        for tenant in (plan.data / SECOND / "tenants").iterdir():
            # Where the walk looks for them.
            (plan.data / "gateway" / "tenants" / tenant.name).symlink_to(tenant)
        report = verify_data(plan.data)
        print("\n".join(map(str, report.findings)) or "verified: nothing is wrong with what was recorded")
        return status if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
