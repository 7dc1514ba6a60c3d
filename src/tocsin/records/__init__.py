"""Records: the vocabulary that every room speaks, and its STIX 2.1 form. Pure.

Invariants: a record is immutable and built through one checked constructor; an observable has one
canonical identifier at every member; what crosses a border carries a marking and a sharing
extension; unknown is None, never a made-up value. Imports only `foundation`.
"""

from tocsin.records.audience import Audience
from tocsin.records.claims import CLAIM_TYPE, Claim, disagreeing, superseded
from tocsin.records.confidence import Confidence, Scale
from tocsin.records.erased import erased_form, is_erasure, says_nothing
from tocsin.records.escrow import FEWEST_PERSONS, MOST_PERSONS, Escrow, EscrowPerson
from tocsin.records.estimates import EvidenceClass, Likelihood, SourceGrade
from tocsin.records.findings import FINDING_TYPE, MAX_Q, Explanation, Finding, FindingKind
from tocsin.records.markings import (
    Iep,
    Marking,
    MarkingReading,
    Pap,
    Tlp,
    marking_definition,
    read_markings,
)
from tocsin.records.members import Community, Compartment, Group, Member, MemberKind, StolenKey
from tocsin.records.persons import person_key, persons
from tocsin.records.sharing import (
    SHARING_EXTENSION,
    Authorship,
    Correction,
    Review,
    Sharing,
    Withdrawal,
    read_sharing,
)
from tocsin.records.stix import (
    OBSERVABLE_TYPES,
    StixObject,
    is_stix_id,
    named_id,
    new_id,
    new_object,
    signed_part,
    stix_time,
)

__all__ = [
    "CLAIM_TYPE",
    "FEWEST_PERSONS",
    "FINDING_TYPE",
    "MAX_Q",
    "MOST_PERSONS",
    "OBSERVABLE_TYPES",
    "SHARING_EXTENSION",
    "Audience",
    "Authorship",
    "Claim",
    "Community",
    "Compartment",
    "Confidence",
    "Correction",
    "Escrow",
    "EscrowPerson",
    "EvidenceClass",
    "Explanation",
    "Finding",
    "FindingKind",
    "Group",
    "Iep",
    "Likelihood",
    "Marking",
    "MarkingReading",
    "Member",
    "MemberKind",
    "Pap",
    "Review",
    "Scale",
    "Sharing",
    "SourceGrade",
    "StixObject",
    "StolenKey",
    "Tlp",
    "Withdrawal",
    "disagreeing",
    "erased_form",
    "is_erasure",
    "is_stix_id",
    "marking_definition",
    "named_id",
    "new_id",
    "new_object",
    "person_key",
    "persons",
    "read_markings",
    "read_sharing",
    "says_nothing",
    "signed_part",
    "stix_time",
    "superseded",
]
