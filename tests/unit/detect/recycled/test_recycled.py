"""Names of an operation that come back: by which habit, against which background."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detect.recycled.invented import CUT, HONEST, OPERATION, indicator, operation
from tocsin.detect.recycled import (
    Habits,
    Indicators,
    Rates,
    Rule,
    State,
    count_rates,
    find_recycled,
    hold_out,
    learn,
)
from tocsin.foundation import JsonObject
from tocsin.records import Finding


@pytest.fixture(scope="module")
def habits() -> Habits:
    return learn(operation().listed(), HONEST)


@pytest.fixture(scope="module")
def rates(habits: Habits) -> Rates:
    return count_rates(habits, HONEST)


def evidence(finding: Finding) -> list[JsonObject]:
    return [each for each in finding.evidence if isinstance(each, dict)]


def alerts(host: str, habits: Habits, rates: Rates) -> list[Finding]:
    return find_recycled([host], habits, rates).findings


@pytest.mark.parametrize(
    ("host", "rule"),
    [
        ("valleytimes.cfd", Rule.SUFFIX),
        ("harbourpost.quest", Rule.SUFFIX),
        ("town-gazette.cfd", Rule.LETTERS),
        ("valleytimesr.lol", Rule.EDIT),
        ("loan-zarvix14.lol", Rule.NUMBERS),
        ("zarvix-forest.com", Rule.STEM),
        ("riverside.lol", Rule.BORROWED),
        ("news.towngazette.lol", Rule.BELOW),
    ],
)
def test_a_name_made_as_the_operation_makes_them_alerts_with_the_rule(
    host: str, rule: Rule, habits: Habits, rates: Rates
) -> None:
    (finding,) = alerts(host, habits, rates)
    assert finding.subjects == (host,)
    assert rule in {each["rule"] for each in evidence(finding)}


def test_a_finding_names_the_earlier_names_and_when_they_were_known(
    habits: Habits, rates: Rates
) -> None:
    (finding,) = alerts("valleytimes.cfd", habits, rates)
    assert finding.objects == ("valleytimes.lol", "valleytimes.quest")
    first = evidence(finding)[0]
    assert first["earlier"] == [
        {"name": "valleytimes.lol", "known": "2024-01-08T00:00:00.000000Z", "state": "active"},
        {"name": "valleytimes.quest", "known": "2024-01-09T00:00:00.000000Z", "state": "active"},
    ]


def test_a_finding_says_how_often_honest_names_look_the_same_and_what_else_it_may_be(
    habits: Habits, rates: Rates
) -> None:
    (finding,) = alerts("valleytimes.cfd", habits, rates)
    first = evidence(finding)[0]
    expected = 1 * 100_000 / (len(HONEST) + 1)
    assert first["background_per_100k"] == pytest.approx(expected, abs=0.01)
    assert {each.fits for each in finding.explanations} == {None}
    assert "the one whom the earlier name imitates" in {each.name for each in finding.explanations}


@pytest.mark.parametrize(
    "host",
    [
        "towngazette.gov",  # its registry asks who you are
        "valleytomes.lol",  # a letter replaced: the operation never did that to so long a label
        "mytowngazette.com",  # words glued in front: nor that
        "unrelated.lol",
        "onlyone.quest",  # like a label that was used once
        "money-house.com",  # pieces that stood elsewhere in a label
        "lol.example",
        "blogspot.com",
    ],
)
def test_a_name_made_in_another_way_does_not_alert(host: str, habits: Habits, rates: Rates) -> None:
    assert alerts(host, habits, rates) == []


def test_a_known_name_is_no_news_unless_it_was_gone(habits: Habits, rates: Rates) -> None:
    found = find_recycled(["towngazette.lol", "www.towngazette.lol"], habits, rates)
    assert (found.findings, found.hosts["known"]) == ([], 2)


def test_numbers_that_a_shared_host_gives_are_nobodys_series() -> None:
    known = operation()
    for number in (10, 11, 12):
        known.add(indicator(f"project{number}.tilda.ws"))
    habits = learn(known.listed(), HONEST)
    rates = count_rates(habits, HONEST)
    assert alerts("project13.tilda.ws", habits, rates) == []
    assert alerts("project10.tilda.ws", habits, rates) == []
    assert alerts("tilda.ws", habits, rates) == []


@pytest.mark.parametrize(
    ("held", "other"), [("valleytames", "valleytimex"), ("valleytamex", "valleytimes")]
)
def test_a_brand_that_others_hold_does_not_hide_one_that_nobody_holds(
    held: str, other: str
) -> None:
    known = operation()
    for suffix in ("lol", "cfd"):
        known.add(indicator(f"valleytimex.{suffix}"))
    honest = [*HONEST, *(f"works{at}.org" for at in range(2_000)), f"{held}.com"]
    habits = learn(known.listed(), honest)
    (finding,) = alerts("valleytimer.lol", habits, count_rates(habits, honest))
    assert {each["key"] for each in evidence(finding)} == {other}


@pytest.mark.parametrize("state", [State.SEIZED, State.WITHDRAWN])
@pytest.mark.parametrize("seen", ["onlyonce.quest", "www.onlyonce.quest"])
def test_a_name_that_was_gone_alerts_when_it_is_seen_again(state: State, seen: str) -> None:
    known = Indicators(before=CUT)
    known.add(indicator("onlyonce.quest", state=state))
    habits = learn(known.listed())
    (finding,) = alerts(seen, habits, count_rates(habits, []))
    assert (finding.rule, finding.objects) == ("gone-name-returns", ("onlyonce.quest",))
    assert evidence(finding)[0]["how"] == str(state)
    assert "who seized it holds it" in {each.name for each in finding.explanations}


def test_a_gone_name_alerts_though_it_stands_in_the_benign_list() -> None:
    known = Indicators(before=CUT)
    known.add(indicator("onlyonce.quest", state=State.SEIZED))
    habits = learn(known.listed(), ["onlyonce.quest"])
    assert alerts("onlyonce.quest", habits, count_rates(habits, ["onlyonce.quest"]))


def test_a_benign_name_never_alerts_for_its_likeness(habits: Habits) -> None:
    rates = count_rates(habits, [*HONEST, "valleytimes.cfd"])
    found = find_recycled(["valleytimes.cfd"], habits, rates)
    assert (found.findings, found.hosts["benign"]) == ([], 1)


def test_a_label_that_several_honest_sites_bear_alerts_no_more_in_that_way() -> None:
    sisters = ["valleytimes.fr", "valleytimes.de"]
    habits = learn(operation().listed(), [*HONEST, *sisters])
    rates = count_rates(habits, [*HONEST, *sisters])
    assert alerts("valleytimes.it", habits, rates) == []
    assert alerts("valleytimes.cfd", habits, rates)


def test_the_site_that_is_imitated_does_not_silence_its_imitators() -> None:
    original = ["valleytimes.net"]
    habits = learn(operation().listed(), [*HONEST, *original])
    rates = count_rates(habits, [*HONEST, *original])
    assert alerts("valleytimes.org", habits, rates)
    assert alerts("valleytimes.net", habits, rates) == []


def test_a_habit_that_honest_names_share_alerts_nobody() -> None:
    common = [f"zarvix-{letter}{other}.com" for letter in "abcdefg" for other in "abcdefg"]
    habits = learn(operation().listed(), [*HONEST, *common])
    rates = count_rates(habits, [*HONEST, *common])
    assert alerts("zarvix-forest.com", habits, rates) == []


def test_without_benign_names_only_what_needs_no_background_alerts(habits: Habits) -> None:
    rates = count_rates(habits, [])
    assert alerts("zarvix-forest.com", habits, rates) == []
    assert alerts("towngazette.com.au", habits, rates)


def test_a_label_that_was_used_once_is_sought_in_no_other_form_unless_the_list_calls_it_a_brand(
    habits: Habits, rates: Rates
) -> None:
    assert alerts("onlyoncer.lol", habits, rates) == []
    named = operation()
    named.add(indicator("onlyonce.quest", is_brand=True))
    told = learn(named.listed(), HONEST)
    assert alerts("onlyoncer.lol", told, count_rates(told, HONEST))


def test_a_host_alerts_once(habits: Habits, rates: Rates) -> None:
    found = find_recycled(["valleytimes.cfd", "valleytimes.cfd"], habits, rates)
    assert (len(found.findings), found.hosts["repeated"]) == (1, 1)


def test_held_out_alerts_are_counted_on_names_that_told_nothing() -> None:
    alone = hold_out(operation().listed(), HONEST)
    bearing = hold_out(operation().listed(), [*HONEST, "valleytimes.top", "harbourpost.icu"])
    assert bearing.names == len(HONEST) + 2
    assert bearing.alerts == alone.alerts + 2
    assert bearing.originals == alone.originals + 2
    assert bearing.per_100k == pytest.approx(bearing.alerts * 100_000 / bearing.names)


@given(st.permutations(OPERATION))
def test_the_order_in_which_names_became_known_is_nothing(order: list[str]) -> None:
    given_ = {each.host: each for each in operation().listed()}
    other = Indicators(before=CUT)
    for host in order:
        other.add(evolve(given_[host]))
    assert other.digest() == operation().digest()
    assert learn(other.listed(), HONEST).stems == learn(operation().listed(), HONEST).stems


@given(st.text(alphabet="abcz-019", min_size=1, max_size=63))
def test_any_label_is_judged_without_error(label: str) -> None:
    habits = learn(operation().listed(), HONEST)
    found = find_recycled([f"{label}.lol"], habits, Rates())
    assert found.hosts["screened"] == 1
