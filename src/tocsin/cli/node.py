"""`tocsin init`, `key`, `backup`, `restore`, `upgrade`, `doctor`."""

from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console

from tocsin.cli.options import common
from tocsin.cli.shell import Shell, passphrase
from tocsin.foundation import JsonObject, JsonValue, TocsinError, UsageError
from tocsin.records import MemberKind
from tocsin.vault import Home, Role, backup, restore, upgrade
from tocsin.vault.verify import verify_vault


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="Your organisation's name.")
@click.option("--kind", type=click.Choice([*MemberKind]), required=True)
@common
def init(shell: Shell, folder: Path, name: str, kind: str) -> None:
    """Make a node: a directory with a vault, keys and settings."""
    home = Home.create(
        folder,
        name=name,
        kind=MemberKind(kind),
        role=Role.NODE,
        clock=shell.clock,
        entropy=shell.entropy,
        passphrase=passphrase(),
    )
    with home:
        document: JsonObject = {
            "id": home.id,
            "name": home.card.name,
            "kind": str(home.card.kind),
            "home": str(folder),
        }
    shell.show(
        document,
        lambda out: out.print(
            f"{name} has a node in {folder}. Next: tocsin --home {folder} import FILE", markup=False
        ),
    )


@click.group("key")
def key_group() -> None:
    """Show or renew this node's keys."""


@key_group.command("export")
@common
def key_export(shell: Shell) -> None:
    """Print the public keys."""
    with shell.home() as home:
        keys = home.keyring.public
        document: JsonObject = {
            "id": home.id,
            "keys": keys.to_json(),
            "key_ids": [keys.signing.key_id, keys.sealing.key_id],
        }

    def render(out: Console) -> None:
        out.print(f"signing  {keys.signing.key_id}\nsealing  {keys.sealing.key_id}", markup=False)

    shell.show(document, render)


@key_group.command("rotate")
@common
def key_rotate(shell: Shell) -> None:
    """Make new keys and announce them; what was sealed to the old ones still opens."""
    from tocsin.exchange import announce_keys, is_joined

    shell.confirm("make new signing and sealing keys?")
    with shell.home() as home:
        before = home.rotate_keys(shell.clock.now())
        announced = is_joined(home) and announce_keys(home, before)
        keys = home.keyring.public
        document: JsonObject = {
            "id": home.id,
            "retired": before.signing.key_id,
            "key_ids": [keys.signing.key_id, keys.sealing.key_id],
            "announced": announced,
        }
    shell.show(document, lambda out: out.print(f"signing with {keys.signing.key_id} from now on"))


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@common
def backup_command(shell: Shell, file: Path) -> None:
    """Write the whole node, keys included, to one file that only you can read."""
    with shell.home() as home:
        backup(home, file)
        document: JsonObject = {"path": str(file), "id": home.id, "bytes": file.stat().st_size}
    shell.show(document, lambda out: out.print(f"backed up to {file}", markup=False))


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@common
def restore_command(shell: Shell, file: Path) -> None:
    """Restore a backup into an empty directory (`--home`)."""
    where = shell.home_dir
    if where is None:
        raise UsageError("no place to restore to", hint="give --home DIR, an empty directory")
    restore(file, where)
    with shell.home() as home:
        document: JsonObject = {"home": str(where), "id": home.id, "name": home.card.name}
    shell.show(document, lambda out: out.print(f"restored into {where}", markup=False))


@click.command("upgrade")
@common
def upgrade_command(shell: Shell) -> None:
    """Bring the vault to this version's form."""
    where = shell.home_dir or shell.home_from_environment
    if where is None:
        raise UsageError("no node is chosen", hint="give --home DIR or set TOCSIN_HOME")
    is_changed = upgrade(where)
    said = "upgraded" if is_changed else "up to date already"
    shell.show({"home": str(where), "upgraded": is_changed}, lambda out: out.print(said))


@click.command("doctor")
@common
def doctor(shell: Shell) -> None:
    """Check this node: keys, vault, log, community, clock."""
    checks: list[tuple[str, bool, str]] = []

    def check(name: str, attempt: Callable[[], str]) -> None:
        try:
            checks.append((name, True, attempt()))
        except TocsinError as error:
            checks.append((name, False, f"{error.message}; {error.hint}"))

    def opens() -> str:
        with shell.home() as home:
            return f"{home.card.name} ({home.card.kind})"

    def holds() -> str:
        with shell.home() as home:
            found = verify_vault(home.vault.path)
        if not found.ok:
            raise TocsinError(found.why or "the log does not hold", hint="restore a backup")
        return f"{found.entries} entries"

    def answers() -> str:
        from tocsin.exchange import check_exchange

        with shell.home() as home:
            return check_exchange(home, shell.clock)

    check("node", opens)
    if checks[0][1]:
        check("ledger", holds)
        check("exchange", answers)
    rows: list[JsonValue] = [
        {"name": name, "ok": is_well, "hint": text} for name, is_well, text in checks
    ]

    def render(out: Console) -> None:
        for name, is_well, text in checks:
            out.print(f"{'ok ' if is_well else 'BAD'}  {name}: {text}", markup=False)

    shell.show({"checks": rows}, render)
    if not all(is_well for _, is_well, _ in checks):
        raise SystemExit(1)


COMMANDS = {
    "init": init,
    "key": key_group,
    "backup": backup_command,
    "restore": restore_command,
    "upgrade": upgrade_command,
    "doctor": doctor,
}
