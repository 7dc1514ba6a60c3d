"""`tocsin overlap …`: how much is in common, then, agreed, what."""

import click
from rich.console import Console
from rich.table import Table

from tocsin.cases import Casebook
from tocsin.cli.options import common
from tocsin.cli.shell import Shell, passphrase
from tocsin.exchange.overlap import (
    DEFAULT,
    OFFERED,
    Party,
    approve,
    ask,
    list_askings,
    overlap_limits,
    overlap_party,
    overlap_step,
    refuse,
    set_overlap_limits,
    show,
    start_resident,
)
from tocsin.foundation import ConnectionFailedError, JsonObject, JsonValue, UsageError
from tocsin.vault import Home


@click.group("overlap")
def overlap() -> None:
    """Learn what you have in common with another member without showing the rest."""


@overlap.command("ask")
@click.argument("member")
@click.option("--case", help="Ask only for this case's items.")
@click.option("--kinds", help=f"Some of {', '.join(sorted(OFFERED))}.")
@common
def overlap_ask(shell: Shell, member: str, case: str | None, kinds: str | None) -> None:
    """Ask a member how many of your items it holds too; it sees only how many you asked."""
    wanted = tuple(kinds.replace(" ", "").split(",")) if kinds else DEFAULT
    with shell.home() as home:
        only = None
        if case is not None:
            only = Casebook(home.vault, shell.clock, shell.entropy).find(case).items
        party = _party(shell, home)
        record = ask(party, member, kinds=wanted, object_ids=only)
        start_resident(home.folder, record.id, passphrase=passphrase())
        document = show(party, record.id)
    said = f"asked {member} about {record.asked} items as {record.id}; `tocsin sync` for news"
    shell.show(document, lambda out: out.print(said, markup=False))


@overlap.command("list")
@common
def overlap_list(shell: Shell) -> None:
    """List the askings you made and received."""
    with shell.home() as home:
        _catch_up(shell, home)
        askings = list_askings(_party(shell, home))

    def render(out: Console) -> None:
        table = Table("id", "side", "with", "asked", "in common", "state")
        for each in askings:
            common_count = "" if each["common"] is None else str(each["common"])
            row = (each["id"], each["side"], each["member_name"], each["asked"])
            table.add_row(*map(str, row), common_count, str(each["state"]))
        out.print(table)

    rows: list[JsonValue] = [*askings]
    shell.show({"askings": rows}, render)


@overlap.command("show")
@click.argument("asking", metavar="ID")
@common
def overlap_show(shell: Shell, asking: str) -> None:
    """Show an asking; after the reveal, the items and who recorded each first."""
    with shell.home() as home:
        _catch_up(shell, home)
        document = show(_party(shell, home), asking)
    _show(shell, document)


@overlap.command("approve")
@click.argument("asking", metavar="ID")
@common
def overlap_approve(shell: Shell, asking: str) -> None:
    """Agree that the asker learns which items you have in common, and since when."""
    with shell.home() as home:
        _catch_up(shell, home)
        party = _party(shell, home)
        approve(party, asking)
        _catch_up(shell, home)
        document = show(party, asking)
    _show(shell, document)


@overlap.command("refuse")
@click.argument("asking", metavar="ID")
@click.option("--why", required=True, help="The asker reads it.")
@common
def overlap_refuse(shell: Shell, asking: str, why: str) -> None:
    """Refuse an asking, or give up your own."""
    with shell.home() as home:
        _catch_up(shell, home)
        party = _party(shell, home)
        refuse(party, asking, why)
        _catch_up(shell, home)
        document = show(party, asking)
    _show(shell, document)


@overlap.command("limits")
@click.option("--min-elements", type=int, help="Smaller askings are refused.")
@click.option("--max-queries", type=int, help="Askings per asker and epoch.")
@click.option("--max-elements", type=int, help="Elements over all of them.")
@common
def overlap_limits_command(shell: Shell, /, **said: int | None) -> None:
    """Show or set what others may ask of this home; an exchange's home has its own."""
    with shell.home() as home:
        wanted = {name: value for name, value in said.items() if value is not None}
        if wanted:
            home.vault.write(lambda tx: set_overlap_limits(tx, shell.person, **wanted))
        with home.vault.read() as snapshot:
            limits = overlap_limits(snapshot)
    document: JsonObject = {
        "min_elements": limits.min_elements,
        "max_queries": limits.max_queries,
        "max_elements": limits.max_elements,
        "epoch_days": limits.epoch_days,
    }

    def render(out: Console) -> None:
        for name, value in document.items():
            out.print(f"{name.replace('_', ' ')}: {value}")

    shell.show(document, render)


def _party(shell: Shell, home: Home) -> Party:
    return overlap_party(home, shell.clock, shell.entropy, shell.person)


def _catch_up(shell: Shell, home: Home) -> None:
    """Do what can be done now; without an exchange the last known state is shown."""
    try:
        overlap_step(home, shell.clock, shell.entropy, by=shell.person, passphrase=passphrase())
    except ConnectionFailedError as error:
        shell.note(f"note: {error.message}; this is the state as last known")


def _show(shell: Shell, document: JsonObject) -> None:
    items = document["items"]
    first = document["first"]
    if not isinstance(items, list) or not isinstance(first, dict):
        raise UsageError("the asking has no items")

    def render(out: Console) -> None:
        count = "not counted yet" if document["common"] is None else f"{document['common']}"
        out.print(f"asked {document['asked']}, in common {count}: {document['state']}")
        if document["state"] == "revealed":
            said = ", ".join(f"{name} {number}" for name, number in first.items())
            out.print(f"recorded first: {said}", markup=False)
        table = Table("item", "kind", "we first recorded", "they first recorded")
        for each in items[:20]:
            if isinstance(each, dict):
                ours, theirs = each["ours_first_seen"], each["theirs_first_seen"]
                row = (each["value"], each["kind"], ours or "unknown", theirs or "unknown")
                table.add_row(*map(str, row))
        if items:
            out.print(table)
        if len(items) > 20:
            out.print(f"and {len(items) - 20} more: --json shows all")

    shell.show(document, render)


COMMANDS = {"overlap": overlap}
