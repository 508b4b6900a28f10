"""From leaves to cards to sentences."""

from datetime import date

import msgspec
import pytest
from starlette.datastructures import QueryParams

from enishi.law.relation import Relation
from enishi.law.texts import shelf
from enishi.protocol.record import GroundShown, RecordBody, WithheldNote, bare_body, note_body, write_body
from enishi.protocol.view import ShownRecord
from enishi.roles.portal.cards import Card, cards_of
from enishi.roles.portal.listing import list_cards
from enishi.roles.portal.plot import plot_of
from enishi.roles.portal.telling import Teller
from enishi.sentences.catalogue import Catalogue, known
from enishi.sentences.language import Language
from enishi.sentences.phrase import Ruby, plain
from enishi.terms import Outcome
from enishi.web.citations import cite
from web.smalllog import DAY, NAMES, T0, ended, inquiry, refused, story


def shown(*bodies: RecordBody) -> list[ShownRecord]:
    return [ShownRecord(10 * i, b"leaf%d" % i, b"salt", write_body(body), ()) for i, body in enumerate(bodies)]


def teller(language: Language = Language.JAPANESE) -> Teller:
    return Teller(language, NAMES, Catalogue("kit", "portal"))


def one(*bodies: RecordBody) -> Card:
    (card,) = cards_of(shown(*bodies))
    return card


ASKED = inquiry(1, "moj", ("戸籍関係情報",), T0)


def test_intent_and_outcomes_are_one_card() -> None:
    card = one(ASKED, ended(ASKED, "held", deadline_ms=T0 + DAY), ended(ASKED, "provided", 5000))
    assert (card.outcome, card.state, card.deadline_ms) == ("provided", "done", 0)
    assert [record.index for record in card.records] == [0, 10, 20]


def test_an_intent_alone_waits() -> None:
    assert (one(ASKED).state, one(ASKED).result) == ("waiting", "asked")


def test_cards_are_numbered_from_the_oldest_and_stand_newest_first() -> None:
    cards = cards_of(shown(ASKED, refused(2, T0 + 1), ended(ASKED, "provided")))
    assert [(card.number, card.result) for card in cards] == [(2, "refusal"), (1, "provided")]


def test_the_sentence_says_who_asked_whom_for_what_and_why() -> None:
    told = teller().tell(one(ASKED, ended(ASKED, "provided")))
    assert plain(told.sentence) == "苫小牧市が、災害弔慰金の支給を決めるため、あなたの戸籍の情報を法務省に求め、受け取りました。"
    english = teller(Language.ENGLISH).tell(one(ASKED, ended(ASKED, "provided")))
    expected = "Tomakomai City asked Ministry of Justice for your family register in order to decide on a disaster condolence grant, and received it."
    assert plain(english.sentence) == expected


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_can_be_told(outcome: Outcome, language: Language) -> None:
    told = teller(language).tell(one(ASKED, ended(ASKED, outcome)))
    assert plain(told.sentence)
    assert known("results", outcome)


def test_an_affair_without_plain_words_is_quoted_from_the_law() -> None:
    strange = msgspec.structs.replace(ASKED, affair=msgspec.structs.replace(ASKED.affair, row="1"), affair_name="健康保険に関する事務")
    assert plain(teller().tell(one(strange)).purpose) == "「健康保険に関する事務」のため"


def test_a_refusal_shows_every_ground_with_its_place_of_law() -> None:
    told = teller().tell(one(refused(3, T0)))
    assert [plain(reason.words) for reason in told.reasons] == ["その情報は、この場合には求められません。"]
    assert plain(told.reasons[0].stated) == "この事務（第1号）では、地方税関係情報を求めることはできません。"
    assert told.reasons[0].cited.link == "https://laws.e-gov.go.jp/law/506M60004008009"


def test_citations_lead_to_the_law_page_where_there_is_one() -> None:
    told = Teller(Language.EASY, NAMES, Catalogue("kit", "portal"), "http://law.localhost").tell(one(refused(3, T0)))
    assert told.reasons[0].cited.link == "http://law.localhost/law/506M60004008009@2024-05-27%23110-1-1"
    assert told.reasons[0].cited.text == "https://laws.e-gov.go.jp/law/506M60004008009"
    assert Ruby("聞", "き") in told.reasons[0].words


