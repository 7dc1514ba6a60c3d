"""What would leave: the public form of each item of a case, and what stays, with the reason."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from attrs import evolve, field, frozen

from tocsin.cases import superseded_claims
from tocsin.foundation import BadInputError, JsonValue
from tocsin.policy import given_as, guard_stop, personal_identifiers, said_marking
from tocsin.records.claims import CLAIM_TYPE
from tocsin.records.findings import FINDING_TYPE
from tocsin.records.markings import Tlp
from tocsin.records.observables import Observable, from_pattern, from_sco
from tocsin.records.stix import StixObject
from tocsin.release.forms import claim_fields, indicator_fields
from tocsin.vault import HeldObject, Shared, Snapshot, Traced, guard_lists

_BATCH: Final = 500
_WAY_ON: Final = "`tocsin guard allow` lets it pass, with a reason"


@frozen(kw_only=True)
class Draft:
    """One object in the form in which it would leave, before author, marking and signature.

    Attributes:
        of: id of the item in the case.
        fields: of the new object, without what every object has.
        observable: the identifier inside, None for other objects.
        sources: objects shared by others that it derives from.
        personal: the accounts, e-mail addresses and phones that it names.
        recorded_by: the persons who recorded a claim here, in any version.
        supersedes: ids of the private claims that a claim replaces.
    """

    of: str
    type: str
    fields: Mapping[str, JsonValue]
    observable: Observable | None = None
    sources: tuple[StixObject, ...] = field(default=())
    personal: tuple[Observable, ...] = ()
    recorded_by: frozenset[str] = frozenset()
    supersedes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What a person recognises it by."""
        for key in ("name", "statement"):
            value = self.fields.get(key)
            if isinstance(value, str):
                return value
        return self.type


@frozen
class Held:
    """An item of the case that stays, and why."""

    id: str
    name: str
    why: str


@frozen(kw_only=True)
class Going:
    """What a release asks of every item.

    Attributes:
        tlp: the marking that it is to leave under.
        me: id of this node's organisation; what it wrote itself, it may mark as it likes.
    """

    tlp: Tlp
    me: str
    now: datetime


def drafts_of(
    items: Iterable[str], snapshot: Snapshot, going: Going
) -> tuple[list[Draft], list[Held]]:
    """Return the drafts for `items` in their order, one per identifier, and what stays."""
    drafts: list[Draft] = []
    held: list[Held] = []
    seen: set[str] = set()
    guards = guard_lists(snapshot)
    for made in _made(items, snapshot, going):
        if isinstance(made, Held):
            held.append(made)
            continue
        stop = guard_stop(made.observable.key, guards) if made.observable else None
        if stop is not None:
            held.append(Held(made.of, made.label, f"{stop.guard}: {stop.why}; {_WAY_ON}"))
            continue
        once = made.observable.key if made.observable else made.of
        if once in seen:
            held.append(Held(made.of, made.label, "the same identifier leaves already"))
            continue
        seen.add(once)
        drafts.append(made)
    return drafts, held


def _made(items: Iterable[str], snapshot: Snapshot, going: Going) -> Iterator[Draft | Held]:
    remaining = iter(items)
    while batch := tuple(islice(remaining, _BATCH)):
        found = _Found.of(batch, snapshot)
        for item_id in batch:
            yield _draft(item_id, found, going)


@frozen
class _Found:
    """What the vault holds of a case's items, by id.

    Attributes:
        said: what sources said of own ones.
        recorded_by: who recorded own claims.
        supersedes: what each claim replaces, in this case or outside it.
    """

    received: Mapping[str, Shared]
    own: Mapping[str, HeldObject]
    said: Mapping[str, Sequence[Traced]]
    recorded_by: Mapping[str, frozenset[str]]
    supersedes: Mapping[str, frozenset[str]]
    snapshot: Snapshot

    @classmethod
    def of(cls, items: Sequence[str], snapshot: Snapshot) -> "_Found":
        received = snapshot.shared.get_all(items)
        others = [item for item in items if item not in received]
        own = {each.id: each for each in snapshot.private.iterate(ids=others)}
        claims = [each.id for each in own.values() if each.type == CLAIM_TYPE]
        return cls(
            received,
            own,
            snapshot.private.provenances(own),
            {each: snapshot.private.recorded_by(each) for each in claims},
            superseded_claims(snapshot) if claims else {},
            snapshot,
        )


