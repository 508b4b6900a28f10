"""What is true in a network after a run: the numbers, handles, codes, tags and documents that an adversary would like to have."""

from attacks.network_attack import SECOND, A, Network
from enishi import society
from enishi.linkage.enrol import handle_point
from running.mesh_running import STORY, register_question, tax_question

NATIONAL = ("moj", "digital")


class Truth:
    """Read from the databases of those who may know."""

    def __init__(self, network: Network) -> None:
        self.network = network
        people = network.rows("SELECT individual_number, handle FROM person", role="registrar")
        self.numbers = {number.encode() for number, _ in people}
        self.handles = {bytes(handle) for _, handle in people}
        self.elements = {handle_point(handle) for handle in self.handles}
        self.codes = {name: codes_of(network, name) for name in [A, *network.tenants[SECOND]]}
        self.tags = {bytes(tag) for (tag,) in network.rows("SELECT tag FROM valid_tag")}
        self.documents = documents_of(network)

    def every_code(self) -> set[bytes]:
        return set().union(*self.codes.values())

    def codes_elsewhere(self) -> set[bytes]:
        """Codes of all institutions but the inquirer."""
        return set().union(*(codes for name, codes in self.codes.items() if name != A))

    def numbers_at(self, institution: str) -> set[bytes]:
        """Numbers that an institution holds lawfully."""
        rows = tenant(self.network, institution).database.read_now(
            lambda connection: connection.execute("SELECT individual_number FROM number").fetchall()
        )
        return {number.encode() for (number,) in rows if number}


def tenant(network: Network, institution: str):  # type: ignore[no-untyped-def]
    gateway = network.asker if institution == A else network.provider
    return gateway.tenants[institution]


def codes_of(network: Network, institution: str) -> set[bytes]:
    rows = tenant(network, institution).database.read_now(lambda connection: connection.execute("SELECT code FROM linkage_code").fetchall())
    return {bytes(code) for (code,) in rows}


def documents_of(network: Network) -> set[bytes]:
    """Held copies of those providers that were asked."""
    found: set[bytes] = set()
    for institution in {STORY.condolence.register, STORY.condolence.accounts, STORY.loan.provider}:
        rows = tenant(network, institution).database.read_now(lambda connection: connection.execute("SELECT document FROM held_copy").fetchall())
        found |= {bytes(document) for (document,) in rows if len(document) > 24}
    return found


def run(network: Network, rounds: int) -> int:
    """Some dozens of inquiries of every kind, and looks; returns how many persons were asked about."""
    asked = 0
    people: list[tuple[society.Figure, str]] = [(STORY.condolence.deceased, "deceased"), *((one, "survivor") for one in STORY.condolence.survivors)]
    for _ in range(rounds):
        for who, relation in people:
            network.ask(register_question(person=who.addressees[A], relation=relation))
        for who in (STORY.loan.applicant, STORY.unknown, STORY.protected):
            network.ask(tax_question(who))
        network.ask(register_question(items=["地方税関係情報"], provider="011002", period="2024"))
        asked += len(people) + 4
    for who in (STORY.reader, STORY.loan.applicant):
        network.look(who)
    return asked
