"""Whom a page tells that its person made a leaf of their record in this session: nobody is mailed about what they did themselves."""

from collections.abc import Awaitable, Callable

from enishi.roles.portal.visits import Made, Visit
from enishi.terms import Outcome

Making = Callable[[Visit, Made], Awaitable[None]]


async def nobody(visit: Visit, made: Made) -> None:
    """Where nothing is kept between visits, nobody is told."""


def made_by(leaf_ms: int, outcome: Outcome | None) -> Made:
    """A request of the person's own, which an official still answers where it is held, or is not with its holder yet."""
    return Made(leaf_ms, int(outcome in (None, Outcome.HELD)))
