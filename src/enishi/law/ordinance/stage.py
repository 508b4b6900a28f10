"""How far a filing has come on a day: filed, found by the commission, notified to the prime minister, published; or refused, ceased, disordered."""

from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from enishi.law.ordinance.form import Filing, OrdinanceAffair


class Stage(StrEnum):
    """届出の段階; only PUBLISHED lets an affair be linked."""

    NOT_FILED = "not_filed"
    FILED = "filed"
    NOT_ACCEPTED = "not_accepted"
    FOUND = "found"
    NOTIFIED = "notified"
    PUBLISHED = "published"
    CEASED = "ceased"
    DISORDERED = "disordered"


class Standing(NamedTuple):
    """The filing that counts on the day (the newest published, else the newest filed) and its stage."""

    stage: Stage
    filing: Filing | None


def stage_of(filing: Filing, on: date) -> Stage:
    """The stage of one filing on a day; a date out of order leaves it nowhere."""
    if not in_order(filing):
        return Stage.DISORDERED
    if filing.filed_on > on:
        return Stage.NOT_FILED
    if filing.found_on is None or filing.found_on > on:
        return Stage.FILED
    if not filing.accepted:
        return Stage.NOT_ACCEPTED
    if filing.notified_on is None or filing.notified_on > on:
        return Stage.FOUND
    return Stage.PUBLISHED if filing.published_on is not None and filing.published_on <= on else Stage.NOTIFIED


def in_order(filing: Filing) -> bool:
    """Each step has the step before it, on no later day; a filing that was not accepted goes no further than the finding."""
    steps = [filing.filed_on, filing.found_on, filing.notified_on, filing.published_on]
    reached = [step for step in steps if step is not None]
    further = filing.notified_on is not None
    return steps[: len(reached)] == reached and all(one <= other for one, other in pairwise(reached)) and not (further and not filing.accepted)


def standing_on(affair: OrdinanceAffair, on: date) -> Standing:
    """What the affair's filings amount to on a day: a change counts when it is published, until then the filing before it does."""
    filed = [filing for filing in affair.filings if filing.filed_on <= on]
    if not filed:
        return Standing(Stage.NOT_FILED, None)
    newest = max(filed, key=lambda filing: filing.filed_on)
    if affair.cessation is not None and affair.cessation.filed_on <= on:
        return Standing(Stage.CEASED, newest)
    published = [filing for filing in filed if stage_of(filing, on) is Stage.PUBLISHED]
    if published:
        return Standing(Stage.PUBLISHED, max(published, key=lambda filing: (filing.published_on, filing.filed_on)))
    return Standing(stage_of(newest, on), newest)
