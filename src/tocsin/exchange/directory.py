"""The member directory: who takes part, with which keys, signed by the convenor.

Each member gets its own view: all members, but only the groups it is in. The version counts the
changes of that view alone, so that it tells nothing of groups elsewhere.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeAlias

from attrs import evolve, frozen

from tocsin.foundation import (
    BadInputError,
    JsonObject,
    JsonValue,
    TrustError,
    canonical,
    parse_json,
    parse_time,
    rfc3339,
)
from tocsin.records import (
    Community,
    Compartment,
    EscrowPerson,
    Group,
    Member,
    MemberKind,
    StolenKey,
    named_id,
)
from tocsin.records.stix import SCO_NAMESPACE
from tocsin.trust import Signature, SigningKey, VerifyKey, sign, verify

DIRECTORY_PAYLOAD: Final = "application/vnd.tocsin.directory+json"
FORMAT: Final = "tocsin-directory/1"
Age: TypeAlias = tuple[int, int]
"""Epoch and version: what rises from one of a member's directories to the next."""

UNNAMED: Final = "a member"
"""How an author that is not named appears; nobody may join under this name."""


@lru_cache(maxsize=64)
def a_member_id(community_id: str) -> str:
    """Return the identity that stands for an unnamed member of a community."""
    return named_id("identity", SCO_NAMESPACE, "tocsin", UNNAMED, community_id)


