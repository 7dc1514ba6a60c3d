"""The reference page names every kind and every defect."""

from pathlib import Path
from typing import Final

from tocsin.records.observables import Defect, HostFault, Kind

PAGE: Final = Path(__file__).parents[4] / "docs" / "reference" / "identifiers.md"


def test_the_reference_page_names_every_kind_and_defect() -> None:
    text = PAGE.read_text("utf-8")
    assert [kind for kind in Kind if str(kind) not in text] == []
    assert [each for each in (*Defect, *HostFault) if f"`{each}`" not in text] == []
