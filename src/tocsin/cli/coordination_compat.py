"""`tocsin detect coordination --compat …`: the peers' own answers."""

from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from attrs import evolve, frozen

from tocsin.cli.coordination_sources import Sources
from tocsin.detect.coordination.compat import (
    Groups,
    Network,
    Posts,
    account_stats,
    co_link,
    co_post,
    co_retweet,
    co_similar_tweet,
    co_tweet,
    detect_groups,
    flag_speed_share,
    generate_network,
    group_stats,
)
from tocsin.detect.coordination.compat.stats import summary
from tocsin.detect.coordination.reading import Trace
from tocsin.detect.coordination.results import whole_file
from tocsin.foundation import BadInputError, JsonObject, JsonValue, UsageError

COORTWEET: Final = "coortweet"
PEERS: Final = (COORTWEET, "cnt")
RETWEETS: Final = "co_retweet"
LINKS: Final = "co_link"
SIMILAR: Final = "co_similar_tweet"
_COUNTED: Final = MappingProxyType(
    {
        RETWEETS: co_retweet,
        "co_reply": co_retweet,  # the same over replies
        LINKS: co_link,
        "co_tweet": co_tweet,
        "co_post": co_post,
    }
)
NETWORKS: Final = (*_COUNTED, SIMILAR)
_HEADERS: Final = MappingProxyType(
    {"co_reply": "reply_id", "co_tweet": "message", SIMILAR: "message"}
)
"""Where the toolkit's own files have the objects; of these networks reposts are no part."""
_REPOST: Final = "repost_id"

_NOTE: Final = (
    "as {peer} counts, for comparison; pairs that meet often are not tested against chance and "
    "are no finding"
)


@frozen(kw_only=True)
class PeerSettings:
    """The peers' settings under their own names.

    Attributes:
        fast_window: seconds of CooRTweet's `flag_speed_share`; None without it.
        network: cnt's, one of `NETWORKS`.
        similarity, min_words: of co_similar_tweet, whose defaults these are.
    """

    peer: str
    time_window: float
    least: int
    edge_weight: float = 0.5
    subgraph: int = 0
    fast_window: int | None = None
    network: str = RETWEETS
    similarity: float = 0.8
    min_words: int = 1


def peer_sources(sources: Sources, settings: PeerSettings) -> tuple[Sources, Trace | None]:
    """Return where the network's objects are, and what the posts of its files repost.

    Raises:
        UsageError: when texts are asked of a node, whose traces have none.
    """
    header = _HEADERS.get(settings.network)
    if header is None:
        return sources, None
    if not sources.files or sources.traces:
        raise UsageError(
            f"{settings.network} reads the posts of files", hint="name CSV or Parquet files"
        )
    reposts = evolve(sources, columns={**sources.columns, "object": _REPOST})
    sources = evolve(sources, columns={"object": header, **sources.columns})
    try:
        return sources, reposts.read(first_only=False)
    except BadInputError:
        # Files without that column. Whatever else is wrong with them is said when they are read.
        return sources, None


def run_compat(
    trace: Trace,
    settings: PeerSettings,
    folder: Path | None,
    *,
    has_repeats: bool,
    reposts: Trace | None = None,
) -> JsonObject:
    """Answer as the peer does, write its tables into `folder`, and return the figures.

    Args:
        reposts: the same rows, whose object says what a post repeats; these are left out.
    """
    posts = Posts.from_table(trace.table)
    rows = len(posts) + trace.broken
    left = {"broken-row": trace.broken} if trace.broken else {}
    if reposts is not None:
        is_own = pc.is_null(reposts.table["object"]).to_numpy()
        left |= {"repost": int((~is_own).sum())} if not is_own.all() else {}
        posts = posts.where(is_own)
    if has_repeats and settings.network != "co_post":  # which asks for no object
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
    window, least = settings.time_window, settings.least
    if settings.network == SIMILAR:
        network = co_similar_tweet(
            posts,
            time_window=window,
            min_edge_weight=least,
            similarity=settings.similarity,
            min_words=settings.min_words,
        )
    else:
        count = _COUNTED[settings.network]
        network = count(posts, time_window=window, min_edge_weight=least)
    document: JsonObject = {
        "edges": len(network.weight),
        "groups": [],
        "cnt": {"edges": len(network.weight), "weight": int(network.weight.sum())},
    }
    return document, {"edges.csv": network.to_table()}
