"""Activity: what accounts did, as a Parquet dataset below a home, and the traces drawn from it.

Gives the schema of posts and ads (accounts are a view over posts), partitioned storage that is
larger than memory, DuckDB over it, and traces: tables of account, object and time in which two
accounts may meet.

Invariants: unknown is null; times are Unix seconds in UTC; identifiers are text and keep every
digit; a source is in the dataset whole or not at all, and the same bytes add nothing twice;
nothing of it ever leaves the node. May import `foundation`, `records`, `trust`, `policy` and
`vault`.
"""

from tocsin.activity.dataset import Dataset
from tocsin.activity.profiles import originals, profiles
from tocsin.activity.schema import ADS, POSTS, Ad, Post, PostKind
from tocsin.activity.storing import Stored, store
from tocsin.activity.traces import TRACES, trace

__all__ = [
    "ADS",
    "POSTS",
    "TRACES",
    "Ad",
    "Dataset",
    "Post",
    "PostKind",
    "Stored",
    "originals",
    "profiles",
    "store",
    "trace",
]
