"""Names of an operation that come back: by which habit, against which background."""

import pytest

from tests.unit.detect.recycled.invented import HONEST, operation
from tocsin.detect.recycled import Habits, Rates, Rule, count_rates, find_recycled, learn


@pytest.fixture(scope="module")
def habits() -> Habits:
    return learn(operation().listed(), HONEST)


@pytest.fixture(scope="module")
def rates(habits: Habits) -> Rates:
    return count_rates(habits, HONEST)


@pytest.mark.parametrize(
    ("host", "rule"),
    [
        ("valleytimes.cfd", Rule.SUFFIX),
        ("harbourpost.quest", Rule.SUFFIX),
        ("valleytimesr.lol", Rule.EDIT),
        ("loan-zarvix14.lol", Rule.NUMBERS),
        ("zarvix-forest.com", Rule.STEM),
        ("news.towngazette.lol", Rule.BELOW),
    ],
)
def test_a_name_made_as_the_operation_makes_them_alerts_with_the_rule(
    host: str, rule: Rule, habits: Habits, rates: Rates
) -> None:
    (finding,) = find_recycled([host], habits, rates).findings
    assert finding.subjects == (host,)
    assert rule in {each["rule"] for each in finding.evidence if isinstance(each, dict)}
