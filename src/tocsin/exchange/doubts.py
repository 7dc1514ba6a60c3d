"""A stolen key at a node: what it signed and came after the theft counts no more here either.

The member directory says which key and since when; it comes with every sync and in every file.
When the exchange took an object a node cannot know by itself, so it asks which versions the
exchange still shows. Until it can ask, whatever came here later than the theft is in doubt, and
what is in doubt does not count: a file alone can take away, only the exchange can give back.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from attrs import frozen

from tocsin.exchange.client import ExchangeClient
from tocsin.exchange.directory import Directory
from tocsin.exchange.effects import CORRECTED, WITHDRAWN, resting_on
from tocsin.exchange.limits import MAX_PAGE, MAX_SKEW
from tocsin.exchange.server.taxii import VISIBLE
from tocsin.exchange.stolen import STOLEN, is_by_stolen_key_alone, key_ids_of
from tocsin.foundation import JsonObject, TrustError, rfc3339
from tocsin.policy import is_withdrawn
from tocsin.records import Member
from tocsin.trust import SEALED_TYPE, sealed_id_of
from tocsin.vault import Home, Lens, Shared, Snapshot, Standing, Transaction

_KIND: Final = "stolen-key"
_WHY: Final = "signed by a key reported stolen"
_HELD: Final = Lens(
    versions=("all",), standing=frozenset({Standing.OWN, Standing.RECEIVED, Standing.VOID})
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_PAGE: Final = 500
_ASKED: Final = 40
"""Ids in one question: well below what an address may be long."""


@frozen
class Settled:
    """What became of what was in doubt.

    Attributes:
        void: ids that count no more in some version, received from others.
        own: ids of this node's own that the exchange does not show any more.
    """

    void: tuple[str, ...] = ()
    own: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the person at the node."""
        found: list[str] = []
        if self.void:
            found.append(
                f"{len(self.void)} objects were {_WHY}: what came after the theft does not count "
                "any more; `tocsin inbox` shows them and what rests on them"
            )
        if self.own:
            found.append(
                f"{len(self.own)} objects of your own do not stand any more, since your old key "
                "was reported stolen: look at them, then `tocsin key reaffirm`"
            )
        return tuple(found)


def suspend(tx: Transaction, directory: Directory, *, me: str) -> Settled:
    """Let what is in doubt count no more, as long as the exchange cannot be asked."""
    void: list[str] = []
    for member in _unsettled(tx, directory):
        if not _is_told(tx, member):
            rows = [each for each in _doubtful(tx, member) if each.standing is Standing.RECEIVED]
            void += _make_void(tx, rows, by=me)
            _note(tx, member, is_settled=False, by=me)
    return Settled(tuple(dict.fromkeys(void)))


def settle(home: Home, client: ExchangeClient, directory: Directory) -> Settled:
    """Ask the exchange what stands, and go by its answer; nothing where nothing is in doubt.

    Safe to repeat: it is noted as settled in the write that does it.
    """
    void: list[str] = []
    own: list[str] = []
    with home.vault.read() as view:
        unsettled = list(_unsettled(view, directory))
    for member in unsettled:
        with home.vault.read() as view:
            rows = list(_doubtful(view, member, is_me=member.id == home.id))
        shown = _shown(client, rows)

        def work(
            tx: Transaction, member: Member = member, rows: Sequence[Shared] = rows,
            shown: frozenset[tuple[str, str]] = shown,
        ) -> None:  # fmt: skip
            gone = [each for each in rows if not _names(each) & shown]
            back = [each for each in rows if _names(each) & shown]
            _reinstate(tx, back, by=home.id)
            received = [each for each in gone if each.standing is not Standing.OWN]
            void.extend(_make_void(tx, received, by=home.id))
            for each in gone:
                if each.standing is Standing.OWN and not _is_sealed_copy(each):
                    tx.shared.flag(each.id, because_id=each.id, kind=STOLEN)
                    own.append(each.id)
            _note(tx, member, is_settled=True, by=home.id)

        home.vault.write(work)
    return Settled(tuple(dict.fromkeys(void)), tuple(dict.fromkeys(own)))


def _unsettled(view: Snapshot, directory: Directory) -> Iterator[Member]:
    for member in directory.community.members.values():
        if member.stolen_keys:
            found = view.documents.get(_KIND, member.id)
            if found is None or found.body != _said(member, is_settled=True):
                yield member


