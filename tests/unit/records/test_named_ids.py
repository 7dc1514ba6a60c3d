"""Deterministic ids, beside the standard library's."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from tocsin.records.stix import uuid5_text


@given(st.uuids(), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_name_gives_the_uuid_of_the_standard_library(namespace: UUID, name: str) -> None:
    assert uuid5_text(namespace.bytes, name.encode()) == str(uuid5(namespace, name))
