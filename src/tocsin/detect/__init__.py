"""Detect: findings with their evidence, parameters and innocent explanations. A folder a behaviour.

Invariants: kernels are pure and give the same answer on every engine and for any order of rows;
a finding says how improbable it is under a stated null, never a score out of the air; what was
not tested is never presented as a finding. May import activity, intake and below. Importing the
room is cheap: a behaviour's folder loads what it needs.
"""

__all__ = ["coordination", "names", "pages", "personas", "recycled", "sites", "texts"]
