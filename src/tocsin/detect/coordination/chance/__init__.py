"""Chance: how improbable it is that accounts met so often, and which of them are discoveries.

Invariants: a pair that was never looked at counts as a test all the same; p-values are exact
under the stated null or above it; where nothing is found, the answer is nobody.
"""

from tocsin.detect.coordination.chance.discoveries import benjamini_hochberg
from tocsin.detect.coordination.chance.timing import EdgeTests, edge_tests, over_windows

__all__ = ["EdgeTests", "benjamini_hochberg", "edge_tests", "over_windows"]
