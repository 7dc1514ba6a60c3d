"""The same exchange by file: a STIX bundle on a stick does what a sync does.

A file can be read by whoever carries it, so only what everyone may read stands in it openly; the
rest is sealed to its recipients. What an unnamed author has released waits for the convenor and
is named as left out. The directory inside is the convenor's: receivers know keys by it.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

from attrs import frozen

from tocsin.exchange.arrival import Refusal
from tocsin.exchange.doubts import suspend
from tocsin.exchange.incoming import Door, Taken
from tocsin.exchange.limits import MAX_BUNDLE_BYTES
from tocsin.exchange.membership import (
    find_directory,
    find_roster,
    keep_roster,
    membership_of,
)
from tocsin.exchange.next_version import sealing_keys
from tocsin.exchange.placing import reach_of
from tocsin.exchange.possession import to_show
from tocsin.exchange.republish import sharing_of
from tocsin.foundation import (
    BadInputError,
    Clock,
    Entropy,
    JsonObject,
    JsonValue,
    RefusedError,
    StorageError,
    TocsinError,
    canonical,
    parse_json,
)
from tocsin.foundation.entropy import uuid4
from tocsin.policy import is_withdrawn
from tocsin.records import Authorship, Community, StixObject, Tlp, named_id, stix_time
from tocsin.records.stix import SCO_NAMESPACE
from tocsin.trust import SEALED_TYPE, seal_object, sealed_id_of, sign_object
from tocsin.vault import Home, Snapshot, Transaction

DIRECTORY_TYPE: Final = "x-tocsin-directory"
DIRECTORY_EXTENSION: Final = "extension-definition--6f1d6f7b-2e7e-5b6c-8f2a-4f0b7a1d9c53"


@frozen
class BundleReport:
    """What a bundle took along or brought.

    Attributes:
        objects: ids written, or new here.
        left_out: what was not written or not taken, each with the reason.
    """

    objects: tuple[str, ...]
    left_out: tuple[Refusal, ...]
    flagged: tuple[str, ...] = ()


def write_bundle(home: Home, path: Path, clock: Clock, entropy: Entropy) -> BundleReport:
    """Write all that this node has released and whose hold time is over.

    Writing marks nothing as sent: the wire may deliver the same later without harm.

    Raises:
        RefusedError: when the node is no member or knows no directory.
        StorageError: when the file cannot be written.
    """
    membership_of(home)
    written: list[str] = []
    left_out: list[Refusal] = []
    with home.vault.read() as view:
        directory, roster = find_directory(view), find_roster(view)
        if directory is None or roster is None:
            raise RefusedError("no member directory is known yet", hint="run `tocsin sync` once")
        desk = _Desk(home, view, directory.community, clock.now())
        objects: list[JsonValue] = [_directory_object(directory.community.id, roster, desk.now)]
        for item in desk.released():
            try:
                objects.append(dict(desk.packed(item).body))
                written.append(item.id)
            except TocsinError as error:
                left_out.append(Refusal(item.id, error.message, error.hint))
    bundle: JsonObject = {"type": "bundle", "id": f"bundle--{uuid4(entropy)}", "objects": objects}
    try:
        path.write_bytes(canonical(bundle) + b"\n")
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}", hint="check the place") from error
    return BundleReport(tuple(written), tuple(left_out))


def read_bundle(home: Home, path: Path, clock: Clock) -> BundleReport:
    """Take what a bundle holds for this node, by the same checks as from the wire.

    What is addressed to others is passed over; what does not hold is refused and named.

    Raises:
        RefusedError: when the node is no member.
        BadInputError: when the file is no bundle.
        StorageError: when it cannot be read.
    """
    membership = membership_of(home)
    bodies = _read(path)
    rosters = [each for each in bodies if _is_directory(each)]
    objects = [each for each in bodies if not _is_directory(each)]

    def take(tx: Transaction) -> Taken:
        for each in rosters:
            keep_roster(tx, membership, each.get("directory"))
        directory = find_directory(tx)
        if directory is None:
            raise RefusedError("no member directory is known yet", hint="run `tocsin sync` once")
        suspend(tx, directory, me=membership.member_id)
        door = Door(directory, membership.member_id, home.keyring, clock.now(), passes_over=True)
        taken = door.take(tx, objects)
        to_show(tx, taken.received)  # the exchange never handed it over
        return taken

    taken = home.vault.write(take)
    flagged = tuple(dict.fromkeys(taken.flagged))
    return BundleReport(tuple(taken.received), tuple(taken.refused), flagged)


@frozen
class _Desk:
    """Packs what one node has released."""

    home: Home
    view: Snapshot
    community: Community
    now: datetime

    def released(self) -> list[StixObject]:
        """Return what has left the outbox or may, in the order of acceptance."""
        rows = self.view.outbox.rows(unsent_only=False)
        seqs = [row.seq for row in rows if row.not_before <= self.now]
        return [each.object for each in self.view.shared.by_seq(seqs)]

    def packed(self, item: StixObject) -> StixObject:
        """Return an object as it may travel in a file.

        Raises:
            RefusedError: when it cannot.
        """
        sharing = sharing_of(item)
        if sharing.authorship is not Authorship.NAMED:
            raise RefusedError(
                f"{item.id}: its author is not named, so it waits for the exchange, whose "
                "convenor signs in its author's place",
                hint="run `tocsin sync` once the exchange is back",
            )
        if item.type == SEALED_TYPE or _is_for_everyone(item):
            return item
        reach = reach_of(self.view, item, self.home.id, self.community, self.now)
        receivers = set(reach.receivers)
        if is_withdrawn(item):
            receivers |= {
                member
                for each in self.view.shared.versions(item.id)
                for member in self.view.visibility.of(each.seq)
            }
        if not receivers:
            raise RefusedError(f"{item.id}: nobody may receive it any more")
        keys = sealing_keys(self.community, receivers)
        outer = seal_object(item, keys, sealed_id=sealed_id_of(item.id))
        return sign_object(outer, self.home.keyring.signing)


def _is_for_everyone(item: StixObject) -> bool:
    return (
        item.marking is not None
        and item.marking.tlp is Tlp.CLEAR
        and sharing_of(item).audience.community
    )


def _directory_object(community_id: str, roster: JsonValue, now: datetime) -> JsonObject:
    stamp = stix_time(now)
    return {
        "type": DIRECTORY_TYPE,
        "spec_version": "2.1",
        "id": named_id(DIRECTORY_TYPE, SCO_NAMESPACE, community_id),
        "created": stamp,
        "modified": stamp,
        "extensions": {DIRECTORY_EXTENSION: {"extension_type": "new-sdo"}},
        "directory": roster,
    }


def _is_directory(body: JsonObject) -> bool:
    return body.get("type") == DIRECTORY_TYPE


def _read(path: Path) -> list[JsonObject]:
    hint = "write it with `tocsin sync --bundle-out FILE`"
    try:
        size = path.stat().st_size
        if size > MAX_BUNDLE_BYTES:
            raise BadInputError(f"{path}: longer than {MAX_BUNDLE_BYTES} bytes", hint=hint)
        value = parse_json(path.read_bytes(), source=str(path))
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}", hint="check the path") from error
    said = value if isinstance(value, dict) else {}
    objects = said.get("objects")
    if said.get("type") != "bundle" or not isinstance(objects, list):
        raise BadInputError(f"{path}: no STIX bundle", hint=hint)
    return [each if isinstance(each, dict) else {"id": str(each)[:80]} for each in objects]
