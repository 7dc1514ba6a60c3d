"""`tocsin watch …`."""

from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table

from tocsin.activity import Dataset
from tocsin.cases.watching import FEEDS, ActivityFeed, Ran, Watchbook
from tocsin.cli.options import common
from tocsin.cli.shell import Shell
from tocsin.foundation import JsonValue
from tocsin.vault import Home


@click.group("watch")
def watch_group() -> None:
    """Be told once of whatever comes that you look for."""


@watch_group.command("add")
@click.argument("name")
@click.option(
    "--query",
    "queries",
    multiple=True,
    required=True,
    metavar="TERMS",
    help="Terms that must all hold: domain:, url:, name:, handle:, resembles:, said:, hashtag:, "
    "technique:, pattern:, type:, trace: or a word. Repeat for alternatives.",
)
@click.option("--only-new", is_flag=True, help="Pass over what is here already.")
@common
def watch_add(shell: Shell, name: str, queries: tuple[str, ...], only_new: bool) -> None:
    """Save a query; `watch run` tells what meets it."""
    with shell.home() as home:
        book = _book(shell, home)
        made = book.add(name, queries, by=shell.person, only_new=only_new)
        rows = [each for each in book.all() if each.watch.id == made.id]
    _show(shell, rows)


@watch_group.command("list")
@common
def watch_list(shell: Shell) -> None:
    """List the watches with all that they ever hit."""
    with shell.home() as home:
        rows = _book(shell, home).all()
    _show(shell, rows)


@watch_group.command("run")
@click.argument("name", required=False)
@common
def watch_run(shell: Shell, name: str | None) -> None:
    """Look at what has come since the last run, and tell each hit once, ever.

    Without a name, all watches run.
    """
    with shell.home() as home:
        book = _book(shell, home)
        watches = [book.find(name)] if name else [each.watch for each in book.all()]
        rows = [book.run(each) for each in watches]
        _show_hits(shell, rows)
        # Behind the telling: a run that ends before it is told again.
        for each in rows:
            book.told(each)


@watch_group.command("remove")
@click.argument("name")
@common
def watch_remove(shell: Shell, name: str) -> None:
    """End a watch and forget its hits."""
    with shell.home() as home:
        book = _book(shell, home)
        watch = book.find(name)
        book.remove(watch, by=shell.person)
        rows = book.all()
    shell.note(f"{watch.name!r} is removed")
    _show(shell, rows)


def _show(shell: Shell, rows: Sequence[Ran]) -> None:
    def render(out: Console) -> None:
        table = Table("watch", "looks for", "last run", "hits")
        for each in rows:
            last = f"{each.last_run:%Y-%m-%d %H:%M}" if each.last_run else "never"
            table.add_row(each.watch.name, str(each.watch.query), last, str(len(each.hits)))
        out.print(table)

    shell.show({"watches": _documents(rows)}, render)


def _show_hits(shell: Shell, rows: Sequence[Ran]) -> None:
    def render(out: Console) -> None:
        for each in rows:
            out.print(f"{each.watch.name}: {len(each.hits)} new", style="bold", markup=False)
            for hit in each.hits:
                out.print(f"  {hit.name} ({hit.type}, {hit.found.feed}): {hit.why}", markup=False)
                out.print(f"    {hit.found.object}", markup=False)
        if not rows:
            out.print("no watch here yet: `tocsin watch add NAME --query ...`", markup=False)

    shell.show({"watches": _documents(rows)}, render)


def _documents(rows: Sequence[Ran]) -> list[JsonValue]:
    return [each.to_json() for each in rows]


def _book(shell: Shell, home: Home) -> Watchbook:
    feeds = (*FEEDS, ActivityFeed(Dataset(home.folder)))
    return Watchbook(home.vault, shell.clock, shell.entropy, feeds)


COMMANDS = {"watch": watch_group}
