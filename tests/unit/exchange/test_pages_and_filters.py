"""The opaque `next` and the query of a read, by themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from tocsin.exchange.limits import MAX_PAGE
from tocsin.exchange.server.filters import read_filters
from tocsin.exchange.server.media import HttpError
from tocsin.exchange.server.pages import PageTokens

TOKENS = PageTokens(b"s" * 32)
POSITIONS = st.integers(0, 2**63 - 1)


@given(position=POSITIONS, question=st.binary(max_size=200))
def test_a_token_gives_back_the_position_that_it_was_issued_for(
    position: int, question: bytes
) -> None:
    assert TOKENS.read(TOKENS.issue(position, question), question) == position


@given(position=POSITIONS, place=st.integers(0, 31), letter=st.sampled_from("AQgwz09_-"))
def test_a_token_changed_in_any_letter_is_refused(position: int, place: int, letter: str) -> None:
    token = TOKENS.issue(position, b"q")
    changed = token[:place] + letter + token[place + 1 :]
    if changed == token:
        return
    with pytest.raises(HttpError) as caught:
        TOKENS.read(changed, b"q")
    assert caught.value.status == 400


@given(text=st.text(max_size=60))
def test_an_invented_token_is_refused(text: str) -> None:
    with pytest.raises(HttpError):
        TOKENS.read(text, b"q")


@given(position=POSITIONS, one=st.binary(), other=st.binary(), secret=st.binary(min_size=32))
def test_a_token_serves_one_question_at_one_exchange_only(
    position: int, one: bytes, other: bytes, secret: bytes
) -> None:
    token = TOKENS.issue(position, one)
    if one != other:
        with pytest.raises(HttpError):
            TOKENS.read(token, other)
    if secret != TOKENS.secret:
        with pytest.raises(HttpError):
            PageTokens(secret).read(token, one)


@given(number=st.integers(1, 10**40))
def test_a_limit_is_capped_and_never_below_one(number: int) -> None:
    assert read_filters(QueryParams({"limit": str(number)})).limit == min(number, MAX_PAGE)


NAMES = st.sampled_from(
    ["limit", "next", "added_after", "match[id]", "match[type]", "match[version]", "x"]
)


@given(query=st.lists(st.tuples(NAMES, st.text(max_size=30)), max_size=5))
def test_any_query_is_read_or_refused_with_400(query: list[tuple[str, str]]) -> None:
    status, limit = 200, 1
    try:
        limit = read_filters(QueryParams(query)).limit
    except HttpError as error:
        status = error.status
    assert status in (200, 400)
    assert 1 <= limit <= MAX_PAGE


def test_a_field_given_twice_is_refused() -> None:
    with pytest.raises(HttpError, match="twice"):
        read_filters(QueryParams([("limit", "1"), ("limit", "2")]))


@given(st.data())
def test_two_different_questions_never_share_a_token(data: st.DataObject) -> None:
    terms = st.frozensets(st.sampled_from(["indicator", "report", "note"]), min_size=1)
    one, other = data.draw(terms), data.draw(terms)
    questions = [
        read_filters(QueryParams({"match[type]": ",".join(sorted(each))})).question("me", "objects")
        for each in (one, other)
    ]
    assert (questions[0] == questions[1]) is (one == other)


def test_types_are_bounded_in_number_and_all_of_stix_fit() -> None:
    def asked(count: int) -> QueryParams:
        return QueryParams({"match[type]": ",".join(f"x-{at}" for at in range(count))})

    types = read_filters(asked(64)).types
    assert types is not None
    assert len(types) == 64
    with pytest.raises(HttpError) as caught:
        read_filters(asked(65))
    assert caught.value.status == 400
