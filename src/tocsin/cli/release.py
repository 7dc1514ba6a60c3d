"""`tocsin release` and `outbox`."""

from datetime import timedelta

import click
from rich.console import Console
from rich.table import Table

from tocsin.cases import Casebook
from tocsin.cli.options import common
from tocsin.cli.shell import Shell, rows_of
from tocsin.cli.times import clock_time, later, span
from tocsin.exchange import community_of
from tocsin.exchange.membership import seen_from
from tocsin.exchange.mixing import is_unnamed
from tocsin.foundation import BadInputError, JsonObject, JsonValue, rfc3339
from tocsin.policy import audience_of
from tocsin.records import Authorship, Marking, Pap, Tlp
from tocsin.release import Preview, Terms, commit, prepare
from tocsin.release import stop as stop_waiting


@click.command("release")
@click.argument("case")
@click.option(
    "--to",
    "to",
    multiple=True,
    required=True,
    metavar="AUDIENCE",
    help="`community`, a group, `kind:KIND` or a member; repeat for several.",
)
@click.option("--tlp", required=True, help="clear, green, amber, amber+strict or red.")
@click.option("--pap", help="Permissible actions: clear, green, amber or red.")
@click.option(
    "--authorship",
    type=click.Choice([str(each) for each in Authorship]),
    default="named",
    show_default=True,
    help="Under your name, as a member of the community, or under none.",
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
        if terms.authorship is not Authorship.NAMED:
            with home.vault.read() as view:
                document["seen_from"] = rfc3339(seen_from(view, preview.now + terms.hold))
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
            document["known"] = made.known
            document["replaced"] = [*made.replaced]
            document["opens_at"] = rfc3339(made.opens_at)
    shell.show(document, lambda out: _render_release(out, preview, document))


def _render_release(out: Console, preview: Preview, document: JsonObject) -> None:
    for title, key in (("will receive", "recipients"), ("will not", "not_recipients")):
        table = Table("member", "because", title=title, title_justify="left")
        for each in rows_of(document[key]):
            table.add_row(str(each["member"]), str(each["why"]))
        out.print(table)
    out.print(f"{len(preview.drafts)} leave, {len(preview.held)} stay", markup=False)
    for draft in preview.drafts[:10]:
        out.print(f"  leaves: {draft.type} {draft.label}", markup=False)
    for held in preview.held[:10]:
        out.print(f"  stays: {held.name}: {held.why}", markup=False)
    if preview.in_no_finding:
        few = len(preview.in_no_finding)
        out.print(f"look twice: {few} name people whom no finding of the case names", markup=False)
    for refusal in preview.refusals:
        out.print(f"may not go out: {refusal.why}", style="bold", markup=False)
    if document["objects"]:
        _render_done(out, document)
    else:
        out.print("a preview: nothing was sent")
    if "seen_from" in document:
        moment = clock_time(str(document["seen_from"]))
        when = "if it leaves by then" if document["objects"] else "if sent at once"
        out.print(f"others will see it from {moment}, {when}", markup=False)


def _render_done(out: Console, document: JsonObject) -> None:
    if document["known"]:
        out.print(f"{document['known']} were released on these terms before", markup=False)
    out.print(f"in the outbox until {document['opens_at']}; `tocsin sync` sends", markup=False)
    replaced = document["replaced"]
    for each in replaced if isinstance(replaced, list) else ():
        out.print(f"replaces what is still out: `tocsin withdraw {each}`", markup=False)


@click.command("outbox")
@click.option("--stop", metavar="OBJECT", help="Take back what has not left yet.")
@common
def outbox_command(shell: Shell, stop: str | None) -> None:
    """Show what waits to leave, or stop it before it does."""
    with shell.home() as home:
        with home.vault.read() as snapshot:
            waiting = [row for row in snapshot.outbox.rows() if not row.has_left]
            shared = {each.seq: each for each in snapshot.shared.by_seq(row.seq for row in waiting)}
        if stop is not None:
            seqs = [seq for seq, each in shared.items() if each.id == stop]
            if not seqs:
                raise BadInputError(
                    f"{stop!r} does not wait in the outbox", hint="use `tocsin withdraw` once sent"
                )
            stopped = [shared[seq] for seq in seqs]
            home.vault.write(lambda tx: stop_waiting(tx, stopped, by=shell.person))
            waiting = [row for row in waiting if row.seq not in seqs]
        with home.vault.read() as snapshot:
            now = shell.clock.now()
            seen = {
                row.seq: {"seen_from": rfc3339(seen_from(snapshot, max(row.not_before, now)))}
                for row in waiting
                if is_unnamed(shared[row.seq].object)
            }
    rows: list[JsonValue] = [
        {"id": shared[row.seq].id, "opens_at": rfc3339(row.not_before), **seen.get(row.seq, {})}
        for row in waiting
    ]

    def render(out: Console) -> None:
        for row in waiting:
            line = f"{rfc3339(row.not_before)}  {shared[row.seq].object.name}"
            if row.seq in seen:
                line += f"  (others will see it from {clock_time(seen[row.seq]['seen_from'])})"
            out.print(line, markup=False)
        out.print(f"{len(waiting)} waiting")

    shell.show({"outbox": rows}, render)


COMMANDS = {"release": release_command, "outbox": outbox_command}
