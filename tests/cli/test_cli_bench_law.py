"""What the bench of law measures: distinct questions, enough of them refused, and peers that answer the same question."""

from enishi.cli.bench.law import measure
from enishi.cli.bench.law_peers import asks, gives, parts, sql_peer
from enishi.cli.bench.law_questions import DAY, IN_ORDER, lawful, mixed
from enishi.law import Permit, decide, load


def test_the_questions_are_distinct_and_three_in_ten_are_refused_on_many_grounds() -> None:
    questions = mixed(load(), 4000)
    verdicts = [decide(question, load(), IN_ORDER, DAY) for question in questions]
    refused = [verdict for verdict in verdicts if not isinstance(verdict, Permit)]
    assert len(set(questions)) == 4000
    assert 0.3 <= len(refused) / 4000 <= 0.5
    assert len({ground.code for verdict in refused for ground in verdict.grounds}) >= 6
    assert all(isinstance(decide(question, load(), IN_ORDER, DAY), Permit) for question in lawful(load()))


def test_the_table_of_the_sql_peer_says_what_the_decision_says() -> None:
    ask, may_ask, may_give = sql_peer(load()), set(asks(load())), set(gives(load()))
    for question in mixed(load(), 2000):
        row, purpose, inquirer, item, relation, provider = parts(question)
        permitted = isinstance(decide(question, load(), IN_ORDER, DAY), Permit)
        assert ask(question) is permitted
        assert permitted is ((row, purpose, inquirer) in may_ask and (row, purpose, item, relation, provider) in may_give)


def test_a_measurement_holds_every_figure_and_says_if_cedar_is_absent() -> None:
    figures = measure(300, lambda _: None)
    assert {*figures} == {"load_ms", "item_level", "row_level", "floor", "yardstick", "sql", "cedar", "python"}
    for level in ("item_level", "row_level"):
        assert {*figures[level]["per_second"]} == {*figures[level]["per_second_many"]} == {"all", "permits", "refusals"}
        assert figures[level]["distinct"] == 300
        assert 0.3 <= figures[level]["refused_share"] <= 0.5
    assert {*figures["floor"]} == {"look_up", "verdict"}
    assert figures["sql"]["agrees"] == "300/300"
    assert "cedarpy" in figures["cedar"].get("absent", "") or figures["cedar"]["agrees"] == "300/300"
