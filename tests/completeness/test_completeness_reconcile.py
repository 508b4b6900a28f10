"""Each thing on which inquirer, provider, keeper and log may not agree: records of real roles, one line of them changed, and what is found."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from attacks.copies_attack import copy_data
from attacks.network_attack import A, Network
from completeness.watching import READER, ask_about, published
from enishi import clock
from enishi.cli.handedin import parties, read_leaves, registry
from enishi.cli.main import app
from enishi.cli.reconcile import Wanted, period_of, reconcile, run_reconcile
from enishi.errors import Malformed, Tampered
from enishi.protocol.handed import Handed, read_handed, write_handed
from enishi.protocol.outcome import GivenOutcome, claimed_outcome, sign_outcome
from enishi.roles.gateway.handing import Period
from enishi.roles.oversight.reconciling import WAIT_MS
from enishi.sentences.problems import GENERIC, texts
from enishi.terms import Outcome

pytestmark = pytest.mark.xdist_group("completeness")
B = "moj"
LATER = clock.now_ms() + 3_600_000


class Records:
    """What everybody hands in, and the mesh's folder as the commission has it."""

    def __init__(self, network: Network, folder: Path) -> None:
        self.item, self.other = ask_about(network, READER), ask_about(network, READER)
        published(network)
        self.data = copy_data(network, folder / "data")
        self.signing = network.provider.tenants[B].key(1).signing  # type: ignore[index]
        self.lines = {party.name: list(party.lines()) for party in parties(self.data, None, Period())}

    def found(self, folder: Path, changed: dict[str, list[Handed]], now_ms: int = LATER) -> set[tuple[str, str]]:
        """Slug and item of each difference when these parties hand in something else; a party without lines hands in nothing."""
        folder.mkdir()
        for name, lines in (self.lines | changed).items():
            (folder / f"{name}.jsonl").write_bytes(b"".join(write_handed(line) + b"\n" for line in lines))
        return {(one.slug, one.item_id) for one in reconcile(Wanted(self.data, folder), now_ms=now_ms).differences}

    def without(self, party: str) -> dict[str, list[Handed]]:
        return {party: [line for line in self.lines[party] if line.item_id != self.item]}

    def with_line(self, party: str, change: Callable[[Handed], Handed]) -> dict[str, list[Handed]]:
        return {party: [change(line) if line.item_id == self.item else line for line in self.lines[party]]}

    def line(self, party: str, item_id: bytes) -> Handed:
        return next(line for line in self.lines[party] if line.item_id == item_id)

    def outcome(self, **changes: Any) -> Any:
        """The provider's outcome of the item with something else in it, under the provider's own signature."""
        claim: GivenOutcome = claimed_outcome(self.line(B, self.item).outcomes[0])
        return sign_outcome(msgspec.structs.replace(claim, **changes), self.signing)


