"""The root of the command and its exit codes."""

import sys
from pathlib import Path

import click

import tocsin
from tocsin.cli.shell import Shell

_COMMANDS = {
    "tocsin.cli.node": ("init", "backup", "restore", "upgrade", "doctor", "key"),
    "tocsin.cli.data": ("import", "export"),
    "tocsin.cli.cases": ("case", "claim"),
    "tocsin.cli.sharing": ("join", "sync", "release", "withdraw", "inbox", "match", "outbox"),
    "tocsin.cli.exchange": ("exchange",),
    "tocsin.cli.overlap": ("overlap",),
    "tocsin.cli.ledger": ("ledger",),
    "tocsin.cli.demo": ("demo", "datasets"),
}


class LazyGroup(click.Group):
    """Imports a command's module when it is called: `tocsin --help` stays instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(name for names in _COMMANDS.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        for module, names in _COMMANDS.items():
            if cmd_name in names:
                found = __import__(module, fromlist=["COMMANDS"]).COMMANDS
                command = found[cmd_name]
                return command if isinstance(command, click.Command) else None
        return None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
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

    Exit codes: 0 done; 1 refused or failed; 2 usage; 3 done in part.
    """
    context.obj = Shell(
        home_dir=home_dir, as_json=as_json, assume_yes=assume_yes, person_name=person
    )


def main() -> None:
    """Run the command; Ctrl-C leaves what was acknowledged and says so."""
    try:
        cli(prog_name="tocsin")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
