"""Saying in public who is behind an operation needs a second person and the right of reply.

Public is TLP:CLEAR. Only a claim may say it: a claim has a claimant, a date and a confidence, and
records the reply; the standard objects that attribute have room for none of them. Free text is
not searched for names, so whatever is made to be read needs the second person, whether or not it
names anybody. docs/reference/policy.md has the rule in a table.
"""

from collections.abc import Iterable
from typing import Final

from tocsin.foundation import BadInputError
from tocsin.policy.decision import Decision
from tocsin.records.claims import CLAIM_TYPE, Claim
from tocsin.records.markings import Tlp
from tocsin.records.persons import person_key, persons
from tocsin.records.sharing import Review
from tocsin.records.stix import StixObject

TOLD_TYPES: Final = frozenset(
    {"campaign", "grouping", "incident", "intrusion-set", "note", "opinion", "report", CLAIM_TYPE}
)
"""Types that hold what somebody says of an operation, in words."""

_OPERATORS: Final = ("identity", "threat-actor")
_ATTRIBUTING: Final = frozenset({"attributed-to", "authored-by"})


def attribution_refusals(
    item: StixObject, tlp: Tlp, review: Review | None, *, recorded_by: Iterable[str] = ()
) -> tuple[Decision, ...]:
    """Return every reason why an object may not be told at `tlp`; empty when it may.

    Args:
        review: who releases and who reviewed the object as it stands.
        recorded_by: the persons who recorded it here; none of them is the second person. The
            exchange does not know them: there, two different persons must have been named.
    """
    if tlp is not Tlp.CLEAR:
        return ()
    if _attributes_outside_a_claim(item):
        return (
            Decision.no(
                "attribution-claim",
                f"a {item.type} says in public who is behind it; only a claim may",
            ),
        )
    if item.type not in TOLD_TYPES:
        return ()
    claim: Claim | None = None
    if item.type == CLAIM_TYPE:
        try:
            claim = Claim.read(item)
        except BadInputError as error:
            why = f"whom it accuses cannot be read: {error.message}"
            return (Decision.no("attribution-claim", why),)
    return tuple(_reasons(claim, f"a {item.type}", review, persons(recorded_by)))


def _attributes_outside_a_claim(item: StixObject) -> bool:
    if item.type != "relationship":
        return item.type == "threat-actor"
    target = str(item.body.get("target_ref")).partition("--")[0]
    said = str(item.body.get("relationship_type")).casefold()
    return said in _ATTRIBUTING and target in _OPERATORS


def _reasons(
    claim: Claim | None, kind: str, review: Review | None, recorders: frozenset[str]
) -> Iterable[Decision]:
    operator = claim.operator.strip() if claim and claim.operator else ""
    what = f"naming {operator}" if operator else "a claim" if claim else kind
    missing = _missing_second(review, recorders)
    if missing is not None:
        yield Decision.no(
            "attribution-second", f"{what} in public needs a second person: {missing}"
        )
    if claim and operator and not (claim.right_of_reply or "").strip():
        yield Decision.no("attribution-reply", f"no record that {operator} was offered a reply")


def _missing_second(review: Review | None, recorders: frozenset[str]) -> str | None:
    """Return what keeps the reviewers from being the second person, None when nothing does."""
    if review is None or len(review.approved_by) < 2 or not person_key(review.approved_by[0]):
        return "nobody has reviewed it as it stands now"
    others = review.second_persons
    if not others:
        return f"{review.approved_by[0]} reviewed it and cannot release it as well"
    if all(person_key(name) in recorders for name in others):
        named = " and ".join(others)
        return f"{named} recorded it and cannot review it as well"
    return None
