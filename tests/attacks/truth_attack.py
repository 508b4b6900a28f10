"""What is true in a network after a run: the numbers, handles, codes, tags and documents that an adversary would like to have."""

from attacks.inquiries_attack import tenant
from attacks.network_attack import SECOND, A, Network
from enishi.linkage.enrol import handle_point
from running.mesh_running import STORY


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
        asked = (A, STORY.condolence.register, STORY.condolence.accounts, STORY.loan.provider)
        self.copies = {name: copies_of(network, name) for name in asked}

    @property
    def documents(self) -> set[bytes]:
        """Held copies of those providers that were asked."""
        return set().union(*self.copies.values())

    def every_code(self) -> set[bytes]:
        return set().union(*self.codes.values())

    def codes_elsewhere(self) -> set[bytes]:
        """Codes of all institutions but A."""
        return set().union(*(codes for name, codes in self.codes.items() if name != A))

    def numbers_at(self, institution: str) -> set[bytes]:
        """Numbers that an institution holds lawfully."""
        rows = tenant(self.network, institution).database.read_now(
            lambda connection: connection.execute("SELECT individual_number FROM number").fetchall()
        )
        return {number.encode() for (number,) in rows if number}


def codes_of(network: Network, institution: str) -> set[bytes]:
    rows = tenant(network, institution).database.read_now(lambda connection: connection.execute("SELECT code FROM linkage_code").fetchall())
    return {bytes(code) for (code,) in rows}


def copies_of(network: Network, institution: str) -> set[bytes]:
    """An institution's held copies, but those that say so little that they stand anywhere."""
    rows = tenant(network, institution).database.read_now(lambda connection: connection.execute("SELECT document FROM held_copy").fetchall())
    return {bytes(document) for (document,) in rows if len(document) > 24}
