"""The public face decides as the mesh does: the same verdict, to the digest, as the jurist of exchange and keeper gives on a statement."""

from itertools import product

import msgspec
import pytest

from enishi.law import Permit, Refusal, load, verdict_digest
from enishi.law.question import Policy
from enishi.protocol.legal import Jurist
from enishi.protocol.registry import Assessment
from enishi.protocol.rows import Row
from enishi.protocol.statement import AffairRef, Statement
from exchange_face.law_face import DAY, ORDER, SINCE, TOWN, institution, public_law, snapshot

IDS = [one.id for one in TOWN]
ITEMS = [("戸籍関係情報",), ("地方税関係情報", "戸籍関係情報"), ("某関係情報",)]


def statement(inquirer: str, provider: str, affair: AffairRef, purpose: str, items: tuple[str, ...]) -> Statement:
    ids = {one.id: one.id for one in TOWN}
    return Statement(
        v=1,
        kind="self",
        nonce=bytes(16),
        inquirer=ids[inquirer],
        provider=ids[provider],
        inquirer_epoch=1,
        provider_epoch=1,
        audit_epoch=1,
        registry=bytes(32),
        law=load().digest,
        at_ms=0,
        affair=affair,
        purpose_item=purpose,
        items=items,
        reply_key=b"",
        officer=bytes(32),
        nondisclosure=None,
        count=1,
        rows=bytes(32),
    )


def test_every_question_gets_the_verdict_of_the_mesh() -> None:
    policy = Policy()
    law, jurist, held = public_law(policy=policy), Jurist(load(), policy), snapshot()
    meant, asked = AffairRef(ORDER, "108"), {"source": ORDER, "row": "108"}
    permits = 0
    for inquirer, provider, purpose, items, relation in product(IDS, IDS, ("1", "3"), ITEMS, ("survivor", "applicant")):
        row = Row(b"", b"", b"", b"", relation, "")
        expected = jurist.decide(statement(inquirer, provider, meant, purpose, items), row, held, DAY)
        question = {
            "inquirer": {"institution": inquirer},
            "provider": {"institution": provider},
            "affair": asked,
            "purpose": {"item": purpose},
            "items": items,
            "relation": relation,
        }
        assert verdict_digest(law.answer(question, "item").verdict) == verdict_digest(expected)
        permits += isinstance(expected, Permit)
    assert permits > 0


@pytest.mark.parametrize("number", [affair.number for affair in TOWN[-1].ordinances[0].affairs])
def test_an_ordinance_in_the_registry_counts_as_in_the_mesh(number: str) -> None:
    law, jurist, held = public_law(), Jurist(load(), Policy()), snapshot()
    wanted = TOWN[-1].ordinances[0].affairs[0].filings[0].wanted[0]
    meant = AffairRef("ordinance336815", number)
    for relation, provider in product(("applicant", "household_member", "child"), ("moj", "012131")):
        expected = jurist.decide(statement("336815", provider, meant, "", wanted.items), Row(b"", b"", b"", b"", relation, ""), held, DAY)
        question = {
            "inquirer": {"institution": "336815"},
            "provider": {"institution": provider},
            "affair": {"ordinance": f"336815/{number}"},
            "items": wanted.items,
            "relation": relation,
        }
        verdict = law.answer(question, "item").verdict
        assert verdict_digest(verdict) == verdict_digest(expected)
        assert isinstance(verdict, Refusal)
        assert "ordinance-not-shown" not in [ground.code.value for ground in verdict.grounds]


def test_the_table_beside_the_revision_changes_nothing() -> None:
    town = institution("012131", ("苫小牧市", "Tomakomai City"), "市町村長")
    assert town.assessments == (Assessment(ORDER, "108", SINCE, b"document"),)
    question = {
        "inquirer": {"institution": "012131"},
        "provider": {"institution": "moj"},
        "purpose": {"item": "1"},
        "items": ["戸籍関係情報"],
        "relation": "survivor",
    }
    verdicts = [public_law().answer(question | {"affair": {"source": source, "row": "108"}}, "item").verdict for source in (ORDER, f"{ORDER}#2")]
    assert msgspec.to_builtins(verdicts[0]) == msgspec.to_builtins(verdicts[1])
    assert isinstance(verdicts[0], Permit)
