"""Innocent explanations of a group that acts together, tried before anyone speaks of an operation.

Each predicts several signs, from behaviour and from declared facts. It fits when all are there,
does not when one is contradicted, and is not known otherwise: no explanation fits by what
accounts say of themselves alone.

Invariants: every explanation is tried each time, in the order of `NAMES`; more knowledge turns
"not known" into an answer and never the other way; nothing is read from outside.
"""

from tocsin.detect.coordination.innocent.declared import alike
from tocsin.detect.coordination.innocent.surroundings import Surroundings
from tocsin.detect.coordination.innocent.trying import DECLARED, NAMES, explanations

__all__ = ["DECLARED", "NAMES", "Surroundings", "alike", "explanations"]
