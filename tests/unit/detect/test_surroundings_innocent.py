"""What is known beside who shared what: from tables, from labels, from the node's own activity."""

import numpy as np
import pyarrow as pa

from tocsin.cli.coordination_surroundings import surroundings_of
from tocsin.detect.coordination import Edges, Shares
from tocsin.detect.coordination.detection import Detection, Settings
from tocsin.detect.coordination.groups import Group


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
