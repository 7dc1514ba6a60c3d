"""Detect recycled names: an operation's own names coming back under other ones.

    indicators  the operation's names, each with the day it became known; nothing later is seen
    habits      what they teach: labels, pieces, suffixes; likeness: how a host is like them
    rates       how often the operation does so, and how often honest names look the same
    detecting   findings, each with the earlier names, the rule and what else it may be

Invariants: what became known on the cut-off or later changes nothing that is said; a likeness
alerts only if the operation itself has that habit, and far oftener than benign names; the order of
rows is nothing; nothing is resolved, fetched or contacted. That a name is like an earlier one says
nothing of who registered it. May import `foundation`, `records`, `intake` and `detect.names`.
"""

from tocsin.detect.recycled.detecting import Found, HeldOut, find_recycled, hold_out
from tocsin.detect.recycled.habits import Habits, learn
from tocsin.detect.recycled.indicators import Indicator, Indicators, State, day, read_indicators
from tocsin.detect.recycled.likeness import Likeness, Rule, find_likenesses
from tocsin.detect.recycled.rates import LIFT, Rates, count_rates

__all__ = [
    "LIFT",
    "Found",
    "Habits",
    "HeldOut",
    "Indicator",
    "Indicators",
    "Likeness",
    "Rates",
    "Rule",
    "State",
    "count_rates",
    "day",
    "find_likenesses",
    "find_recycled",
    "hold_out",
    "learn",
    "read_indicators",
]
