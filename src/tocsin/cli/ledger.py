"""`tocsin ledger …`: the log, checked by anybody with public material."""

from pathlib import Path

import click
from rich.console import Console

from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_FAILED, Shell
from tocsin.foundation import JsonObject, StorageError, UsageError
from tocsin.vault import place_of
from tocsin.vault.faults import Verification
from tocsin.vault.log_export import export_log, verify_export
from tocsin.vault.verify import verify_vault


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
    found = _verified(place)
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


def _verified(place: Path) -> Verification:
    if place.is_dir():
        return verify_vault(place_of(place))
    try:
        with place.open("rb") as stream:
            head = stream.read(16)
    except OSError as error:
        raise StorageError(
            f"{place}: {error.strerror}", hint="name a node's directory or an exported log"
        ) from error
    return verify_vault(place) if head.startswith(b"SQLite format 3") else verify_export(place)


@ledger.command("export")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The file to write."
)
@common
def ledger_export(shell: Shell, output: Path) -> None:
    """Write what others need to verify this log; no contents leave."""
    with shell.home() as home:
        export_log(home.vault.place, output)
    document: JsonObject = {"path": str(output), "bytes": output.stat().st_size}
    shell.show(document, lambda out: out.print(f"written to {output}", markup=False))


COMMANDS = {"ledger": ledger}
