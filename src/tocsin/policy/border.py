"""What anybody can check of an object at a border, from the object alone.

The node that releases knows who recorded what and which review stands; the exchange and whoever
receives know what the object says of it. What the object must say is the same everywhere.
"""

from typing import Final

from tocsin.policy.attribution import attribution_refusals
from tocsin.policy.decision import Decision
from tocsin.policy.people import PersonalItems, people_refusals
from tocsin.records.observables import from_pattern, from_sco
from tocsin.records.stix import StixObject

_PERSONAL_TYPES: Final = ("user-account", "email-addr")


def border_refusals(item: StixObject, *, is_known: bool = False) -> tuple[Decision, ...]:
    """Return every reason why an object may not cross a border; empty when it may.

    A list's length cannot be seen from one object of it: that cap holds where it is released.

    Args:
        is_known: an earlier version was let in; taking it back is then never refused.
    """
    sharing, marking = item.sharing, item.marking
    if sharing is None or marking is None:
        return (Decision.no("private", "it carries no marking or no audience"),)
    if sharing.withdrawal is not None and is_known:
        return ()
    found = attribution_refusals(item, marking.tlp, sharing.review)
    if sharing.withdrawal is not None or (kind := _personal_kind(item)) is None:
        return found
    # Whether it was reviewed is what its review says; nobody else can know.
    items = PersonalItems({kind: 1}, is_reviewed=True)
    return (*found, *people_refusals(items, sharing))


def _personal_kind(item: StixObject) -> str | None:
    """Return the kind of personal identifier that an object is about, None for any other."""
    if item.type == "indicator":
        pattern = item.body.get("pattern")
        if not isinstance(pattern, str) or not any(each in pattern for each in _PERSONAL_TYPES):
            return None
        observable = from_pattern(pattern)
    elif item.type in _PERSONAL_TYPES:
        observable = from_sco(item.body)
    else:
        return None
    if observable is None:
        return "account or address"
    return str(observable.kind) if observable.is_personal else None
