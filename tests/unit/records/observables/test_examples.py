"""Every kind ships examples, and every example reads, carries and reads back as it says."""

import pytest

from tocsin.records.observables import (
    EXAMPLES,
    Example,
    Kind,
    examples,
    from_pattern,
    from_sco,
    read_value,
)

ALL = [pytest.param(kind, each, id=f"{kind}-{each.written[:30]}") for kind, each in examples()]


def test_every_kind_ships_an_example() -> None:
    assert set(EXAMPLES) == set(Kind)


@pytest.mark.parametrize(("kind", "example"), ALL)
def test_a_written_value_gets_its_canonical_key(kind: Kind, example: Example) -> None:
    reading = read_value(example.written, example.hint, example.platform)
    assert [(each.kind, each.key) for each in reading.observables] == [(kind, example.key)]


@pytest.mark.parametrize(("kind", "example"), ALL)
def test_an_observable_comes_back_from_its_own_stix_form(kind: Kind, example: Example) -> None:
    observable = read_value(example.written, example.hint, example.platform).observables[0]
    assert from_sco(observable.to_sco()) == observable
    assert from_pattern(observable.pattern) == observable


@pytest.mark.parametrize(("kind", "example"), ALL)
def test_only_accounts_mail_and_phones_are_personal(kind: Kind, example: Example) -> None:
    observable = read_value(example.written, example.hint, example.platform).observables[0]
    assert observable.is_personal == (kind in {Kind.ACCOUNT, Kind.EMAIL, Kind.PHONE})
