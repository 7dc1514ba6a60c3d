"""Coordination: accounts that shared the same objects at nearly the same times, too often.

From `Shares` (account, object, time) to `Edges` (pairs, and on how many objects they met within
a window), exactly. The kernel is numba over sorted columns; DuckDB and Spark give the same edges.
An edge is a count, not yet a finding: `chance` says how improbable it is.

Invariants: the same rows in any order give the same edges; a repeated row changes nothing; no
list of the pairs that met is ever held.
"""

from tocsin.detect.coordination.kernel import Edges, edges, edges_by_window
from tocsin.detect.coordination.shares import Defect, Shares

__all__ = ["Defect", "Edges", "Shares", "edges", "edges_by_window"]