def test_a_ground_of_a_later_law_is_told_in_the_verdicts_own_words() -> None:
    later = msgspec.structs.replace(refused(3, T0), grounds=(GroundShown("ground-of-tomorrow", "425AC0000000027#19-1-8", {"ja": "明日の理由。"}),))
    (reason,) = teller().tell(one(later)).reasons
    assert (plain(reason.words), reason.stated) == ("明日の理由。", ())


def test_a_provider_that_refused_says_under_which_provision() -> None:
    denied = msgspec.structs.replace(ended(ASKED, "refused_with_citation"), basis=("425AC0000000027#22-1",))
    told = teller().tell(one(ASKED, denied))
    assert [reason.cited.id for reason in told.reasons] == ["425AC0000000027#22-1"]
    assert told.basis == tuple(cite(citation, Language.JAPANESE) for citation in ASKED.basis)


def test_withheld_records_are_cards_of_their_own_that_tell_nothing() -> None:
    withheld = RecordBody(kind="intent", item_id=b"", txid=b"", at_ms=T0, marks=("withheld",))
    cards = cards_of(shown(withheld, withheld))
    assert [card.result for card in cards] == ["withheld", "withheld"]
    assert "法律" in plain(teller().tell(cards[0]).sentence)


@pytest.mark.parametrize("language", list(Language))
def test_a_note_joins_the_withheld_record_that_it_explains(language: Language) -> None:
    first, second = WithheldNote(0, "415AC0000000057#78-1-1", T0 + DAY), WithheldNote(0, "415AC0000000057#78-1-2", T0 + 30 * DAY)
    (card,) = cards_of(shown(bare_body(T0), note_body(first, T0 + 1), note_body(second, T0 + 2)))
    told = Teller(language, NAMES, Catalogue("kit", "portal"), "http://law.localhost").tell(card)
    assert (card.result, card.at_ms, len(card.records), card.note) == ("withheld", T0, 3, second)
    assert plain(told.until) in plain(told.sentence)
    assert [one.link for one in told.basis] == ["http://law.localhost/law/415AC0000000057%2378-1-2"]
    assert told.leading == told.basis[0]
    assert told.doubts == ()
    steps = [plain(step.words) for step in teller(language).steps(card)]
    assert len(set(steps)) == 2


def test_a_record_whose_mark_has_ended_tells_its_story_and_until_when_it_was_kept_back() -> None:
    note = note_body(WithheldNote(0, "415AC0000000057#78-1-1", T0 + DAY), T0 + 1)
    late = RecordBody(
        kind="late_entry", item_id=ASKED.item_id, txid=ASKED.txid, at_ms=T0 + DAY, original_index=1, marks=(f"withheld-until:{T0 + DAY}",)
    )
    for bodies in ((ASKED, note), (ASKED, note, late)):
        told = teller().tell(one(*bodies))
        assert told.card.result == "asked"
        assert ["令和7年（2025年）4月2日" in plain(doubt) for doubt in told.doubts] == [True]
        assert told.basis == tuple(cite(citation, Language.JAPANESE) for citation in ASKED.basis)


def test_a_list_shows_the_nearest_place_of_the_order() -> None:
    order = "506M60004008009@2024-05-27#110-1-1"
    known_basis = msgspec.structs.replace(ASKED, basis=("425AC0000000027#19-1-8", order, "425AC0000000027@2024-05-27#appended/82_2"))
    leading = teller().tell(one(known_basis)).leading
    assert leading is not None
    assert leading.id == order
    assert teller().tell(one(msgspec.structs.replace(ASKED, basis=()))).leading is None


@pytest.mark.parametrize("relation", list(Relation))
@pytest.mark.parametrize("language", list(Language))
def test_every_relation_of_the_law_has_words(relation: Relation, language: Language) -> None:
    told = teller(language).tell(one(msgspec.structs.replace(ASKED, relation=relation)))
    assert plain(told.relation)
    assert "_" not in plain(told.relation)


