"""Rotating a node's keys: the new ones are announced under the old one, then used.

Nothing says how far a rotation has come. The ring holds both generations until the directory that
the convenor signs names the new one, and the two are compared: what the exchange does not know
yet is announced to it, what it knows is used. So a rotation that was cut off anywhere is completed
by doing the same again, as every sync does, and an exchange that has forgotten is told once more.

A node without a community has nobody to tell and uses new keys at once. A node is a member of one
community; the old signing key goes when its exchange has acknowledged the new one.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial

from attrs import frozen

from tocsin.exchange.admission import KEYS_PAYLOAD, signed_by_both
from tocsin.exchange.client import Connect, ExchangeClient, open_http
from tocsin.exchange.directory import Directory
from tocsin.exchange.membership import Membership, ask_directories, find_membership
from tocsin.foundation import Clock, ConnectionFailedError, JsonObject, RefusedError
from tocsin.trust import Keys, PublicKeys, Signature, SigningKey, VerifyKey
from tocsin.vault import Home, Role


@frozen
class Rotation:
    """What became of the keys.

    Attributes:
        retired: id of the signing key that the new one takes the place of.
        keys: the new ones.
        is_resumed: they were made by an earlier call that did not come to its end.
        is_announced: an exchange has acknowledged them.
        is_done: they are in use.
    """

    retired: str
    keys: PublicKeys
    is_resumed: bool
    is_announced: bool
    is_done: bool


@frozen
class _Announcement:
    request: JsonObject
    under: str
    keys: PublicKeys

    @classmethod
    def of(cls, keys: Keys, old: SigningKey) -> "_Announcement":
        """Make the announcement of new keys; the same each time."""
        said: JsonObject = {"keys": keys.public.to_json()}
        request = signed_by_both(KEYS_PAYLOAD, said, old, keys.signing)
        return cls(request, old.key_id, keys.public)

    @classmethod
    def read(cls, request: JsonObject) -> "_Announcement":
        """Read one that was sent before."""
        said = request.get("said")
        keys = PublicKeys.from_json(said.get("keys") if isinstance(said, dict) else None)
        return cls(request, Signature.from_json(request.get("signature")).keyid, keys)


def rotate_keys(
    home: Home,
    clock: Clock,
    *,
    connect: Connect = open_http,
    sleep: Callable[[float], None] = time.sleep,
) -> Rotation:
    """Make new keys and bring them into use, or complete a rotation that was begun before.

    A second rotation is never begun on top of one that is not acknowledged.

    Raises:
        RefusedError: for an exchange, whose members have pinned its key, or when the exchange
            does not take the new keys; they lie ready then.
    """
    if home.card.role is Role.EXCHANGE:
        raise RefusedError(
            "the members of an exchange know it by its key, and would not follow it to another",
            hint="make a new exchange and invite the members there",
        )
    is_resumed = home.keyring.coming is not None
    before = home.prepare_keys(clock.now())
    coming = before.coming or before.current
    with home.vault.read() as view:
        membership = find_membership(view)
    if membership is None:
        home.adopt_keys(coming.signing.key_id)
    else:
        _announce(home, membership, connect, sleep)
    is_done = home.keyring.coming is None
    is_announced = is_done and membership is not None
    return Rotation(before.signing.key_id, coming.public, is_resumed, is_announced, is_done)


def replace_stolen_keys(home: Home, clock: Clock) -> PublicKeys:
    """Use new keys at once and tell nobody: what a stolen key announces proves nothing.

    What was sealed before still opens. The exchange hears of them by a new invitation.

    Raises:
        RefusedError: for an exchange, whose members have pinned its key.
    """
    if home.card.role is Role.EXCHANGE:
        raise RefusedError(
            "the members of an exchange know it by its key, and would not follow it to another",
            hint="make a new exchange and invite the members there",
        )
    if home.keyring.coming is not None:  # announced perhaps, under the key that is stolen
        home.adopt_keys(home.keyring.coming.signing.key_id)
    made = home.prepare_keys(clock.now()).coming
    if made is not None:
        home.adopt_keys(made.signing.key_id)
    return home.keyring.public


def _announce(
    home: Home, membership: Membership, connect: Connect, sleep: Callable[[float], None]
) -> None:
    """Settle the keys with the exchange if it can be reached; else the next sync does."""
    try:
        with ExchangeClient(
            membership.url, credential=membership.credential, connect=connect, sleep=sleep
        ) as client:
            directory = ask_directories(
                home, membership, lambda: client.get("/tocsin/v1/directory")
            )
            settle_keys(home, membership, client, directory)
    except ConnectionFailedError:
        return


def settle_keys(
    home: Home, membership: Membership, client: ExchangeClient, directory: Directory
) -> Directory:
    """Tell the exchange what it does not know of this node's keys, and use what it knows.

    Args:
        directory: as the exchange gave it just now.

    Returns:
        The directory after that.

    Raises:
        RefusedError: when the exchange does not take an announcement.
    """
    for each in _untold(home, _listed(directory, home.id)):
        directory = ask_directories(
            home, membership, partial(client.put, "/tocsin/v1/keys", each.request)
        )
    ring = home.keyring
    listed = _listed(directory, home.id)
    if ring.coming is not None and listed == ring.coming.signing.key_id:
        home.adopt_keys(listed, _Announcement.of(ring.coming, ring.signing).request)
    return directory


def warn_of_keys(home: Home, directory: Directory) -> tuple[str, ...]:
    """Return a warning where the exchange knows this node by a later key than it holds.

    Raises:
        RefusedError: when it knows none of the node's keys: nothing can be sent, and what others
            seal would come in unread.
    """
    listed = _listed(directory, home.id)
    if any(_untold(home, listed)):
        return ()  # another process has rotated since; the exchange knows more than this directory
    known, ours = directory.keys_of(home.id), home.keyring.signing.key_id
    if ours not in known:
        raise RefusedError(
            f"the exchange does not know the keys of this node, but {listed}",
            hint="if they are made anew: the convenor ends the membership and invites again "
            "(`tocsin exchange revoke`, `invite --name`), then `tocsin join` with the token",
        )
    if ours == listed:
        return ()
    warning = (
        f"the exchange knows a later key of this node, {listed}, which it does not hold: what "
        "others seal to it can't be read; restore the later keys, or ask the convenor to end the "
        "membership and to invite again"
    )
    return (warning,)


def _untold(home: Home, listed: str) -> Iterator[_Announcement]:
    """Give the announcements that lead from a listed key to the newest, one after another."""
    announced = [_Announcement.read(each) for each in home.announcements()]
    ring = home.keyring
    if ring.coming is not None:
        announced.append(_Announcement.of(ring.coming, ring.signing))
    follows = {each.under: each for each in announced}
    while (each := follows.pop(listed, None)) is not None:
        yield each
        listed = each.keys.signing.key_id


def _listed(directory: Directory, member_id: str) -> str:
    """Return the id of the signing key under which the exchange knows a member at present."""
    member = directory.community.members[member_id]
    return VerifyKey.from_text(member.verify_keys[-1]).key_id
