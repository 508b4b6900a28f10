"""Codes by enrolment, the first import, keys and the registry at start: what is kept, what is refused, what a second start does."""

from pathlib import Path

import msgspec
import pytest

from enishi.errors import Denied, Fault, Malformed, Misconfigured, Tampered
from enishi.linkage.enrol import Step
from enishi.number import individual_number
from enishi.protocol.enrol import Transcript
from enishi.protocol.wire import Deliver
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.credentials import read_credentials
from enishi.roles.gateway.holdings import HeldPerson
from enishi.roles.gateway.tenant import open_tenants
from enishi.seal.sign import SigningKey
from enishi.society.build import generate
from enishi.society.holdings import holdings
from enishi.terms import InstitutionId
from gateway.world_gateway import CALLER, KEEPER, NUMBERS, A, B, Operators, documents, lay_platform, question, running

WAITING = "SELECT COUNT(*) FROM number n WHERE NOT EXISTS (SELECT 1 FROM linkage_code l WHERE l.ref = n.ref)"


async def count(gateway: Gateway, tenant: str, query: str) -> int:
    (found,) = await gateway.tenants[tenant].database.read(lambda connection: connection.execute(query).fetchone())
    return int(found)


@pytest.mark.asyncio
async def test_everyone_with_a_number_has_a_code_after_the_start(gateway: Gateway) -> None:
    assert await count(gateway, A, "SELECT COUNT(*) FROM linkage_code") == 4
    assert await count(gateway, B, "SELECT COUNT(*) FROM linkage_code") == 3
    assert await count(gateway, A, WAITING) == 0


@pytest.mark.asyncio
async def test_the_codes_of_one_person_differ_between_institutions(gateway: Gateway) -> None:
    codes = [
        {code for (code,) in await gateway.tenants[tenant].database.read(lambda c: c.execute("SELECT code FROM linkage_code").fetchall())}
        for tenant in (A, B)
    ]
    assert codes[0].isdisjoint(codes[1])


@pytest.mark.asyncio
async def test_a_second_start_imports_and_enrols_nobody_again(tmp_path: Path, operators: Operators) -> None:
    async with running(tmp_path, operators):
        pass
    calls = len(operators.handles)
    operators.unenrolled = frozenset(individual_number(body) for body in NUMBERS)
    async with running(tmp_path, operators) as gateway:
        assert await count(gateway, A, "SELECT COUNT(*) FROM person") == 4
        assert await count(gateway, A, "SELECT COUNT(*) FROM number WHERE unknown_at_ms > 0") == 0
    assert len(operators.handles) == calls


@pytest.mark.asyncio
async def test_a_number_that_the_registrar_does_not_know_is_marked_and_cannot_be_asked_about(tmp_path: Path, operators: Operators) -> None:
    operators.unenrolled = frozenset({individual_number(NUMBERS[0])})
    async with running(tmp_path, operators) as gateway:
        assert await count(gateway, A, "SELECT COUNT(*) FROM number WHERE unknown_at_ms > 0") == 1
        with pytest.raises(Fault, match="person-not-enrolled"):
            await gateway.ask.ask(gateway.tenants[A], CALLER, question())


async def refused(gateway: Gateway, transcript: Transcript) -> Fault:
    before = await count(gateway, A, "SELECT COUNT(*) FROM linkage_code")
    with pytest.raises(Fault) as caught:
        await gateway.enrolment.enrolled(Deliver(transcript), KEEPER)
    assert await count(gateway, A, "SELECT COUNT(*) FROM linkage_code") == before
    return caught.value


async def refs_of(gateway: Gateway) -> list[bytes]:
    return [ref for (ref,) in await gateway.tenants[A].database.read(lambda connection: connection.execute("SELECT ref FROM number").fetchall())]


