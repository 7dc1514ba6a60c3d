"""From what a node holds to what a writer takes."""

from collections.abc import Iterable, Iterator

from attrs import frozen

from tocsin.exchange.writers.export import Saying
from tocsin.records import CLAIM_TYPE, StixObject
from tocsin.trust import SEALED_TYPE
from tocsin.vault import Snapshot, Standing, Traced


@frozen
class Gathered:
    """Objects, each once, with what sources say about them.

    Attributes:
        recorded_by: by id, who recorded a claim here.
    """

    objects: tuple[StixObject, ...]
    sayings: dict[str, tuple[Saying, ...]]
    recorded_by: dict[str, frozenset[str]]


def gather(snapshot: Snapshot, ids: Iterable[str] | None = None) -> Gathered:
    """Return what this node holds of `ids`, private or received, in their order.

    Args:
        ids: None for all that it holds and all that it received and that still stands.
    """
    wanted = None if ids is None else list(dict.fromkeys(ids))
    found = dict(_private(snapshot, wanted))
    for item in _shared(snapshot, wanted):
        found.setdefault(item.id, item)
    order = found if wanted is None else [each for each in wanted if each in found]
    sayings = {each: _sayings(snapshot.private.provenance(each)) for each in order}
    return Gathered(
        objects=tuple(found[each] for each in order),
        sayings={each: said for each, said in sayings.items() if said},
        recorded_by={
            each: snapshot.private.recorded_by(each)
            for each in order
            if found[each].type == CLAIM_TYPE
        },
    )


def _private(snapshot: Snapshot, wanted: list[str] | None) -> Iterator[tuple[str, StixObject]]:
    for held in snapshot.private.iterate(ids=wanted):
        yield held.id, held.object


def _shared(snapshot: Snapshot, wanted: list[str] | None) -> Iterator[StixObject]:
    if wanted is None:
        for each in snapshot.shared.iterate():
            is_plain = each.standing is Standing.RECEIVED and each.type != SEALED_TYPE
            if is_plain and not each.revoked:
                yield each.object
        return
    for object_id in wanted:
        found = snapshot.shared.get(object_id)
        if found is not None and not found.revoked:
            yield found.object


def _sayings(traces: Iterable[Traced]) -> tuple[Saying, ...]:
    return tuple(
        Saying.read(
            each.provenance.said,
            source=each.source.name,
            source_id=each.source.digest,
            recorded_at=each.source.at,
            is_list=not each.source.is_bundle,
        )
        for each in traces
        if each.source.at is not None
    )
