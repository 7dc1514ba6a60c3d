"""`tocsin exchange …`: what a convenor does."""

import contextlib
import json
import sys
from pathlib import Path

import click
from attrs import define
from rich.console import Console

from tocsin.cli.database import address_given, database_option, move, settle
from tocsin.cli.escrow import ESCROW
from tocsin.cli.exchange_members import FOLDER, MEMBERSHIP, convenor_of, home_of
from tocsin.cli.exchange_restored import KEEP_TOKENS, RESTORED, advice, declared
from tocsin.cli.options import common
from tocsin.cli.shell import Shell, passphrase
from tocsin.exchange import Front, Tls, create_exchange, serve, serve_by_workers
from tocsin.exchange.logs import FORMATS, configure
from tocsin.exchange.mixing import DEFAULT_MINUTES, MOST_MINUTES
from tocsin.exchange.monitor import parse_listener
from tocsin.exchange.overlap import overlap_routes
from tocsin.exchange.workers import MOST_WORKERS
from tocsin.foundation import JsonObject, UsageError
from tocsin.records import MemberKind
from tocsin.vault import Place, backup, restore
from tocsin.vault.card import DATABASE

_FILE = click.Path(exists=True, dir_okay=False)


@click.group("exchange")
def exchange() -> None:
    """Run an exchange for a community."""


@exchange.command("init")
@FOLDER
@click.option("--name", required=True, help="The community's name.")
@database_option("Keep the vault in this empty database, not in a file")
@common
def exchange_init(shell: Shell, folder: Path, name: str, database: str | None) -> None:
    """Make an exchange."""
    home = create_exchange(
        folder,
        name,
        clock=shell.clock,
        entropy=shell.entropy,
        passphrase=passphrase(),
        database=address_given(shell, database),
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
@click.option(
    "--client-ca", type=_FILE, help="Authorities of clients' certificates, to bind tokens to."
)
@click.option("--behind-proxy", is_flag=True, help="A proxy ends TLS in front of this.")
@database_option("Serve from this database; an exchange in a file moves there first")
@click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    default=1,
    show_default=True,
    help="How many processes serve.",
)
@click.option(
    "--mix",
    type=click.IntRange(0, MOST_MINUTES),
    default=DEFAULT_MINUTES,
    show_default=True,
    metavar="MINUTES",
    help="Show what unnamed authors send at full intervals of so many minutes; 0 shows it at once.",
)
@click.option(
    "--metrics",
    metavar="HOST:PORT",
    help="Answer there for /health/live, /health/ready and Prometheus' /metrics.",
)
@click.option(
    "--metrics-off-loopback",
    is_flag=True,
    help="Let --metrics be an address that other machines reach.",
)
@click.option(
    "--log-format",
    type=click.Choice(FORMATS),
    help="Say every request and event on stderr; without it, warnings and errors.",
)
@common
def exchange_serve(
    shell: Shell,
    folder: Path,
    host: str,
    port: int,
    cert: str | None,
    key: str | None,
    client_ca: str | None,
    behind_proxy: bool,
    database: str | None,
    workers: int,
    mix: int,
    metrics: str | None,
    metrics_off_loopback: bool,
    log_format: str | None,
) -> None:
    """Serve until interrupted; port 0 takes a free one and prints it."""
    if (cert is None) != (key is None):
        raise UsageError("--cert and --key go together", hint="give both, or neither")
    if client_ca is not None and cert is None:
        raise UsageError("--client-ca needs --cert and --key", hint="behind a proxy leave it out")

    monitor = None
    if metrics is not None:
        monitor = parse_listener(metrics, is_declared=metrics_off_loopback)
    configure(log_format)
    settle(shell, folder, address_given(shell, database))
    tls = Tls(cert, key, client_ca) if cert and key else None
    front = Front(host=host, port=port, tls=tls, behind_proxy=behind_proxy)
    with contextlib.suppress(KeyboardInterrupt):  # interrupting is how serving ends
        _serve(shell, folder, front, workers, monitor, mix)


def _serve(
    shell: Shell,
    folder: Path,
    front: Front,
    workers: int,
    monitor: tuple[str, int] | None,
    mix: int,
) -> None:
    clock, entropy = shell.clock, shell.entropy
    announced = _Announced(shell)
    if workers > 1 or monitor is not None:
        serve_by_workers(
            lambda: home_of(shell, folder),
            front,
            announced.ready,
            workers=workers,
            clock=clock,
            entropy=entropy,
            routes_of=lambda home: overlap_routes(home, clock, entropy),
            monitor=monitor,
            on_monitor=announced.watched,
            mix=mix,
        )
        return
    with home_of(shell, folder) as home:
        serve(
            home,
            front.host,
            front.port,
            announced.ready,
            clock=clock,
            entropy=entropy,
            tls=front.tls,
            behind_proxy=front.behind_proxy,
            extra_routes=overlap_routes(home, clock, entropy),
            mix=mix,
        )


@define
class _Announced:
    """Says, once all of it answers, where the exchange and its monitor are."""

    shell: Shell
    monitor: str | None = None

    def watched(self, url: str) -> None:
        self.monitor = url

    def ready(self, url: str) -> None:
        if self.shell.as_json:
            said = {"url": url} if self.monitor is None else {"url": url, "metrics": self.monitor}
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()
            return
        self.shell.out.print(f"serving at {url}", markup=False)
        if self.monitor is not None:
            self.shell.out.print(f"health and metrics at {self.monitor}", markup=False)


@exchange.command("move")
@FOLDER
@database_option("Move into this empty database")
@click.option("--to-file", is_flag=True, help="Move from the database into a file.")
@common
def exchange_move(shell: Shell, folder: Path, database: str | None, to_file: bool) -> None:
    """Move the vault between a file and a PostgreSQL database; stop serving first."""
    # A database in the environment says where the exchange is served from, not where to move.
    to: Place | None = folder / DATABASE if to_file else address_given(shell, database)
    if to is None:
        raise UsageError("say where to", hint="give --database URL, or --to-file")
    with home_of(shell, folder) as home:
        document: JsonObject = {"id": home.id, "home": str(folder), "to": str(to)}
    document["entries"] = move(shell, folder, to)
    shell.show(document, lambda out: out.print(f"the vault lies at {to} now", markup=False))


@exchange.command("invite")
@FOLDER
@click.option(
    "--kind",
    type=click.Choice([str(each) for each in MemberKind]),
    required=True,
    help="What kind of organisation it admits.",
)
@click.option("--name", help="Whom it is for; needed for a former member whose keys are lost.")
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
@database_option("Put the vault into this empty database, not into a file")
@KEEP_TOKENS
@common
def exchange_restore(
    shell: Shell, file: Path, folder: Path, database: str | None, keep_tokens: bool
) -> None:
    """Restore a backup into an empty directory, and say so to the members, who refill it."""
    address = address_given(shell, database)
    restore(file, folder)
    settle(shell, folder, address)
    with home_of(shell, folder) as home:
        said = declared(shell, home, keeps_tokens=keep_tokens)
        document = {**said, "home": str(folder), "name": home.card.name}

    def render(out: Console) -> None:
        out.print(f"restored into {folder}", markup=False)
        out.print(advice(document), markup=False)

    shell.show(document, render)


for _command in (*MEMBERSHIP, *ESCROW, *RESTORED):
    exchange.add_command(_command)

COMMANDS = {"exchange": exchange}
