"""Whatever bytes come, a reader reads them or raises a Fault, never anything else; and no reader of the program is left out of this."""

import ast
import contextlib
import re
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enishi.errors import Fault
from house.source import Module, modules, planted, walk
from protocol.mutants import mutants, sure_mutants
from protocol.readers import OTHER, READERS
from protocol.reading import Reader

NAME = re.compile(r"(read|decode|parse|open|claimed|unpad|from_bytes)(_\w+)?")
CHECKS = re.compile(r"check_(rows|shown|receipt|snapshot|outcome|card)")
"""Of the protocol's checks those that take a stranger's message."""
IDS = [f"{reader.name}-{n}" for n, reader in enumerate(READERS)]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.mark.parametrize("reader", READERS, ids=IDS)
def test_a_valid_message_is_read_and_written_as_it_came(reader: Reader) -> None:
    read = reader.read(reader.valid())
    if reader.write is not None:
        assert reader.write(read) == reader.valid()


@pytest.mark.parametrize("reader", READERS, ids=IDS)
@settings(max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_strange_bytes_raise_only_faults(reader: Reader, data: st.DataObject) -> None:
    strange = data.draw(mutants(reader.valid()))
    try:
        read = reader.read(strange)
    except Fault:
        return
    if reader.write is not None:
        # What was read has one meaning: written and read again it is the same.
        assert reader.write(reader.read(reader.write(read))) == reader.write(read)


@pytest.mark.parametrize("reader", READERS, ids=IDS)
def test_what_is_no_text_or_has_no_end_raises_only_faults(reader: Reader) -> None:
    for strange in sure_mutants(reader.valid()):
        with contextlib.suppress(Fault):
            reader.read(strange)


@cache
def program() -> list[Module]:
    return modules()


def public_readers(tree: list[Module]) -> Iterator[str]:
    """Every public function or method whose name says that it reads, decodes, parses or opens, by its dotted name without classes."""
    for module in tree:
        for node in walk(module.tree):
            if isinstance(node, Function) and (NAME.fullmatch(node.name) or (module.room == "protocol" and CHECKS.fullmatch(node.name))):
                yield f"{module.name.removeprefix('enishi.')}.{node.name}"


def missing(tree: list[Module]) -> set[str]:
    return set(public_readers(tree)) - {reader.name for reader in READERS} - OTHER.keys()


def test_every_reader_of_the_program_stands_in_the_table() -> None:
    assert missing(program()) == set()


def test_the_table_names_nothing_that_is_gone() -> None:
    assert {reader.name for reader in READERS} | OTHER.keys() <= set(public_readers(program())) | {"protocol.outcome.claimed_outcome"}


def test_a_new_reader_is_noticed() -> None:
    assert missing([planted("def read_letter(raw: bytes) -> str: ...")]) == {"roles.keeper.planted.read_letter"}
    assert missing([planted("class Letter:\n    @classmethod\n    def from_bytes(cls, raw): ...")]) == {"roles.keeper.planted.from_bytes"}
    assert missing([planted("def _read(raw): ...\ndef reader(): ...")]) == set()


def undecoded(tree: list[Module]) -> set[str]:
    """Functions outside the table that decode JSON or msgpack themselves."""
    table = {reader.name for reader in READERS}
    found = set()
    for module in tree:
        for node in walk(module.tree):
            name = f"{module.name.removeprefix('enishi.')}.{node.name}" if isinstance(node, Function) else ""
            if name and name not in table and any(_decodes(call) for call in walk(node)):
                found.add(name)
    return found


def _decodes(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in {"decode", "decode_lines"}:
        return False
    owner = ast.unparse(node.func.value)
    return owner in {"msgspec.json", "msgspec.msgpack", "msgspec.toml"} or "decoder" in owner.lower() or owner == "_problems"


INSIDE = re.compile(
    r"mesh\.(rpc|client|faults|config)\..*"  # doors, calls and problem documents (tests/mesh); the file's reader is in the table
    r"|cli\.(walk|canary|handedin|outside)\..*"  # a walk over databases turns what it cannot read into findings (tests/evidence)
    r"|(law|cli\.law)\..*|evidence\.report\..*|items\.(schema|codes)\..*"  # the package's own data; questions are in the table
    r"|sentences\..*|society\..*"
    r"|roles\.gateway\.(shown|answered|asked|enrolment|holdings|handing)\..*"  # own rows; transcripts and founding files in tests/gateway
    r"|roles\.gateway\.evidence\.(kept|searching)\..*|roles\.gateway\.(self_disclosure|letters)\.kept\..*"  # own rows
    r"|roles\.portal\.kept\.(shelf|consents|outbox)\._open"  # own rows, sealed (tests/attacks)
    r"|roles\.(gateway\.(offers|agents)\.kept|registrar\.(offering|mandating|agentgiving))\..*"  # own rows
    r"|roles\.gateway\.events\.(watched|subscriptions)\..*"  # own rows
    r"|roles\.gateway\.register\.holder\._own"  # own rows
    r"|roles\.gateway\.bulk\.(store|settling|results)\..*"  # own rows
    r"|roles\.exchange\.joining\..*|roles\.gateway\.joining\..*|cli\.gateway\.joining\._form"  # own rows and files; the institution's own form
    r"|roles\.gateway\.load\.sources\..*"  # a bad line is a finding of the load (tests/gateway)
    r"|mesh\.registry\._decode_notes|cli\.registry\.run_add"  # an own file; the operator's file (tests/stories)
    r"|roles\.portal\.export\._line|cli\.ownrecords\._plain"  # bodies that read_body has taken
    r"|roles\.oversight\.(assemble|held|cosigning)\..*"  # own rows
    r"|roles\.keeper\.(assemble|changes|commit|outcome|stored|ticket|hops|roothops|handing|state)\..*"  # own rows; the rest in tests/keeper
    r"|roles\.exchange\.(founding|publishing|state|view|authzen\.forms)\..*|roles\.registrar\.people\..*|roles\.portal\.meshed\..*|card\.chip\..*|cli\.founding\..*"
)
"""Where else decoding stands, and what holds it."""


def test_whatever_decodes_is_in_the_table_or_spoken_for() -> None:
    assert {name for name in undecoded(program()) if not INSIDE.fullmatch(name)} == set()
    assert undecoded([planted("def take(raw):\n    return msgspec.json.decode(raw)")]) == {"roles.keeper.planted.take"}
