"""The rules of trust hold over the program, and each is seen to find a planted violation."""

import pytest

from house import trust
from house.source import modules, planted

TREE = modules()


def test_only_decide_makes_a_permit() -> None:
    assert trust.permits_made(TREE) == []


@pytest.mark.parametrize(
    "code",
    [
        "from enishi.law import Permit\n\ndef admit():\n    return Permit((), ())\n",
        "from enishi import law\n\ndef admit():\n    return law.Permit((), ())\n",
        "from enishi.law import Permit as Allowed\n\ndef admit():\n    return Allowed((), ())\n",
        "from enishi.law import Permit\n\nmake = Permit\n",
        "from enishi.law import Permit\n\nclass Mine(Permit):\n    pass\n",
        "import msgspec\nfrom enishi.law import Permit\n\ndef admit(raw):\n    return msgspec.json.decode(raw, type=Permit)\n",
    ],
)
def test_a_planted_permit_is_found(code: str) -> None:
    assert trust.permits_made([planted(code)])


def test_a_permit_made_elsewhere_in_law_is_found() -> None:
    assert trust.permits_made([planted("def shortcut():\n    return Permit((), ())\n", "enishi.law.explain")])
    assert trust.permits_made([planted("def decide(question):\n    return Permit((), ())\n", "enishi.law.explain")])


@pytest.mark.parametrize(
    "code",
    [
        "from enishi.law import Permit\n\ndef record(permit: Permit) -> Permit | None:\n    return permit\n",
        "from enishi.law import Permit, Refusal\n\nVerdict = Permit | Refusal\n",
        "from enishi.law import Permit\n\ndef say(verdict):\n    return isinstance(verdict, Permit)\n",
        "from enishi.law import Permit\n\ndef say(verdict):\n    match verdict:\n        case Permit():\n            return 1\n",
    ],
)
def test_a_permit_named_as_a_type_is_free(code: str) -> None:
    assert trust.permits_made([planted(code)]) == []


def test_decide_itself_may_make_one() -> None:
    assert trust.permits_made([planted("def decide(question):\n    return Permit((), ())\n", "enishi.law.decide")]) == []


def test_only_the_clock_asks_the_time() -> None:
    assert trust.clock_asked(TREE) == []


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import time\n", "enishi.mesh.planted"),
        ("from time import monotonic\n", "enishi.cli.planted"),
        ("from datetime import datetime\n\nx = datetime.now()\n", "enishi.web.planted"),
        ("import datetime\n\nx = datetime.date.today()\n", "enishi.roles.portal.planted"),
        ("from enishi import clock\n\nx = clock.now_ms()\n", "enishi.law.planted"),
        ("from enishi.clock import now_ms\n", "enishi.tlog.planted"),
    ],
)
def test_a_planted_look_at_the_clock_is_found(code: str, name: str) -> None:
    assert trust.clock_asked([planted(code, name)])


def test_a_pure_room_may_turn_a_time_into_a_day() -> None:
    assert trust.clock_asked([planted("from enishi.clock import moment\n", "enishi.sentences.planted")]) == []


def test_pure_rooms_open_nothing() -> None:
    assert trust.files_opened(TREE) == []


def test_a_planted_open_in_a_pure_room_is_found() -> None:
    assert trust.files_opened([planted("x = open('f')\n", "enishi.evidence.planted")])


def test_every_room_says_what_it_holds_and_never_sees() -> None:
    assert trust.packages_without_trust_lines(TREE) == []


@pytest.mark.parametrize(
    "code",
    ["", '"""Holds: all.\nNever sees: nothing."""', '"""Keeps the log.\n\nHolds: the log.\n"""', '"""Keeps the log.\n\nNever sees: a number."""'],
)
def test_a_room_without_trust_lines_is_found(code: str) -> None:
    assert trust.packages_without_trust_lines([planted(code, "enishi.roles.keeper", package=True)])
