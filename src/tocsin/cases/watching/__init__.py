"""Watches: saved queries that alert once per hit, ever, over all that comes to a node.

Invariants: a run reads only what came after the last one; a hit is kept before it is told, and
counts as told only after it was; whatever ends a run, the next one goes on, tells what was not
told, and finds nothing twice. Watches are private and never leave.
"""

from tocsin.cases.watching.activity import ActivityFeed
from tocsin.cases.watching.arrivals import Arrival
from tocsin.cases.watching.feeds import FEEDS, Feed, ImportFeed, ReceivedFeed
from tocsin.cases.watching.query import Query
from tocsin.cases.watching.skeletons import skeleton
from tocsin.cases.watching.watchbook import Watchbook
from tocsin.cases.watching.watches import Found, Hit, Ran, Watch

__all__ = [
    "FEEDS",
    "ActivityFeed",
    "Arrival",
    "Feed",
    "Found",
    "Hit",
    "ImportFeed",
    "Query",
    "Ran",
    "ReceivedFeed",
    "Watch",
    "Watchbook",
    "skeleton",
]
