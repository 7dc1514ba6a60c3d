"""From what a person writes after `--to` to an audience."""

from collections.abc import Iterable

from tocsin.foundation import BadInputError
from tocsin.records.audience import Audience
from tocsin.records.members import Community, MemberKind

_COMMUNITY_WORDS = frozenset({"community", "all", "everyone"})


def audience_of(words: Iterable[str], community: Community) -> Audience:
    """Read `community`, `group:NAME`, `kind:KIND`, `member:NAME`, or a bare group or member name.

    Raises:
        BadInputError: for a word that names nothing, or both a group and a member.
    """
    entries = [_entry(word.strip(), community) for word in words]
    if not entries:
        raise BadInputError(
            "no audience is named", hint="say `--to community`, a group's or a member's name"
        )
    return Audience.from_list(entries)


def _entry(word: str, community: Community) -> str:
    scope, colon, name = word.partition(":")
    if word.casefold() in _COMMUNITY_WORDS:
        return "community"
    if colon and scope == "kind":
        if name not in set(MemberKind):
            raise BadInputError(f"kind {name!r} is not one of {', '.join(MemberKind)}")
        return word
    if colon and scope == "group":
        return f"group:{_group(name, community)}"
    if colon and scope == "member":
        return f"member:{community.find(name).id}"
    group = _group(word, community, missing_ok=True)
    named = [each for each in community.members.values() if word.casefold() == each.name.casefold()]
    if group and named:
        raise BadInputError(
            f"{word!r} is both a group and a member", hint=f"write group:{word} or member:{word}"
        )
    return f"group:{group}" if group else f"member:{community.find(word).id}"


def _group(name: str, community: Community, *, missing_ok: bool = False) -> str | None:
    if name in community.groups:
        return name
    found = [
        each.id for each in community.groups.values() if each.name.casefold() == name.casefold()
    ]
    if len(found) == 1:
        return found[0]
    if missing_ok:
        return None
    known = ", ".join(sorted(each.name for each in community.groups.values())) or "none"
    raise BadInputError(f"{name!r} is no group of yours", hint=f"your groups: {known}")
