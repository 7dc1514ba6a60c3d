"""`tocsin join`, `sync`, `correct`, `withdraw` and `erase`."""

import sys
from pathlib import Path

import click
from rich.console import Console

from tocsin.cases import Casebook
from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_IN_PART, Shell, passphrase, rows_of
from tocsin.cli.times import clock_time, moment
from tocsin.exchange import (
    Changes,
    correct,
    erase_here,
    is_released_here,
    join,
    read_bundle,
    sync,
    withdraw,
    write_bundle,
)
from tocsin.exchange.overlap import overlap_step
from tocsin.exchange.reattribution import Move, reattribute
from tocsin.foundation import JsonObject, UsageError
from tocsin.records import EvidenceClass
from tocsin.vault import Home


@click.command("join")
@click.argument("url")
@click.option(
    "--token",
    required=True,
    help="The invitation that the convenor gave you; - reads it from stdin, out of others' sight.",
)
@common
def join_command(shell: Shell, url: str, token: str) -> None:
    """Join a community with an invitation."""
    if token == "-":  # noqa: S105 - an argument is seen by all who may list processes
        token = sys.stdin.readline().strip()
        if not token:
            raise UsageError("no token on stdin", hint="pipe the invitation in, on one line")
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
        if document.get("seen_from"):
            seen_from = clock_time(str(document["seen_from"]))
            out.print(f"others will see what bears no name from {seen_from}", markup=False)
        for word in ("refused", "left_out"):
            for each in rows_of(document.get(word)):
                label = word.replace("_", " ")
                out.print(f"{label} {each['id']}: {each['why']}", markup=False)
        flagged = document.get("flagged")
        if isinstance(flagged, list) and flagged:
            out.print(f"{len(flagged)} held here are concerned by a change: `tocsin inbox`")
        warnings = document.get("warnings")
        for warning in warnings if isinstance(warnings, list) else ():
            out.print(f"note: {warning}", markup=False)
        for each in rows_of(document.get("overlap")):
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


@click.command("correct")
@click.argument("objects", metavar="OBJECT...", nargs=-1, required=True)
@click.option("--why", required=True, help="What was wrong; every recipient reads it.")
@click.option("--name", help="Its new name.")
@click.option("--description", help="Its new description.")
@click.option("--confidence", type=click.IntRange(0, 100), help="How surely it holds.")
@click.option("--valid-until", help="When it ceases to hold: 2026-12-01 or a full time.")
@click.option("--from", "source", metavar="CASE", help="They do not belong to this operation...")
@click.option("--to", "target", metavar="CASE", help="...but to this one.")
@click.option(
    "--evidence",
    type=click.Choice([str(each) for each in EvidenceClass]),
    help="What class of evidence that rests on.",
)
@common
def correct_command(
    shell: Shell,
    objects: tuple[str, ...],
    why: str,
    name: str | None,
    description: str | None,
    confidence: int | None,
    valid_until: str | None,
    source: str | None,
    target: str | None,
    evidence: str | None,
) -> None:
    """Correct what you released; everyone who received it gets the new version, and why.

    With --from and --to the objects move to another operation: what left as the first one's goes
    out in a new version, beside a claim that says so; the rest of the list stays as it is.
    """
    if source or target or evidence:
        if not (source and target and evidence) or name or description or valid_until:
            raise UsageError(
                "--from, --to and --evidence go together, and with --confidence alone",
                hint="correct what else is wrong by a command of its own",
            )
        _move(shell, objects, (source, target), why, (EvidenceClass(evidence), confidence))
        return
    changes = Changes(
        name=name,
        description=description,
        confidence=confidence,
        valid_until=moment(valid_until, option="--valid-until") if valid_until else None,
    )
    with shell.home() as home:
        done = [correct(home, each, changes, why, shell.clock, by=shell.person) for each in objects]

    def render(out: Console) -> None:
        for each in done:
            what = f"new: {', '.join(each.changed)}" if each.changed else "says so already"
            out.print(f"{each.object}: {what}", markup=False)
            out.print(f"  goes to {', '.join(each.reached) or 'nobody'} with the next sync")
        out.print("marking and audience stay: who is not to have it needs `tocsin withdraw`")

    shell.show({"corrected": [each.to_json() for each in done]}, render)


def _move(
    shell: Shell,
    objects: tuple[str, ...],
    cases: tuple[str, str],
    why: str,
    ground: tuple[EvidenceClass, int | None],
) -> None:
    with shell.home() as home:
        book = Casebook(home.vault, shell.clock, shell.entropy)
        source, target = (book.find(each) for each in cases)
        move = Move(objects, source, target, why, *ground)
        done = reattribute(home, move, shell.clock, shell.entropy, by=shell.person)

    def render(out: Console) -> None:
        out.print(f"{len(done.items)} moved to {target.title}", markup=False)
        for each in done.corrected:
            out.print(f"{each.object}: goes to {', '.join(each.reached) or 'nobody'}", markup=False)
        for claim in done.claims:
            out.print(f"said by {claim}; `tocsin sync` sends it", markup=False)

    shell.show(done.to_json(), render)


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


@click.command("erase")
@click.argument("object_id", metavar="OBJECT")
@click.option("--why", required=True, help="Every recipient reads it: name nobody in it.")
@common
def erase_command(shell: Shell, object_id: str, why: str) -> None:
    """Erase what you released, at every recipient; or a record or copy that is only here."""
    reached: tuple[str, ...] = ()
    with shell.home() as home:
        if is_released_here(home, object_id):
            done = withdraw(home, object_id, why, shell.clock, by=shell.person, erases=True)
            reached, resting = done.reached, done.derived
        else:
            resting = erase_here(home, object_id, why, by=shell.person)
    document: JsonObject = {"object": object_id, "reached": [*reached], "derived": [*resting]}

    def render(out: Console) -> None:
        out.print("erased here; backups made earlier still have it", markup=False)
        if reached:
            out.print(f"asked with the next sync: {', '.join(reached)}", markup=False)
        for each in resting:
            out.print(f"  look at this yourself: {each}", markup=False)

    shell.show(document, render)


COMMANDS = {
    "join": join_command,
    "sync": sync_command,
    "correct": correct_command,
    "withdraw": withdraw_command,
    "erase": erase_command,
}
