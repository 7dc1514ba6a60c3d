"""Policy: who may see, release and act, and why not. Pure.

Invariants: there is ONE `recipients()` and ONE `authorize()`; the preview, the sender, the
exchange and the audit all call them. Every answer carries the rule and a sentence for a person.
What is derived is never laxer than its sources. May import foundation and records; never looks
anything up itself: the community, the sources and the time are passed in.
"""

from tocsin.policy.access import authorize, is_withdrawn
from tocsin.policy.attribution import TOLD_TYPES, attribution_refusals
from tocsin.policy.audiences import audience_of
from tocsin.policy.border import border_refusals
from tocsin.policy.decision import Decision
from tocsin.policy.given import given_as, said_marking
from tocsin.policy.guards import Guard, GuardLists, Stop, broad_refusals, guard_stop
from tocsin.policy.identifiers import observable_of, personal_identifiers
from tocsin.policy.overlap import OverlapLimits, OverlapUse, overlap_decision
from tocsin.policy.people import (
    MAX_PERSONAL_ITEMS,
    MIN_HYPOTHESES,
    Grounds,
    PersonalItems,
    people_refusals,
)
from tocsin.policy.principals import (
    GUEST_KINDS,
    RIGHTS,
    TIP_TYPE,
    Action,
    Principal,
    Role,
    Scope,
    organisation_rights,
    role_rights,
)
from tocsin.policy.reaches import Reaches
from tocsin.policy.recipients import DerivedLimit, Reach, derived_limit, recipients

__all__ = [
    "GUEST_KINDS",
    "MAX_PERSONAL_ITEMS",
    "MIN_HYPOTHESES",
    "RIGHTS",
    "TIP_TYPE",
    "TOLD_TYPES",
    "Action",
    "Decision",
    "DerivedLimit",
    "Grounds",
    "Guard",
    "GuardLists",
    "OverlapLimits",
    "OverlapUse",
    "PersonalItems",
    "Principal",
    "Reach",
    "Reaches",
    "Role",
    "Scope",
    "Stop",
    "attribution_refusals",
    "audience_of",
    "authorize",
    "border_refusals",
    "broad_refusals",
    "derived_limit",
    "given_as",
    "guard_stop",
    "is_withdrawn",
    "observable_of",
    "organisation_rights",
    "overlap_decision",
    "people_refusals",
    "personal_identifiers",
    "recipients",
    "role_rights",
    "said_marking",
]
