"""A card folder with three holders, made afresh for each test."""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from enishi import card

AT_MS = 1_743_465_600_000
"""2025-04-01T00:00Z."""


class Person(msgspec.Struct, frozen=True):
    """An applicant."""

    card: str
    name: str
    name_kana: str
    address: str = "苫小牧市本町1丁目2番3号"
    born_on: date = date(1981, 11, 20)
    gender: str = "female"
    pin: str = "4821"
    password: str = "KADO1234"
    role: str = ""
    state: str = ""


PEOPLE = (
    Person("card-0000000001", "内田　紬", "ウチダ　ツムギ", role="condolence"),
    Person("card-0000000002", "石井　健", "イシイ　ケン", pin="0007"),
    Person("card-0000000003", "森　花", "モリ　ハナ"),
)


@pytest.fixture
def maker(tmp_path: Path) -> card.Maker:
    made = card.found(tmp_path / "card", AT_MS)
    made.issue(PEOPLE)
    return made


@pytest.fixture
def cards(maker: card.Maker, tmp_path: Path) -> card.Cards:
    return card.Cards(tmp_path / "card")