@pytest.mark.asyncio
async def test_a_transcript_is_taken_only_with_both_operators_proofs_and_the_registrars_signature(gateway: Gateway, operators: Operators) -> None:
    refs = (await refs_of(gateway))[:2]
    true = operators.transcript(InstitutionId(A), refs, [bytes(32), bytes(31) + b"\x01"])
    other = operators.transcript(InstitutionId(A), refs, [bytes(32), bytes(31) + b"\x01"])
    swapped = msgspec.msgpack.decode(true.keeper, type=Step)
    swapped = msgspec.structs.replace(swapped, D=swapped.D[::-1])
    for transcript, slug in [
        (msgspec.structs.replace(true, exchange=other.exchange), "dleq-false"),
        (msgspec.structs.replace(true, keeper=msgspec.msgpack.encode(swapped)), "dleq-false"),
        (msgspec.structs.replace(true, keeper=true.exchange), "dleq-false"),
        (msgspec.structs.replace(true, keeper=b"\xc1"), "step-unreadable"),
    ]:
        assert (await refused(gateway, transcript)).code == slug
    operators.registrar = SigningKey.generate()
    assert isinstance(await refused(gateway, operators.transcript(InstitutionId(A), refs, [bytes(32), bytes(31) + b"\x01"])), Tampered)


@pytest.mark.asyncio
async def test_a_code_for_a_ref_that_was_never_given_out_is_refused(gateway: Gateway, operators: Operators) -> None:
    fault = await refused(gateway, operators.transcript(InstitutionId(A), [bytes(16)], [bytes(32)]))
    assert isinstance(fault, Denied)
    assert (await refused(gateway, operators.transcript(InstitutionId(B), await refs_of(gateway), [bytes(32)] * 4))).code == "enrolment-not-asked"


@pytest.mark.asyncio
async def test_a_broken_import_keeps_nobody_and_names_the_line_only(tmp_path: Path, operators: Operators) -> None:
    path = tmp_path / "tenants" / A / "import.jsonl"
    whole = path.read_bytes()
    for broken in (whole + b"{\n", whole.replace(b'"automatic"', b'"sometimes"', 1), whole + b"\xff\n"):
        path.write_bytes(broken)
        with pytest.raises(Misconfigured, match="import-unreadable") as caught:
            async with running(tmp_path, operators):
                pass
        assert not any(number in str(caught.value) for number in NUMBERS)
    path.write_bytes(whole)
    async with running(tmp_path, operators) as gateway:
        assert await count(gateway, A, "SELECT COUNT(*) FROM person") == 4


@pytest.mark.asyncio
async def test_a_wrong_number_or_document_stops_the_import(tmp_path: Path, operators: Operators) -> None:
    path = tmp_path / "tenants" / A / "import.jsonl"
    whole = path.read_bytes()
    number = individual_number(NUMBERS[0]).encode()
    path.write_bytes(whole.replace(number, b"111111111111"))
    with pytest.raises(Malformed, match="individual-number-wrong"):
        async with running(tmp_path, operators):
            pass


def test_the_import_reads_what_the_synthetic_country_writes() -> None:
    decoder = msgspec.json.Decoder(HeldPerson)
    people = [person for institution in (A, "moj", "digital", "nenkin") for person in holdings(institution, generate(7, 60), 7)]
    assert all(decoder.decode(msgspec.json.encode(person)).addressee_number == person.addressee_number for person in people)


@pytest.mark.asyncio
async def test_keys_that_the_registry_does_not_show_stop_the_start(tmp_path: Path, operators: Operators) -> None:
    (tmp_path / "tenants" / A / "keys" / "signing.1").write_bytes(SigningKey.generate().to_bytes())
    with pytest.raises(Misconfigured, match="tenant-keys-differ"):
        async with running(tmp_path, operators):
            pass


def test_missing_keys_are_named(tmp_path: Path) -> None:
    operators = Operators()
    lay_platform(tmp_path, operators, documents())
    (tmp_path / "tenants" / B / "keys" / "elgamal.1").unlink()
    with pytest.raises(Misconfigured, match="tenant-keys-missing"):
        open_tenants(tmp_path)


@pytest.mark.asyncio
async def test_a_registry_without_both_signatures_or_from_the_past_is_refused(gateway: Gateway, operators: Operators) -> None:
    known = gateway.registry.current()
    operators.serial -= 1
    with pytest.raises(Tampered, match="registry-rolled-back"):
        await gateway.registry.refresh()
    operators.serial += 2
    operators.oversight = SigningKey.generate()
    with pytest.raises(Tampered):
        await gateway.registry.refresh()
    assert gateway.registry.current() is known


@pytest.mark.parametrize("content", [b"", b"{}", b'[{"token_sha256":"00","system":"s","officer":"o"}]', b"\xff"])
def test_unreadable_credentials_are_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "credentials.json"
    assert read_credentials(path) == ()
    path.write_bytes(content)
    with pytest.raises(Misconfigured, match="credentials-unreadable"):
        read_credentials(path)
