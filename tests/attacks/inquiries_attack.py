"""The inquiries of a long run: nine municipalities ask two national bodies and each other, each time in a message of its own."""

import asyncio
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any, NamedTuple

import msgspec

from attacks.network_attack import SECOND, A, Network
from attacks.own_attack import own
from enishi import society
from enishi.protocol.wire import Batch, Commit
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.question import read_question
from enishi.roles.gateway.tenant import Tenant
from enishi.terms import InstitutionId
from running.mesh_running import STORY, register_question, tax_question

INQUIRIES = 500
BESIDE = 25
"""Inquiries that are under way at once, as from officials who do not wait for one another."""


class Wish(NamedTuple):
    """One inquiry: who asks, and what."""

    inquirer: str
    question: dict[str, Any]


def tenant(network: Network, institution: str) -> Tenant:
    gateway = network.asker if institution == A else network.provider
    return gateway.tenants[institution]


def municipalities(network: Network) -> list[str]:
    """Those who inquire: A on the one platform, the others on the other."""
    kinds = {str(one.id): one.kind for one in society.institutions()}
    return [A, *(one for one in network.tenants[SECOND] if kinds[one] == "municipality")]


def run(network: Network, inquiries: int) -> None:
    """So many inquiries of every kind, from the first wish on and again when all have been asked; two looks, and four requests for one's own data."""
    wanted = list(islice(cycle(wishes(network)), inquiries))
    for first in range(0, inquiries, BESIDE):
        network.run(_ask(network, wanted[first : first + BESIDE]))
    for who in (STORY.reader, STORY.loan.applicant):
        network.look(who)
        own(network, who, STORY.condolence.register, ("koseki",))
        own(network, who, STORY.loan.provider, ("local_tax", "jumin"), "2024")


def wishes(network: Network) -> list[Wish]:
    """The story's cases, what law refuses among them, then each municipality's people but every third."""
    case, loan = STORY.condolence, STORY.loan
    people = [(case.deceased, "deceased"), *((one, "survivor") for one in case.survivors)]
    told = [register_question(person=who.addressees[A], relation=relation) for who, relation in people]
    told += [tax_question(who) for who in (loan.applicant, STORY.unknown, STORY.protected)]
    told += [register_question(items=["地方税関係情報"], provider=loan.provider, period=loan.fiscal_year)]
    return [*(Wish(A, question) for question in told), *_of_everybody(network)]


def _of_everybody(network: Network) -> Iterator[Wish]:
    for city in municipalities(network):
        for n, person in enumerate(_people(network, city)):
            if n % 3 == 2:
                continue
            yield Wish(city, register_question(person=person, relation="survivor"))
            account = {"items": ["公的給付支給等口座登録簿関係情報"], "provider": STORY.condolence.accounts}
            yield Wish(city, register_question(person=person, relation="recipient", **account))
            taxing = STORY.loan.provider if city == A else A
            yield Wish(city, tax_question(STORY.loan.applicant, person=person, provider=taxing))
            if n % 3 == 1:
                # Taxes say nothing about a condolence grant.
                yield Wish(city, register_question(person=person, items=["地方税関係情報"], provider=taxing, period="2024"))


def _people(network: Network, city: str) -> list[str]:
    query = "SELECT addressee_number FROM person ORDER BY addressee_number"
    rows = tenant(network, city).database.read_now(lambda connection: connection.execute(query).fetchall())
    return [number for (number,) in rows]


async def _ask(network: Network, some: list[Wish]) -> None:
    await asyncio.gather(*(_put(network, one) for one in some))


async def _put(network: Network, wish: Wish) -> None:
    ask = (network.asker if wish.inquirer == A else network.provider).ask
    caller = Caller(InstitutionId(wish.inquirer), "enishi-demo", "officer-001")
    await ask.ask(tenant(network, wish.inquirer), caller, read_question(msgspec.json.encode(wish.question)))


def commits(network: Network) -> list[Commit]:
    """Every commit of the run, as it passed between exchange and keeper."""
    batches = [one.request for one in network.wire.passed if one.path == "/keeper/commit"]
    return [commit for batch in batches for commit in msgspec.msgpack.decode(batch, type=Batch[Commit]).each]