@pytest.mark.parametrize("code", sorted(shelf()["doubts"]))
def test_every_doubt_of_the_law_has_words(code: str) -> None:
    told = teller(Language.ENGLISH).tell(one(msgspec.structs.replace(ASKED, marks=(f"doubt:{code}", "proposals", "law_edge"))))
    assert not any("doubt" in plain(doubt) or "_" in plain(doubt) for doubt in told.doubts)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.JAPANESE, "求めた機関へ知らされました"),
        (Language.ENGLISH, "the institution that asked was told that this has changed since"),
        (Language.EASY, "聞いた ところに 知らせました"),
    ],
)
def test_that_the_inquirer_was_told_of_a_change_joins_the_inquiry_with_its_day(language: Language, words: str) -> None:
    change = msgspec.structs.replace(ASKED, kind="change", at_ms=T0 + DAY)
    card = one(ASKED, ended(ASKED, "provided"), change)
    assert (card.kind, card.result, card.at_ms, len(card.records)) == ("intent", "provided", T0, 3)
    told = teller(language).tell(card)
    (said,) = told.doubts
    assert words in plain(said)
    assert "2" in plain(said)
    assert told.basis == tuple(cite(citation, language) for citation in ASKED.basis)
    steps = [plain(step.words) for step in teller(language).steps(card)]
    assert len(set(steps)) == 3


def test_a_late_entry_joins_the_record_it_brings_in() -> None:
    late = RecordBody(
        kind="late_entry", item_id=ASKED.item_id, txid=ASKED.txid, at_ms=T0 + DAY, original_index=0, marks=(f"withheld-until:{T0 + DAY}",)
    )
    card = one(ASKED, ended(ASKED, "provided"), late)
    assert (card.result, card.at_ms) == ("provided", T0)
    assert "令和7年（2025年）4月2日" in plain(teller().tell(card).doubts[0])


def test_a_citation_that_is_none_is_shown_without_a_link() -> None:
    assert cite("何かの規程", Language.JAPANESE).link == ""
    assert plain(cite("425AC0000000027#19-1-8", Language.ENGLISH).short).startswith("My Number Act")


def test_filters_and_pages() -> None:
    cards = cards_of(shown(*[inquiry(i, "moj" if i % 2 else "digital", ("戸籍関係情報",), T0 + i) for i in range(120)]))
    everything = list_cards(cards, QueryParams(""), teller())
    assert (everything.shown, everything.pages, len(everything.told)) == (120, 3, 50)
    half = list_cards(cards, QueryParams("institution=moj&page=2"), teller())
    assert (half.shown, half.page, len(half.told)) == (60, 2, 10)
    assert half.link(1) == "/records?institution=moj&page=1"
    assert [choice.words for choice in everything.institutions] == ["デジタル庁", "法務省", "苫小牧市"]


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "page=999999999999", "page=９", "institution=%00", "result=" + "a" * 5000])
def test_a_query_that_makes_no_sense_harms_nothing(query: str) -> None:
    assert list_cards(cards_of(shown(ASKED)), QueryParams(query), teller()).page == 1


def test_the_plot_counts_months_and_refusals_and_no_looks() -> None:
    plot = plot_of(cards_of(shown(*story())), date(2025, 4, 4), Language.JAPANESE)
    assert [bar.total for bar in plot.bars] == [0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 0, 5]
    april = plot.bars[-1]
    assert (april.refused, april.short, plain(april.month)) == (1, "4月", "令和7年（2025年）4月")
    assert april.y + april.height == april.refused_y
    assert april.refused_y + april.refused_height == plot.base


def test_what_is_withheld_is_in_no_count_and_names_no_institution_to_choose() -> None:
    bare = RecordBody(kind="intent", item_id=b"", txid=b"", at_ms=T0, marks=("withheld",))
    cards = cards_of(shown(*story(), bare, bare))
    plain = cards_of(shown(*story()))
    assert len(cards) == len(plain) + 2
    counted, without = (plot_of(some, date(2025, 4, 4), Language.JAPANESE) for some in (cards, plain))
    assert counted == without
    assert not any(card.body.inquirer or card.body.provider or card.affair for card in cards if card.withheld)
