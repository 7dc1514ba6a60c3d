"""What anybody can check of an object at a border, from the object alone.

The node that releases knows who recorded what and which review stands; the exchange and whoever
receives know what the object says of it. What the object must say is the same everywhere.
"""

from collections import Counter
from typing import Final

from tocsin.foundation import JsonValue
from tocsin.policy.attribution import attribution_refusals
from tocsin.policy.decision import Decision
from tocsin.policy.guards import broad_refusals
from tocsin.policy.identifiers import observable_of, personal_identifiers
from tocsin.policy.people import PersonalItems, people_refusals
from tocsin.records.erased import is_erasure, says_nothing
from tocsin.records.stix import StixObject

_SEALED_TYPE: Final = "x-tocsin-sealed"
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
    if is_erasure(item) and item.type != _SEALED_TYPE and not says_nothing(item):
        return (Decision.no("erasure", "it asks for erasure, yet says what is to be erased"),)
    if sharing.withdrawal is not None and is_known:
        return ()
    if is_erasure(item) and says_nothing(item):
        return ()
    broad = broad_refusals(item)
    found = attribution_refusals(item, marking.tlp, sharing.review)
    if sharing.withdrawal is not None:
        return found
    # Whether it was reviewed is what its review says; nobody else can know.
    items = PersonalItems(_personal(item), is_reviewed=True)
    return (*broad, *found, *people_refusals(items, sharing))


def _personal(item: StixObject) -> dict[str, int]:
    """Return how many personal identifiers an object names, by kind."""
    if item.type == "indicator" and not _mentions_people(item.body.get("pattern")):
        return {}  # nearly all there are: saves reading the pattern
    named = Counter(str(each.kind) for each in personal_identifiers(item))
    if not named and _is_unread_account(item):
        return {"account or address": 1}
    return dict(named)


def _mentions_people(pattern: JsonValue) -> bool:
    return isinstance(pattern, str) and any(each in pattern for each in _PERSONAL_TYPES)


def _is_unread_account(item: StixObject) -> bool:
    """Whether it is about an account that could not be canonicalised: an account all the same."""
    return item.type in ("indicator", *_PERSONAL_TYPES) and observable_of(item) is None
