"""`tocsin doctor`: is all well with a node or an exchange."""

from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console

from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_FAILED, Shell, passphrase
from tocsin.exchange import check_clock, check_exchange
from tocsin.foundation import JsonObject, JsonValue, TocsinError
from tocsin.vault import Home
from tocsin.vault.card import CARD
from tocsin.vault.checks import (
    check_database,
    check_disk,
    check_home,
    check_keys,
    check_log,
    check_schema,
)


@click.command("doctor")
@common
def doctor(shell: Shell) -> None:
    """Check this node, or an exchange: files, keys, database, disk, log, clock, connection.

    Nothing is changed. Each check that fails says what to do. The log's head is recomputed only;
    `tocsin ledger verify` recomputes all of it.
    """
    folder = shell.chosen_home
    checks = [_checked("home", lambda: check_home(folder))]
    if (folder / CARD).exists():
        checks += _checks_inside(shell, folder)
    rows: list[JsonValue] = [*checks]

    def render(out: Console) -> None:
        for each in checks:
            word = "ok " if each["ok"] else "BAD"
            out.print(f"{word}  {each['name']}: {each['hint']}", markup=False)

    shell.show({"checks": rows}, render)
    if not all(each["ok"] for each in checks):
        raise SystemExit(EXIT_FAILED)


def _checks_inside(shell: Shell, folder: Path) -> list[JsonObject]:
    def opened(check: Callable[[Home], str]) -> Callable[[], str]:
        def run() -> str:
            with shell.home() as home:
                return check(home)

        return run

    return [
        _checked("keys", lambda: check_keys(folder, passphrase())),
        _checked("schema", lambda: check_schema(folder)),
        _checked("database", lambda: check_database(folder)),
        _checked("disk", lambda: check_disk(folder)),
        _checked("log", opened(check_log)),
        _checked("clock", opened(lambda home: check_clock(home, shell.clock))),
        _checked("exchange", opened(check_exchange)),
    ]


def _checked(name: str, check: Callable[[], str]) -> JsonObject:
    try:
        return {"name": name, "ok": True, "hint": check()}
    except TocsinError as error:
        return {"name": name, "ok": False, "hint": f"{error.message}; {error.hint}".rstrip("; ")}


COMMANDS = {"doctor": doctor}
