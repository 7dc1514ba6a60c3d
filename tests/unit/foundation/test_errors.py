"""Errors: one root, families by cause, a hint beside the message."""

import inspect
import pickle

import pytest

from tocsin.foundation import TocsinError, errors

FAMILIES = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, TocsinError) and kind is not TocsinError
]


@pytest.mark.parametrize("kind", FAMILIES)
def test_every_family_is_caught_by_the_root_and_by_no_sister(kind: type[TocsinError]) -> None:
    assert kind.__bases__ == (TocsinError,)
    assert kind.__doc__


@pytest.mark.parametrize("kind", FAMILIES)
def test_an_error_tells_what_is_wrong_and_what_to_do(kind: type[TocsinError]) -> None:
    error = kind("list.csv: row 3 has no host", hint="fill the column")
    assert str(error) == error.message == "list.csv: row 3 has no host"
    assert error.hint == "fill the column"
    assert kind("nothing to be done").hint == ""


@pytest.mark.parametrize("kind", FAMILIES)
def test_an_error_crosses_a_process_boundary_with_its_hint(kind: type[TocsinError]) -> None:
    error = pickle.loads(pickle.dumps(kind("full disk", hint="make room")))  # noqa: S301 - our own
    assert (type(error), error.message, error.hint) == (kind, "full disk", "make room")
