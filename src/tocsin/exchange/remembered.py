"""What a community was, from what its members were told of it: pure.

An exchange that was put back has forgotten who joined, left or was revoked since. Its members
hold directories that its own convenor signed. Of each member and each group the latest word
counts; that a member's later directory shows a group no more means that it is not in it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from attrs import evolve, frozen

from tocsin.exchange.directory import Directory
from tocsin.records import Group, Member

Said: TypeAlias = tuple[int, datetime]
"""Epoch and time at which the exchange said something, by its own clock."""


@frozen
class Community:
    """Members and groups as they are remembered, by id."""

    members: dict[str, Member]
    groups: dict[str, Group]


def age_of(directory: Directory) -> Said:
    """Return when the exchange said it."""
    return (directory.epoch, directory.issued)


def merged(base: Community, base_age: Said, told: Iterable[Directory]) -> Community:
    """Return a community after everything that was said later than `base`."""
    every = sorted(told, key=age_of)
    later = [each for each in every if age_of(each) > base_age]
    members, groups = dict(base.members), dict(base.groups)
    for each in every[: len(every) - len(later)]:
        # Older by the exchange's clock alone: a record with more keys is the later one.
        for key, member in each.community.members.items():
            if key in members and _is_earlier(members[key], member):
                members[key] = member
    said = dict.fromkeys(groups, base_age)
    views: dict[str, tuple[Said, frozenset[str]]] = {}
    for each in later:
        for key, member in each.community.members.items():
            if key not in members or not _is_earlier(member, members[key]):
                members[key] = member
        if each.member is None:
            continue
        for group in each.community.groups.values():
            groups[group.id], said[group.id] = group, age_of(each)
        views[each.member] = age_of(each), frozenset(each.community.groups)
    gone = {key for key, member in members.items() if not member.active}
    kept = {key: _without_left(group, said[key], views) for key, group in groups.items()}
    return Community(
        members,
        # Its end took a former member out of every group: where no other of the group is left to
        # say so, the end alone is remembered.
        {key: evolve(group, members=group.members - gone) for key, group in kept.items()},
    )


def _is_earlier(one: Member, other: Member) -> bool:
    """Tell whether a record is the older one whatever a wrong clock said: keys are only added."""
    return set(one.verify_keys) < set(other.verify_keys)


def _without_left(group: Group, said: Said, views: dict[str, tuple[Said, frozenset[str]]]) -> Group:
    """Take out those whose own later directory does not show the group; in doubt, too."""
    left = {
        member
        for member in group.members
        if member in views and views[member][0] >= said and group.id not in views[member][1]
    }
    return evolve(group, members=group.members - left)
