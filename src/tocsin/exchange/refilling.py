"""An exchange after it was put back: it hears from every member before it hands anything out.

Who was revoked, or left a group, since the backup is a member again by its own memory. So nothing
is given to anybody until each active member has told what it knows (its directories, signed by
this very convenor) and has sent again what it ever sent; or until the convenor says to go on.
Submissions are taken meanwhile. What the convenor does after the restore stands above all that.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from attrs import frozen

from tocsin.exchange import roster, tokens
from tocsin.exchange.convenor import convened_by
from tocsin.exchange.credentials import hashed
from tocsin.exchange.directory import (
    Directory,
    group_json,
    member_json,
    read_group,
    read_member,
)
from tocsin.exchange.lost_sources import keep_sources
from tocsin.exchange.mixer import place_waiting
from tocsin.exchange.placing import keep_to_holders, recompute
from tocsin.exchange.remembered import Community, merged
from tocsin.exchange.restored import Restored
from tocsin.exchange.roster import Convened
from tocsin.exchange.stolen import roll_back
from tocsin.foundation import (
    BadInputError,
    Clock,
    JsonObject,
    JsonValue,
    TrustError,
    UsageError,
    canonical,
    parse_time,
    rfc3339,
)
from tocsin.trust import Checkpoint, Signature, VerifyKey, sign_checkpoint, verify
from tocsin.vault import Home, Snapshot, Transaction

REFILL_PAYLOAD: Final = "application/vnd.tocsin.refill+json"
RESTORED: Final = "restored"
"""Kind of the log entry that says it."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_REFILL: Final = "exchange.refill"
_BASE: Final = "exchange.refill-base"
_VIEW: Final = "exchange.refill-view:"
_PAUSED: Final = "exchange.refill-paused"
_BY: Final = "refill"
_SECRET_LENGTH: Final = 32


@frozen
class Refilled:
    """What a member is told when it has told what it knows.

    Attributes:
        statement: the convenor's on the last restore; empty where there was none.
        awaited: how many members are still to be heard.
    """

    statement: JsonObject
    awaited: int

    def to_json(self) -> JsonObject:
        """Return what goes over the wire."""
        return {"statement": self.statement, "awaited": self.awaited}


