"""What every command shares: which node, who acts, and how results and errors are shown."""

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import click
from attrs import define, field
from rich.console import Console

from tocsin.cli.progress import TerminalProgress
from tocsin.cli.terminal import Terminal
from tocsin.foundation import (
    Clock,
    Entropy,
    JsonObject,
    JsonValue,
    Progress,
    RefusedError,
    SystemClock,
    SystemEntropy,
    TocsinError,
    UsageError,
)
from tocsin.vault import Home

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_IN_PART: Final = 3
EXIT_INTERRUPTED: Final = 130


@define(kw_only=True)
class Shell:
    """One invocation of the command.

    Attributes:
        out: where results for a person go (stdout).
        err: where progress, notes and errors go (stderr).
    """

    home_dir: Path | None = None
    as_json: bool = False
    assume_yes: bool = False
    person_name: str | None = None
    clock: Clock = field(factory=SystemClock)
    entropy: Entropy = field(factory=SystemEntropy)
    out: Console = field(factory=Terminal)
    err: Console = field(factory=lambda: Terminal(stderr=True))

    @property
    def person(self) -> str:
        """Who acts: `--as`, `TOCSIN_PERSON`, else the login name."""
        said = (self.person_name, os.environ.get("TOCSIN_PERSON"))
        named = (each.strip() for each in said if each)
        return next((each for each in named if each), None) or getpass.getuser()

    @property
    def progress(self) -> Progress:
        """Progress bars on stderr; nothing where stderr is no terminal."""
        return TerminalProgress(self.err)

    @property
    def home_from_environment(self) -> Path | None:
        """What `TOCSIN_HOME` names."""
        named = os.environ.get("TOCSIN_HOME")
        return Path(named) if named else None

    @property
    def chosen_home(self) -> Path:
        """What `--home` or `TOCSIN_HOME` names.

        Raises:
            UsageError: when neither names one.
        """
        where = self.home_dir or self.home_from_environment
        if where is None:
            raise UsageError(
                "no node is chosen",
                hint="give --home DIR or set TOCSIN_HOME; `tocsin init DIR` makes one",
            )
        return where

    @contextmanager
    def home(self) -> Iterator[Home]:
        """Open the node that `--home` or `TOCSIN_HOME` names.

        Raises:
            UsageError: when neither names one.
            StorageError: when there is no node.
        """
        where = self.chosen_home
        home = Home.open(where, clock=self.clock, entropy=self.entropy, passphrase=passphrase())
        try:
            yield home
        finally:
            home.close()

    def show(self, document: JsonObject, render: Callable[[Console], None]) -> None:
        """Print `document` under `--json`, else let `render` print for a person."""
        if self.as_json:
            _write_json(document, indent=2)
        else:
            render(self.out)

    def note(self, text: str) -> None:
        """Say something on stderr that is no result."""
        self.err.print(text, markup=False)

    def confirm(self, question: str) -> None:
        """Ask before an act that cannot be taken back.

        Raises:
            RefusedError: when the person says no, or nobody is there to answer.
        """
        if self.assume_yes:
            return
        if self.as_json or not sys.stdin.isatty():
            raise RefusedError(f"not done without a yes: {question}", hint="give --yes")
        if not click.confirm(question, err=True):
            raise RefusedError("not done", hint="")

    def fail(self, error: TocsinError) -> NoReturn:
        """Show an error and leave with its exit code."""
        code = EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED
        self.leave(error.message, error.hint, code)

    def leave(self, message: str, hint: str, code: int) -> NoReturn:
        """Say what went wrong and what to do, and leave with `code`."""
        if self.as_json:
            document: JsonObject = {"error": message, "hint": hint}
            _write_json(document)
        self.err.print(f"error: {message}", style="bold red", markup=False)
        if hint:
            self.err.print(f"hint: {hint}", markup=False)
        sys.exit(code)


def _write_json(document: JsonObject, indent: int | None = None) -> None:
    is_utf8 = sys.stdout.encoding.lower().replace("-", "") == "utf8"
    sys.stdout.write(json.dumps(document, indent=indent, ensure_ascii=not is_utf8) + "\n")


def passphrase() -> str | None:
    """Return the passphrase from the file that `TOCSIN_PASSPHRASE_FILE` names, if any."""
    name = os.environ.get("TOCSIN_PASSPHRASE_FILE")
    if not name:
        return None
    try:
        return Path(name).read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise UsageError(
            f"{name}: the passphrase file cannot be read: {error.strerror}",
            hint="TOCSIN_PASSPHRASE_FILE names a file that only you can read",
        ) from error


def rows_of(value: JsonValue) -> list[JsonObject]:
    """Return the objects of a list in a JSON document."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
