"""Mandates in words, for the one of the two people who reads them."""

import msgspec

from enishi.clock import moment
from enishi.protocol.mandate import MandateShown
from enishi.roles.portal.view import Name
from enishi.roles.portal.visits import Visit
from enishi.sentences.catalogue import read_aloud
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase
from enishi.web.dates import day_in, machine_time, time_in


class ToldMandate(msgspec.Struct, frozen=True, kw_only=True):
    """A mandate in words; `number` counts the person's own from 1 for the oldest and is no id. `ended` is empty while nobody ended it,
    `article` is of the Civil Code, and empty where the person asked."""

    number: int
    role: str
    kind: str
    state: str
    scope: tuple[str, ...]
    other: str
    institution: Phrase
    article: str
    until: Phrase
    ended: Phrase
    uses: tuple[tuple[Phrase, str], ...]


def numbered(visit: Visit) -> list[tuple[int, MandateShown]]:
    """The person's mandates, the newest first, each with its number."""
    return [(len(visit.mandates) - place, one) for place, one in enumerate(visit.mandates)]


def tell(number: int, one: MandateShown, visit: Visit, language: Language) -> ToldMandate:
    """One in one language."""
    return ToldMandate(
        number=number,
        role=one.role,
        kind=one.kind,
        state=one.state,
        scope=one.scope,
        other=one.other,
        institution=named(visit, one.institution, language) if one.institution else (),
        article=one.citation.partition("#")[2],
        until=last_day(one.until_ms, language),
        ended=time_in(one.ended_ms, language) if one.ended_ms else (),
        uses=tuple((time_in(at_ms, language), machine_time(at_ms)) for at_ms in one.uses),
    )


def last_day(until_ms: int, language: Language) -> Phrase:
    """The last day in Japan on which something holds that ends at that time."""
    return day_in(moment(until_ms - 1).date(), language)


def named(visit: Visit, key: str, language: Language) -> Phrase:
    """An institution by its name in the registry."""
    name = visit.viewed.names.get(key, Name(key, key))
    return (name.en,) if language is Language.ENGLISH else read_aloud(name.ja, language)
