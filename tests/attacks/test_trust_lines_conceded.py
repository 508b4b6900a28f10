"""What docs/threats.md concedes is measured on the same run: each test works out its figure, and the page has to say that very one."""

from collections import defaultdict
from collections.abc import Callable

import msgspec
import pytest

from attacks.inquiries_attack import INQUIRIES, commits, municipalities, tenant
from attacks.network_attack import SECOND, A, Network
from attacks.truth_attack import Truth
from enishi.linkage.group import multiply, s_inv, s_mul
from enishi.linkage.keys import delta
from enishi.protocol.record import read_body
from enishi.protocol.statement import read_statement, txid_of
from enishi.protocol.view import LogView, View, request_digest
from enishi.protocol.wire import ViewAsk, ViewCommit, ViewCommitted
from enishi.roles.exchange.view import Viewing
from house.source import ROOT
from running.mesh_running import STORY

pytestmark = pytest.mark.xdist_group("trust")


def conceded(test: Callable[..., None]) -> str:
    """The figure that the page gives for a test: the third cell of its row."""
    (row,) = (line for line in (ROOT / "docs" / "threats.md").read_text().splitlines() if line.endswith(f"| `{test.__name__}` |"))
    return row.split("|")[3].strip()


def halves(network: Network, source: str, target: str) -> list[bytes]:
    """What each operator has of the step from one column to another."""
    return [delta(one.shares.of(source, 1), one.shares.of(target, 1)) for one in (network.exchange, network.keeper)]


def test_both_operators_together_map_every_tag_to_every_code(honest: Network, truth: Truth) -> None:
    """Conceded: with both halves of every share a tag becomes the code at any institution.  One half alone maps nothing."""
    columns = {name: column for name, column in truth.codes.items() if column}
    mapped = 0
    for name, column in columns.items():
        both = halves(honest, "@audit", name)
        mapped += len({multiply(s_mul(*both), tag) for tag in truth.tags} & column)
        for half in both:
            assert not {multiply(half, tag) for tag in truth.tags} & column
    every = sum(map(len, columns.values()))
    assert conceded(test_both_operators_together_map_every_tag_to_every_code) == f"{mapped} of {every} codes, at {len(columns)} institutions"


def test_both_operators_together_map_between_two_columns(honest: Network, truth: Truth) -> None:
    """The same without any tag: one institution's column becomes another's."""
    hop = s_mul(*halves(honest, A, "moj"))
    mapped = {multiply(hop, code) for code in truth.codes[A]}
    assert {multiply(s_inv(hop), code) for code in mapped} == truth.codes[A]
    figure = f"{len(mapped & truth.codes['moj'])} of {len(mapped)} persons"
    assert conceded(test_both_operators_together_map_between_two_columns) == figure


def test_the_keeper_sees_who_asks_whom_for_what_beside_an_opaque_tag(honest: Network, truth: Truth) -> None:
    """Conceded: institutions, affair and time pass the keeper in clear; the tag beside them says nothing without help."""
    told = [read_statement(one.inquiry.statement.payload) for one in commits(honest)]
    seen = {one.nonce for one in told if one.affair.row and one.at_ms > 0}
    pairs = {(one.inquirer, one.provider) for one in told}
    assert {inquirer for inquirer, _ in pairs} == {*municipalities(honest)}
    figure = f"{len(seen)} of {INQUIRIES} inquiries, between {len(pairs)} pairs of institutions"
    assert conceded(test_the_keeper_sees_who_asks_whom_for_what_beside_an_opaque_tag) == figure


def test_the_keeper_joins_what_several_institutions_ask_about_one_tag(honest: Network, truth: Truth) -> None:
    """Conceded: within an epoch a person has one tag, whoever asks.  It is nobody's code and nobody's number."""
    envelopes = [one.inquiry.statement for one in commits(honest)]
    inquirers = {bytes(txid_of(one.payload)): read_statement(one.payload).inquirer for one in envelopes}
    asking = defaultdict(set)
    for txid, tag in honest.rows("SELECT txid, tag FROM item"):
        # What people asked for themselves has no inquirer.
        if bytes(txid) in inquirers:
            asking[bytes(tag)].add(inquirers[bytes(txid)])
    assert asking.keys() <= truth.tags
    joined = sum(1 for those in asking.values() if len(those) > 1)
    figure = f"{joined} of {len(asking)} tags"
    assert conceded(test_the_keeper_joins_what_several_institutions_ask_about_one_tag) == figure


