"""`tocsin detect coordination --compat …`: the peers' own answers."""

from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.csv as pacsv
from attrs import frozen

from tocsin.detect.coordination.compat import (
    Groups,
    Network,
    Posts,
    account_stats,
    co_link,
    co_retweet,
    detect_groups,
    flag_speed_share,
    generate_network,
    group_stats,
)
from tocsin.detect.coordination.compat.stats import summary
from tocsin.detect.coordination.reading import Trace
from tocsin.detect.coordination.results import whole_file
from tocsin.foundation import JsonObject, JsonValue

COORTWEET: Final = "coortweet"
PEERS: Final = (COORTWEET, "cnt")

_NOTE: Final = (
    "as {peer} counts, for comparison; pairs that meet often are not tested against chance and "
    "are no finding"
)


@frozen(kw_only=True)
class PeerSettings:
    """The peers' settings under their own names.

    Attributes:
        fast_window: seconds of CooRTweet's `flag_speed_share`; None without it.
        links: cnt's co-link network instead of co-retweet.
    """

    peer: str
    time_window: float
    least: int
    edge_weight: float = 0.5
    subgraph: int = 0
    fast_window: int | None = None
    links: bool = False


def run_compat(
    trace: Trace, settings: PeerSettings, folder: Path | None, *, has_repeats: bool
) -> JsonObject:
    """Answer as the peer does, write its tables into `folder`, and return the figures."""
    posts = Posts.from_table(trace.table)
    rows = len(posts) + trace.broken
    left = {"broken-row": trace.broken} if trace.broken else {}
    if has_repeats:
        posts, unused = posts.prepared()
        left |= unused
    answer = _coortweet if settings.peer == COORTWEET else _cnt
    figures, tables = answer(posts, settings)
    written: list[JsonValue] = []
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            with whole_file(folder / name) as place:
                pacsv.write_csv(table, place)
            written.append(str(folder / name))
    defects: list[JsonValue] = [{"kind": kind, "count": n} for kind, n in left.items()]
    return {
        "posts": rows,
        "accounts": len(posts.accounts),
        "compat": settings.peer,
        "defects": defects,
        "tested": False,
        "note": _NOTE.format(peer=settings.peer),
        **figures,
        "files": written,
    }


def _coortweet(posts: Posts, settings: PeerSettings) -> tuple[JsonObject, dict[str, pa.Table]]:
    found: Groups = detect_groups(
        posts, time_window=settings.time_window, min_participation=settings.least
    )
    fast = settings.fast_window is not None
    if settings.fast_window is not None:
        found = flag_speed_share(
            found, min_participation=settings.least, time_window=settings.fast_window
        )
    network = generate_network(
        found, fast_net=fast, edge_weight=settings.edge_weight, subgraph=settings.subgraph
    )
    figures = summary(network)
    document: JsonObject = {
        "edges": figures["edges"],
        "groups": _components(network),
        "coortweet": {**figures},
    }
    tables = {
        "detect_groups.csv": found.to_table(),
        "edges.csv": network.to_table(objects=True),
        "account_stats.csv": account_stats(network),
        "group_stats.csv": group_stats(network),
    }
    return document, tables


def _components(network: Network) -> list[JsonValue]:
    names = network.full.pairs.posts.accounts
    return [
        {
            "id": f"component-{place}",
            "accounts": [str(each) for each in names.take(pa.array(members)).to_pylist()],
            "objects": [],
            "q_value": None,
            "explanations": [],
        }
        for place, members in enumerate(network.components, 1)
    ]


def _cnt(posts: Posts, settings: PeerSettings) -> tuple[JsonObject, dict[str, pa.Table]]:
    count = co_link if settings.links else co_retweet
    network = count(posts, time_window=settings.time_window, min_edge_weight=settings.least)
    document: JsonObject = {
        "edges": len(network.weight),
        "groups": [],
        "cnt": {"edges": len(network.weight), "weight": int(network.weight.sum())},
    }
    return document, {"edges.csv": network.to_table()}
