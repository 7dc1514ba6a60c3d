"""What may be in a file at all, whatever its format: the rules for people and for attribution.

An export is a release by other means. An account, an e-mail address or a phone number leaves in
one of three ways, and docs/reference/exports.md argues for each:

* its source published it: the object, or what a source says of it, is marked TLP:CLEAR; or it is
  unmarked in a STIX bundle that marks what it marks TLP:CLEAR and nothing stricter. The object
  must not be this organisation's own;
* `people=include`, on the terms that `policy.people_refusals` asks of every release;
* `for_own_use`: the file says so on every row, and what nobody published becomes TLP:RED.

What names an operator in public needs what it needs in a release (`policy.attribution_refusals`);
for own use it becomes TLP:RED as well.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from tocsin.exchange.writers.export import Export, LeftOut, People, Saying
from tocsin.foundation import BadInputError, JsonValue, RefusedError
from tocsin.policy import (
    PersonalItems,
    attribution_refusals,
    people_refusals,
    personal_identifiers,
)
from tocsin.records import CLAIM_TYPE, StixObject, Tlp, read_markings
from tocsin.records.observables import (
    Observable,
    find_observables,
)

UNPUBLISHED = (
    "a personal identifier that no source published under TLP:CLEAR; have the case reviewed and "
    "give --people include with purpose, expiry and contact, or export for your own use"
)
SEALED = "sealed for named members; it leaves only as it was sealed"


@frozen
class Screened:
    """An export after the rules that hold for every format.

    Attributes:
        export: without what was left out; sayings likewise.
    """

    export: Export
    left_out: tuple[LeftOut, ...]


def screen(export: Export) -> Screened:
    """Apply the rules for people and attribution.

    Raises:
        RefusedError: when people are to be included and a release would be refused; every reason
            is in the message.
    """
    public = _public_bundles(export)
    unpublished = [item for item in export.objects if _is_unpublished(item, export, public)]
    if export.people is People.INCLUDE and not export.for_own_use:
        _check_terms(export, unpublished)
    personal = {item.id for item in unpublished}
    kept: list[StixObject] = []
    left: dict[str, str] = {}
    for item in export.objects:
        why = _refusal(item, export, is_unpublished=item.id in personal)
        if why is not None:
            left[item.id] = why
        elif export.for_own_use and (item.id in personal or _attribution(item, export)):
            kept.append(_reddened(item))
        else:
            kept.append(item)
    kept = _without_traces(kept, left)
    sayings = {
        item.id: _sayings(export, item, is_personal=bool(personal_identifiers(item)))
        for item in kept
    }
    return Screened(
        evolve(export, objects=tuple(kept), sayings=sayings),
        tuple(LeftOut(object_id, why) for object_id, why in left.items()),
    )


def _public_bundles(export: Export) -> frozenset[str]:
    """Return the sources that mark objects TLP:CLEAR and none stricter; lists are not among them.

    VIGINUM's published bundles leave most of their objects unmarked. A list's rows carry no
    markings at all, so a list is public only by what its importer said (`Saying.marking`).
    """
    found: dict[str, set[Tlp]] = {}
    for item in export.objects:
        marking = export.read_marking(item)
        for source in _bundles_of(item, export):
            found.setdefault(source, set()).update([marking.tlp] if marking else [])
    return frozenset(source for source, tlps in found.items() if tlps == {Tlp.CLEAR})


def _bundles_of(item: StixObject, export: Export) -> list[str]:
    said = export.said_of(item.id)
    if not said:
        return [""]
    return [each.source_id or each.source for each in said if not each.is_list]


def _is_unpublished(item: StixObject, export: Export, public: frozenset[str]) -> bool:
    """Tell whether an object holds personal identifiers that no source published."""
    if not _names_a_person(item):
        return False
    if item.author is not None and item.author == export.author_id:
        return True
    own = export.read_marking(item)
    if (own is not None and own.tlp is Tlp.CLEAR) or any(
        each.marking is Tlp.CLEAR for each in export.said_of(item.id)
    ):
        return False
    return own is not None or not public.intersection(_bundles_of(item, export))


def _names_a_person(item: StixObject) -> bool:
    # An account that could not be canonicalised is an account all the same.
    return item.type in ("user-account", "email-addr") or bool(personal_identifiers(item))


def _check_terms(export: Export, unpublished: Sequence[StixObject]) -> None:
    counts = Counter(
        str(found[0].kind) if (found := personal_identifiers(item)) else item.type
        for item in unpublished
    )
    terms = export.terms
    if terms is None:
        if unpublished:
            raise RefusedError(
                f"{len(unpublished)} personal identifiers would leave without purpose, expiry, "
                "contact and a second person's approval",
                hint="have the case reviewed, then give --purpose, --expires and --contact",
            )
        return
    reasons = people_refusals(PersonalItems(dict(counts), export.reviewed, export.grounds), terms)
    if terms.expires is not None and terms.expires <= export.made_at and unpublished:
        raise RefusedError("the export's expiry has passed", hint="give a later --expires")
    if reasons:
        raise RefusedError(
            "not exported: " + "; ".join(each.why for each in reasons),
            hint="have the case assessed and reviewed (`tocsin case assess`, `case review`), give "
            "--purpose, --expires and --contact, or leave people out",
        )


def _refusal(item: StixObject, export: Export, *, is_unpublished: bool) -> str | None:
    if item.type == "x-tocsin-sealed":
        return SEALED
    if export.for_own_use:
        return None
    if (expired := _expired(item, export)) is not None:
        return expired
    if is_unpublished and export.people is People.LEAVE_OUT:
        return UNPUBLISHED
    return _attribution(item, export)


def _attribution(item: StixObject, export: Export) -> str | None:
    """Return why an object may not be told in public, None when it may.

    A claim is held to the rule whoever made it: in this file, this organisation passes it on.
    What else others told under TLP:CLEAR stays their word, under their name.
    """
    if item.type != CLAIM_TYPE and (item.author is None or item.author != export.author_id):
        return None
    refusals = attribution_refusals(
        item,
        export.marking_of(item).tlp,
        export.terms.review if export.reviewed and export.terms else None,
        recorded_by=export.recorded_by.get(item.id, frozenset()),
    )
    return "; ".join(each.why for each in refusals) or None


def _expired(item: StixObject, export: Export) -> str | None:
    """Return why a shared object may not go on: it expired, or its terms cannot be read."""
    try:
        sharing = item.sharing
    except BadInputError as error:
        return f"its terms of sharing cannot be read: {error.message}"
    if sharing is None or sharing.expires is None or sharing.expires > export.made_at:
        return None
    return f"its author let it expire on {sharing.expires:%Y-%m-%d}"


def _sayings(export: Export, item: StixObject, *, is_personal: bool) -> tuple[Saying, ...]:
    """Return what may be told about an object.

    What was said of it under a stricter marking than it leaves with stays; a published identifier
    is told as it was published. A comment that names people is told only where its source
    published it.
    """
    said = export.said_of(item.id)
    if export.for_own_use:
        return tuple(said)
    leaves = export.marking_of(item).tlp
    said = [each for each in said if each.marking is None or each.marking.rank <= leaves.rank]
    if export.people is People.INCLUDE:
        return tuple(said)
    if is_personal:
        public = [each for each in said if each.marking in (Tlp.CLEAR, None)]
        said = [each for each in public if each.marking is Tlp.CLEAR] or public
    return tuple(_without_people(each) for each in said)


def _without_people(saying: Saying) -> Saying:
    if saying.marking is Tlp.CLEAR or not saying.comment:
        return saying
    mentioned: Iterable[Observable] = (
        found.observable for found in find_observables(saying.comment)
    )
    if "@" in saying.comment or any(each.is_personal for each in mentioned):
        return evolve(saying, comment="[comment left out: it names an account or an address]")
    return saying


def _without_traces(kept: list[StixObject], left: dict[str, str]) -> list[StixObject]:
    """Drop every mention of what was left out, and the relationships that tie to it.

    An observable's id follows from its value: a mention of the id tells whoever guesses the value
    that it was on the list.
    """
    if not left:
        return kept
    secret = frozenset(left)
    clean: list[StixObject] = []
    for item in kept:
        ends = {
            ref
            for name in ("source_ref", "target_ref", "sighting_of_ref")
            if isinstance(ref := item.body.get(name), str)
        }
        if ends & secret:
            left[item.id] = "it is about something that was left out"
            continue
        body = _scrubbed(dict(item.body), secret)
        clean.append(StixObject.of(body) if isinstance(body, dict) else item)
    return clean


def _scrubbed(value: JsonValue, secret: frozenset[str]) -> JsonValue:
    if isinstance(value, dict):
        return {
            name: _scrubbed(each, secret)
            for name, each in value.items()
            if not (isinstance(each, str) and each in secret)
        }
    if isinstance(value, list):
        return [
            _scrubbed(each, secret)
            for each in value
            if not (isinstance(each, str) and each in secret)
        ]
    return value


def _reddened(item: StixObject) -> StixObject:
    others = [ref for ref in item.marking_refs if read_markings([ref], {}).marking is None]
    return item.replaced(object_marking_refs=[Tlp.RED.marking_id, *others])
