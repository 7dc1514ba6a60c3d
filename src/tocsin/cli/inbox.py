"""`tocsin inbox` and `match`."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tocsin.cases import Casebook
from tocsin.cli.options import common
from tocsin.cli.shell import Shell, rows_of
from tocsin.exchange import acknowledge, community_of, unread
from tocsin.exchange.effects import WITHDRAWN
from tocsin.exchange.erasure import ERASED
from tocsin.foundation import JsonObject, JsonValue, rfc3339
from tocsin.intake import read_events
from tocsin.match import answer, match_activity, match_received
from tocsin.records import Community, Member, StixObject
from tocsin.trust import SEALED_TYPE
from tocsin.vault import Flag, Home, Shared, Snapshot, Standing


@click.command("inbox")
@click.option(
    "--seen",
    multiple=True,
    metavar="OBJECT",
    help="You have looked at what is flagged about it; the ledger says that you did.",
)
@common
def inbox(shell: Shell, seen: tuple[str, ...]) -> None:
    """List what others released to you, what was taken back or corrected since, and what could
    not be opened.
    """
    with shell.home() as home:
        closed = acknowledge(home, seen, by=shell.person) if seen else {}
        community = community_of(home)
        with home.vault.read() as snapshot:
            received = [
                each
                for each in snapshot.shared.iterate()
                if each.standing is Standing.RECEIVED and each.type != SEALED_TYPE
            ]
            flags = snapshot.shared.flags()
            flagged = [_flag_row(flag, snapshot) for flag in flags]
            sealed = unread(snapshot)
    because = {flag.object_id: flag for flag in flags}
    rows: list[JsonValue] = [
        _inbox_row(each, community, flag=each.id in because) for each in received
    ]

    def render(out: Console) -> None:
        table = Table("from", "what", "marking", "state")
        for row in rows_of(rows):
            state = "withdrawn" if row["withdrawn"] else "look again" if row["flagged"] else ""
            table.add_row(str(row["author"]), str(row["name"]), str(row["tlp"]), state)
        out.print(table)
        for row in rows_of([*flagged]):
            out.print(f"{row['kind']}: {row['id']} ({row['what']}): {row['why']}", markup=False)
            out.print(f"  then: {row['do']}", markup=False)
        for each in sealed:
            out.print(f"sealed and not read: {each.id}: {each.why}", markup=False)

    lost: list[JsonValue] = [{"id": each.id, "why": each.why} for each in sealed]
    document: JsonObject = {"objects": rows, "flags": [*flagged], "unread": lost}
    document["seen"] = {**closed}
    shell.show(document, render)


def _flag_row(flag: Flag, view: Snapshot) -> JsonObject:
    """Return what a person is to look at again: which of one's own things, and why."""
    concerned, because = view.shared.get(flag.object_id), view.shared.get(flag.because_id)
    sharing = because.object.sharing if because else None
    change = (sharing.correction or sharing.withdrawal) if sharing else None
    is_own = concerned is not None and concerned.standing is Standing.OWN
    return {
        "id": flag.object_id,
        "because": flag.because_id,
        "kind": flag.kind,
        "at": rfc3339(flag.at),
        "what": "your release" if is_own else "received" if concerned else "kept here alone",
        "why": change.why if change else None,
        "changed": [*sharing.correction.changed] if sharing and sharing.correction else [],
        "do": _to_do(flag, is_own=is_own, is_shared=concerned is not None),
    }


def _to_do(flag: Flag, *, is_own: bool, is_shared: bool) -> str:
    """Return the command that a person who agrees gives next."""
    if flag.kind == ERASED and (is_own or not is_shared):
        return f"tocsin erase {flag.object_id} --why ..."
    if is_own and flag.because_id != flag.object_id:
        verb = "withdraw" if flag.kind == WITHDRAWN else "correct"
        return f"tocsin {verb} {flag.object_id} --why ..."
    return f"tocsin inbox --seen {flag.object_id}"


def _inbox_row(each: Shared, community: Community, *, flag: bool) -> JsonObject:
    item = each.object
    author = community.members.get(item.author or "")
    sharing = item.sharing
    withdrawal = sharing.withdrawal if sharing else None
    correction = sharing.correction if sharing else None
    return {
        "id": item.id,
        "type": item.type,
        "name": item.name,
        "author": author.name if author else _unnamed(item, community),
        "tlp": each.tlp,
        "version": each.version,
        "received_at": rfc3339(each.added_at),
        "withdrawn": item.is_revoked,
        "why_withdrawn": withdrawal.why if withdrawal else None,
        "why_corrected": correction.why if correction else None,
        "flagged": flag,
        "derived_from": [*sharing.derived_from] if sharing else [],
        "of_government_origin": sharing.is_of_government_origin if sharing else None,
        "pattern": item.body.get("pattern"),
        "sighting_of": item.body.get("sighting_of_ref"),
    }


def _unnamed(item: StixObject, community: Community) -> str | None:
    return None if item.author is None else f"a member of {community.name}"


@click.command("match")
@click.argument("case", required=False)
@click.option("--no-answer", is_flag=True, help="Only look; send no sightings.")
@click.option(
    "--activity",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A table of your own activity, matched row by row; nothing of it is kept.",
)
@common
def match_command(
    shell: Shell, case: str | None, no_answer: bool, activity: tuple[Path, ...]
) -> None:
    """Match what you received against what you hold, and answer with sightings."""
    with shell.home() as home:
        community = community_of(home)
        only = None
        if case is not None:
            only = Casebook(home.vault, shell.clock, shell.entropy).find(case).items
        now = shell.clock.now()
        matches = match_received(home.vault, now=now, only=only)
        for table in activity:
            matches += match_activity(home.vault, read_events(table), table.name, now=now)
        document: JsonObject = {"matches": [each.to_json() for each in matches], "sightings": []}
        unanswered: list[JsonValue] = []
        answered: tuple[str, ...] = ()
        if not no_answer:
            done = answer(
                matches,
                member=_me(home, community),
                community=community,
                vault=home.vault,
                keyring=home.keyring,
                clock=shell.clock,
                entropy=shell.entropy,
                by=shell.person,
            )
            answered = done.sightings
            document["sightings"] = [*answered]
            unanswered += [{"object": each, "why": why} for each, why in done.unanswered]
        document["unanswered"] = unanswered

    def render(out: Console) -> None:
        table = Table("received", "how", "your records")
        for match in matches:
            first = match.evidence[0]
            table.add_row(match.value, str(first.rule), "; ".join(first.sources) or first.record)
        out.print(table)
        out.print(
            f"{len(matches)} matches, {len(answered)} sightings wait for the next sync",
            markup=False,
        )

    shell.show(document, render)


def _me(home: Home, community: Community) -> Member:
    return community.members[home.id]


COMMANDS = {"inbox": inbox, "match": match_command}
