"""Stories that machines wrote for three local-news fakes (MassMove/AttackVectors, MIT).

16,560 titles with their first sentences. Many are filled-in forms, which the titles give away: a
family must not chain from one form to another, as it would by single links.
"""

import csv
import gzip
import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tocsin.detect.texts import Text, find_families
from tocsin.foundation import NoProgress

pytestmark = pytest.mark.realdata
FORMS: Final = {
    "size": re.compile(r"businesses in .* (?:have|had) (?:between|fewer|more|at least|less)"),
    "gas": re.compile(r"^(?:Gas prices near|Best station to purchase)"),
    "licences": re.compile(r"professional licenses? set to expire"),
    "stocks": re.compile(r"^Inventories in "),
    "wholesale": re.compile(r"wholesalers report"),
    "earnings": re.compile(r" industry.s Q\d "),
    "clinics": re.compile(r"^VA reports "),
}


def form_of(title: str) -> str | None:
    return next((name for name, form in FORMS.items() if form.search(title)), None)


def test_families_do_not_chain_from_one_form_of_story_to_another(datasets: Path) -> None:
    texts, forms = [], {}
    for file in sorted(Path(datasets, "sites/stories").glob("*.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8", errors="replace", newline="") as opened:
            for number, row in enumerate(csv.DictReader(opened)):
                text = Text(f"{file.stem} {number}", f"{row['storyTitle']}. {row['description']}")
                texts.append(text)
                forms[text.id] = form_of(row["storyTitle"])
    found = find_families(texts, NoProgress(), encoder=None).findings
    known = [
        Counter(form for each in finding.subjects if (form := forms[each])) for finding in found
    ]
    of_a_form = sum(sum(counted.values()) for counted in known)
    of_its_main_form = sum(max(counted.values(), default=0) for counted in known)
    assert of_a_form > 10_000
    assert of_its_main_form >= 0.995 * of_a_form
