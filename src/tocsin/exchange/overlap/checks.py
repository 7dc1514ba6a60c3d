"""Who may do what at the exchange's desk, and what it says otherwise."""

import re
from typing import Final

from tocsin.exchange.overlap.mailbox import TagSet
from tocsin.exchange.overlap.notices import Notice
from tocsin.exchange.overlap.shelf import Shelved
from tocsin.foundation import BadInputError, RefusedError
from tocsin.records import Community, Member
from tocsin.trust import TAG_BYTES, VerifyKey

MAX_TAG_PARTS: Final = 64

_TAG_SET_NAME: Final = re.compile(rf"[0-9a-f]{{{2 * TAG_BYTES}}}")


class UnknownAskingError(RefusedError):
    """Not there, or not the caller's: who is not told of an asking cannot tell the two apart."""

    def __init__(self) -> None:
        super().__init__("no such asking, or it is not yours", hint="see `tocsin overlap list`")


def visible(shelved: Shelved | None, caller: str) -> Shelved:
    """Return an asking to one of its two members.

    Raises:
        UnknownAskingError: to everybody else.
    """
    if shelved is None or caller not in (shelved.notice.asker, shelved.notice.holder):
        raise UnknownAskingError
    return shelved


def out_of_turn(notice: Notice) -> RefusedError:
    """Return what to say to a step that does not follow the present stage."""
    return RefusedError(
        f"overlap {notice.id}: it is {notice.stage} (attempt {notice.attempt}), so this is not "
        "its turn",
        hint="run `tocsin sync`, then `tocsin overlap list`",
    )


def verify_keys(community: Community, member_id: str) -> dict[str, VerifyKey]:
    """Return the keys whose signatures count for a member, none for a stranger."""
    member = community.members.get(member_id)
    keys = map(VerifyKey.from_text, member.good_keys if member else ())
    return {key.key_id: key for key in keys}


def checked_asker(community: Community, caller: str, asked: Notice) -> Member:
    """Return the member that asks.

    Raises:
        RefusedError: when it is not the caller, or there is no such other member.
    """
    asker, holder = community.members.get(asked.asker), community.members.get(asked.holder)
    if asker is None or asked.asker != caller or not asker.active:
        raise RefusedError("overlap: a member asks in its own name only", hint="check the node")
    if holder is None or not holder.active or holder.id == asker.id:
        raise RefusedError("overlap: there is no such other member", hint="sync, then ask again")
    return asker


def checked_tag_set(holder: str, asker: str, name: str, parts: int) -> TagSet:
    """Return a tag set's name.

    Raises:
        BadInputError: when it is malformed.
    """
    if not _TAG_SET_NAME.fullmatch(name) or "/" in asker or not 1 <= parts <= MAX_TAG_PARTS:
        raise BadInputError("overlap tags: malformed name or too many parts", hint="sync again")
    return TagSet(holder, asker, name, parts)
