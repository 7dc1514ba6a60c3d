"""A run's folder read back, to go on from."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from attrs import evolve, frozen

from tocsin.detect.coordination.kernel import Edges
from tocsin.detect.coordination.results import EDGES, SHARES
from tocsin.detect.coordination.shares import Shares
from tocsin.foundation import BadInputError, UsageError


@frozen(eq=False)
class Earlier:
    """What a run left: its shares, all its edges, and the settings they hold for."""

    shares: Shares
    edges: Edges
    window_s: int
    least: int


def read_earlier(folder: Path) -> Earlier:
    """Read what `write_results` wrote.

    Raises:
        BadInputError: when the folder holds no run.
        UsageError: when it was counted at several windows.
    """
    try:
        trace = pq.read_table(folder / SHARES)
        listed = pq.read_table(folder / EDGES, columns=["account_a", "account_b", "objects"])
        about = json.loads(trace.schema.metadata[b"tocsin"])
        shares = Shares.from_table(trace, first_only=about["first_only"])
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise BadInputError(
            f"{folder}: no earlier run: {str(error).splitlines()[0]}",
            hint="name a folder that -o made",
        ) from error
    if len(about.get("windows", ())) > 1:
        raise UsageError(
            f"{folder} was counted at several windows, each pair kept at one",
            hint="count everything anew without --onto",
        )
    a, b = (
        pc.index_in(listed[name], value_set=shares.accounts).to_numpy().astype(np.int32)
        for name in ("account_a", "account_b")
    )
    n = listed["objects"].to_numpy().astype(np.int32)
    edges = Edges(a, b, n).where(np.lexsort((b, a)))
    shares = evolve(shares, rows=about["rows"])
    return Earlier(shares, edges, int(about["window_s"]), int(about["least"]))
