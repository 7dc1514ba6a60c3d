"""`tocsin guard`: names that must not be released as indicators."""

from pathlib import Path

import click
from rich.console import Console

from tocsin.cli.options import common
from tocsin.cli.shell import Shell
from tocsin.foundation import BadInputError, JsonObject
from tocsin.intake.namelists import read_name_list
from tocsin.policy import GuardLists, guard_stop
from tocsin.records.observables import Kind, canonical_host, read_value
from tocsin.vault import Home, guard_lists, keep_allowed, keep_own, keep_popular


@click.group("guard")
def guard_group() -> None:
    """Keep popular, own and shared names, and far too broad ones, from being released."""


@guard_group.command("list")
@common
def guard_list(shell: Shell) -> None:
    """Show by which names this node stops what would be released."""
    with shell.home() as home:
        _show(shell, home)


@guard_group.command("load")
@click.argument("file", type=click.Path(path_type=Path))
@common
def guard_load(shell: Shell, file: Path) -> None:
    """Take a list of popular domains, in place of the one before.

    A MISP warning list, a ranked CSV such as Tranco's, or one name a line.
    """
    names = read_name_list(file)
    with shell.home() as home:
        home.vault.write(lambda tx: keep_popular(tx, names))
        _show(shell, home)


@guard_group.command("own")
@click.argument("domains", nargs=-1, required=True, metavar="DOMAIN…")
@click.option("--of", "owner", metavar="NAME", help="Another member's.  [default: this node's]")
@click.option("--remove", is_flag=True, help="No longer.")
@common
def guard_own(shell: Shell, domains: tuple[str, ...], owner: str | None, remove: bool) -> None:
    """Say which domains are yours, or a member's: nothing under them is released."""
    with shell.home() as home:
        with home.vault.read() as view:
            own = dict(guard_lists(view).own)
        for text in domains:
            host = canonical_host(text)
            if host is None:
                raise BadInputError(f"{text!r} is no domain", hint="such as example.org")
            if remove:
                own.pop(host.host, None)
            else:
                own[host.host] = owner or home.card.name
        home.vault.write(lambda tx: keep_own(tx, own))
        _show(shell, home)


@guard_group.command("allow")
@click.argument("value")
@click.option("--why", required=True, help="For the log of this node; it never leaves.")
@click.option("--remove", is_flag=True, help="No longer.")
@common
def guard_allow(shell: Shell, value: str, why: str, remove: bool) -> None:
    """Let one identifier pass although a guard stops it."""
    found = read_value(value).observables
    if len(found) != 1 or not why.strip():
        raise BadInputError(
            f"{value!r} is not one identifier with a reason", hint="name it as it was imported"
        )
    key = found[0].key
    with shell.home() as home:
        with home.vault.read() as view:
            lists = guard_lists(view)
        stopped = guard_stop(key, GuardLists(lists.popular, lists.own))
        if stopped is None and not remove:
            raise BadInputError(f"no guard stops {value!r}", hint="release it")
        home.vault.write(
            lambda tx: keep_allowed(tx, key, allowed=not remove, why=why.strip(), by=shell.person)
        )
        _show(shell, home)


def _show(shell: Shell, home: Home) -> None:
    with home.vault.read() as view:
        lists = guard_lists(view)
    document: JsonObject = {
        "popular": len(lists.popular),
        "own": [{"domain": key, "of": owner} for key, owner in sorted(lists.own.items())],
        "allowed": [*sorted(lists.allowed)],
    }

    def render(out: Console) -> None:
        out.print(f"{len(lists.popular)} popular domains", markup=False)
        for key, owner in sorted(lists.own.items()):
            out.print(f"{key}  of {owner}", markup=False)
        for key in sorted(lists.allowed):
            out.print(f"{key.removeprefix(Kind.DOMAIN + ':')}  may pass", markup=False)

    shell.show(document, render)


COMMANDS = {"guard": guard_group}
