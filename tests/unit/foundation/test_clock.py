"""Time: what RFC 3339 text is read, how it is written, and how a clock is moved."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import BadInputError, ManualClock, SystemClock, parse_time, rfc3339

moments = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 - the strategy takes naive bounds
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
)
zones = st.integers(-14 * 60 + 1, 14 * 60 - 1).map(lambda m: timezone(timedelta(minutes=m)))


@given(moments, zones)
def test_a_time_is_read_back_as_it_was_written(naive: datetime, zone: timezone) -> None:
    moment = naive.replace(tzinfo=zone)
    text = rfc3339(moment)
    assert parse_time(text) == moment
    assert parse_time(text).tzinfo is UTC
    assert len(text) == len("2026-11-03T19:00:00.000000Z")


@given(moments, moments)
def test_written_times_sort_as_the_moments_do(one: datetime, other: datetime) -> None:
    first, second = one.replace(tzinfo=UTC), other.replace(tzinfo=UTC)
    assert (rfc3339(first) < rfc3339(second)) == (first < second)


# RFC 3339, section 5.8, but for its leap seconds.
@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.520000Z"),
        ("1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57.000000Z"),
        ("1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.870000Z"),
    ],
)
def test_the_examples_of_rfc_3339_are_read(text: str, form: str) -> None:
    assert rfc3339(parse_time(text)) == form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2026-11-03t19:00:00z", "2026-11-03T19:00:00.000000Z"),
        ("2026-11-03T19:00:00.1234560000Z", "2026-11-03T19:00:00.123456Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_every_form_that_rfc_3339_allows_is_read(text: str, form: str) -> None:
    assert rfc3339(parse_time(text)) == form


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not an RFC 3339 time"),
        ("yesterday", "is not an RFC 3339 time"),
        ("2026-11-03", "is not an RFC 3339 time"),
        ("2026-11-03 19:00:00Z", "is not an RFC 3339 time"),
        ("2026-11-03T19:00Z", "is not an RFC 3339 time"),
        ("20261103T190000Z", "is not an RFC 3339 time"),
        ("2026-W45-2T19:00:00Z", "is not an RFC 3339 time"),
        ("2026-11-03T19:00:00,5Z", "is not an RFC 3339 time"),
        ("2026-11-03T19:00:00.Z", "is not an RFC 3339 time"),
        ("2026-11-03T19:00:00+0100", "is not an RFC 3339 time"),
        ("2026-11-03T19:00:00Z\n", "is not an RFC 3339 time"),
        ("\uff12026-11-03T19:00:00Z", "is not an RFC 3339 time"),
        ("2026-02-29T00:00:00Z", "is not an RFC 3339 time"),
        ("2026-11-03T24:00:00Z", "is not an RFC 3339 time"),
        ("1990-12-31T23:59:60Z", "is not an RFC 3339 time"),
        ("2026-11-03T19:00:00+24:00", "is not an RFC 3339 time"),
        ("0001-01-01T00:00:00+01:00", "is not an RFC 3339 time"),
        ("9999-12-31T23:59:59-01:00", "is not an RFC 3339 time"),
        ("2026-11-03T19:00:00", "has no time zone"),
        ("2026-11-03T19:00:00.1234567Z", "finer than a microsecond"),
    ],
)
def test_what_is_no_rfc_3339_time_is_refused_by_field(text: str, says: str) -> None:
    with pytest.raises(BadInputError, match=says) as caught:
        parse_time(text, field="valid_from")
    assert str(caught.value).startswith("valid_from: ")
    assert caught.value.hint


@given(st.text(max_size=30))
def test_no_text_raises_anything_but_bad_input(text: str) -> None:
    with contextlib.suppress(BadInputError):
        assert parse_time(text).tzinfo is UTC


def test_a_time_without_a_zone_is_neither_written_nor_a_start() -> None:
    naive = datetime(2026, 11, 3)  # noqa: DTZ001 - the point
    with pytest.raises(BadInputError):
        rfc3339(naive)
    with pytest.raises(BadInputError):
        ManualClock(naive)


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(datetime(2026, 11, 3, 20, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == clock.now() == datetime(2026, 11, 3, 19, tzinfo=UTC)
    clock.advance(days=6, minutes=1)
    assert clock.now() == datetime(2026, 11, 9, 19, 1, tzinfo=UTC)
    clock.advance(hours=-2)
    assert clock.now() == datetime(2026, 11, 9, 17, 1, tzinfo=UTC)


def test_the_machines_clock_tells_aware_time_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC
