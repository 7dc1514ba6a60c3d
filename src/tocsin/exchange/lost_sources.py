"""What an exchange that was put back has forgotten, and what its members derived from it.

Strict objects limit what is derived from them: nobody gets the one who may not have the other.
Their authors send them again after a restore; but who has left meanwhile sends nothing. So whoever
derived something shows the source beside it, as the exchange once handed it over. It is handed out
no more; it only narrows, which is why its author's signature is asked for, and why nobody shows
words of its own. Who signs something under an id that is not its own adds a limit and takes none
away: of each author that an id is shown of, the last version counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from tocsin.exchange.arrival import check_signature, read_arrival
from tocsin.exchange.directory import Directory
from tocsin.foundation import JsonValue, TocsinError
from tocsin.records import StixObject
from tocsin.vault import Lens, Snapshot, Standing, Transaction

AT_ONCE: Final = 200
"""Shown in one request at most, and of words of at most so many bytes."""

BYTES_AT_ONCE: Final = 4 * 1024 * 1024

_PREFIX: Final = "exchange.lost-source:"
_OWN: Final = Lens(standing=frozenset({Standing.OWN}))


def sources_to_show(view: Snapshot) -> Iterator[list[JsonValue]]:
    """Yield the words of what own objects are derived from, by requests.

    Its author, should it have left, sends them no more.
    """
    wanted = {
        source
        for own in view.shared.iterate(_OWN)
        if own.object.sharing is not None
        for source in own.object.sharing.derived_from
    }
    batch: list[JsonValue] = []
    size = 0
    for _, held in sorted(view.shared.get_all(wanted).items()):
        if held.standing is not Standing.RECEIVED:
            continue
        size += len(held.body)
        if batch and (len(batch) == AT_ONCE or size > BYTES_AT_ONCE):
            yield batch
            batch, size = [], len(held.body)
        batch.append({**held.object.body})
    if batch:
        yield batch


def keep_sources(
    tx: Transaction, shown: Iterable[JsonValue], directory: Directory, shower: str
) -> bool:
    """Keep the limits of sources, where their author's signature holds.

    Args:
        directory: the shower's own, which this convenor signed: it has the keys.

    Returns:
        Whether any is new.
    """
    is_any_new = False
    for item in _signed(shown, directory):
        key = f"{_PREFIX}{item.id}:{item.author}"
        before = tx.settings.get(key)
        is_new = before is None or read_arrival(before).version_at < item.version_at
        if is_new and item.author != shower:
            tx.settings.set(key, {**item.body})
            is_any_new = True
    return is_any_new


def lost_sources(
    view: Snapshot, held: Mapping[str, StixObject | None]
) -> Mapping[str, Sequence[StixObject]]:
    """Return what members have shown of these.

    Args:
        held: what the exchange has itself, by id: its author's words are not lost.
    """
    if not view.settings.has(_PREFIX):
        return {}
    return {
        object_id: [
            shown
            for shown in map(read_arrival, view.settings.all(f"{_PREFIX}{object_id}:").values())
            if here is None or here.author != shown.author
        ]
        for object_id, here in held.items()
    }


def _signed(shown: Iterable[JsonValue], directory: Directory) -> Iterator[StixObject]:
    for body in shown:
        try:
            item = read_arrival(body)
            check_signature(item, directory.keys_of(item.author or directory.community.id))
        except TocsinError:
            continue  # a limit that nobody set
        yield item
