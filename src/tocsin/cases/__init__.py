"""Cases: what an organisation puts together about one operation, and how it was reviewed.

Invariants: a case is private and stays; what leaves is made from it by `release`. An assessment
carries words of likelihood and grades of source; who is behind an operation is never a property
of a case but a claim among its items. A review counts only from somebody other than the person
who opened the case, and only for the items, at the versions, it was given on. May import vault
and below.
"""

from tocsin.cases.case import Assessment, Case, CaseReview, Verdict
from tocsin.cases.casebook import Casebook, case_in, move_items
from tocsin.cases.claims import Claims, claims_of, claims_recorded_by, superseded_claims

__all__ = [
    "Assessment",
    "Case",
    "CaseReview",
    "Casebook",
    "Claims",
    "Verdict",
    "case_in",
    "claims_of",
    "claims_recorded_by",
    "move_items",
    "superseded_claims",
]
