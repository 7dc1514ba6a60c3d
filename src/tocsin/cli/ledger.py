"""`tocsin ledger …`: the log, checked by anybody with public material."""

from pathlib import Path

import click
from rich.console import Console

from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_FAILED, Shell
from tocsin.foundation import JsonObject, UsageError
from tocsin.vault.verify import export_log, verify_export, verify_vault


@click.group("ledger")
def ledger() -> None:
    """Verify the log of a node or exchange."""


@ledger.command("verify")
@click.argument("where", metavar="[DIR|FILE]", required=False, type=click.Path(path_type=Path))
@common
def ledger_verify(shell: Shell, where: Path | None) -> None:
    """Recompute everything; name the first bad entry if there is one."""
    place = where or shell.home_dir or shell.home_from_environment
    if place is None:
        raise UsageError("nothing to verify", hint="give a directory, a file, or --home DIR")
    if place.is_dir():
        found = verify_vault(place / "vault.db")
    else:
        head = place.open("rb").read(16)
        found = verify_vault(place) if head.startswith(b"SQLite format 3") else verify_export(place)
    document: JsonObject = {
        "ok": found.ok,
        "entries": found.entries,
        "root": found.root,
        "first_bad": found.first_bad,
        "why": found.why,
    }

    def render(out: Console) -> None:
        if found.ok:
            out.print(f"the log holds: {found.entries} entries, root {found.root}", markup=False)
        else:
            where_bad = "" if found.first_bad is None else f" at entry {found.first_bad}"
            out.print(f"the log does NOT hold{where_bad}: {found.why}", markup=False)

    shell.show(document, render)
    if not found.ok:
        raise SystemExit(EXIT_FAILED)


@ledger.command("export")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
@common
def ledger_export(shell: Shell, output: Path) -> None:
    """Write what others need to verify this log; no contents leave."""
    with shell.home() as home:
        export_log(home.vault.path, output)
    document: JsonObject = {"path": str(output), "bytes": output.stat().st_size}
    shell.show(document, lambda out: out.print(f"written to {output}", markup=False))


COMMANDS = {"ledger": ledger}
