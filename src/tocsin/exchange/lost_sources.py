"""What an exchange that was put back has forgotten, and what its members derived from it.

Strict objects limit what is derived from them: nobody gets the one who may not have the other.
Their authors send them again after a restore; but who has left meanwhile sends nothing. So whoever
derived something shows the source beside it, as the exchange once handed it over. It is handed out
no more; it only narrows, which is why its author's signature is asked for.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from tocsin.exchange.arrival import check_signature, read_arrival
from tocsin.exchange.directory import Directory
from tocsin.foundation import JsonValue, TocsinError
from tocsin.records import StixObject
from tocsin.vault import Lens, Snapshot, Standing, Transaction

AT_ONCE: Final = 200
"""Shown in one request at most."""

_PREFIX: Final = "exchange.lost-source:"
_OWN: Final = Lens(standing=frozenset({Standing.OWN}))


def sources_to_show(view: Snapshot) -> list[JsonValue]:
    """Return the words of what own objects are derived from; who has left sends them no more."""
    wanted = {
        source
        for own in view.shared.iterate(_OWN)
        if own.object.sharing is not None
        for source in own.object.sharing.derived_from
    }
    return [
        {**held.object.body}
        for _, held in sorted(view.shared.get_all(wanted).items())
        if held.standing is Standing.RECEIVED
    ]


def keep_sources(tx: Transaction, shown: Iterable[JsonValue], directory: Directory) -> bool:
    """Keep the limits of sources that are not here, where their author's signature holds.

    Args:
        directory: the shower's own, which this convenor signed: it has the keys.

    Returns:
        Whether any is new.
    """
    found = dict(_signed(shown, directory))
    lost = found.keys() - tx.shared.known(found)
    new = [each for each in sorted(lost) if tx.settings.get(_PREFIX + each) is None]
    tx.settings.add_all({_PREFIX + each: {**found[each].body} for each in new})
    return bool(new)


def lost_sources(view: Snapshot, object_ids: Iterable[str]) -> Mapping[str, StixObject]:
    """Return what members have shown of these."""
    shown = ((each, view.settings.get(_PREFIX + each)) for each in object_ids)
    return {each: read_arrival(body) for each, body in shown if body is not None}


def _signed(shown: Iterable[JsonValue], directory: Directory) -> Iterator[tuple[str, StixObject]]:
    for body in shown:
        try:
            item = read_arrival(body)
            check_signature(item, directory.keys_of(item.author or directory.community.id))
        except TocsinError:
            continue  # a limit that nobody set
        yield item.id, item