def _draft(item_id: str, found: _Found, going: Going) -> Draft | Held:
    received = found.received.get(item_id)
    if received is not None:
        return _onward(received.object, going.now)
    kept = found.own.get(item_id)
    if kept is None:
        is_finding = item_id.startswith(f"{FINDING_TYPE}--")
        why = "a finding stays with who found it" if is_finding else "this node does not hold it"
        return Held(item_id, item_id, why)
    draft = _own(kept.object, found, going)
    if isinstance(draft, Held) or kept.object.author == going.me:
        return draft
    return _bound(draft, kept.object, found, going)


def _bound(draft: Draft, item: StixObject, found: _Found, going: Going) -> Draft | Held:
    """Hold a draft to the terms on which others gave this node what it is made from."""
    try:
        sharing = item.sharing
    except BadInputError as error:
        return Held(item.id, draft.label, f"its terms cannot be read: {error.message}")
    bound = _given_as(item, found)
    if bound.rank > going.tlp.rank:
        why = f"it was given as {bound.label}; {going.tlp.label} would be laxer"
        return Held(item.id, draft.label, why)
    # Shared in a community and then handed over in a file: it is a source like any received one.
    return draft if sharing is None else evolve(draft, sources=(item,))


def _own(item: StixObject, found: _Found, going: Going) -> Draft | Held:
    observable = from_sco(item.body)
    if observable is not None:
        sayings = [each.provenance.said for each in found.said.get(item.id, ())]
        open_ = [said for said in sayings if given_as([_marking(said)]).rank <= going.tlp.rank]
        return Draft(
            of=item.id,
            type="indicator",
            fields=indicator_fields(observable, open_, going.now),
            observable=observable,
            personal=personal_identifiers(item),
        )
    if item.type != CLAIM_TYPE:
        return Held(item.id, item.name, f"a private {item.type} has no form that leaves")
    if any(item.id in each for each in found.supersedes.values()):
        return Held(item.id, item.name, "a later claim supersedes it")
    return Draft(
        of=item.id,
        type=CLAIM_TYPE,
        fields=claim_fields(item),
        personal=personal_identifiers(item),
        recorded_by=found.recorded_by[item.id],
        supersedes=tuple(sorted(found.supersedes.get(item.id, ()))),
    )


def _given_as(item: StixObject, found: _Found) -> Tlp:
    """Return the TLP that binds an object of this node's own vault, by all that gave it.

    Lists say a marking beside the object, bundles in it, and each version came from one of them.
    """
    traces = found.said.get(item.id, ())
    lists = [_marking(each.provenance.said) for each in traces if not each.source.is_bundle]
    if lists and (len(lists) == len(traces) or given_as(lists) is Tlp.CLEAR):
        return given_as(lists)
    versions = (each.object.marking for each in found.snapshot.private.versions(item.id))
    # Beside a list, a version without a marking is the bare one that the list made.
    bundles = [each.tlp if each else None for each in versions if each or not lists]
    return given_as([*lists, *bundles])


def _marking(said: Mapping[str, JsonValue]) -> Tlp | None:
    return said_marking(said.get("marking"))


def _onward(received: StixObject, now: datetime) -> Draft | Held:
    if received.is_revoked:
        return Held(received.id, received.name, "its author has withdrawn it")
    pattern = received.body.get("pattern")
    observable = from_pattern(pattern) if isinstance(pattern, str) else None
    if observable is None:
        return Held(received.id, received.name, f"a received {received.type} is not handed on")
    return Draft(
        of=received.id,
        type="indicator",
        fields=indicator_fields(observable, [], now),
        observable=observable,
        personal=personal_identifiers(received),
        sources=(received,),
    )
