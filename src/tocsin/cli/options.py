"""The options that every command takes, before or after its name."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from tocsin.cli.shell import Shell
from tocsin.foundation import TocsinError

P = ParamSpec("P")
R = TypeVar("R")


def common(command: Callable[Concatenate[Shell, P], R]) -> Callable[..., R]:
    """Give a command `--home`, `--json`, `--yes` and `--as`, and turn errors into exit codes."""
    return click.option("--as", "person", metavar="NAME", help="The person who acts.")(
        common_but_as(command)
    )


def common_but_as(command: Callable[Concatenate[Shell, P], R]) -> Callable[..., R]:
    """Give all of `common` but `--as`, which means something else here: it goes before the name."""

    @click.option(
        "--home", "home_dir", type=click.Path(path_type=Path), help="The node's directory."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
    @click.option("--yes", "assume_yes", is_flag=True, help="Answer every question with yes.")
    @click.pass_context
    @functools.wraps(command)
    def run(
        context: click.Context,
        /,
        home_dir: Path | None,
        as_json: bool,
        assume_yes: bool,
        person: str | None = None,
        **options: Any,
    ) -> R:
        shell = context.find_object(Shell) or Shell()
        shell.home_dir = home_dir or shell.home_dir
        shell.as_json = as_json or shell.as_json
        shell.assume_yes = assume_yes or shell.assume_yes
        shell.person_name = person or shell.person_name
        try:
            return command(shell, **options)  # type: ignore[call-arg]
        except TocsinError as error:
            shell.fail(error)

    return run
