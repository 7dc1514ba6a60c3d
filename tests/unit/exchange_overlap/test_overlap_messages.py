"""What comes from outside is read strictly, and comes back as it was written."""

from datetime import UTC, datetime

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tocsin.exchange.overlap.book import Record, Side, State
from tocsin.exchange.overlap.epochs import epoch_of, is_running
from tocsin.exchange.overlap.kinds import OFFERED, checked_kinds, key_words
from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.exchange.overlap.notices import Notice, Stage
from tocsin.foundation import BadInputError, JsonValue, TrustError
from tocsin.trust import SigningKey

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
AT = datetime(2026, 11, 3, 19, tzinfo=UTC)
KEY = SigningKey.generate()
NOTICE = Notice(
    id="x-tocsin-overlap--e2f63867-40e3-48d7-b75f-2ed977cc074b",
    asker="identity--a",
    holder="identity--b",
    epoch=2965,
    kinds=("domain", "url"),
    elements=2,
    attempt=1,
    posted=AT,
)


@given(
    stage=st.sampled_from(list(Stage)),
    answers=st.integers(0, 9),
    common=st.none() | st.integers(0, 99),
    why=st.none() | st.text(max_size=80),
)
def test_a_notice_comes_back_as_it_was(
    stage: Stage, answers: int, common: int | None, why: str | None
) -> None:
    notice = evolve(NOTICE, stage=stage, answers=answers, common=common, why=why)
    assert Notice.from_json(notice.to_json()) == notice


@given(st.sampled_from(sorted(NOTICE.to_json())), JSON)
def test_a_notice_with_a_wrong_field_is_refused_in_words_or_says_that_field(
    name: str, value: JsonValue
) -> None:
    try:
        read = Notice.from_json({**NOTICE.to_json(), name: value})
    except BadInputError:
        return
    if name == "kinds":
        assert isinstance(value, list)
        assert read.kinds == tuple(sorted({str(each) for each in value}))
    else:
        assert read.to_json()[name] == value


@given(st.sampled_from(list(LetterKind)), st.binary(max_size=200))
def test_a_letter_comes_back_as_it_was_and_its_signature_holds(
    kind: LetterKind, data: bytes
) -> None:
    letter = Letter.write(kind, NOTICE.attempt_terms, data, KEY)
    again = Letter.from_json(letter.to_json())

    assert again == letter
    again.check({KEY.key_id: KEY.public})


@given(st.sampled_from(list(LetterKind)), st.sampled_from(list(LetterKind)))
def test_a_letter_never_passes_for_one_of_another_kind(one: LetterKind, other: LetterKind) -> None:
    letter = Letter.write(one, NOTICE.attempt_terms, b"data", KEY)
    if one is not other:
        with pytest.raises(TrustError):
            evolve(letter, kind=other).check({KEY.key_id: KEY.public})


@given(JSON)
def test_anything_else_is_no_letter(value: JsonValue) -> None:
    with pytest.raises(BadInputError):
        Letter.from_json(value)


@given(
    side=st.sampled_from(list(Side)),
    state=st.sampled_from(list(State)),
    taken=st.integers(0, 3),
    is_told=st.booleans(),
    is_answered=st.booleans(),
    approved_by=st.none() | st.just("carla"),
)
def test_a_record_comes_back_as_it_was(
    *,
    side: Side,
    state: State,
    taken: int,
    is_told: bool,
    is_answered: bool,
    approved_by: str | None,
) -> None:
    record = Record(
        id=NOTICE.id,
        side=side,
        other="identity--b",
        epoch=1,
        kinds=("domain",),
        asked=20,
        asked_at=AT,
        by="ana",
        state=state,
        taken=taken,
        is_told=is_told,
        is_answered=is_answered,
        approved_by=approved_by,
    )
    assert Record.from_json(record.to_json()) == record


def test_epochs_are_weeks_since_1970_and_change_on_thursdays() -> None:
    last, first = datetime(2026, 11, 4, 23, 59, tzinfo=UTC), datetime(2026, 11, 5, tzinfo=UTC)

    assert (epoch_of(last), epoch_of(first)) == (2965, 2966)
    assert is_running(2966, last)  # a clock that is a minute ahead
    assert is_running(2965, first)
    assert not is_running(2964, first)
    assert not is_running(2966, datetime(2026, 11, 4, 12, tzinfo=UTC))


def test_kinds_cover_keys_without_overlap_and_people_only_by_name() -> None:
    words = [word for kind in OFFERED for word in key_words([kind])]

    assert len(words) == len(set(words))
    assert checked_kinds(["url", "domain", "url"]) == ("domain", "url")
    for wrong in ([], ["domain", "diary"]):
        with pytest.raises(BadInputError):
            checked_kinds(wrong)
