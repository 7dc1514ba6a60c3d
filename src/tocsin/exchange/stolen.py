"""A stolen key at the exchange: revoke it, list all that it touched, roll back what came after.

The time that counts is the exchange's own stamp: a thief writes into an object whatever time it
likes. What came later is void: it stays as evidence, nobody is shown it, and what stood before
stands again. The member directory, which every node gets by every sync and in every file, says
which key it was and since when; `doubts` is what nodes do about it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from attrs import evolve, frozen

from tocsin.exchange import roster, tokens
from tocsin.exchange.convenor import convened_by
from tocsin.exchange.directory import a_member_id
from tocsin.exchange.next_version import checked_why
from tocsin.exchange.notices import (
    holders_of_derived,
    notify_of_correction,
    notify_of_withdrawal,
)
from tocsin.exchange.outcome import Outcome
from tocsin.exchange.placing import recompute, recompute_some
from tocsin.exchange.republish import is_same_submission
from tocsin.foundation import BadInputError, Clock, JsonObject, RefusedError, rfc3339
from tocsin.policy import is_withdrawn
from tocsin.records import Community, Member, StixObject, StolenKey
from tocsin.trust import SigningKey, VerifyKey
from tocsin.vault import Home, Lens, Shared, Snapshot, Standing, Transaction

STOLEN: Final = "stolen-key"
"""Kind of the log entries and flags that speak of one."""

_PAGE: Final = 500
_RELAYED: Final = Lens(versions=("all",), standing=frozenset({Standing.RELAYED, Standing.VOID}))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@frozen
class Touched:
    """One version that a stolen key signed, or may have.

    Attributes:
        shared: as the exchange holds it; `added_at` is when the exchange took it.
        key_id: None where the author is not named and the key therefore not kept.
        received_by: names of the members that could see it or acknowledged it.
        is_late: it came after the theft.
    """

    shared: Shared
    key_id: str | None
    received_by: tuple[str, ...]
    is_late: bool

    @property
    def is_void(self) -> bool:
        """It counts no more."""
        return self.shared.standing is Standing.VOID


@frozen
class Theft:
    """What is known of a member's stolen keys.

    Attributes:
        touched: all that they signed, the oldest first.
        rolled_back: how many versions this call made void.
    """

    member: Member
    touched: tuple[Touched, ...]
    rolled_back: int = 0

    @property
    def left_unnamed(self) -> int:
        """Versions without a named author that came after the theft and were left to stand."""
        return sum(each.is_late and not each.is_void for each in self.touched)


def key_ids_of(texts: Sequence[str]) -> dict[str, str]:
    """Return the ids of keys by their texts."""
    return {text: VerifyKey.from_text(text).key_id for text in texts}


def signers_of(item: StixObject) -> frozenset[str]:
    """Return the ids of the keys that an object says it is signed with."""
    return frozenset(key for key, _ in item.sharing.signatures) if item.sharing else frozenset()


def is_by_stolen_key_alone(item: StixObject, member: Member) -> bool:
    """Tell whether an object bears a stolen key's signature of a member, and no good one's."""
    if not member.stolen_keys:
        return False
    signers = signers_of(item)
    ids = key_ids_of(member.verify_keys)
    stolen = {ids[each.key] for each in member.stolen_keys if each.key in ids}
    return bool(signers & stolen) and not signers & {ids[each] for each in member.good_keys}


def stolen_outcomes(
    view: Snapshot, items: Sequence[StixObject], member: Member
) -> list[Outcome | None]:
    """Say what becomes of what a stolen key alone has signed; None for everything else.

    What is here just so, and stands, may come once more: after a restore nodes send all again.
    """
    if not member.stolen_keys:
        return [None] * len(items)
    found: list[Outcome | None] = []
    for item in items:
        if not is_by_stolen_key_alone(item, member):
            found.append(None)
            continue
        known = view.shared.get(item.id, item.version)
        if known is not None and is_same_submission(known.object, item):
            found.append(Outcome.taken(item))
            continue
        found.append(Outcome.refused(item.id, item.version, by_stolen_key(item)))
    return found


def by_stolen_key(item: StixObject) -> RefusedError:
    """Return the refusal of what a stolen key signed."""
    return RefusedError(
        f"{item.id}: signed with a key that was reported stolen",
        hint="its author releases it anew with `tocsin key reaffirm`, under a key of its own",
    )


def touched_by(home: Home, member: str, key_id: str | None = None) -> Theft:
    """List what a key of a member signed, without changing anything.

    Args:
        member: its name or id.
        key_id: by default all that are reported stolen, or the current one where none is.
    """
    convened = convened_by(home)
    with home.vault.read() as view:
        community = roster.community_of(view, convened)
        found = community.find(member)
        marks = {each.key: each for each in found.stolen_keys}
        if key_id is not None or not marks:
            text = _key_of(found, key_id)
            marks = {text: marks[text]} if text in marks else {text: _never(text)}
        return Theft(found, tuple(_touched(view, found, community, marks)))


def report_stolen(
    home: Home,
    clock: Clock,
    member: str,
    key_id: str | None,
    since: datetime,
    *,
    why: str,
    by: str,
    with_unnamed: bool = False,
) -> Theft:
    """Revoke a key as of a time, and roll back what came after; in one transaction.

    With it goes every key that was announced under it later: a thief can rotate too. If the key
    in use is among them the membership ends, with all its tokens, until the member is invited
    anew by its name. Safe to repeat; an earlier time widens it, a later one changes nothing.

    Args:
        member: its name or id.
        key_id: by default the key in use.
        since: by the exchange's clock.
        with_unnamed: also roll back what came from the member without its name. Whoever received
            that can then conclude whose it was.

    Raises:
        BadInputError: for an unknown member or key, or without a reason.
        RefusedError: for a time that is still to come.
    """
    reason, now = checked_why(why, "a stolen key"), clock.now()
    if since > now:
        raise RefusedError(f"{rfc3339(since)} is still to come", hint="say when it was stolen")
    convened, key = convened_by(home), home.keyring.signing

    def work(tx: Transaction) -> Theft:
        found = roster.community_of(tx, convened).find(member)
        text = _key_of(found, key_id)
        texts = _announced_under(tx, found, text, since)
        marked = _marked(found, [StolenKey(key=each, since=since, reported=now, why=reason)
                                 for each in texts])  # fmt: skip
        if marked != found:
            ids = [VerifyKey.from_text(each).key_id for each in texts]
            said: JsonObject = {
                "member": found.id,
                "keys": [*ids],
                "since": rfc3339(since),
                "why": reason,
            }
            tx.log.append(STOLEN, by=by, said=said)
        _end_if_unsafe(tx, marked, roster.community_of(tx, convened), by=by)
        community = roster.community_of(tx, convened)
        done = roll_back(
            tx, community, marked.id, key=key, now=now, by=by, with_unnamed=with_unnamed
        )
        if marked != found:
            recompute(tx, community, now)
        touched = _touched(tx, marked, community, {each.key: each for each in marked.stolen_keys})
        return Theft(community.members[marked.id], tuple(touched), done)

    return home.vault.write(work)


def roll_back(
    tx: Transaction,
    community: Community,
    member_id: str,
    *,
    key: SigningKey,
    now: datetime,
    by: str,
    with_unnamed: bool = False,
) -> int:
    """Make void what came from a member by its stolen keys, and tell who rests on it.

    Returns:
        How many versions; none where all is done already.
    """
    member = community.members[member_id]
    marks = {each.key: each for each in member.stolen_keys}
    late = [
        each
        for each in _touched(tx, member, community, marks, only_late=True)
        if not each.is_void and (with_unnamed or each.key_id is not None)
    ]
    if not late:
        return 0
    ids = sorted({each.shared.id for each in late})
    back = _only_taken_back(late)
    resting = {each: holders_of_derived(tx, each) for each in ids}
    unnamed = {each.shared.id: each.received_by for each in late if each.key_id is None}
    seqs = [each.shared.seq for each in late]
    tx.shared.make_void(seqs, why="signed by a key reported stolen", by=by)
    tx.visibility.set_all(dict.fromkeys(seqs, ()))
    recompute_some(tx, ids, community, now)
    _show_again(tx, ids)
    for object_id in ids:
        concerned = resting[object_id]
        is_there = object_id in back or tx.shared.get(object_id) is not None
        for name in unnamed.get(object_id, ()):
            concerned.setdefault(community.find(name).id, set()).add(object_id)
        tell = notify_of_correction if is_there else notify_of_withdrawal
        tell(tx, object_id, community, concerned, key=key, now=now)
    return len(late)


def _show_again(tx: Transaction, ids: Sequence[str]) -> None:
    """Put what stands again at the end of every reader's feed.

    Who read on while the void version stood before it never saw it, and its place in the feed
    lies behind that reader.
    """
    seqs = [each.seq for each in tx.shared.get_all(ids).values()]
    members = tx.visibility.of_all(seqs)
    tx.visibility.set_all(dict.fromkeys(seqs, ()))
    tx.visibility.set_all(members)


def _only_taken_back(late: Sequence[Touched]) -> set[str]:
    """Return the ids of which the void versions were withdrawals and nothing else."""
    others = {each.shared.id for each in late if not is_withdrawn(each.shared.object)}
    return {each.shared.id for each in late} - others


def _touched(
    view: Snapshot,
    member: Member,
    community: Community,
    marks: Mapping[str, StolenKey],
    *,
    only_late: bool = False,
) -> Iterator[Touched]:
    """Yield what these keys of a member signed, in the order in which the exchange took it."""
    ids = key_ids_of(member.verify_keys)
    by_id = {ids[text]: mark for text, mark in marks.items() if text in ids}
    good = {ids[text] for text in member.good_keys} - set(by_id)
    names = {each.id: each.name for each in community.members.values()}
    after = None
    if only_late and by_id:
        earliest = min(mark.since for mark in by_id.values())
        after = (earliest - _EPOCH) // _MICROSECOND
    for each in _from(view, member, community, after):
        is_named = each.author == member.id
        signers = signers_of(each.object) if is_named else frozenset[str]()
        signed = [key for key in by_id if key in signers]
        if is_named and (not signed or signers & good):
            continue
        late = any(each.added_at > by_id[key].since for key in signed)
        if not is_named:
            late = any(mark.since < each.added_at <= mark.reported for mark in by_id.values())
        if late or not only_late:
            seen = {*view.visibility.of(each.seq)} | {
                got.member for got in view.deliveries.of(each.seq)
            }
            received = tuple(sorted(names.get(one, one) for one in seen - {member.id}))
            yield Touched(each, signed[0] if signed else None, received, late)


def _from(
    view: Snapshot, member: Member, community: Community, after: int | None
) -> Iterator[Shared]:
    """Yield what a member sent, named on it or not."""
    unnamed = ("", a_member_id(community.id))
    while page := view.shared.page(_RELAYED, after=after, limit=_PAGE):
        after = page[-1].added
        asked = [each.id for each in page if each.author in unnamed]
        senders = roster.submitters_of(view, asked)
        for each in page:
            if each.author == member.id or senders.get(each.id) == member.id:
                yield each


def _key_of(member: Member, key_id: str | None) -> str:
    """Return the text of the key that is meant.

    Raises:
        BadInputError: when the member never had it.
    """
    if key_id is None:
        return member.verify_keys[-1]
    ids = key_ids_of(member.verify_keys)
    for text, each in ids.items():
        if key_id in (each, text):
            return text
    raise BadInputError(
        f"{member.name} never had a key {key_id!r}", hint=f"its keys are {', '.join(ids.values())}"
    )


def _announced_under(view: Snapshot, member: Member, text: str, since: datetime) -> list[str]:
    """Return a key and those that came in its place after `since`, each under the one before.

    A key that came by an invitation is the convenor's word and none of them.
    """
    found = [text]
    for (_, old), (at, new) in pairwise(roster.history_of(view, member.id)):
        is_rotation = old.active and new.verify_keys[-1] != old.verify_keys[-1]
        if is_rotation and old.verify_keys[-1] in found and at > since:
            found.append(new.verify_keys[-1])
    return found


def _marked(member: Member, marks: Sequence[StolenKey]) -> Member:
    """Return a member with these keys marked; of a key marked before, the earlier time holds."""
    known = {each.key: each for each in member.stolen_keys}
    for mark in marks:
        before = known.get(mark.key)
        if before is None or mark.since < before.since:
            known[mark.key] = evolve(mark, reported=before.reported) if before else mark
    return evolve(member, stolen_keys=tuple(known.values()))


def _end_if_unsafe(tx: Transaction, member: Member, community: Community, *, by: str) -> None:
    """Keep a member; if it could go on by a stolen key alone, its membership ends."""
    is_safe = member.verify_keys[-1] in member.good_keys
    roster.keep_member(tx, member if is_safe else evolve(member, active=False), by=by)
    if is_safe:
        return
    tokens.end_tokens(tx, member.id, by=by)
    for group in community.groups.values():
        if member.id in group.members:
            roster.keep_group(tx, evolve(group, members=group.members - {member.id}), by=by)


def _never(text: str) -> StolenKey:
    """Return a mark of a key that is not stolen, to list what it signed."""
    end = datetime.max.replace(tzinfo=UTC)
    return StolenKey(key=text, since=end, reported=end, why="")
