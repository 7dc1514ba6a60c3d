"""`tocsin join`, `sync`, `release`, `outbox`, `withdraw`, `inbox`, `match`."""

from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tocsin.cases import Casebook
from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_IN_PART, Shell, passphrase
from tocsin.cli.times import later, span
from tocsin.exchange import (
    community_of,
    join,
    read_bundle,
    sync,
    withdraw,
    write_bundle,
)
from tocsin.exchange.overlap import overlap_step
from tocsin.foundation import BadInputError, JsonObject, JsonValue, rfc3339
from tocsin.intake import read_events
from tocsin.match import answer, match_activity, match_received
from tocsin.policy import audience_of
from tocsin.records import Authorship, Community, Marking, Member, Pap, StixObject, Tlp
from tocsin.release import Preview, Terms, commit, prepare
from tocsin.trust import SEALED_TYPE
from tocsin.vault import Home, Shared, Standing, Transaction


@click.command("join")
@click.argument("url")
@click.option("--token", required=True, help="The invitation that the convenor gave you.")
@common
def join_command(shell: Shell, url: str, token: str) -> None:
    """Join a community with an invitation."""
    with shell.home() as home:
        joined = join(home, url, token, by=shell.person)
    document: JsonObject = {"community": joined.community, "member": joined.member}
    shell.show(document, lambda out: out.print(f"member of {joined.community}", markup=False))


@click.command("sync")
@click.option("--bundle-out", type=click.Path(path_type=Path), help="Write a file instead.")
@click.option("--bundle-in", type=click.Path(path_type=Path), help="Read a file instead.")
@common
def sync_command(shell: Shell, bundle_out: Path | None, bundle_in: Path | None) -> None:
    """Send what is due, take what is new; by file when the exchange is down."""
    with shell.home() as home:
        if bundle_out or bundle_in:
            document = _sync_by_file(shell, home, bundle_out, bundle_in)
        else:
            report = sync(home, shell.clock, shell.progress)
            document = report.to_json()
            document["overlap"] = [
                {"id": each.id, "state": each.state and str(each.state), "why": each.why}
                for each in overlap_step(
                    home,
                    shell.clock,
                    shell.entropy,
                    by=shell.person,
                    passphrase=passphrase(),
                    progress=shell.progress,
                )
            ]

    def render(out: Console) -> None:
        out.print(f"sent {document['sent']}, received {document['received']}")
        for word in ("refused", "left_out"):
            for each in _rows(document.get(word)):
                label = word.replace("_", " ")
                out.print(f"{label} {each['id']}: {each['why']}", markup=False)
        flagged = document.get("flagged")
        if isinstance(flagged, list) and flagged:
            out.print(f"{len(flagged)} held here rest on something withdrawn: `tocsin inbox`")
        warnings = document.get("warnings")
        for warning in warnings if isinstance(warnings, list) else ():
            out.print(f"note: {warning}", markup=False)
        for each in _rows(document.get("overlap")):
            out.print(f"overlap {each['id']}: {each['state']}", markup=False)

    shell.show(document, render)
    if document.get("refused"):
        raise SystemExit(EXIT_IN_PART)


def _sync_by_file(
    shell: Shell, home: Home, bundle_out: Path | None, bundle_in: Path | None
) -> JsonObject:
    document: JsonObject = {"sent": 0, "received": 0, "refused": [], "left_out": [], "flagged": []}
    if bundle_out:
        written = write_bundle(home, bundle_out, shell.clock, shell.entropy)
        document["sent"] = len(written.objects)
        document["left_out"] = [{"id": each.id, "why": each.why} for each in written.left_out]
    if bundle_in:
        read = read_bundle(home, bundle_in, shell.clock)
        document["received"] = len(read.objects)
        document["refused"] = [{"id": each.id, "why": each.why} for each in read.left_out]
        document["flagged"] = [*read.flagged]
    return document


@click.command("release")
@click.argument("case")
@click.option("--to", "to", multiple=True, required=True, metavar="AUDIENCE")
@click.option("--tlp", required=True, help="clear, green, amber, amber+strict or red.")
@click.option("--pap", help="Permissible actions: clear, green, amber or red.")
@click.option(
    "--authorship",
    type=click.Choice([str(each) for each in Authorship]),
    default="named",
    show_default=True,
)
@click.option("--purpose", help="What recipients may use it for.")
@click.option("--expires", help="A time, or a span such as 90d.")
@click.option("--contact", help="Where an affected person can ask for correction.")
@click.option("--hold", help="Wait in the outbox this long, such as 10m.  [default: 0s]")
@click.option("--without-people", is_flag=True, help="Leave accounts, e-mails, phones out.")
@click.option("--preview", "only_preview", is_flag=True, help="Show, and send nothing.")
@common
def release_command(
    shell: Shell,
    case: str,
    to: tuple[str, ...],
    tlp: str,
    pap: str | None,
    authorship: str,
    purpose: str | None,
    expires: str | None,
    contact: str | None,
    hold: str | None,
    without_people: bool,
    only_preview: bool,
) -> None:
    """Release a case's identifiers to an audience: `community`, a group, a kind, members."""
    with shell.home() as home:
        community = community_of(home)
        terms = Terms(
            audience=audience_of(to, community),
            marking=Marking(Tlp.read(tlp), Pap.read(pap) if pap else None),
            authorship=Authorship(authorship),
            purpose=purpose,
            expires=later(expires, shell.clock, option="--expires") if expires else None,
            contact=contact,
            hold=span(hold) if hold else timedelta(0),
        )
        preview = prepare(
            Casebook(home.vault, shell.clock, shell.entropy).find(case),
            terms,
            author=community.members[home.id],
            community=community,
            vault=home.vault,
            clock=shell.clock,
            by=shell.person,
            without_people=without_people,
        )
        document = preview.to_json()
        document["objects"] = []
        if not only_preview:
            made = commit(
                preview,
                community=community,
                vault=home.vault,
                keyring=home.keyring,
                entropy=shell.entropy,
                by=shell.person,
                progress=shell.progress,
            )
            document["objects"] = [*made.objects]
            document["opens_at"] = rfc3339(made.opens_at)
    shell.show(document, lambda out: _render_release(out, preview, document))


