"""Families of texts as findings: what joins, what does not, what else it may be."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detect.texts.articles import OTHER, PORT, PORT_REWORDED
from tests.unit.detect.texts.corpora import article, by_subject, edited, meaning
from tocsin.detect.texts import Observed, Text, Wording, find_families, sentence_encoder
from tocsin.foundation import JsonObject, NoProgress
from tocsin.records import Finding

# ruff: noqa: RUF001, S311 - some text is Ukrainian; the draws must be repeatable
SAID = "The minister resigned on Tuesday after the audit was published by the newspaper"
START = datetime(2026, 11, 3, tzinfo=UTC)


def found(*texts: str | Text, reach: int = 100_000) -> Observed:
    """Families with the encoder of these tests."""
    made = [Text(str(at), each) if isinstance(each, str) else each for at, each in enumerate(texts)]
    return find_families(made, NoProgress(), encoder=by_subject, reach=reach)


def families(observed: Observed) -> list[tuple[str, ...]]:
    return [each.subjects for each in observed.findings]


def summary(finding: Finding) -> JsonObject:
    first = finding.evidence[0]
    assert isinstance(first, dict)
    return first


def fitting(finding: Finding) -> set[str]:
    return {each.name for each in finding.explanations if each.fits}


@pytest.mark.parametrize("texts", [[], [SAID], ["", "", ""], ["Good morning!"] * 9])
def test_too_little_is_no_family(texts: list[str]) -> None:
    assert not found(*texts).findings


@pytest.mark.parametrize(
    "said", ["Breaking news", "Good morning", "Happy birthday!", "早上好", "🔥🔥🔥", "#now #here"]
)
def test_formulas_greetings_and_pictures_make_no_family_however_many(said: str) -> None:
    observed = found(*[f"{said}{'!' * at}" for at in range(40)])
    assert not observed.findings
    assert observed.counts()["too_short"] == 40


def test_two_texts_are_enough_for_a_family() -> None:
    (finding,) = found(SAID, f"🔥 {SAID.upper()} #now https://example.org/x").findings
    assert finding.subjects == ("0", "1")
    assert finding.rule == "same-letters"
    assert finding.score == 1.0
    assert summary(finding)["padding"] == {"emoji": 1, "links, mentions or hashtags": 1}


def test_fifty_unlike_texts_make_no_family() -> None:
    assert not found(*[article(source) for source in range(50)]).findings


def test_each_relation_is_named_and_the_loosest_gives_the_rule() -> None:
    near = found(article(1), edited(article(1), by=3)).findings[0]
    assert near.rule == "shared-runs-of-letters"
    texts = [*(meaning(7, voice) for voice in "abc"), *(article(at) for at in range(20))]
    reworded = found(*texts).findings[0]
    assert (reworded.subjects, reworded.rule) == (("0", "1", "2"), "same-meaning")
    spoken = [
        Text(str(at), each, language=code)
        for at, (each, code) in enumerate(zip(texts, ["en", "de", "ru"] + ["en"] * 20, strict=True))
    ]
    assert found(*spoken).findings[0].rule == "same-meaning-in-another-language"


def test_evidence_shows_the_passages_that_hold_a_family_together() -> None:
    one, other = article(1), edited(article(1), by=3)
    _, shown = found(one, other).findings[0].evidence
    assert isinstance(shown, dict)
    assert {shown["one"], shown["other"]} == {"0", "1"}
    assert shown["relation"] == "near-verbatim"
    assert {str(shown["passages"])} <= {str([[one, other]]), str([[other, one]])}


def test_rows_in_any_order_and_repeated_rows_of_the_same_give_the_same_families() -> None:
    texts = [Text(str(at), edited(article(at % 9), by=at % 4)) for at in range(60)]
    mixed = random.Random(2).sample(texts, len(texts))
    assert found(*mixed).findings == found(*texts).findings


@given(st.lists(st.text(max_size=120), max_size=12))
def test_any_texts_have_an_answer_and_copies_are_together(texts: list[str]) -> None:
    observed = found(*texts, *texts)
    together = {each: finding.id for finding in observed.findings for each in finding.subjects}
    for at, text in enumerate(texts):
        if Wording.of(text).says_enough:
            assert together[str(at)] == together[str(at + len(texts))]


def test_a_finding_is_an_observation_and_no_ground_to_tell_of_people() -> None:
    (finding,) = found(SAID, SAID).findings
    assert finding.q_value is None
    assert finding.lacks


def test_innocent_explanations_are_tried() -> None:
    link = "https://news.example.org/audit"
    shared = found(*[Text(str(at), f"{SAID} {link}", None, f"a{at}") for at in range(5)])
    assert fitting(shared.findings[0]) == {"headline of a shared page"}
    own = found(*[Text(str(at), SAID, None, "same") for at in range(5)])
    assert fitting(own.findings[0]) == {"one account repeats itself"}
    quoted = found(*[f"RT @a{at}: {SAID}" for at in range(5)])
    assert fitting(quoted.findings[0]) == {"quotation or repost"}
    quake = "Earthquake of magnitude {0}.{0} near the coast at {0}:15 local time"
    alerts = found(*[quake.format(at) for at in range(2, 7)])
    assert fitting(alerts.findings[0]) == {"alerts or listings from one template"}


def test_edits_of_a_sentence_are_no_template() -> None:
    edits = [f"{SAID} {word}" for word in ("today", "again", "finally", "now", "they say")]
    assert fitting(found(*edits).findings[0]) == set()


def test_the_loosest_link_is_shown_first() -> None:
    texts = [meaning(7, "a"), f"{meaning(7, 'a')} too", meaning(7, "b")]
    _, *links = found(*texts, *(article(at) for at in range(20))).findings[0].evidence
    assert [each["relation"] for each in links if isinstance(each, dict)] == [
        "reworded",
        "near-verbatim",
    ]


def test_a_channel_s_signature_joins_nothing() -> None:
    signature = "Subscribe to our channel and send us your videos and photos around the clock."
    observed = found(*[f"{article(at, 9)}. {signature}" for at in range(12)])
    assert not observed.findings
    assert observed.counts()["boilerplate"] == [signature]


def test_a_shared_sentence_with_trimmings_is_a_family_all_the_same() -> None:
    greetings = ("Listen!", "Hey you.", "Watch out!", "Share this.", "Really?", "Oh no!", "So:")
    observed = found(*[f"{each} {SAID}." for each in greetings])
    assert [len(each) for each in families(observed)] == [len(greetings)]
    assert observed.counts()["boilerplate"] == []


def test_beyond_reach_texts_meet_those_that_came_next() -> None:
    texts = [
        Text(f"{at}", article(at), START + timedelta(minutes=at), language="en") for at in range(40)
    ]
    early = Text("early", meaning(3, "a"), START + timedelta(seconds=90), language="en")
    soon = Text("soon", meaning(3, "b"), START + timedelta(seconds=100), language="en")
    late = Text("late", meaning(3, "c"), START + timedelta(days=1), language="en")
    assert families(found(late, soon, *texts, early, reach=5)) == [("early", "soon")]
    assert families(found(late, soon, *texts, early)) == [("early", "soon", "late")]


def test_languages_that_the_model_does_not_know_are_named_and_compared_by_letters() -> None:
    said = "Міністр подав у відставку у вівторок після оприлюднення аудиту газетою"
    observed = found(said, said + "!!", article(1))
    assert observed.counts()["languages_without_model"] == {"uk": 1}
    assert families(observed) == [("0", "1")]


def test_a_script_that_the_model_never_saw_is_compared_by_letters_alone() -> None:
    """The model has one vector for all such texts: it would make one family of them."""
    bengali = (
        "মন্ত্রী মঙ্গলবার পদত্যাগ করেছেন নিরীক্ষা প্রকাশের পরে",
        "আজ সকালে নদীর ধারে অনেক মানুষ মাছ ধরতে গিয়েছিল",
        "বাজারে চালের দাম গত সপ্তাহের তুলনায় কিছুটা কমেছে",
    )
    texts = [Text(str(at), each) for at, each in enumerate((*bengali, bengali[0] + "!"))]
    observed = find_families(texts, NoProgress(), encoder=sentence_encoder())
    assert families(observed) == [("0", "3")]
    assert observed.counts()["languages_without_model"] == {"mis": 3}


def test_an_article_is_found_behind_other_words_with_its_passages() -> None:
    texts = [Text("port", PORT), Text("again", PORT_REWORDED), Text("bank", OTHER)]
    (finding,) = find_families(texts, NoProgress(), encoder=sentence_encoder()).findings
    assert set(finding.subjects) == {"port", "again"}
    assert finding.rule == "same-meaning"
    _, link = finding.evidence
    assert isinstance(link, dict)
    assert isinstance(link["passages"], list)
    assert len(link["passages"]) >= 2


def test_half_an_article_with_another_end_is_found_by_its_passages() -> None:
    half = "\n\n".join(PORT.split("\n\n")[:2])
    joined = half + "\n\n" + "\n\n".join(OTHER.split("\n\n")[2:])
    texts = [Text("port", PORT), Text("joined", joined)]
    observed = find_families(texts, NoProgress(), encoder=sentence_encoder())
    assert families(observed) == [("joined", "port")]
