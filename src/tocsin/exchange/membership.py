"""What a node keeps of its membership, and the directory that it trusts at present."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from attrs import evolve, frozen

from tocsin.exchange.credentials import fingerprint
from tocsin.exchange.directory import Age, Directory
from tocsin.exchange.mixing import opens_at
from tocsin.foundation import JsonObject, JsonValue, RefusedError, TrustError
from tocsin.records import Community
from tocsin.trust import VerifyKey
from tocsin.vault import Home, Snapshot, Transaction

_KIND: Final = "exchange"
_ID: Final = "membership"
_DIRECTORY: Final = "exchange.directory"
_ROSTER: Final = "exchange.roster"
_BEFORE_RESTORE: Final = "exchange.before-restore"


@frozen(kw_only=True)
class Membership:
    """Where a node is a member.

    Attributes:
        convenor_key: text of the pinned key; what it signed is the community's word.
    """

    url: str
    community_id: str
    community: str
    member_id: str
    convenor_key: str
    credential: str

    def __repr__(self) -> str:
        return f"Membership({self.community!r} at {self.url})"

    @property
    def convenor(self) -> Mapping[str, VerifyKey]:
        """The pinned key by key id."""
        key = VerifyKey.from_text(self.convenor_key)
        return {key.key_id: key}


def keep_membership(tx: Transaction, membership: Membership, *, by: str) -> None:
    """Keep where the node is a member; the credential stays in this private document."""
    body: JsonObject = {
        "url": membership.url,
        "community_id": membership.community_id,
        "community": membership.community,
        "member_id": membership.member_id,
        "convenor_key": membership.convenor_key,
        "credential": membership.credential,
    }
    tx.documents.put(_KIND, _ID, body, by=by)


def find_membership(view: Snapshot) -> Membership | None:
    """Return the membership, None for a node that works alone."""
    found = view.documents.get(_KIND, _ID)
    if found is None:
        return None
    return Membership(**{name: str(value) for name, value in found.body.items()})


def membership_of(home: Home) -> Membership:
    """Return the membership.

    Raises:
        RefusedError: when the node has joined no community.
    """
    with home.vault.read() as view:
        found = find_membership(view)
    if found is None:
        raise RefusedError(
            "this node has joined no community yet",
            hint="ask a convenor for a token, then `tocsin join URL --token TOKEN`",
        )
    return found


def is_joined(home: Home) -> bool:
    """Tell whether the node is a member of a community."""
    with home.vault.read() as view:
        return find_membership(view) is not None


def ask_directories(home: Home, membership: Membership, ask: Callable[[], JsonObject]) -> Directory:
    """Ask the exchange for what brings the directories along, and keep them.

    Raises:
        TrustError: as `keep_directories`; an answer is held against what was known when it was
            asked for, since another process of this node may hear later news meanwhile.
    """
    with home.vault.read() as view:
        known = _kept(view, _DIRECTORY)
    asked_at = known.age if known else (0, 0)
    answer = ask()
    return home.vault.write(lambda tx: keep_directories(tx, membership, answer, asked_at=asked_at))


def keep_directories(
    tx: Transaction, membership: Membership, answer: JsonObject, *, asked_at: Age | None = None
) -> Directory:
    """Verify and keep the directory and the roster that the exchange gave.

    Args:
        asked_at: age that was known when the exchange was asked; by default the present one.

    Returns:
        The latest directory known.

    Raises:
        TrustError: when the convenor's pinned key signed neither, when it is another member's
            view, or when it is older than the one known: an old one would bring back revoked
            keys and members.
    """
    directory = Directory.open(answer.get("directory"), membership.convenor)
    if directory.member != membership.member_id:
        raise TrustError("the exchange gave another member's directory", hint="tell the convenor")
    _check_community(directory, membership)
    known = _kept(tx, _DIRECTORY)
    if known is not None and directory.age < known.age:
        if asked_at is not None and directory.age >= asked_at:
            return known
        raise TrustError(
            f"the exchange gave an old member directory ({directory.version}, "
            f"known is {known.version})",
            hint="if the exchange was restored from a backup, let the convenor say so; "
            "otherwise somebody hides a change of members or keys",
        )
    _keep_before_restore(tx, directory.epoch)
    tx.settings.set(_DIRECTORY, answer.get("directory"))
    keep_roster(tx, membership, answer.get("roster"))
    return directory


def keep_roster(tx: Transaction, membership: Membership, envelope: JsonValue) -> None:
    """Verify and keep a directory without groups, unless a later one is known."""
    roster = Directory.open(envelope, membership.convenor)
    _check_community(roster, membership)
    if roster.member is not None:
        raise TrustError("a member's own directory stands where the roster belongs")
    known = _kept(tx, _ROSTER)
    if known is None or roster.age >= known.age:
        _keep_before_restore(tx, roster.epoch)
        tx.settings.set(_ROSTER, envelope)


def _keep_before_restore(tx: Transaction, epoch: int) -> None:
    """Keep what is known of the community before the words of a restored exchange replace it.

    An exchange that was put back knows less than its members, and may be put back in the midst of
    a sync: its poor directory then comes before this node has shown it the better one.
    """
    known = _kept(tx, _DIRECTORY)
    if known is not None and known.epoch < epoch and tx.settings.get(_BEFORE_RESTORE) is None:
        directory, roster = tx.settings.get(_DIRECTORY), tx.settings.get(_ROSTER)
        tx.settings.set(_BEFORE_RESTORE, {"directory": directory, "roster": roster})


def forget_before_restore(tx: Transaction) -> None:
    """Forget what was known before a restore, once the exchange has heard it."""
    tx.settings.set(_BEFORE_RESTORE, None)


def find_directory(view: Snapshot) -> Directory | None:
    """Return the directory to decide by: own groups, and members as last heard of by any way."""
    directory, roster = _kept(view, _DIRECTORY), _kept(view, _ROSTER)
    if directory is None or roster is None or roster.issued <= directory.issued:
        return directory
    known = directory.community.members
    guests = {key: each for key, each in known.items() if each.is_guest}
    community = evolve(directory.community, members={**guests, **roster.community.members})
    return evolve(directory, community=community)


def signed_directories(view: Snapshot) -> tuple[JsonValue, JsonValue]:
    """Return the directory and the roster as the convenor signed them, to show them to it.

    Those from before a restore that the exchange was not told of yet, where there was one.
    """
    before = view.settings.get(_BEFORE_RESTORE)
    if isinstance(before, dict):
        return before["directory"], before["roster"]
    return view.settings.get(_DIRECTORY), view.settings.get(_ROSTER)


def find_roster(view: Snapshot) -> JsonValue:
    """Return the signed directory without groups, to put into a file for others."""
    return view.settings.get(_ROSTER)


def community_of(home: Home) -> Community:
    """Return the community as this node knows it.

    Raises:
        RefusedError: when the node has joined none.
    """
    membership_of(home)
    with home.vault.read() as view:
        directory = find_directory(view)
    if directory is None:
        raise RefusedError("no member directory is known yet", hint="run `tocsin sync`")
    return directory.community


def seen_from(view: Snapshot, moment: datetime) -> datetime:
    """Return from when others see what an unnamed author's node sends at a moment."""
    directory = find_directory(view)
    return opens_at(moment, timedelta(minutes=directory.mix if directory else 0))


def pinned_key(directory: Directory, expected: bytes) -> VerifyKey:
    """Return the convenor's key whose fingerprint an invitation carries.

    Raises:
        TrustError: when the directory names no such key.
    """
    for key in directory.convenor.values():
        if fingerprint(key) == expected:
            return key
    raise TrustError(
        "this exchange is not the one that the token is for",
        hint="check the address with the convenor; do not join until it is cleared up",
    )


def _kept(view: Snapshot, name: str) -> Directory | None:
    envelope = view.settings.get(name)
    return None if envelope is None else Directory.read_unverified(envelope)


def _check_community(directory: Directory, membership: Membership) -> None:
    if directory.community.id != membership.community_id:
        raise TrustError("the member directory is another community's", hint="tell the convenor")