def _is_told(view: Snapshot, member: Member) -> bool:
    """Tell whether just this was heard before, settled or not."""
    found = view.documents.get(_KIND, member.id)
    return found is not None and found.body["keys"] == _said(member, is_settled=False)["keys"]


def _note(tx: Transaction, member: Member, *, is_settled: bool, by: str) -> None:
    tx.documents.put(_KIND, member.id, _said(member, is_settled=is_settled), by=by)


def _said(member: Member, *, is_settled: bool) -> JsonObject:
    ids = key_ids_of([each.key for each in member.stolen_keys])
    keys = {ids[each.key]: rfc3339(each.since) for each in member.stolen_keys}
    return {"member": member.id, "keys": {**keys}, "settled": is_settled}


def _doubtful(view: Snapshot, member: Member, *, is_me: bool = False) -> Iterator[Shared]:
    """Yield what a member's stolen keys alone signed and came here later than the theft.

    The clocks of node and exchange may differ by `MAX_SKEW`, and the exchange had it first; of
    one's own nothing says when the exchange took it.
    """
    earliest = min(each.since for each in member.stolen_keys) - MAX_SKEW
    after = None if is_me else (earliest - _EPOCH) // _MICROSECOND
    while page := view.shared.page(_HELD, after=after, limit=_PAGE):
        after = page[-1].added
        for each in page:
            if each.author == member.id and is_by_stolen_key_alone(each.object, member):
                yield each


def _names(each: Shared) -> frozenset[tuple[str, str]]:
    """Return the (id, version) under which the exchange may hold it, in the open or sealed."""
    try:
        sealed = {(sealed_id_of(each.id), each.version)}
    except TrustError:
        sealed = set()
    return frozenset({(each.id, each.version), *sealed})


def _is_sealed_copy(each: Shared) -> bool:
    return each.type == SEALED_TYPE


def _shown(client: ExchangeClient, rows: Iterable[Shared]) -> frozenset[tuple[str, str]]:
    """Ask which versions the exchange shows this member (TAXII 2.1 §5.4, `match`)."""
    ids = sorted({name for each in rows for name, _ in _names(each)})
    shown: set[tuple[str, str]] = set()
    for start in range(0, len(ids), _ASKED):
        query: dict[str, str | int] = {
            "match[id]": ",".join(ids[start : start + _ASKED]),
            "match[version]": "all",
            "limit": MAX_PAGE,
        }
        while True:
            page, _ = client.page(f"{VISIBLE}objects/", query)
            found = page.get("objects")
            for body in found if isinstance(found, list) else ():
                if isinstance(body, dict):
                    version = body.get("modified") or ""
                    shown.add((str(body.get("id")), str(version)))
            if page.get("more") is not True:
                break
            query["next"] = str(page.get("next"))
    return frozenset(shown)


def _make_void(tx: Transaction, rows: Sequence[Shared], *, by: str) -> list[str]:
    """Let versions count no more, with what they did here; returns their ids."""
    new = [each for each in rows if each.standing is Standing.RECEIVED]
    tx.shared.make_void([each.seq for each in new], why=_WHY, by=by)
    for each in new:
        if is_withdrawn(each.object):
            left = tx.shared.get(each.id)
            if left is None or not is_withdrawn(left.object):
                tx.shared.lift_flags([each.id], kind=WITHDRAWN)
            continue
        tx.shared.lift_flags([each.id], kind=CORRECTED)
        for one in (each.id, *resting_on(tx, each.id)):
            tx.shared.flag(one, because_id=each.id, kind=STOLEN)
    return [each.id for each in rows]


def _reinstate(tx: Transaction, rows: Sequence[Shared], *, by: str) -> None:
    """Let versions that were in doubt count again."""
    back = [each for each in rows if each.standing is Standing.VOID]
    why = "the exchange took it before the theft"
    tx.shared.reinstate([each.seq for each in back], Standing.RECEIVED, why=why, by=by)
    tx.shared.lift_flags([each.id for each in back], kind=STOLEN)
    for each in back:
        if is_withdrawn(each.object):
            for one in (each.id, *resting_on(tx, each.id)):
                tx.shared.flag(one, because_id=each.id, kind=WITHDRAWN)