def declare_restored(
    home: Home, clock: Clock, *, by: str, size: int | None = None, keeps_tokens: bool = False
) -> Restored:
    """Say that an exchange was put back, in its log, and wait for its members.

    Tokens and invitations end, since some may have been revoked after the backup; a node's own
    credential works again once the node has shown it with its key.

    Args:
        size: the log's size at the time of the backup, where it has grown since.
        keeps_tokens: all tokens and open invitations work on: nothing was revoked since.

    Raises:
        UsageError: when the log never had that size, or the home is a member's node.
    """
    convened = convened_by(home)

    def work(tx: Transaction) -> Restored:
        whole = tx.log.size
        kept = whole if size is None else size
        if not 0 < kept <= whole:
            raise UsageError(f"the log has {whole} entries, not {kept}")
        before = roster.restore_epoch(tx)
        now = clock.now()
        head = Checkpoint(convened.log_origin, kept, tx.log.root(kept))
        restored = Restored(
            community_id=convened.id,
            epoch=max((now - _EPOCH) // timedelta(microseconds=1), before + 1),
            note=sign_checkpoint(head, head.origin, home.keyring.signing),
            at=now,
        )
        known = roster.community_of(tx, convened)
        entry = tx.log.append(RESTORED, by=by, said=restored.to_json())
        statement = restored.sign(home.keyring.signing)
        made: JsonObject = {"epoch": restored.epoch, "at": rfc3339(now), "statement": statement}
        tx.settings.set(roster.RESTORED, made)
        base: JsonObject = {
            "age": [before, rfc3339(roster.last_change(tx))],
            "entry": entry,
            "members": [member_json(each) for each in known.members.values()],
            "groups": [group_json(each) for each in known.groups.values()],
        }
        tx.settings.set(_BASE, base)
        # Who read what since the backup is forgotten. Whoever might have, and has left a group
        # meanwhile, must still hear of a withdrawal.
        tx.deliveries.record_visible()
        for earlier in tx.settings.all(_VIEW):
            tx.settings.set(earlier, None)
        tx.settings.set(_REFILL, {"heard": [], "is_open": False})
        if not keeps_tokens:
            _end_tokens(tx, now, by=by)
        return restored

    return home.vault.write(work)


def _end_tokens(tx: Transaction, now: datetime, *, by: str) -> None:
    """End what may have been revoked since the backup; remember which a node may show again."""
    ended = tokens.end_all(tx, by=by)
    tx.settings.set(_PAUSED, {**_object(tx.settings.get(_PAUSED)), **ended})
    for key, invited in roster.invitations(tx):
        if invited.used_by is None:
            roster.end_invitation(tx, key, now, by=by)


def awaited(view: Snapshot, convened: Convened) -> list[str]:
    """Return the members that are still to be heard; nothing is handed out while there are any."""
    state = view.settings.get(_REFILL)
    if not isinstance(state, dict) or state["is_open"]:
        return []
    heard = set(_texts(state["heard"]))
    return sorted(
        member.id
        for member in roster.community_of(view, convened).members.values()
        if member.active and not member.is_guest and member.id not in heard
    )


def awaited_members(home: Home) -> list[str]:
    """Return the ids of the members that an exchange still waits for."""
    with home.vault.read() as view:
        return awaited(view, convened_by(home))


def reopen(home: Home, clock: Clock, *, by: str) -> list[str]:
    """Wait no longer; returns the members that were not heard."""
    convened = convened_by(home)

    def work(tx: Transaction) -> list[str]:
        left = awaited(tx, convened)
        state = tx.settings.get(_REFILL)
        if isinstance(state, dict) and not state["is_open"]:
            tx.log.append("reopened", by=by, said={"awaited": [*left]})
            _open(tx, home, state, clock.now())
        return left

    return home.vault.write(work)


def take_view(home: Home, clock: Clock, request: JsonObject) -> Refilled:
    """Hear what a member knows of the community, and whether it has sent everything again.

    Open to whoever holds a key that a directory of this convenor lists: the exchange may have
    forgotten the member's credential together with the member.

    Raises:
        TrustError: when it is not signed by the member, or brings another one's directory.
        BadInputError: when it is malformed.
    """
    said = request.get("said")
    if not isinstance(said, dict):
        raise BadInputError("the request says nothing", hint="upgrade this node")
    convened = convened_by(home)
    keys = {convened.key.key_id: convened.key}
    member_id = str(said.get("member"))
    own, everyone = (Directory.open(said.get(name), keys) for name in ("directory", "roster"))
    if own.member != member_id or everyone.member is not None:
        raise TrustError("the directory is another member's")
    signature = Signature.from_json(request.get("signature"))
    # Shown may be what was known before the restore, and signed with a key that came after it.
    signers = {**own.keys_of(member_id), **_present_keys(home, member_id)}
    verify(REFILL_PAYLOAD, canonical(said), signature, signers)

    def work(tx: Transaction) -> Refilled:
        state = tx.settings.get(_REFILL)
        if not isinstance(state, dict):
            return Refilled({}, 0)
        if own.epoch < roster.restore_epoch(tx):  # what it heard since is only our own poor memory
            view: JsonObject = {"directory": said["directory"], "roster": said["roster"]}
            tx.settings.set(_VIEW + member_id, view)
            has_lost = keep_sources(tx, _list(said.get("sources")), own, member_id)
            if _merge(tx, convened) or has_lost:
                _settle(tx, home, clock.now())
        if _is_by_current_key(tx, member_id, signature):
            _keep_credential(tx, member_id, str(said.get("credential")))
        if said.get("is_done") is True and not state["is_open"]:
            heard: JsonValue = [*sorted({*_texts(state["heard"]), member_id})]
            state = {**state, "heard": heard}
            tx.settings.set(_REFILL, state)
            if not awaited(tx, convened):
                _open(tx, home, state, clock.now())
        last = _object(tx.settings.get(roster.RESTORED))
        return Refilled(_object(last.get("statement")), len(awaited(tx, convened)))

    return home.vault.write(work)


def _settle(tx: Transaction, home: Home, now: datetime) -> None:
    """Bring rows in line with what is remembered again, stolen keys included."""
    community = roster.community_of(tx, convened_by(home))
    recompute(tx, community, now)
    for member in community.members.values():
        if member.stolen_keys:
            roll_back(tx, community, member.id, key=home.keyring.signing, now=now, by=_BY)


def _open(tx: Transaction, home: Home, state: JsonObject, now: datetime) -> None:
    """Hand out from now on; unnamed authors' too, in one batch, withdrawals among it."""
    tx.settings.set(_REFILL, {**state, "is_open": True})
    community = roster.community_of(tx, convened_by(home))
    place_waiting(tx, community, key=home.keyring.signing, now=now, before_time=True)
    recompute(tx, community, now)
    keep_to_holders(tx, community, int(str(_object(tx.settings.get(_BASE))["entry"])))


def _merge(tx: Transaction, convened: Convened) -> bool:
    """Write what members know better, save what the convenor has changed since the restore.

    Returns:
        Whether anything changed.
    """
    kept = _object(tx.settings.get(_BASE))
    base = Community(
        {each.id: each for each in map(read_member, _list(kept["members"]))},
        {each.id: each for each in map(read_group, _list(kept["groups"]))},
    )
    epoch, last = _list(kept["age"])
    found = merged(base, (int(epoch), parse_time(str(last))), _told(tx))
    known = roster.community_of(tx, convened)
    since = int(str(kept["entry"]))
    members = [
        member
        for key, member in found.members.items()
        if known.members.get(key) != member and not _is_later(tx, "member", key, since)
    ]
    groups = [
        group
        for key, group in found.groups.items()
        if known.groups.get(key) != group and not _is_later(tx, "group", key, since)
    ]
    for member in members:
        roster.keep_member(tx, member, by=_BY)
    for group in groups:
        roster.keep_group(tx, group, by=_BY)
    return bool(members or groups)


def _told(view: Snapshot) -> Iterator[Directory]:
    """Yield what members have shown; it was verified when it came."""
    for each in view.settings.all(_VIEW).values():
        for envelope in _object(each).values():
            yield Directory.read_unverified(envelope)


def _is_later(tx: Transaction, kind: str, name: str, since: int) -> bool:
    """Tell whether somebody changed it after the restore, other than a refill."""
    found = tx.documents.get(kind, name)
    return found is not None and found.entry > since and found.by != _BY


def is_paused(view: Snapshot, credential: str) -> bool:
    """Tell whether a node's credential waits for the node to show it, as after each restore."""
    return hashed(credential) in _object(view.settings.get(_PAUSED))


def _keep_credential(tx: Transaction, member_id: str, credential: str) -> None:
    """Let a member in again, whose joining may have been forgotten."""
    found = tx.documents.get("member", member_id)
    if found is None or not read_member(found.body).active:
        return
    paused = _object(tx.settings.get(_PAUSED))
    key = hashed(credential)
    is_its_own = paused.get(key) == member_id
    if len(credential) >= _SECRET_LENGTH and (is_its_own or not tokens.is_known(tx, credential)):
        tokens.keep_token(tx, credential, tokens.Grant(member=member_id), by=_BY)
        tx.settings.set(_PAUSED, {name: whose for name, whose in paused.items() if name != key})


def _present_keys(home: Home, member_id: str) -> dict[str, VerifyKey]:
    """Return the keys by which the exchange knows a member at present, stolen ones left out."""
    with home.vault.read() as view:
        found = view.documents.get("member", member_id)
    good = read_member(found.body).good_keys if found else ()
    return {key.key_id: key for key in map(VerifyKey.from_text, good)}


def _is_by_current_key(view: Snapshot, member_id: str, signature: Signature) -> bool:
    """Tell whether a member's present key signed: an old one, perhaps stolen, opens no door."""
    found = view.documents.get("member", member_id)
    if found is None:
        return False
    member = read_member(found.body)
    current = member.verify_keys[-1]
    return current in member.good_keys and signature.keyid == VerifyKey.from_text(current).key_id


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: JsonValue) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: JsonValue) -> list[str]:
    return [str(each) for each in _list(value)]
