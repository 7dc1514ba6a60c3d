"""`tocsin exchange …`: what a convenor does."""

import contextlib
import json
import sys
from pathlib import Path

import click

from tocsin.cli.exchange_members import FOLDER, MEMBERSHIP, convenor_of, home_of
from tocsin.cli.options import common
from tocsin.cli.shell import Shell, passphrase
from tocsin.exchange import Tls, create_exchange, serve
from tocsin.exchange.overlap import overlap_routes
from tocsin.foundation import JsonObject, UsageError
from tocsin.records import MemberKind
from tocsin.vault import backup, restore

_FILE = click.Path(exists=True, dir_okay=False)


@click.group("exchange")
def exchange() -> None:
    """Run an exchange for a community."""


@exchange.command("init")
@FOLDER
@click.option("--name", required=True, help="The community's name.")
@common
def exchange_init(shell: Shell, folder: Path, name: str) -> None:
    """Make an exchange."""
    home = create_exchange(
        folder, name, clock=shell.clock, entropy=shell.entropy, passphrase=passphrase()
    )
    with home:
        document: JsonObject = {"id": home.id, "name": name, "home": str(folder), "url": None}
    hint = f"next: tocsin exchange invite {folder} --kind platform"
    shell.show(document, lambda out: out.print(hint, markup=False))


@exchange.command("serve")
@FOLDER
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8470,
    show_default=True,
    help="0 takes a free one.",
)
@click.option("--cert", type=_FILE, help="TLS certificate file.")
@click.option("--key", type=_FILE, help="TLS key file.")
@click.option("--behind-proxy", is_flag=True, help="A proxy ends TLS in front of this.")
@common
def exchange_serve(
    shell: Shell,
    folder: Path,
    host: str,
    port: int,
    cert: str | None,
    key: str | None,
    behind_proxy: bool,
) -> None:
    """Serve until interrupted; port 0 takes a free one and prints it."""
    if (cert is None) != (key is None):
        raise UsageError("--cert and --key go together", hint="give both, or neither")

    def ready(url: str) -> None:
        if shell.as_json:
            sys.stdout.write(json.dumps({"url": url}) + "\n")
            sys.stdout.flush()
        else:
            shell.out.print(f"serving at {url}", markup=False)

    # Interrupting is how serving ends.
    with home_of(shell, folder) as home, contextlib.suppress(KeyboardInterrupt):
        serve(
            home,
            host,
            port,
            ready,
            clock=shell.clock,
            entropy=shell.entropy,
            tls=Tls(cert, key) if cert and key else None,
            behind_proxy=behind_proxy,
            extra_routes=overlap_routes(home, shell.clock, shell.entropy),
        )


@exchange.command("invite")
@FOLDER
@click.option(
    "--kind",
    type=click.Choice([str(each) for each in MemberKind]),
    required=True,
    help="What kind of organisation it admits.",
)
@click.option("--name", help="Whom it is for, as a note of your own.")
@click.option("--guest", is_flag=True, help="It receives only what names it, and is in no group.")
@common
def exchange_invite(shell: Shell, folder: Path, kind: str, name: str | None, guest: bool) -> None:
    """Print a token that admits one organisation."""
    with home_of(shell, folder) as home:
        token = convenor_of(shell, home).invite(MemberKind(kind), name, is_guest=guest)
    document: JsonObject = {"token": token, "kind": kind, "guest": guest}
    shell.show(document, lambda out: out.print(token, markup=False))


@exchange.command("backup")
@FOLDER
@click.argument("file", type=click.Path(path_type=Path))
@common
def exchange_backup(shell: Shell, folder: Path, file: Path) -> None:
    """Write the whole exchange, keys included, to one file, also while it serves."""
    with home_of(shell, folder) as home:
        size = backup(folder, file)
        document: JsonObject = {"path": str(file), "id": home.id, "bytes": size}
    shell.show(document, lambda out: out.print(f"backed up to {file}", markup=False))


@exchange.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@FOLDER
@common
def exchange_restore(shell: Shell, file: Path, folder: Path) -> None:
    """Restore a backup into an empty directory."""
    restore(file, folder)
    with home_of(shell, folder) as home:
        document: JsonObject = {"home": str(folder), "id": home.id, "name": home.card.name}
    shell.show(document, lambda out: out.print(f"restored into {folder}", markup=False))


for _command in MEMBERSHIP:
    exchange.add_command(_command)

COMMANDS = {"exchange": exchange}