def test_the_keeper_with_one_inquirer_knows_whose_tag_it_is(honest: Network, truth: Truth) -> None:
    """Conceded: the inquirer knows who its inquiry was about, the keeper which tag; the txid joins them."""
    query = "SELECT txid, addressee_number FROM asked_item"
    about = dict(honest.tenant.database.read_now(lambda connection: connection.execute(query).fetchall()))
    tagged = {bytes(txid): bytes(tag) for txid, tag in honest.rows("SELECT txid, tag FROM item")}
    people = {tag: {about[txid] for txid in tagged if tagged[txid] == tag and txid in about} for tag in tagged.values()}
    assert all(len(names) <= 1 for names in people.values())
    assert STORY.condolence.deceased.addressees[A] in set().union(*people.values())
    figure = f"{sum(map(len, people.values()))} of {len(truth.tags)} tags"
    assert conceded(test_the_keeper_with_one_inquirer_knows_whose_tag_it_is) == figure


def test_inquirer_and_provider_link_what_they_exchange(honest: Network, truth: Truth) -> None:
    """Conceded: both ends of an inquiry know its person, by the item's id.  Persons of whom neither asked the other stay two codes."""
    linked = ends(honest, [A], [*honest.tenants[SECOND]]) | ends(honest, [*honest.tenants[SECOND]], [A])
    common = 0
    for name in honest.tenants[SECOND]:
        hop = s_mul(*halves(honest, A, name)) if truth.codes[name] else None
        common += len({multiply(hop, code) for code in truth.codes[A]} & truth.codes[name]) if hop else 0
    figure = f"{len(linked)} of {common} persons that A and another institution both have"
    assert conceded(test_inquirer_and_provider_link_what_they_exchange) == figure


def ends(network: Network, inquirers: list[str], providers: list[str]) -> set[tuple[str, str, str]]:
    """The institution beside A, and the person by both local numbers, A's first."""
    asked = {item: number for one in inquirers for item, number in rows(network, one, "SELECT item_id, addressee_number FROM asked_item")}
    found = "SELECT item_id, addressee_number, inquirer FROM answered WHERE addressee_number <> ''"
    answered = [(one, *row) for one in providers for row in rows(network, one, found)]
    both = [(provider, inquirer, asked[item], number) for provider, item, number, inquirer in answered if item in asked]
    return {(inquirer, number, own) if provider == A else (provider, own, number) for provider, inquirer, own, number in both}


def rows(network: Network, institution: str, query: str) -> list[tuple[str, ...]]:
    return tenant(network, institution).database.read_now(lambda connection: connection.execute(query).fetchall())


def test_registrar_and_keeper_together_map_a_number_to_its_tag(honest: Network, truth: Truth) -> None:
    """Conceded: a look joins them, by the request that both see."""
    asked = [msgspec.msgpack.decode(one.request, type=ViewAsk) for one in honest.wire.passed if one.path == "/registrar/view"]
    numbers = {bytes(request): number for request, number in honest.rows("SELECT request, individual_number FROM look", role="registrar")}
    views = [msgspec.msgpack.decode(one.request, type=ViewCommit).view for one in honest.wire.passed if one.path == "/keeper/view/commit"]
    shown = {msgspec.json.decode(one.payload, type=View).request for one in views}
    joined = {request_digest(one.signed.request) for one in asked} & shown & numbers.keys()
    assert conceded(test_registrar_and_keeper_together_map_a_number_to_its_tag) == f"{len(joined)} of {len(views)} looks"


def test_a_look_shows_the_exchange_which_records_belong_together(honest: Network, truth: Truth) -> None:
    """Conceded: to seal them again for their reader, the exchange opens one person's bodies together; it sees institutions and affairs, and nobody's
    name, number, code or tag."""
    passed = [one for one in honest.wire.passed if one.path == "/keeper/view/commit"]
    logs: list[LogView] = [msgspec.msgpack.decode(one.reply, type=ViewCommitted).log for one in passed]
    opened = [[read_body(one.body) for one in Viewing(honest.exchange, None)._open(log.records)] for log in logs]  # type: ignore[arg-type]
    for records in opened:
        assert {one.kind for one in records} >= {"intent", "outcome", "look"}
        assert {one.inquirer for one in records if one.kind == "intent"} <= {*municipalities(honest)}
    figure = " and ".join(str(len(records)) for records in opened) + " records"
    assert conceded(test_a_look_shows_the_exchange_which_records_belong_together) == figure
