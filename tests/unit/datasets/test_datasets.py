"""Public data by name, pinned."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from tocsin.cli.root import cli
from tocsin.datasets import Dataset, every_dataset, find_dataset, folder_from, verify
from tocsin.foundation import BadInputError, NoProgress, TrustError

CONTENT = b"domain name,created on\n"


def _dataset() -> Dataset:
    return Dataset(
        name="sample",
        repository="somebody/something",
        commit="0" * 40,
        licence="MIT",
        about="two files",
        files={"a b/list.csv": hashlib.sha256(CONTENT).hexdigest()},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "sample" / "a b"
    place.mkdir(parents=True)
    (place / "list.csv").write_bytes(CONTENT)
    return tmp_path


def test_every_dataset_is_pinned_to_a_whole_commit_and_whole_hashes() -> None:
    for dataset in every_dataset():
        assert re.fullmatch(r"[0-9a-f]{40}", dataset.commit)
        assert re.fullmatch(r"[\w-]+/[\w-]+", dataset.repository)
        assert dataset.licence
        assert dataset.files
        assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in dataset.files.values())


def test_no_pinned_path_leads_out_of_its_folder() -> None:
    for dataset in every_dataset():
        for path in dataset.files:
            assert not Path(path).is_absolute()
            assert ".." not in Path(path).parts


def test_data_that_is_as_pinned_is_found(folder: Path) -> None:
    found = verify(_dataset(), folder, NoProgress())
    assert (found.path, found.files) == (folder / "sample", 1)


def test_one_changed_byte_is_refused_and_the_file_named(folder: Path) -> None:
    (folder / "sample" / "a b" / "list.csv").write_bytes(CONTENT.replace(b"d", b"D", 1))
    with pytest.raises(TrustError, match=r"list\.csv"):
        verify(_dataset(), folder, NoProgress())


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "sample" / "a b" / "list.csv").unlink()
    with pytest.raises(BadInputError, match=r"list\.csv"):
        verify(_dataset(), folder, NoProgress())


def test_without_a_folder_it_says_how_to_get_the_data() -> None:
    with pytest.raises(BadInputError) as caught:
        verify(_dataset(), folder_from({}), NoProgress())
    assert "somebody/something" in caught.value.hint
    assert "0" * 40 in caught.value.hint
    assert "TOCSIN_DATASETS" in caught.value.hint


def test_the_folder_is_the_one_that_the_environment_names() -> None:
    assert folder_from({"TOCSIN_DATASETS": "some/where"}) == Path("some/where")
    assert folder_from({"TOCSIN_DATASETS": ""}) is None


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(BadInputError) as caught:
        find_dataset("nothing")
    assert "viginum" in caught.value.hint


def test_the_command_lists_name_source_and_licence() -> None:
    done = CliRunner().invoke(cli, ["--json", "datasets", "list"])
    named = {each["name"]: each for each in json.loads(done.stdout)["datasets"]}
    assert named["meta-threat-research"]["repository"] == "facebook/threat-research"
    assert named["viginum"]["licence"]


def test_the_command_refuses_with_a_hint_where_there_is_no_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TOCSIN_DATASETS", raising=False)
    done = CliRunner().invoke(cli, ["datasets", "get", "viginum"])
    assert done.exit_code == 1
    assert "VIGINUM-FR/Rapports-Techniques" in done.stderr
