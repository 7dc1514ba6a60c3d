"""`tocsin exchange restored|reopen`: the convenor's word on an exchange that was put back."""

from pathlib import Path

import click

from tocsin.cli.exchange_members import FOLDER, home_of
from tocsin.cli.options import common
from tocsin.cli.shell import Shell
from tocsin.exchange import awaited_members, declare_restored, reopen
from tocsin.foundation import JsonObject
from tocsin.vault import Home

KEEP_TOKENS = click.option(
    "--keep-tokens",
    is_flag=True,
    help="Let tokens and open invitations work on: none was revoked since the backup.",
)


@click.command("restored")
@FOLDER
@KEEP_TOKENS
@click.option(
    "--size",
    type=click.IntRange(min=1),
    help="Entries of the log that stand as they were, where it has grown since it was put back.",
)
@common
def exchange_restored(shell: Shell, folder: Path, keep_tokens: bool, size: int | None) -> None:
    """Say that an exchange was put back by other means than `restore`, such as a snapshot.

    Set the machine's clock right first. Its members then refill it; until all have synced, it
    hands out nothing.
    """
    with home_of(shell, folder) as home:
        document = declared(shell, home, size, keeps_tokens=keep_tokens)
    shell.show(document, lambda out: out.print(advice(document), markup=False))


@click.command("reopen")
@FOLDER
@common
def exchange_reopen(shell: Shell, folder: Path) -> None:
    """Let a restored exchange hand out again without waiting for more members."""
    with home_of(shell, folder) as home:
        left = reopen(home, shell.clock, by=shell.person)
    document: JsonObject = {"awaited": [*left]}
    shell.show(document, lambda out: out.print(f"open; {len(left)} members were not heard"))


def declared(
    shell: Shell, home: Home, size: int | None = None, *, keeps_tokens: bool
) -> JsonObject:
    """Say it in the exchange's log; returns what the commands show of it."""
    restored = declare_restored(
        home, shell.clock, by=shell.person, size=size, keeps_tokens=keeps_tokens
    )
    return {
        "id": home.id,
        "home": str(home.folder),
        "epoch": restored.epoch,
        "awaited": [*awaited_members(home)],
        "kept_tokens": keeps_tokens,
    }


def advice(document: JsonObject) -> str:
    """Return what the convenor has to know now."""
    awaited = document["awaited"]
    count = len(awaited) if isinstance(awaited, list) else 0
    tokens = (
        "Tokens revoked since the backup work again: revoke them once more"
        if document["kept_tokens"]
        else "Issued tokens and open invitations have ended, as some may have been revoked since "
        "the backup: issue them anew"
    )
    return (
        f"{count} members refill it with their next sync; it hands out nothing until all have, or "
        f"until `tocsin exchange reopen`. {tokens} (`tocsin exchange tokens`)"
    )


RESTORED = (exchange_restored, exchange_reopen)
