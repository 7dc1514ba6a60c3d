"""`tocsin exchange …`: what a convenor does."""

import contextlib
import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tocsin.cli.options import common
from tocsin.cli.shell import Shell, passphrase
from tocsin.exchange import Convenor, Tls, create_exchange, serve
from tocsin.exchange.overlap import overlap_routes
from tocsin.foundation import JsonObject, JsonValue, UsageError, rfc3339
from tocsin.records import Compartment, Member, MemberKind
from tocsin.vault import Home, backup, restore

_FILE = click.Path(exists=True, dir_okay=False)
_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


@click.group("exchange")
def exchange() -> None:
    """Run an exchange for a community."""


@exchange.command("init")
@_FOLDER
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
@_FOLDER
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
    with _home(shell, folder) as home, contextlib.suppress(KeyboardInterrupt):
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
@_FOLDER
@click.option(
    "--kind",
    type=click.Choice([str(each) for each in MemberKind]),
    required=True,
    help="What kind of organisation it admits.",
)
@click.option("--name", help="Whom it is for, as a note of your own.")
@common
def exchange_invite(shell: Shell, folder: Path, kind: str, name: str | None) -> None:
    """Print a token that admits one organisation."""
    with _home(shell, folder) as home:
        token = _convenor(shell, home).invite(MemberKind(kind), name)
    shell.show({"token": token, "kind": kind}, lambda out: out.print(token, markup=False))


@exchange.command("members")
@_FOLDER
@common
def exchange_members(shell: Shell, folder: Path) -> None:
    """List the members."""
    with _home(shell, folder) as home:
        members = _convenor(shell, home).members()

    def render(out: Console) -> None:
        table = Table("name", "kind", "active", "id")
        for each in members:
            table.add_row(each.name, each.kind, "yes" if each.active else "no", each.id)
        out.print(table)

    rows: list[JsonValue] = [_member(each) for each in members]
    shell.show({"members": rows}, render)


@exchange.command("tokens")
@_FOLDER
@common
def exchange_tokens(shell: Shell, folder: Path) -> None:
    """List invitations and members' credentials; the secrets themselves are not kept here."""
    with _home(shell, folder) as home:
        tokens = _convenor(shell, home).tokens()
    rows: list[JsonValue] = [
        {
            "id": each.id,
            "what": each.what,
            "name": each.name,
            "member": each.member,
            "expires": rfc3339(each.expires) if each.expires else None,
            "open": each.is_open,
        }
        for each in tokens
    ]

    def render(out: Console) -> None:
        table = Table("id", "what", "for", "until", "open")
        for each in tokens:
            until = rfc3339(each.expires)[:10] if each.expires else ""
            table.add_row(each.id, each.what, each.name, until, "yes" if each.is_open else "no")
        out.print(table)

    shell.show({"tokens": rows}, render)


@exchange.command("groups")
@_FOLDER
@click.option("--create", metavar="NAME", help="Make a group.")
@click.option(
    "--compartment",
    type=click.Choice([str(each) for each in Compartment]),
    default="mixed",
    show_default=True,
    help="Whom the new group admits: every kind, or platforms alone.",
)
@click.option("--add", nargs=2, multiple=True, metavar="GROUP MEMBER", help="Let one in.")
@click.option("--remove", nargs=2, multiple=True, metavar="GROUP MEMBER", help="Take one out.")
@common
def exchange_groups(
    shell: Shell,
    folder: Path,
    create: str | None,
    compartment: str,
    add: tuple[tuple[str, str], ...],
    remove: tuple[tuple[str, str], ...],
) -> None:
    """List the groups, after making or changing some."""
    with _home(shell, folder) as home:
        convenor = _convenor(shell, home)
        if create:
            convenor.create_group(create, compartment=Compartment(compartment))
        for group, member in add:
            convenor.add_to_group(group, member)
        for group, member in remove:
            convenor.remove_from_group(group, member)
        groups = convenor.groups()
        names = {each.id: each.name for each in convenor.members()}
    rows: list[JsonValue] = [
        {
            "id": each.id,
            "name": each.name,
            "compartment": str(each.compartment),
            "members": [*sorted(names.get(member, member) for member in each.members)],
        }
        for each in groups
    ]

    def render(out: Console) -> None:
        table = Table("group", "admits", "members")
        for each in groups:
            inside = ", ".join(sorted(names.get(member, member) for member in each.members))
            table.add_row(each.name, each.compartment, inside)
        out.print(table)

    shell.show({"groups": rows}, render)


@exchange.command("revoke")
@_FOLDER
@click.argument("member")
@common
def exchange_revoke(shell: Shell, folder: Path, member: str) -> None:
    """End a membership."""
    shell.confirm(f"end the membership of {member}?")
    with _home(shell, folder) as home:
        gone = _convenor(shell, home).revoke(member)
    said = f"{gone.name} is no member any more"
    shell.show(_member(gone), lambda out: out.print(said, markup=False))


@exchange.command("backup")
@_FOLDER
@click.argument("file", type=click.Path(path_type=Path))
@common
def exchange_backup(shell: Shell, folder: Path, file: Path) -> None:
    """Write the whole exchange, keys included, to one file, also while it serves."""
    with _home(shell, folder) as home:
        size = backup(folder, file)
        document: JsonObject = {"path": str(file), "id": home.id, "bytes": size}
    shell.show(document, lambda out: out.print(f"backed up to {file}", markup=False))


@exchange.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_FOLDER
@common
def exchange_restore(shell: Shell, file: Path, folder: Path) -> None:
    """Restore a backup into an empty directory."""
    restore(file, folder)
    with _home(shell, folder) as home:
        document: JsonObject = {"home": str(folder), "id": home.id, "name": home.card.name}
    shell.show(document, lambda out: out.print(f"restored into {folder}", markup=False))


def _home(shell: Shell, folder: Path) -> Home:
    return Home.open(folder, clock=shell.clock, entropy=shell.entropy, passphrase=passphrase())


def _convenor(shell: Shell, home: Home) -> Convenor:
    return Convenor(home, shell.clock, shell.entropy, by=shell.person)


def _member(member: Member) -> JsonObject:
    return {
        "id": member.id,
        "name": member.name,
        "kind": str(member.kind),
        "active": member.active,
    }


COMMANDS = {"exchange": exchange}
