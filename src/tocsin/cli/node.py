"""`tocsin init`, `key`, `backup`, `restore`, `upgrade`."""

from pathlib import Path

import click
from rich.console import Console

from tocsin.cli.escrow import key_escrow
from tocsin.cli.options import common
from tocsin.cli.shell import Shell, passphrase
from tocsin.exchange import (
    in_question,
    reaffirm,
    replace_stolen_keys,
    rotate_keys,
    taxii_login,
)
from tocsin.foundation import (
    JsonObject,
    UsageError,
    rfc3339,
)
from tocsin.records import MemberKind
from tocsin.trust import PublicKeys
from tocsin.vault import Home, Role, backup, replace_keys, restore, upgrade


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="Your organisation's name.")
@click.option(
    "--kind",
    type=click.Choice([str(each) for each in MemberKind]),
    required=True,
    help="What kind of organisation you are.",
)
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
    """Show or renew this node's keys, and its access to the exchange."""


@key_group.command("export")
@common
def key_export(shell: Shell) -> None:
    """Print the public keys, with those that wait for the exchange's acknowledgement."""
    with shell.home() as home:
        ring = home.keyring
        document: JsonObject = {"id": home.id, **_key_json(ring.public), "coming": None}
    if ring.coming is not None:
        made = rfc3339(ring.coming.created)
        document["coming"] = {**_key_json(ring.coming.public), "created": made}

    def render(out: Console) -> None:
        for keys, note in ((ring.public, ""), (ring.coming and ring.coming.public, "  (coming)")):
            if keys is not None:
                out.print(f"signing  {keys.signing.key_id}{note}", markup=False)
                out.print(f"sealing  {keys.sealing.key_id}{note}", markup=False)

    shell.show(document, render)


@key_group.command("rotate")
@common
def key_rotate(shell: Shell) -> None:
    """Make new keys and announce them; what was sealed to the old ones still opens.

    They come into use once the exchange has acknowledged them, by `tocsin sync` if it does not
    answer now. A rotation that waits for that is completed, and no other begun on top of it.
    """
    shell.confirm("make new signing and sealing keys?")
    with shell.home() as home:
        done = rotate_keys(home, shell.clock)
        document: JsonObject = {
            "id": home.id,
            "retired": done.retired if done.is_done else None,
            "key_ids": _key_json(done.keys)["key_ids"],
            "announced": done.is_announced,
            "in_use": done.is_done,
            "resumed": done.is_resumed,
        }

    def render(out: Console) -> None:
        made = "made before" if done.is_resumed else "new"
        out.print(f"signing {done.keys.signing.key_id} ({made})", markup=False)
        if done.is_done:
            out.print(f"in use; {done.retired} is retired", markup=False)
        else:
            out.print(
                f"{done.retired} signs until the exchange has acknowledged it: "
                "run `tocsin sync` when it answers again",
                markup=False,
            )

    shell.show(document, render)


def _key_json(keys: PublicKeys) -> JsonObject:
    return {"keys": keys.to_json(), "key_ids": [keys.signing.key_id, keys.sealing.key_id]}


@key_group.command("reaffirm")
@click.argument("objects", nargs=-1, metavar="OBJECT…")
@click.option("--all", "every", is_flag=True, help="All that the exchange shows no more.")
@common
def key_reaffirm(shell: Shell, objects: tuple[str, ...], every: bool) -> None:
    """Release again, under the present key, what a stolen key of yours had signed.

    Without an object it lists those that the exchange shows no more. Look at each before you stand
    by it: it is yours only if it is in this node.
    """
    with shell.home() as home:
        with home.vault.read() as view:
            asked = in_question(view, home.id)
        done = reaffirm(home, objects or asked, shell.clock, by=shell.person) if (
            objects or every
        ) else None  # fmt: skip
    document: JsonObject = {
        "in_question": [*asked],
        "objects": [*done.objects] if done else [],
        "passed_over": [*done.passed_over] if done else [],
    }

    def render(out: Console) -> None:
        if done is None:
            for each in asked:
                out.print(each, markup=False)
            out.print(f"{len(asked)} in question", markup=False)
        else:
            out.print(f"{len(done.objects)} go out with the next `tocsin sync`", markup=False)

    shell.show(document, render)


@key_group.command("replace")
@click.option("--stolen", is_flag=True, help="They are not lost: somebody else has them too.")
@common
def key_replace(shell: Shell, stolen: bool) -> None:
    """Make new keys where the old ones are lost, stolen, or their passphrase is forgotten.

    The convenor then ends the membership and invites again, by name: `tocsin exchange revoke` and
    `invite --name`; `tocsin join` with that token goes on where the node was. What others had
    sealed to the old keys and was not yet received can't be read: `tocsin inbox` names it.
    """
    where = shell.chosen_home
    shell.confirm("give up the old keys and make new ones?")
    kept = None
    if not stolen:
        secret = passphrase()
        kept = replace_keys(where, clock=shell.clock, entropy=shell.entropy, passphrase=secret)
    with shell.home() as home:
        if stolen:
            replace_stolen_keys(home, shell.clock)
        document: JsonObject = {
            "id": home.id,
            "key_ids": _key_json(home.keyring.public)["key_ids"],
            "kept": None if kept is None else str(kept),
        }

    def render(out: Console) -> None:
        out.print("new keys are made; next: a new invitation, then `tocsin join`", markup=False)
        if kept is not None:
            out.print(f"what could not be opened is kept as {kept}", markup=False)

    shell.show(document, render)


@key_group.command("taxii")
@common
def key_taxii(shell: Shell) -> None:
    """Print what another TAXII 2.1 client needs to read as this member; it is a secret."""
    with shell.home() as home:
        login = taxii_login(home)
    document: JsonObject = {
        "url": login.discovery,
        "collection": login.collection,
        "user": login.user,
        "password": login.password,
    }

    def render(out: Console) -> None:
        for name, value in document.items():
            out.print(f"{name:<11}{value}", markup=False)

    shell.show(document, render)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@common
def backup_command(shell: Shell, file: Path) -> None:
    """Write the whole node, keys included, to one file that only you can read."""
    with shell.home() as home:
        size = backup(home.folder, file)
        document: JsonObject = {"path": str(file), "id": home.id, "bytes": size}
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
@click.option(
    "--backup",
    "file",
    type=click.Path(path_type=Path),
    help="Where the backup goes; beside the home if not said.",
)
@common
def upgrade_command(shell: Shell, file: Path | None) -> None:
    """Bring the vault of a node or an exchange to this version's form, after a backup.

    Stop what uses it first. Of a vault in PostgreSQL no backup is made here: `pg_dump` it before.
    """
    where = shell.chosen_home
    done = upgrade(where, file)
    document: JsonObject = {
        "home": str(where),
        "upgraded": done.is_changed,
        "from": done.before,
        "to": done.after,
        "backup": None if done.backup is None else str(done.backup),
    }

    def render(out: Console) -> None:
        if not done.is_changed:
            out.print(f"up to date already (schema {done.after})", markup=False)
            return
        out.print(f"upgraded from schema {done.before} to {done.after}", markup=False)
        if done.backup is not None:
            out.print(f"as it was before: {done.backup}", markup=False)

    shell.show(document, render)


key_group.add_command(key_escrow)

COMMANDS = {
    "init": init,
    "key": key_group,
    "backup": backup_command,
    "restore": restore_command,
    "upgrade": upgrade_command,
}
