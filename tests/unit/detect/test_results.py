"""A run's folder: whole files, hostile labels made harmless, and a later run can go on from it."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tocsin.detect.coordination import Edges, Shares, edges
from tocsin.detect.coordination.chance import EdgeTests
from tocsin.detect.coordination.detection import Detection, Settings, detect
from tocsin.detect.coordination.earlier import read_earlier
from tocsin.detect.coordination.explaining import explain
from tocsin.detect.coordination.groups import Grouping, joined
from tocsin.detect.coordination.reporting import report
from tocsin.detect.coordination.results import whole_file, write_results
from tocsin.foundation import BadInputError, NoProgress

HOSTILE = ['=cmd("x")', '<a href="x">&\'', "turned\u202earound", "bell\x07", "ring 4"]


def found_in(
    table: pa.Table, settings: Settings | None = None, q: float | None = None
) -> Detection:
    shares = Shares.from_table(table)
    asked = settings or Settings()
    counted = edges(shares, asked.window_s, asked.least)
    if q is None:
        return detect(shares, counted, asked, NoProgress())
    least_q = q

    def only_three_objects(_: Shares, found: Edges, *__: object) -> EdgeTests:
        values = np.where(found.n < 3, 0.9, least_q)
        return EdgeTests(
            a=found.a,
            b=found.b,
            met=found.n,
            shared=found.n,
            expected=values,
            p_value=values,
            q_value=values,
            partners=np.full(shares.n_accounts, 7.0),
        )

    return detect(shares, counted, asked, NoProgress(), only_three_objects)


@pytest.fixture(scope="module")
def ring() -> pa.Table:
    """Five accounts that share three links each second, two others that share two, and a loner."""
    rows = [(name, f"o{n}", 1000 * n + k) for n in range(3) for k, name in enumerate(HOSTILE)]
    rows += [(name, f"p{n}", 5000 * n + k) for n in range(2) for k, name in enumerate("xy")]
    rows += [("loner", "o0", 500_000)]
    account, obj, time = zip(*rows, strict=True)
    content = [f"{a} {o}" for a, o, _ in rows]
    return pa.table({"account": account, "object": obj, "time": time, "content": content})


def test_every_edge_is_written_with_its_evidence(ring: pa.Table, tmp_path: Path) -> None:
    found = found_in(ring)
    write_results(found, {"edges": 11}, tmp_path / "new" / "out", NoProgress())
    table = pq.read_table(tmp_path / "new" / "out" / "edges.parquet")
    assert len(table) == 11
    row = next(each for each in table.to_pylist() if each["account_a"] == "x")
    assert row == {
        "account_a": "x",
        "account_b": "y",
        "window_s": 60,
        "objects": 2,
        "lag_least_s": 1,
        "lag_median_s": 1.0,
        "a_first": 2,
        "b_first": 0,
        "together": 0,
        "contents_a": 2,
        "contents_b": 2,
        "symmetry": 1.0,
        "expected": None,
        "p_value": None,
        "q_value": None,
        "group": 2,
    }
    assert json.loads((tmp_path / "new" / "out" / "summary.json").read_text()) == {"edges": 11}


def test_networks_hold_hostile_labels_as_text(ring: pa.Table, tmp_path: Path) -> None:
    write_results(found_in(ring), {}, tmp_path, NoProgress())
    shown = {each.replace("\u202e", "\\u202e").replace("\x07", "\\u0007") for each in HOSTILE}
    graphml = ET.parse(tmp_path / "network.graphml").getroot()  # noqa: S314 - our own file
    space = "{http://graphml.graphdrawing.org/xmlns}"
    labels = {
        data.text
        for data in graphml.iter(f"{space}data")
        if data.get("key") == "label" and data.text
    }
    assert labels == shown | {"x", "y"}
    gexf = ET.parse(tmp_path / "network.gexf").getroot()  # noqa: S314
    assert {node.get("label") for node in gexf.iter("{http://gexf.net/1.3}node")} == labels
    assert len(list(gexf.iter("{http://gexf.net/1.3}edge"))) == 11


def test_no_cell_of_the_groups_is_a_formula(ring: pa.Table, tmp_path: Path) -> None:
    write_results(found_in(ring), {}, tmp_path, NoProgress())
    with (tmp_path / "groups.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["account"] for row in rows if "cmd" in row["account"]} == {'\'=cmd("x")'}
    assert {row["q_value"] for row in rows} == {"not tested"}
    assert [row["group"] for row in rows] == ["1"] * 5 + ["2"] * 2


def test_a_run_is_read_back_as_it_was(ring: pa.Table, tmp_path: Path) -> None:
    found = found_in(ring)
    write_results(found, {}, tmp_path, NoProgress())
    earlier = read_earlier(tmp_path)
    assert (earlier.window_s, earlier.least) == (60, 2)
    assert earlier.shares.rows == found.shares.rows
    for name in ("obj", "acc", "ts"):
        assert getattr(earlier.shares, name).tolist() == getattr(found.shares, name).tolist()
    for name in ("a", "b", "n"):
        assert getattr(earlier.edges, name).tolist() == getattr(found.edges, name).tolist()


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no earlier run"):
        read_earlier(tmp_path)


def test_a_file_that_was_not_finished_is_not_left_behind(tmp_path: Path) -> None:
    def fail_midway() -> None:
        with whole_file(tmp_path / "new.csv") as place:
            place.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_midway()
    assert list(tmp_path.iterdir()) == []


def test_untested_edges_are_said_to_be_no_finding(ring: pa.Table) -> None:
    found = found_in(ring)
    assert "no finding" in found.note
    assert [found.q_of(group) for group in found.groups] == [None, None]


def test_groups_are_cut_from_significant_edges_only(ring: pa.Table) -> None:
    found = found_in(ring, q=0.01)
    assert "explanations" in found.note
    assert len(found.edges) == 11
    assert [len(group.accounts) for group in found.groups] == [5]
    assert found.q_of(found.groups[0]) == 0.01


def test_leiden_parts_two_rings_that_one_edge_ties_together() -> None:
    rows = [
        (f"{side}{k}", f"{side}-{n}", 1000 * n) for side in "ab" for n in range(4) for k in range(6)
    ]
    rows += [(name, f"bridge{n}", n) for name in ("a0", "b0") for n in range(2)]
    account, obj, time = zip(*rows, strict=True)
    table = pa.table({"account": account, "object": obj, "time": time})
    whole = found_in(table).groups
    parted = found_in(table, Settings(grouping=Grouping.LEIDEN)).groups
    assert [len(group.accounts) for group in whole] == [12]
    assert [len(group.accounts) for group in parted] == [6, 6]
    assert sum(len(group.edges) for group in parted) == len(whole[0].edges) - 1


def test_an_account_is_explained_by_whom_it_met_on_what_and_when(ring: pa.Table) -> None:
    said = explain(found_in(ring), "y")
    assert said["group"] == "group-2"
    assert said["partners"] == [
        {
            "account": "x",
            "objects": 2,
            "q_value": None,
            "lag_median_s": 1.0,
            "came_first": 0,
            "came_later": 2,
            "together": 0,
            "met": [
                {"object": "p0", "at": "1970-01-01T00:00:01.000000Z",
                 "other_at": "1970-01-01T00:00:00.000000Z", "lag_s": -1},
                {"object": "p1", "at": "1970-01-01T01:23:21.000000Z",
                 "other_at": "1970-01-01T01:23:20.000000Z", "lag_s": -1},
            ],
        }
    ]  # fmt: skip


def test_an_account_that_shared_nothing_cannot_be_explained(ring: pa.Table) -> None:
    with pytest.raises(BadInputError, match="'nobody' shared nothing"):
        explain(found_in(ring), "nobody")


def test_objects_of_many_groups_are_those_on_which_their_members_met(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Three groups of three, each on links of its own; one of a group misses its second link.
    rows = [
        (f"g{group}-{member}", f"o{group}-{link}", 1000 * link + member)
        for group in range(3)
        for link in range(3)
        for member in range(3)
        if (link, member) != (1, 2)
    ]
    account, obj, time = zip(*rows, strict=True)
    table = pa.table({"account": account, "object": obj, "time": time})
    for room in (5_000_000, 1):
        monkeypatch.setattr("tocsin.detect.coordination.groups._MEETINGS_AT_ONCE", room)
        found = found_in(table)
        names = found.shares.objects.to_pylist()
        said = [
            [
                (names[each], int(n))
                for each, n in zip(group.objects, group.accounts_on, strict=True)
            ]
            for group in found.groups
        ]
        assert said == [[(f"o{g}-0", 3), (f"o{g}-2", 3), (f"o{g}-1", 2)] for g in range(3)]


def test_a_group_that_was_tested_as_a_whole_joins_the_groups_it_touches(ring: pa.Table) -> None:
    found = found_in(ring, q=0.01)
    names = found.shares.accounts.to_pylist()
    one_of_ring, x, y, loner = (names.index(each) for each in ("ring 4", "x", "y", "loner"))
    touching = np.array(sorted([one_of_ring, x]), np.int32)
    apart = np.array(sorted([y, loner]), np.int32)
    groups = joined(found.shares, found.edges, found.groups, ((touching, 0.04), (apart, 0.02)), 60)
    said = [{names[each] for each in group.accounts} for group in groups]
    assert said == [{*HOSTILE, "x"}, {"y", "loner"}]
    assert [group.q_value for group in groups] == [0.04, 0.02]
    assert len(groups[0].edges) == 10
    assert (len(groups[0].objects), len(groups[1].objects)) == (3, 0)
    assert [found.q_of(group) for group in groups] == [0.04, 0.02]


@pytest.mark.parametrize("q", [None, 0.01])
def test_the_page_of_a_run_names_its_accounts_as_text(ring: pa.Table, q: float | None) -> None:
    page = report(found_in(ring, q=q), traces=["url"], colophon="a test")
    assert "ring 4" in page
    assert "&lt;a href=" in page
    assert '<a href="x">' not in page
    assert ("not tested" in page) is (q is None)
