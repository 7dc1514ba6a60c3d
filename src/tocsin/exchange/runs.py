"""Cutting a batch into runs, so that what is independent is read and written at once."""

from collections.abc import Iterable, Iterator

from tocsin.policy import is_withdrawn
from tocsin.records import StixObject


def runs(items: Iterable[StixObject]) -> Iterator[list[StixObject]]:
    """Yield the items in order, in runs whose members have no bearing on one another.

    No id stands twice in a run, nothing in it is derived from something else in it, and what is
    withdrawn ends it. So taking run after run comes to the same as taking item after item.
    """
    run: list[StixObject] = []
    ids: set[str] = set()
    for item in items:
        sources = item.sharing.derived_from if item.sharing else ()
        if item.id in ids or not ids.isdisjoint(sources):
            yield run
            run, ids = [], set()
        run.append(item)
        ids.add(item.id)
        if is_withdrawn(item):
            yield run
            run, ids = [], set()
    if run:
        yield run
