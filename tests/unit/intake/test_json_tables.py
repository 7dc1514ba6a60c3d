"""JSON that is a list or a table in another dress."""

import pytest

from tests.unit.intake.conftest import Import, defects, keys_in, only, said_of
from tocsin.vault import Vault

BOTH = {"domain:a-n.example", "domain:b-n.example"}


@pytest.mark.parametrize(
    "text",
    [
        '["a-n.example", "b-n[.]example"]',
        '[{"domain": "a-n.example", "note": 1}, {"note": null, "domain": "b-n.example"}]',
        '{"domain":"a-n.example"}\n{"domain":"b-n.example","tags":["x","y"]}\n',
        '{"count": 2, "iocs": [{"type":"domain","value":"a-n.example"},{"value":"b-n.example"}]}',
        '[{"host": "a-n.example", "more": {"x": [1]}}, {"host": "b-n.example"}]',
        '[\n  "a-n.example",\n  "b-n.example"\n]\n',
    ],
)
def test_values_and_objects_are_rows(importing: Import, vault: Vault, text: str) -> None:
    report = only(importing(text.encode()))
    assert (report.format, report.records, report.kept) == ("json-table", 2, 2)
    assert keys_in(vault) == BOTH
    assert report.mapping is not None


def test_one_bad_element_loses_only_itself_and_what_is_no_row_is_named(
    importing: Import, vault: Vault
) -> None:
    text = (
        '[{"domain":"a-n.example"},{"domain":"x.example","x":NaN},{"domain":"b-n.example"},7,{"do'
    )
    report = only(importing(text.encode()))
    assert (report.records, report.kept) == (5, 3)
    assert defects(report)["not-a-number"] == (1, 1)
    assert defects(report)["truncated"] == (1, 1)
    assert keys_in(vault) == BOTH


def test_members_that_the_first_records_lack_are_kept_unnamed(
    importing: Import, vault: Vault
) -> None:
    records = [f'{{"domain":"h{at}.example"}}' for at in range(300)]
    records.append('{"domain":"a-n.example","late":"told late"}')
    report = only(importing(("[" + ",".join(records) + "]").encode()))
    assert (report.kept, defects(report)) == (301, {"extra-cells": (1, 0)})
    assert said_of(vault, "domain:a-n.example")[0]["extra_cells"] == ["late: told late"]