@frozen(kw_only=True)
class Directory:
    """One member's view at one time.

    Attributes:
        member: whose view it is; None in a file bundle, where it shows no group.
        convenor_keys: texts of the convenor's verify keys, the current one last.
        log_origin: the name of the exchange's log in its checkpoints.
        epoch: number of the last restore of the exchange, 0 before the first: what a later epoch
            says stands above every version of an earlier one.
        mix: minutes of the interval at which the exchange shows what unnamed authors hand in; 0
            for at once, and for an exchange that does not say.
    """

    community: Community
    member: str | None
    version: int
    issued: datetime
    convenor_keys: tuple[str, ...]
    log_origin: str
    epoch: int = 0
    mix: int = 0

    @property
    def age(self) -> Age:
        """How new it is, compared with this member's others."""
        return (self.epoch, self.version)

    @property
    def convenor(self) -> dict[str, VerifyKey]:
        """The convenor's keys by key id: they sign what comes from an unnamed author."""
        return _by_id(self.convenor_keys)

    def keys_of(self, member_id: str) -> dict[str, VerifyKey]:
        """Return the verify keys of a member, or of the convenor, by key id; none if unknown."""
        if member_id in (self.community.id, a_member_id(self.community.id)):
            return self.convenor
        member = self.community.members.get(member_id)
        return _by_id(member.verify_keys) if member else {}

    def sign(self, key: SigningKey) -> JsonObject:
        """Return the DSSE envelope of this directory."""
        payload = canonical(self.to_json())
        signature = sign(DIRECTORY_PAYLOAD, payload, key)
        return {
            "payloadType": DIRECTORY_PAYLOAD,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [signature.to_json()],
        }

    @classmethod
    def open(cls, envelope: object, keys: Mapping[str, VerifyKey]) -> "Directory":
        """Verify an envelope by the convenor's keys that are trusted so far, and read it.

        Raises:
            TrustError: when none of them signed it.
            BadInputError: when it is no directory.
        """
        payload, signatures = _parts(envelope)
        known = [each for each in signatures if each.keyid in keys]
        if not known:
            raise TrustError(
                "the member directory is not signed by the convenor of this community",
                hint="check the address with the convenor; do not join until it is cleared up",
            )
        verify(DIRECTORY_PAYLOAD, payload, known[0], keys)
        return cls.from_json(parse_json(payload, source="member directory"))

    @classmethod
    def read_unverified(cls, envelope: object) -> "Directory":
        """Read an envelope without checking who signed it: only to look for a pinned key."""
        payload, _ = _parts(envelope)
        return cls.from_json(parse_json(payload, source="member directory"))

    def to_json(self) -> JsonObject:
        """Return what is signed."""
        said: JsonObject = {
            "format": FORMAT,
            "community": {"id": self.community.id, "name": self.community.name},
            "member": self.member,
            "version": self.version,
            "issued": rfc3339(self.issued),
            "convenor_keys": [*self.convenor_keys],
            "log_origin": self.log_origin,
            "epoch": self.epoch,
            "members": [member_json(each) for _, each in sorted(self.community.members.items())],
            "groups": [group_json(each) for _, each in sorted(self.community.groups.items())],
        }
        if self.mix:
            said["mix"] = self.mix
        if self.community.escrow:
            said["escrow"] = [each.to_json() for each in self.community.escrow]
        return said

    @classmethod
    def from_json(cls, value: JsonValue) -> "Directory":
        """Read what `to_json` wrote.

        Raises:
            BadInputError: when it is of another form or a later one.
        """
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            said = value.get("format") if isinstance(value, dict) else None
            raise BadInputError(
                f"the member directory is of the form {str(said)[:60]!r}; "
                f"this version reads {FORMAT!r}",
                hint="upgrade this node to the exchange's version; until then nothing is lost",
            )
        try:
            said = value
            community = _object(said["community"])
            return cls(
                community=Community.of(
                    str(community["id"]),
                    str(community["name"]),
                    (read_member(each) for each in _list(said["members"])),
                    (read_group(each) for each in _list(said["groups"])),
                    (EscrowPerson.from_json(each) for each in _list(said.get("escrow", []))),
                ),
                member=None if said["member"] is None else str(said["member"]),
                version=_count(said["version"]),
                issued=parse_time(str(said["issued"]), field="issued"),
                convenor_keys=tuple(str(each) for each in _list(said["convenor_keys"])),
                log_origin=str(said["log_origin"]),
                epoch=_count(said.get("epoch", 0)),
                mix=_count(said.get("mix", 0)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadInputError(
                f"member directory: malformed: {error}", hint="upgrade this node, or the exchange"
            ) from error


def seen_by(community: Community, member_id: str | None) -> Community:
    """Return the community with only the groups that a member is in.

    Guests are shown to members, who may address them, and to no other guest; nor in the roster
    (`member_id` None), which is passed on.
    """
    reader = community.members.get(member_id or "")
    shows_guests = reader is not None and not reader.is_guest
    return evolve(
        community,
        members={
            each.id: each
            for each in community.members.values()
            if shows_guests or not each.is_guest or each.id == member_id
        },
        groups={
            group.id: group for group in community.groups.values() if member_id in group.members
        },
    )


def member_json(member: Member) -> JsonObject:
    """Return a member as the directory and the vault write it."""
    said: JsonObject = {
        "id": member.id,
        "name": member.name,
        "kind": str(member.kind),
        "verify_keys": [*member.verify_keys],
        "sealing_key": member.sealing_key,
        "active": member.active,
    }
    if member.stolen_keys:
        said["stolen_keys"] = [_stolen_json(each) for each in member.stolen_keys]
    return {**said, "guest": True} if member.is_guest else said


def _stolen_json(stolen: StolenKey) -> JsonObject:
    return {
        "key": stolen.key,
        "since": rfc3339(stolen.since),
        "reported": rfc3339(stolen.reported),
        "why": stolen.why,
    }


def _read_stolen(value: JsonValue) -> StolenKey:
    said = _object(value)
    return StolenKey(
        key=str(said["key"]),
        since=parse_time(str(said["since"]), field="since"),
        reported=parse_time(str(said["reported"]), field="reported"),
        why=str(said["why"]),
    )


def read_member(value: JsonValue) -> Member:
    """Read what `member_json` wrote."""
    said = _object(value)
    sealing = said["sealing_key"]
    return Member(
        id=str(said["id"]),
        name=str(said["name"]),
        kind=MemberKind(str(said["kind"])),
        verify_keys=tuple(str(each) for each in _list(said["verify_keys"])),
        sealing_key=None if sealing is None else str(sealing),
        active=said["active"] is True,
        is_guest=said.get("guest") is True,
        stolen_keys=tuple(map(_read_stolen, _list(said.get("stolen_keys", [])))),
    )


def group_json(group: Group) -> JsonObject:
    """Return a group as the directory and the vault write it."""
    return {
        "id": group.id,
        "name": group.name,
        "compartment": str(group.compartment),
        "members": [*sorted(group.members)],
    }


def read_group(value: JsonValue) -> Group:
    """Read what `group_json` wrote."""
    said = _object(value)
    return Group(
        id=str(said["id"]),
        name=str(said["name"]),
        compartment=Compartment(str(said["compartment"])),
        members=frozenset(str(each) for each in _list(said["members"])),
    )


def _by_id(texts: tuple[str, ...]) -> dict[str, VerifyKey]:
    keys = [VerifyKey.from_text(text) for text in texts]
    return {key.key_id: key for key in keys}


def _parts(envelope: object) -> tuple[bytes, list[Signature]]:
    said = envelope if isinstance(envelope, dict) else {}
    signatures = said.get("signatures")
    try:
        payload = base64.b64decode(str(said.get("payload", "")), validate=True)
    except (binascii.Error, ValueError):
        payload = b""
    if not payload or not isinstance(signatures, list):
        raise BadInputError("the answer is no signed member directory", hint="check the address")
    return payload, [Signature.from_json(each) for each in signatures]


def _object(value: JsonValue) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError(f"{str(value)[:60]!r} is no object")
    return value


def _list(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise TypeError(f"{str(value)[:60]!r} is no list")
    return value


def _count(value: JsonValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(f"{value!r} is no count")
    return value
