"""`tocsin exchange revoke --key`: a stolen key."""

from collections import Counter
from pathlib import Path

from attrs import frozen
from rich.console import Console
from rich.table import Table

from tocsin.cli.shell import Shell, passphrase
from tocsin.cli.times import moment
from tocsin.exchange import Theft, Touched, key_ids_of, report_stolen, touched_by
from tocsin.foundation import JsonObject, JsonValue, UsageError, rfc3339
from tocsin.records import Member
from tocsin.vault import Home


@frozen
class Stolen:
    """What was said of a stolen key."""

    key: str
    since: str | None
    why: str | None
    with_unnamed: bool
    only_list: bool


def revoke_key(shell: Shell, folder: Path, member: str, said: Stolen) -> None:
    """List what a key signed, after revoking it unless only the list is wanted."""
    if not said.only_list and (said.since is None or said.why is None):
        raise UsageError("say since when and why", hint="--since TIME --why TEXT, or --list")
    if not said.only_list:
        shell.confirm(f"roll back what {said.key} of {member} signed since {said.since}?")
    with Home.open(
        folder, clock=shell.clock, entropy=shell.entropy, passphrase=passphrase()
    ) as home:
        if said.only_list:
            theft = touched_by(home, member, said.key)
        else:
            theft = report_stolen(
                home,
                shell.clock,
                member,
                said.key,
                moment(said.since or "", option="--since"),
                why=said.why or "",
                by=shell.person,
                with_unnamed=said.with_unnamed,
            )
    shell.show(_theft(theft), lambda out: _render(out, theft))


def keys_json(member: Member) -> list[JsonValue]:
    """Return a member's verify keys, the current one last."""
    ids = key_ids_of(member.verify_keys)
    since = {each.key: rfc3339(each.since) for each in member.stolen_keys}
    return [{"id": ids[text], "stolen_since": since.get(text)} for text in member.verify_keys]


def _theft(theft: Theft) -> JsonObject:
    return {
        "id": theft.member.id,
        "name": theft.member.name,
        "active": theft.member.active,
        "keys": keys_json(theft.member),
        "rolled_back": theft.rolled_back,
        "left_unnamed": theft.left_unnamed,
        "touched": [_touched(each) for each in theft.touched],
    }


def _touched(each: Touched) -> JsonObject:
    return {
        "id": each.shared.id,
        "type": each.shared.type,
        "version": each.shared.version,
        "taken_at": rfc3339(each.shared.added_at),
        "key": each.key_id,
        "state": _state(each),
        "received_by": [*each.received_by],
    }


def _state(each: Touched) -> str:
    return "void" if each.is_void else "after the theft" if each.is_late else "stands"


def _render(out: Console, theft: Theft) -> None:
    table = Table("taken at", "type", "id", "state", "received by")
    for each in theft.touched:
        shared = each.shared
        received = ", ".join(each.received_by)
        table.add_row(rfc3339(each.shared.added_at), shared.type, shared.id, _state(each), received)
    out.print(table)
    counts = Counter(map(_state, theft.touched))
    said = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "nothing"
    out.print(f"{said}; {theft.rolled_back} rolled back now", markup=False)
    if theft.left_unnamed:
        out.print(f"{theft.left_unnamed} came without a name: --with-unnamed", markup=False)
    if not theft.member.active:
        out.print(
            f"{theft.member.name} is no member until it comes back under a new key: "
            f"`tocsin exchange invite --name {theft.member.name!r}`",
            markup=False,
        )