@pytest.fixture(scope="module")
def handed(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Records:
    return Records(network, tmp_path_factory.mktemp("handed"))


def test_records_that_agree(handed: Records, tmp_path: Path) -> None:
    assert handed.found(tmp_path / "files", {}) == set()
    report = reconcile(Wanted(handed.data))
    assert (report.ok, report.absent, len(report.parties)) == (True, (), len(handed.lines))


@pytest.mark.parametrize(
    ("party", "slugs"),
    [
        ("keeper", {"reconcile-missing-keeper"}),
        (A, {"reconcile-missing-inquirer"}),
        (B, {"reconcile-missing-provider"}),
    ],
)
def test_an_item_that_one_of_them_lacks(handed: Records, tmp_path: Path, party: str, slugs: set[str]) -> None:
    assert handed.found(tmp_path / "late", handed.without(party)) == {(slug, handed.item.hex()) for slug in slugs}
    receipt = handed.line("keeper", handed.item)
    assert handed.found(tmp_path / "early", handed.without(party), receipt.at_ms + WAIT_MS) == set()


def test_a_leaf_for_which_nobody_has_a_receipt(handed: Records, tmp_path: Path) -> None:
    changed = handed.without("keeper") | handed.without(A) | handed.without(B)
    assert handed.found(tmp_path / "files", changed) == {("reconcile-leaf-without-receipt", "")}


def test_a_receipt_that_the_log_does_not_bear_out(handed: Records, tmp_path: Path) -> None:
    """The keeper signed two receipts for one item, or for a place that holds another leaf."""
    leaves = read_leaves(handed.data, "", registry(handed.data), Period(), lambda done, total: None)
    receipt = msgspec.json.decode(handed.line(A, handed.item).receipt.receipt)  # type: ignore[union-attr]
    assert leaves.hashes[receipt["index"]] == msgspec.convert(receipt["leaf_hash"], bytes)
    other = handed.line(A, handed.other).receipt
    found = handed.found(tmp_path / "files", handed.with_line(A, lambda line: msgspec.structs.replace(line, receipt=other)))
    assert found == {("reconcile-receipt-false", handed.item.hex())}


def test_a_log_whose_leaves_are_not_those_of_its_checkpoint(handed: Records, tmp_path: Path) -> None:
    data = Path(shutil.copytree(handed.data, tmp_path / "data"))
    with sqlite3.connect(data / "keeper" / "keeper.db") as connection:
        connection.execute("UPDATE leaf SET data = (SELECT data FROM leaf WHERE idx = 1) WHERE idx = 2")
    with pytest.raises(Tampered, match="log-leaves-differ"):
        reconcile(Wanted(data))


def test_another_outcome(handed: Records, tmp_path: Path) -> None:
    told = handed.outcome(kind=Outcome.NOT_REGISTERED)
    found = handed.found(tmp_path / "files", handed.with_line(A, lambda line: msgspec.structs.replace(line, outcomes=(told,))))
    assert found == {("reconcile-outcomes-differ", handed.item.hex())}


def test_an_interim_outcome_that_the_provider_never_gave(handed: Records, tmp_path: Path) -> None:
    told = handed.outcome(kind=Outcome.HELD)
    found = handed.found(tmp_path / "files", handed.with_line("keeper", lambda line: msgspec.structs.replace(line, outcomes=(told,))))
    assert found == {("reconcile-outcomes-differ", handed.item.hex()), ("reconcile-outcome-missing", handed.item.hex())}


def test_an_outcome_that_the_keeper_lacks(handed: Records, tmp_path: Path) -> None:
    found = handed.found(tmp_path / "files", handed.with_line("keeper", lambda line: msgspec.structs.replace(line, outcomes=())))
    assert found == {("reconcile-outcome-missing", handed.item.hex())}


def test_a_provider_that_answers_about_another_item(handed: Records, tmp_path: Path) -> None:
    told = handed.line(B, handed.other).outcomes
    found = handed.found(tmp_path / "files", handed.with_line(B, lambda line: msgspec.structs.replace(line, outcomes=told)))
    assert ("reconcile-other-item", handed.item.hex()) in found


def test_an_outcome_under_a_false_signature(handed: Records, tmp_path: Path) -> None:
    def forged(line: Handed) -> Handed:
        (given,) = line.outcomes
        return msgspec.structs.replace(line, outcomes=(msgspec.structs.replace(given, signatures=handed.outcome(at_ms=5).signatures),))

    assert ("reconcile-outcome-false", handed.item.hex()) in handed.found(tmp_path / "files", handed.with_line(B, forged))


def test_a_file_that_speaks_for_somebody_else_is_not_read(handed: Records, tmp_path: Path) -> None:
    found = handed.found(tmp_path / "files", {B: [*handed.lines[B], handed.line("keeper", handed.item)]})
    assert ("reconcile-unreadable", "") in found


def test_who_has_not_handed_in_is_named_and_not_accused(handed: Records, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    assert run_reconcile(Wanted(handed.data), write=folder) == 0
    (folder / f"{B}.jsonl").unlink()
    report = reconcile(Wanted(handed.data, folder))
    assert (report.ok, report.absent) == (True, (B,))


def test_a_period_takes_the_same_items_from_everybody(handed: Records) -> None:
    at_ms = handed.line("keeper", handed.other).at_ms
    for period in (Period(0, at_ms), Period(at_ms)):
        report = reconcile(Wanted(handed.data, period=period), now_ms=LATER)
        assert report.ok
        assert report.items > 0
    assert period_of("2025-04-01", "2025-04-01") == Period(1743433200000, 1743519600000)


def test_no_person_is_in_what_is_handed_in(handed: Records) -> None:
    whole = b"".join(write_handed(line) for lines in handed.lines.values() for line in lines)
    assert len(whole) > 1000
    assert [number for number in READER.addressees.values() if number.encode() in whole] == []


def test_the_command_ends_with_one_when_something_differs(handed: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert handed.found(tmp_path / "files", handed.without(A)) != set()
    runner = CliRunner()
    ended = runner.invoke(app, ["reconcile", "--data", str(handed.data), "--json"])
    assert (ended.exit_code, msgspec.json.decode(ended.stdout)["ok"]) == (0, True)
    words = ["reconcile", "--data", str(handed.data), "--records", str(tmp_path / "files")]
    wanted = reconcile(Wanted(handed.data, tmp_path / "files"), now_ms=LATER).differences
    assert all(one.what is not GENERIC.what and texts(one.slug).next.ja for one in wanted)
    for now_ms, status in ((handed.line("keeper", handed.item).at_ms + WAIT_MS, 0), (LATER, 1)):
        monkeypatch.setattr(clock, "now_ms", lambda now_ms=now_ms: now_ms)
        assert runner.invoke(app, words).exit_code == status


def test_any_line_is_read_or_a_fault() -> None:
    @settings(max_examples=100, deadline=None)
    @given(st.binary(max_size=200))
    def reads(line: bytes) -> None:
        with pytest.raises(Malformed):
            read_handed(line)

    reads()
