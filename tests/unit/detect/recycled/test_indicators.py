"""Tables of an operation's names: what was known when, and that nothing later is looked at."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detect.recycled.invented import CUT
from tocsin.detect.recycled import Indicators, State, read_indicators
from tocsin.foundation import BadInputError

_HEADER = "domain,known,state,role"


def read(*rows: str, header: str = _HEADER, before: datetime = CUT) -> Indicators:
    into = Indicators(before=before)
    read_indicators(io.BytesIO("\n".join((header, *rows)).encode()), "list.csv", into)
    return into


def test_defanged_and_www_forms_name_the_same_host() -> None:
    known = read("www.gazette[.]lol,2024-01-02,,", "hxxp://gazette.lol,2024-01-01,,")
    (only,) = known.listed()
    assert (only.host, only.known) == ("gazette.lol", datetime(2024, 1, 1, tzinfo=UTC))


def test_the_cut_off_itself_is_too_late() -> None:
    rows = ("a-b.lol,2024-09-12,,", "c-d.lol,2024-09-13,,", "e-f.lol,2024-09-12T23:59:59Z,,")
    assert [each.host for each in read(*rows).listed()] == ["a-b.lol", "e-f.lol"]


def test_of_several_states_the_last_said_before_the_cut_off_holds() -> None:
    rows = (
        "gazette.lol,2024-05-01,seized,",
        "gazette.lol,2024-01-01,active,",
        "gazette.lol,2024-10-01,active,",
    )
    for order in (rows, rows[::-1]):
        (only,) = read(*order).listed()
        assert only.state is State.SEIZED
        assert only.known == datetime(2024, 1, 1, tzinfo=UTC)


def test_what_cannot_be_read_is_named_and_the_rest_is_read() -> None:
    known = read(
        "gazette.lol,2024-01-01,,",
        "undated.lol,,,",
        "swapped.lol,13/09/2024,,",
        "no host,2024-01-01,,",
        "tilda.ws,2024-01-01,,",
        "odd.lol,2024-01-01,asleep,",
        "strange.lol,2024-01-01,,mascot",
    )
    assert [each.host for each in known.listed()] == ["gazette.lol", "odd.lol", "strange.lol"]
    assert known.faults["no-day-known"] == 2
    assert known.faults["unknown-state"] == 1
    assert known.faults["unknown-role"] == 1
    assert known.faults.total() == 6
    assert "row 3" in known.examples["no-day-known"][0]


@pytest.mark.parametrize(
    ("header", "words"),
    [("domain,state", "when a name became known"), ("known,state", "no column holds names")],
)
def test_a_table_without_names_or_days_is_refused(header: str, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        read("a,b", header=header)


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(BadInputError, match="no rows"):
        read()


_LABELS = st.text("abcdefgh0-", min_size=1, max_size=8)
_LATER = st.builds(
    lambda label, days, state, role: (
        f"{label},{(CUT + timedelta(days=days)):%Y-%m-%d},{state},{role}"
    ),
    st.one_of(_LABELS.map("{}.lol".format), st.sampled_from(["gazette.lol", "no host", ""])),
    st.integers(0, 900),
    st.sampled_from(["", "seized", "asleep"]),
    st.sampled_from(["", "brand", "mascot"]),
)


@given(st.lists(_LATER, max_size=8), st.integers(0, 3))
def test_rows_that_became_known_later_leave_no_trace(later: list[str], at: int) -> None:
    rows = [
        "gazette.lol,2024-01-01,,",
        "post.lol,2024-02-01,seized,",
        "times.lol,2024-03-01,,brand",
    ]
    alone, among = read(*rows), read(*rows[:at], *later, *rows[at:])
    assert among.listed() == alone.listed()
    assert among.digest() == alone.digest()
    assert (among.counts, among.defects()) == (alone.counts, alone.defects())
