"""Cases: what an organisation puts together about one operation, and how it was reviewed.

Watches (`watching`) tell what comes to the node that belongs to one, or begins another.

Invariants: a case is private and stays; what leaves is made from it by `release`. An assessment
weighs hypotheses against each other in words of a stated scale; who is behind an operation is
never a property of a case but a claim among its items. A finding is kept with the cases alone, so
that no export meets it. A review counts only from somebody who neither opened nor assessed the
case, and only for the items, at the versions, and the assessment it was given on. May import
vault and below.
"""

from tocsin.cases.assessment import Assessment, Statement, Technique
from tocsin.cases.breakout import Breakout, Spread
from tocsin.cases.case import Case
from tocsin.cases.casebook import Casebook, case_in, move_items
from tocsin.cases.claims import Claims, claims_of, claims_recorded_by, superseded_claims
from tocsin.cases.finding_files import read_findings
from tocsin.cases.hypotheses import (
    Bearing,
    Evidence,
    Hypothesis,
    Row,
    least_contradicted,
    matrix,
)
from tocsin.cases.reviewing import CaseReview, Verdict

__all__ = [
    "Assessment",
    "Bearing",
    "Breakout",
    "Case",
    "CaseReview",
    "Casebook",
    "Claims",
    "Evidence",
    "Hypothesis",
    "Row",
    "Spread",
    "Statement",
    "Technique",
    "Verdict",
    "case_in",
    "claims_of",
    "claims_recorded_by",
    "least_contradicted",
    "matrix",
    "move_items",
    "read_findings",
    "superseded_claims",
]
