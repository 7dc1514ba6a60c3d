"""The `--database` option: an exchange's vault in PostgreSQL instead of a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from click.core import ParameterSource

from tocsin.cli.shell import Shell
from tocsin.foundation import RefusedError
from tocsin.vault import Place, PostgresAddress, keep_place, move_vault, place_of

VARIABLE: Final = "TOCSIN_DATABASE"

F = TypeVar("F", bound=Callable[..., Any])


def database_option(text: str) -> Callable[[F], F]:
    """Return the option; `text` says what the command does with the database."""
    return click.option(
        "--database",
        metavar="URL",
        envvar=VARIABLE,
        show_envvar=True,
        help=f"{text}: postgresql://USER@HOST:PORT/NAME.",
    )


def address_given(shell: Shell, text: str | None) -> PostgresAddress | None:
    """Return the address that was given, if any; warn where its password shows."""
    if text is None:
        return None
    address = PostgresAddress.parse(text)
    source = click.get_current_context().get_parameter_source("database")
    if address.password and source is ParameterSource.COMMANDLINE:
        shell.note(
            "the password on the command line can be read by every user of this machine: "
            f"set {VARIABLE} or PGPASSWORD instead"
        )
    return address


def settle(shell: Shell, folder: Path, address: PostgresAddress | None) -> None:
    """Let the exchange in `folder` use the database that was named, if one was.

    An exchange that lay in a file moves: nothing else could be meant, and the file stays.

    Raises:
        RefusedError: when it lies in another database.
    """
    if address is None:
        return
    place = place_of(folder)
    if isinstance(place, PostgresAddress):
        if not place.is_same(address):
            raise RefusedError(
                f"this exchange lies in {place}, not in {address}",
                hint="leave --database out, or see `tocsin exchange move`",
            )
        if place != address:
            keep_place(folder, address)
        return
    move(shell, folder, address)


def move(shell: Shell, folder: Path, to: Place) -> int:
    """Move the exchange's vault and say so; returns how many entries its log has."""
    before = place_of(folder)
    entries = move_vault(folder, to)
    shell.note(f"moved {entries} log entries from {before} to {to}; the copy was verified")
    return entries
