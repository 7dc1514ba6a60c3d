"""The root of the command: finds the others, and answers what they do not catch."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

import tocsin
from tocsin.cli.shell import EXIT_FAILED, EXIT_INTERRUPTED, Shell

_COMMANDS: Final = {
    "tocsin.cli.node": ("init", "backup", "restore", "upgrade", "key"),
    "tocsin.cli.doctor": ("doctor",),
    "tocsin.cli.data": ("import", "export"),
    "tocsin.cli.load": ("load",),
    "tocsin.cli.cases": ("case",),
    "tocsin.cli.claims": ("claim",),
    "tocsin.cli.watch": ("watch",),
    "tocsin.cli.watchlist": ("watchlist",),
    "tocsin.cli.receipts": ("receipts",),
    "tocsin.cli.sharing": ("join", "sync", "correct", "withdraw", "erase"),
    "tocsin.cli.guard": ("guard",),
    "tocsin.cli.detect": ("detect",),
    "tocsin.cli.release": ("release", "outbox"),
    "tocsin.cli.inbox": ("inbox", "match"),
    "tocsin.cli.exchange": ("exchange",),
    "tocsin.cli.overlap": ("overlap",),
    "tocsin.cli.ledger": ("ledger",),
    "tocsin.cli.escrow": ("escrow",),
    "tocsin.cli.demo": ("demo", "datasets"),
}


class Root(click.Group):
    """Imports a command's module when it is called, and ends every call in words."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(name for names in _COMMANDS.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        for module, names in _COMMANDS.items():
            if cmd_name in names:
                found = __import__(module, fromlist=["COMMANDS"]).COMMANDS
                command = found[cmd_name]
                return command if isinstance(command, click.Command) else None
        return None

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run, and leave with an exit code: usage errors as JSON too, and never a traceback."""
        words = sys.argv[1:] if args is None else list(args)
        shell = Shell(as_json="--json" in words)
        try:
            done = super().main(words, *rest, **{**extra, "standalone_mode": False})
        except click.ClickException as error:
            if not shell.as_json:
                error.show()
                sys.exit(error.exit_code)
            said = error.format_message()
            shell.leave(said[:1].lower() + said[1:], _usage_hint(error), error.exit_code)
        except (click.Abort, KeyboardInterrupt, EOFError):
            shell.leave(
                "interrupted", "what was done is kept; the same command goes on", EXIT_INTERRUPTED
            )
        except OSError as error:
            named = f"{error.filename}: " if error.filename else ""
            why = error.strerror or str(error)
            shell.leave(
                f"{named}{why[:1].lower()}{why[1:]}",
                "check the path, its permissions and the disk",
                EXIT_FAILED,
            )
        sys.exit(done if isinstance(done, int) else 0)


def _usage_hint(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"see `{context.command_path} --help`" if context else "see `tocsin --help`"


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", "home_dir", type=click.Path(path_type=Path), help="The node's directory.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
@click.option("--yes", "assume_yes", is_flag=True, help="Answer every question with yes.")
@click.option("--as", "person", metavar="NAME", help="The person who acts.")
@click.version_option(tocsin.__version__, prog_name="tocsin")
@click.pass_context
def cli(
    context: click.Context,
    home_dir: Path | None,
    as_json: bool,
    assume_yes: bool,
    person: str | None,
) -> None:
    """Find out who else has seen an operation, act on it together, and prove it afterwards.

    Exit codes: 0 done; 1 refused or failed; 2 usage; 3 done in part; 130 interrupted.
    """
    # A caller inside Python may have brought a shell with a clock of its own.
    shell = context.ensure_object(Shell)
    shell.home_dir = home_dir
    shell.as_json = as_json
    shell.assume_yes = assume_yes
    shell.person_name = person
