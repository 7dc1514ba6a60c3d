"""What is known beside who shared what: from tables, from labels, from the node's own activity."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from tests.unit.activity.rows import held, post
from tocsin.cli.coordination_surroundings import surroundings_of
from tocsin.detect.coordination import Edges, Shares
from tocsin.detect.coordination.detection import Detection, Settings
from tocsin.detect.coordination.groups import Group
from tocsin.detect.coordination.innocent import Surroundings
from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.declared import FANS, of_words


def test_where_things_are_from_is_told_of_all_that_two_of_a_group_shared() -> None:
    """Not only of what two met on who make an edge: the others count against an explanation."""
    links = pa.array([f"https://site{k}.example/x" for k in range(3)])
    rows = [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 3)]  # object, account
    obj, acc = np.array(rows, np.int32).T
    shares = Shares.of(obj, acc, np.arange(len(rows)), objects=links)
    none = np.empty(0, np.int32)
    group = Group(np.array([0, 1, 2], np.int32), none.astype(np.int64), none, none)
    found = Detection(
        settings=Settings(), shares=shares, accounts=4, edges=Edges.none(), tests=None,
        groups=(group,), note="",
    )  # fmt: skip
    assert surroundings_of(found).domain == {
        "https://site0.example/x": "site0.example",
        "https://site1.example/x": "site1.example",
    }


def test_a_nodes_posts_tell_names_creation_and_whose_post_was_reposted(tmp_path: Path) -> None:
    posts = held(
        tmp_path,
        [
            post(
                f"{k}", 50 + k, platform="x", name=f"Fan {k}", account_created=k,
                repost_of="9", repost_of_account="star", repost_of_time=40,
            )
            for k in range(3)
        ],
    )  # fmt: skip
    for prefix in ("", "repost:", "fast-repost:"):
        label = f"{prefix}x:9"
        known = surroundings_of(_found([label], ["x:0", "x:1", "x:2"]), posts=posts)
        assert known.name == {"x:0": "Fan 0", "x:1": "Fan 1", "x:2": "Fan 2"}
        assert known.created == {"x:0": 0, "x:1": 1, "x:2": 2}
        assert (known.domain, known.published) == ({label: "x:star"}, {label: 40})


def test_what_a_table_says_goes_before_what_posts_tell(tmp_path: Path) -> None:
    posts = held(tmp_path, [post("0", 50, name="Fan", account_created=7)])
    table = tmp_path / "accounts.csv"
    table.write_text("account,name,created\n0,Ann,1970-01-01T00:00:05Z\n", encoding="utf-8")
    known = surroundings_of(_found(["a"], ["0"]), table, posts=posts)
    assert (known.name, known.created) == ({"0": "Ann"}, {"0": 5})


def test_a_name_tells_by_what_it_claims_and_not_by_its_silence() -> None:
    acts = Acts.of(_found(["a"], ["0", "1", "2"]).shares, _group(3), 60)
    told = of_words(acts, Surroundings(name={"0": "Example Fan", "1": "Ann"}), FANS)
    assert (told.yes, told.no, told.unknown) == (("0",), (), ("1", "2"))


def _group(size: int) -> Group:
    none = np.empty(0, np.int32)
    return Group(np.arange(size, dtype=np.int32), none.astype(np.int64), none, none)


def _found(objects: list[str], accounts: list[str]) -> Detection:
    """Make a run in which everybody shared everything, as one group."""
    obj, acc = np.divmod(np.arange(len(objects) * len(accounts)), len(accounts))
    shares = Shares.of(
        obj.astype(np.int32), acc.astype(np.int32), np.arange(len(acc)),
        accounts=pa.array(accounts), objects=pa.array(objects),
    )  # fmt: skip
    return Detection(
        settings=Settings(), shares=shares, accounts=len(accounts), edges=Edges.none(),
        tests=None, groups=(_group(len(accounts)),), note="",
    )  # fmt: skip
