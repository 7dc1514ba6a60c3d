"""What a node holds that its exchange did not hand to it, or has forgotten that it did.

A withdrawal reaches whom the exchange knows to have received. What came by file it never knew, and
once it was put back to a backup it has forgotten. So a node shows what it holds by the hash of the
words, which only a holder can give; an id may be guessed or overheard.

TLP:RED is left out: it travels sealed anew each time, and is for members named one by one, who are
reached whatever the exchange remembers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from secrets import compare_digest
from typing import Final

from attrs import frozen

from tocsin.exchange import roster
from tocsin.exchange.client import ExchangeClient
from tocsin.exchange.effects import is_correction
from tocsin.exchange.notices import concerned_by, notify_of_correction, notify_of_withdrawal
from tocsin.exchange.placing import recompute_some
from tocsin.foundation import JsonObject, JsonValue
from tocsin.policy import is_withdrawn
from tocsin.records import Community, Tlp
from tocsin.trust import SigningKey
from tocsin.vault import DeliveryState, Home, Lens, Shared, Snapshot, Standing, Transaction

AT_ONCE: Final = 1_000
"""Shown in one request at most, and of words of at most so many bytes."""

BYTES_AT_ONCE: Final = 4 * 1024 * 1024
_MOST_BYTES: Final = 2 * BYTES_AT_ONCE
"""An exchange hashes no more for one request; the rest may be shown again."""

_PREFIX: Final = "held:"
_RECEIVED: Final = Lens(standing=frozenset({Standing.RECEIVED}), include_revoked=False)


def to_show(tx: Transaction, object_ids: Iterable[str]) -> None:
    """Keep in mind that the exchange is to be shown these, until it says that it has."""
    wanted = {f"{_PREFIX}{each}" for each in object_ids}
    known = set(tx.settings.keys(_PREFIX)) if wanted else set()
    tx.settings.add_all(dict.fromkeys(sorted(wanted - known), True))


def to_show_all(tx: Transaction) -> None:
    """Keep in mind that an exchange which was put back is to be shown all that came from it."""
    to_show(tx, (each.id for each in tx.shared.iterate(_RECEIVED)))


def show(home: Home, client: ExchangeClient) -> None:
    """Show the exchange what it may not know that this node holds; what it lacks, again later."""
    with home.vault.read() as view:
        wanted: Sequence[str] = [key.removeprefix(_PREFIX) for key in view.settings.keys(_PREFIX)]
    while wanted:
        with home.vault.read() as view:
            batch, wanted, shown = _next_batch(view, wanted)
        said: list[JsonValue] = [
            {"id": each.id, "version": each.version, "sha256": digest_of(each)} for each in shown
        ]
        answer = client.post("/tocsin/v1/receipts", {"objects": said}) if said else {"held": []}
        held = answer.get("held")
        if not isinstance(held, list):
            return  # it runs an earlier version: it will know the rest when it has been upgraded
        lacking = {each.id for each in shown} - {str(each) for each in held}
        done = [f"{_PREFIX}{each}" for each in batch if each not in lacking]
        home.vault.write(lambda tx, done=done: tx.settings.drop_all(done))  # type: ignore[misc]


def _next_batch(
    view: Snapshot, wanted: Sequence[str]
) -> tuple[Sequence[str], Sequence[str], list[Shared]]:
    """Return the ids of one request, those left, and what there is to show of the first."""
    shown: list[Shared] = []
    size = 0
    for at, object_id in enumerate(wanted[:AT_ONCE]):
        found = view.shared.get(object_id)
        if found is None or not _is_to_be_shown(found):
            continue
        size += len(found.body)
        if shown and size > BYTES_AT_ONCE:
            return wanted[:at], wanted[at:], shown
        shown.append(found)
    return wanted[:AT_ONCE], wanted[AT_ONCE:], shown


def digest_of(stored: Shared) -> str:
    """Return the SHA-256 of an object's canonical form, in hex."""
    return sha256(stored.body).hexdigest()


def _is_to_be_shown(stored: Shared) -> bool:
    item = stored.object
    is_red = item.marking is not None and item.marking.tlp is Tlp.RED
    return not (is_red or is_withdrawn(item) or concerned_by(item))


@frozen(kw_only=True)
class Holder:
    """A member that shows an exchange what it holds.

    Attributes:
        key: the convenor's.
    """

    member: str
    community: Community
    key: SigningKey
    now: datetime

    def show(self, tx: Transaction, digests: Mapping[tuple[str, str], str]) -> list[str]:
        """Note what the member holds beyond doubt; returns the ids.

        It then learns what has become of them, whatever its groups are now: as whoever received
        them from here does.

        Args:
            digests: by id and version.
        """
        proven = list(self._proven(tx, digests))
        seqs = [each.seq for each in proven]
        known = {seq for seq in seqs if self._is_known(tx, seq)}
        tx.deliveries.record_all(
            [(seq, self.member) for seq in seqs], DeliveryState.ACKNOWLEDGED, self.now
        )
        self._tell(tx, [each.id for each in proven if each.seq not in known])
        return [each.id for each in proven]

    def _proven(self, view: Snapshot, digests: Mapping[tuple[str, str], str]) -> Iterator[Shared]:
        numbers = view.shared.numbers(object_id for object_id, _ in digests)
        size = 0
        for name, digest in digests.items():
            for each in view.shared.by_seq([numbers[name]] if name in numbers else []):
                size += len(each.body)
                if size > _MOST_BYTES:
                    return
                if compare_digest(digest_of(each), digest):
                    yield each

    def _is_known(self, view: Snapshot, seq: int) -> bool:
        return any(each.member == self.member for each in view.deliveries.of(seq))

    def _tell(self, tx: Transaction, object_ids: Sequence[str]) -> None:
        """Tell what became of objects, now that the member is known to hold them."""
        last = tx.shared.get_all(object_ids)
        deleted = roster.deleted(tx, object_ids)
        ended = [key for key, each in last.items() if is_withdrawn(each.object)]
        recompute_some(tx, ended, self.community, self.now)
        for key, each in last.items():
            told = {self.member: [key]}
            if key in deleted:
                notify_of_withdrawal(tx, key, self.community, told, key=self.key, now=self.now)
            elif is_correction(each.object) and not tx.visibility.seen_by(self.member, [each.seq]):
                notify_of_correction(tx, key, self.community, told, key=self.key, now=self.now)


def digests_in(said: Iterable[JsonObject]) -> dict[tuple[str, str], str]:
    """Return what a request shows, by id and version."""
    return {
        (str(each.get("id")), str(each.get("version"))): digest
        for each in said
        if isinstance(digest := each.get("sha256"), str) and digest.isascii()
    }
