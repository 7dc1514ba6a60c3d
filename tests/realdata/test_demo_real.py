"""The demo on two real public lists, and the pinned data."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tocsin.datasets import every_dataset, verify
from tocsin.foundation import NoProgress

pytestmark = pytest.mark.realdata


def test_every_pinned_file_is_there_byte_for_byte(datasets: Path) -> None:
    for dataset in every_dataset():
        assert verify(dataset, datasets, NoProgress()).files == len(dataset.files)


def test_the_real_story_finds_what_the_two_published_lists_share(
    datasets: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "demo", "--real", "--json", "--dir", str(tmp_path / "s")],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env={**os.environ, "TOCSIN_DATASETS": str(datasets)},
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)["facts"]
    # Answers of the data's manifest, computed from the files apart from this code.
    assert facts["lab_holds"] == 637
    assert facts["platform_holds"] in (5_962, 5_963)
    assert facts["common"] == facts["revealed"] == 485
    assert facts["hidden_lab"] == 152
    assert (facts["first_ours"], facts["first_theirs"], facts["first_same"]) == (0, 0, 0)
    assert facts["first_unknown"] == 485
    assert facts["plain_hashes_fallen"] == 637
    assert facts["names_found_in_bytes"] == 0
    assert facts["named_entry"] == facts["flipped_entry"]
