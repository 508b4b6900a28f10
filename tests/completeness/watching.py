"""Everybody who watches a keeper, each with no more than it has: citizen, institution, witness, commission, auditor."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from attacks.copies_attack import copy_data
from attacks.network_attack import A, Network
from enishi import clock
from enishi.cli.canary import PROVIDER, QUESTION, canaries
from enishi.cli.reconcile import Wanted, reconcile
from enishi.cli.verify import verify_data
from enishi.client import proving
from enishi.errors import Fault
from enishi.protocol.record import RecordBody, read_body
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.handing import Period, handed_in
from enishi.roles.gateway.question import read_question
from enishi.roles.oversight.canaries import Canary, Caused, compare
from enishi.roles.oversight.reconciling import WAIT_MS
from enishi.terms import InstitutionId
from running.mesh_running import STORY, register_question

READER, OTHER = STORY.condolence.survivors[:2]


def ask_about(network: Network, who: Any) -> bytes:
    """The inquirer asks about a person; returns the item id that its record of Art. 23 names."""
    txid = network.ask(register_question(person=who.addressees["012131"], relation="survivor"))
    return bytes.fromhex(network.shown(txid).items[0].item_id)


def citizen(network: Network, who: Any, listed: Iterable[bytes] = ()) -> str:
    """What the person's device finds at a look: "" or the fault; `listed` are items that institutions named to the person."""
    try:
        opened = network.look(who)
        checkpoint = proving.check_signed(opened.proof)
        proving.check_included(opened.proof, checkpoint)
        proving.check_complete(opened)
        proving.check_listed(opened.proof, listed)
        proving.check_cosigned(opened.proof, clock.now_ms())
    except Fault as fault:
        return fault.code
    return ""


def records(network: Network, who: Any) -> list[RecordBody]:
    """What a person is shown."""
    return [read_body(record.body) for record in network.look(who).proof.records]


def commission(network: Network, folder: Path, later_ms: int = WAIT_MS + 1, since_ms: int | None = None) -> set[str]:
    """What a reconciliation finds that long after now, or after another moment."""
    return {slug for slug, _ in differences(network, folder, later_ms, since_ms)}


def differences(network: Network, folder: Path, later_ms: int = WAIT_MS + 1, since_ms: int | None = None) -> set[tuple[str, str]]:
    """The same with the item of each, in hexadecimal."""
    now_ms = (clock.now_ms() if since_ms is None else since_ms) + later_ms
    return {(one.slug, one.item_id) for one in reconcile(Wanted(copy_data(network, folder)), now_ms=now_ms).differences}


def received_ms(network: Network, item_id: bytes) -> int:
    """The time in the receipt that the inquirer holds, however long ago that is."""
    lines = network.tenant.database.read_now(lambda connection: list(handed_in(connection, A, Period())))
    return next(line.at_ms for line in lines if line.item_id == item_id)


def auditor(network: Network, folder: Path) -> set[str]:
    """What `enishi verify` finds."""
    return {one.slug for one in verify_data(copy_data(network, folder)).findings}


def published(network: Network) -> Any:
    """One more checkpoint, and the witness's word on it."""

    async def wait() -> Any:
        made = await network.keeper.log.publish()
        while network.keeper.log.witnessed is None or network.keeper.log.witnessed.size < made.size:
            await asyncio.sleep(0.01)
        return made

    return network.run(wait())


class Commission:
    """The commission with its canary persons on a network in one process; the questions go through the institutions' own gateways."""

    def __init__(self, network: Network) -> None:
        self.network, self.persons = network, canaries(network.data)
        self.caused: list[Caused] = []
        self.told: set[tuple[str, str]] = set()

    def ask(self, one: Canary) -> bytes:
        """Have the person's municipality ask; returns the item."""
        item_id = self.ask_unknown(one)
        self.caused.append(Caused("asked", one.name, 1, one.home, PROVIDER, item_id))
        return item_id

    def ask_unknown(self, one: Canary) -> bytes:
        """The municipality asks, and the commission knows nothing of it."""
        gateway = self.network.provider if one.home in self.network.provider.tenants else self.network.asker
        tenant, caller = gateway.tenants[InstitutionId(one.home)], Caller(InstitutionId(one.home), "city", "officer")
        question = read_question(msgspec.json.encode({**QUESTION, "person": one.addressees[one.home]}))
        txid = self.network.run(gateway.ask.ask(tenant, caller, question))
        row = tenant.database.read_now(lambda c: c.execute("SELECT item_id FROM asked_item WHERE txid = ?", (txid,)).fetchone())
        return bytes(row[0])

    def check(self) -> set[tuple[str, str]]:
        """Read every person's record and compare: slug and item of each difference that was not told before."""
        shown = {}
        for one in self.persons:
            self.caused.append(Caused("look", one.name, 1))
            shown[one.name] = records(self.network, one)
        found = {(one.slug, one.item_id) for one in compare(self.caused, shown)} - self.told
        self.told |= found
        return found
