"""Chance: how improbable it is that accounts met so often, and which of them are discoveries.

Invariants: a pair that was never looked at counts as a test all the same; p-values are exact
under the stated null or above it; where nothing is found, the answer is nobody.
"""

from tocsin.detect.coordination.chance.discoveries import benjamini_hochberg
from tocsin.detect.coordination.chance.ground import Ground
from tocsin.detect.coordination.chance.group_test import group_tests, grow
from tocsin.detect.coordination.chance.held import GroupTest
from tocsin.detect.coordination.chance.outcome import EdgeTests
from tocsin.detect.coordination.chance.rounds import edge_tests, edge_tests_by_window

__all__ = [
    "EdgeTests",
    "Ground",
    "GroupTest",
    "benjamini_hochberg",
    "edge_tests",
    "edge_tests_by_window",
    "group_tests",
    "grow",
]
