"""The story holds in every society of fifty or more: each figure is known where the tour asks, with the data it needs."""

import json

import pytest

from enishi import society
from enishi.errors import Malformed, Unknown
from enishi.number import parse_local_government_code
from enishi.society.cast import CAST
from enishi.society.institutions import ORDER


@pytest.fixture(scope="module", params=[(1, 50), (7, 51), (20250401, 400)], ids=str)
def scene(request: pytest.FixtureRequest) -> tuple[society.Story, dict[tuple[str, str], society.HeldPerson]]:
    seed, residents = request.param
    houses = tuple(society.generate(seed, residents))
    return society.story(seed, residents), {(place, one.addressee_number): one for place, one in society.all_holdings(houses, seed)}


Scene = tuple[society.Story, dict[tuple[str, str], society.HeldPerson]]


def at(scene: Scene, figure: society.Figure, institution: str) -> society.HeldPerson:
    return scene[1][institution, figure.addressees[institution]]


def test_condolence(scene: Scene) -> None:
    case = scene[0].condolence
    assert all(case.inquirer in figure.addressees for figure in (case.deceased, *case.survivors, case.recipient))
    register = json.loads(at(scene, case.deceased, case.register).copies["koseki"][""])
    assert register["died_on"] == case.died_on.isoformat()
    names = [register["spouse"], *register["children"]]
    assert [f"{one['name']['family']}　{one['name']['given']}" for one in names] == [figure.name for figure in case.survivors]
    assert all("koseki" in at(scene, figure, case.register).copies for figure in case.survivors)
    account = json.loads(at(scene, case.recipient, case.accounts).copies["account"][""])
    assert account["holder_kana"] == case.recipient.name_kana
    assert case.recipient == scene[0].reader


def test_loan_applicant_was_taxed_by_the_former_municipality(scene: Scene) -> None:
    case = scene[0].loan
    there = at(scene, case.applicant, case.provider)
    assert case.fiscal_year in there.copies["local_tax"]
    assert json.loads(there.copies["jumin"][""])["status"] == "moved_out"
    assert there.response is society.Response.AUTOMATIC
    assert "local_tax" not in at(scene, case.applicant, case.inquirer).copies


def test_unknown_and_protected(scene: Scene) -> None:
    told, _ = scene
    assert told.loan.inquirer in told.unknown.addressees
    assert told.loan.provider not in told.unknown.addressees
    assert told.loan.inquirer in told.protected.addressees
    protected = at(scene, told.protected, told.loan.provider)
    assert protected.response is society.Response.REVIEW
    assert told.loan.fiscal_year in protected.copies["local_tax"]
    assert protected.nondisclosure is not None


def test_the_reader_has_a_card(scene: Scene) -> None:
    reader = scene[0].reader
    assert reader.card.startswith("card-")
    assert len(reader.pin) == 4
    assert reader.pin.isdigit()
    assert all(figure.card for figure in (scene[0].unknown, scene[0].protected, scene[0].loan.applicant))
    assert scene[0].condolence.deceased.card == ""


def test_too_small_a_society_has_no_story() -> None:
    with pytest.raises(Malformed, match="society-too-small"):
        society.story(1, 49)
    assert sum(plan.living for plan in CAST) < 50


def test_every_society_has_one_card_of_each_state_and_none_of_the_story(households: tuple[society.Household, ...]) -> None:
    states = {holder.card: holder.state for holder in society.card_holders(households, 7) if holder.state}
    assert sorted(states.values()) == ["expired", "locked", "moved", "suspended"]
    told = society.story(7, 60)
    figures = (told.reader, told.unknown, told.protected, told.loan.applicant, *told.condolence.survivors)
    assert states.keys().isdisjoint(figure.card for figure in figures)
    assert {one.card: one.card_state for one in society.registrations(households, 7) if one.card_state} == states


def test_card_holders_are_the_living_with_cards_story_first(households: tuple[society.Household, ...]) -> None:
    holders = list(society.card_holders(households, 7))
    assert holders[0].name == society.story(7, 400).reader.name
    assert holders[0].pin == society.story(7, 400).reader.pin
    assert len({one.card for one in holders}) == len(holders)
    living = sum(len(house.living) for house in households)
    assert 0.5 * living < len(holders) < living
    assert all(one.individual_number not in (one.card, one.address, one.pin) for one in holders)


def test_institutions() -> None:
    found = society.institutions()
    assert len({one.id for one in found}) == len(found)
    assert all(parse_local_government_code(one.id) == one.id for one in found if one.kind in ("municipality", "prefecture"))
    by_id = {str(one.id): [capacity.name for capacity in one.capacities] for one in found}
    assert by_id["moj"] == ["法務大臣"]
    assert by_id["digital"] == ["内閣総理大臣"]
    assert "市町村長" in by_id["131121"]
    assert "都道府県知事等" not in by_id["336815"]
    assert {assessment.row for assessment in society.institution("012131").assessments} >= {"108", "48"}
    assert {assessment.source for one in found for assessment in one.assessments} == {ORDER, "ordinance131121"}
    assert society.institution("employer-1").assessments == ()
    with pytest.raises(Unknown, match="institution-unknown"):
        society.institution("nobody")
