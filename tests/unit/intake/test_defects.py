"""Every kind of defect has a rule, and the reference page lists it."""

import re
from pathlib import Path

from tocsin.intake import DEFECT_KINDS, readers
from tocsin.records.observables import Defect

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "formats.md"


def test_what_the_reading_of_values_tells_has_a_rule() -> None:
    assert {str(defect) for defect in Defect} <= DEFECT_KINDS.keys()


def test_the_reference_page_lists_every_kind_with_its_rule_and_no_other() -> None:
    listed = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \|$", PAGE.read_text("utf-8"), re.M))
    kinds = {kind: rule for kind, rule in listed.items() if kind in DEFECT_KINDS}
    assert kinds == DEFECT_KINDS


def test_the_reference_page_names_every_reader() -> None:
    text = PAGE.read_text("utf-8")
    assert [reader.name for reader in readers() if f"`{reader.name}`" not in text] == []