def _render_release(out: Console, preview: Preview, document: JsonObject) -> None:
    for title, key in (("will receive", "recipients"), ("will not", "not_recipients")):
        table = Table("member", "because", title=title, title_justify="left")
        for each in _rows(document[key]):
            table.add_row(str(each["member"]), str(each["why"]))
        out.print(table)
    out.print(f"{len(preview.drafts)} leave, {len(preview.held)} stay", markup=False)
    for draft in preview.drafts[:10]:
        out.print(f"  leaves: {draft.type} {draft.label}", markup=False)
    for held in preview.held[:10]:
        out.print(f"  stays: {held.name}: {held.why}", markup=False)
    for refusal in preview.refusals:
        out.print(f"may not go out: {refusal.why}", style="bold", markup=False)
    if document["objects"]:
        out.print(f"in the outbox until {document['opens_at']}; `tocsin sync` sends", markup=False)
    else:
        out.print("a preview: nothing was sent")


@click.command("outbox")
@click.option("--stop", metavar="OBJECT", help="Take back what has not left yet.")
@common
def outbox_command(shell: Shell, stop: str | None) -> None:
    """Show what waits to leave, or stop it before it does."""
    with shell.home() as home:
        with home.vault.read() as snapshot:
            waiting = snapshot.outbox.rows()
            shared = {each.seq: each for each in snapshot.shared.by_seq(row.seq for row in waiting)}
        if stop is not None:
            seqs = [seq for seq, each in shared.items() if each.id == stop]
            if not seqs:
                raise BadInputError(
                    f"{stop!r} does not wait in the outbox", hint="use `tocsin withdraw` once sent"
                )
            home.vault.write(lambda tx: _take_back(tx, seqs))
            waiting = [row for row in waiting if row.seq not in seqs]
    rows: list[JsonValue] = [
        {"id": shared[row.seq].id, "opens_at": rfc3339(row.not_before)} for row in waiting
    ]

    def render(out: Console) -> None:
        for row in waiting:
            out.print(f"{rfc3339(row.not_before)}  {shared[row.seq].object.name}", markup=False)
        out.print(f"{len(waiting)} waiting")

    shell.show({"outbox": rows}, render)


@click.command("withdraw")
@click.argument("object_id", metavar="OBJECT")
@click.option("--why", required=True, help="What was wrong; every recipient reads it.")
@common
def withdraw_command(shell: Shell, object_id: str, why: str) -> None:
    """Take back what you released; everyone who received it is told."""
    with shell.home() as home:
        done = withdraw(home, object_id, why, shell.clock, by=shell.person)
    document: JsonObject = {
        "object": done.object,
        "reached": [*done.reached],
        "derived": [*done.derived],
    }

    def render(out: Console) -> None:
        out.print(f"withdrawn; goes to {', '.join(done.reached) or 'nobody'} with the next sync")
        out.print(f"{len(done.derived)} objects here rest on it", markup=False)

    shell.show(document, render)


@click.command("inbox")
@common
def inbox(shell: Shell) -> None:
    """List what others released to you, and what was withdrawn since."""
    with shell.home() as home:
        community = community_of(home)
        with home.vault.read() as snapshot:
            received = [
                each
                for each in snapshot.shared.iterate()
                if each.standing is Standing.RECEIVED and each.type != SEALED_TYPE
            ]
            flags = snapshot.shared.flags()
    because = {flag.object_id: flag for flag in flags}
    rows: list[JsonValue] = [
        _inbox_row(each, community, flag=each.id in because) for each in received
    ]
    flagged: list[JsonValue] = [
        {"id": flag.object_id, "because": flag.because_id, "kind": flag.kind} for flag in flags
    ]

    def render(out: Console) -> None:
        table = Table("from", "what", "marking", "state")
        for row in _rows(rows):
            state = "withdrawn" if row["withdrawn"] else "look again" if row["flagged"] else ""
            table.add_row(str(row["author"]), str(row["name"]), str(row["tlp"]), state)
        out.print(table)

    shell.show({"objects": rows, "flags": flagged}, render)


def _take_back(tx: Transaction, seqs: list[int]) -> None:
    for seq in seqs:
        tx.outbox.take_back(seq)


def _inbox_row(each: Shared, community: Community, *, flag: bool) -> JsonObject:
    item = each.object
    author = community.members.get(item.author or "")
    sharing = item.sharing
    withdrawal = sharing.withdrawal if sharing else None
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
        matches = match_received(home.vault, only=only)
        for table in activity:
            matches += match_activity(home.vault, read_events(table), table.name)
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


def _rows(value: JsonValue) -> list[JsonObject]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


COMMANDS = {
    "join": join_command,
    "sync": sync_command,
    "release": release_command,
    "outbox": outbox_command,
    "withdraw": withdraw_command,
    "inbox": inbox,
    "match": match_command,
}
