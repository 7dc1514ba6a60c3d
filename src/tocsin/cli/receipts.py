"""`tocsin receipts`."""

import click
from rich.console import Console
from rich.table import Table

from tocsin.cli.options import common
from tocsin.cli.shell import Shell
from tocsin.exchange import receipts
from tocsin.foundation import rfc3339


@click.command("receipts")
@click.argument("object_id", metavar="OBJECT")
@common
def receipts_command(shell: Shell, object_id: str) -> None:
    """Show who has acknowledged what you released, corrected or took back."""
    with shell.home() as home:
        found = receipts(home, object_id)

    def render(out: Console) -> None:
        table = Table("member", "has", "since")
        for each in found.members:
            state = found.says if each.is_current else "an earlier version" if each.at else ""
            table.add_row(each.member, state or "nothing yet", rfc3339(each.at) if each.at else "")
        out.print(table)
        if not found.is_fresh:
            out.print("the exchange could not say: this is what was known before")

    shell.show(found.to_json(), render)


COMMANDS = {"receipts": receipts_command}
