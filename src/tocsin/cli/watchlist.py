"""`tocsin watchlist …`: the entities that `detect names` protects."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_IN_PART, Shell
from tocsin.detect.names import (
    Background,
    Entity,
    Reading,
    Watchlist,
    build_index,
    entity_from,
    find_names,
    hosts_in,
    read_list,
    write_list,
)
from tocsin.foundation import JsonObject, JsonValue


@click.group("watchlist")
def watchlist() -> None:
    """The entities whose imitators `detect names` looks for."""


@watchlist.command("add")
@click.argument("name")
@click.option("--alias", "aliases", multiple=True, help="A further name, in any script.")
@click.option("--domain", "domains", multiple=True, help="An own domain, with all below it.")
@click.option("--handle", "handles", multiple=True, help="An own handle.")
@click.option("--sister", "sisters", multiple=True, metavar="SUFFIX",
              help="A suffix under which its labels are its own too.")  # fmt: skip
@click.option("--distinctive/--ordinary", default=None,
              help="Whether the name alone says who is meant.")  # fmt: skip
@click.option("--budget", type=float, help="Alerts in 100,000 benign names, for each way.")
@click.option("--adversary", is_flag=True, help="A brand of an operation, not to be protected.")
@common
def watchlist_add(
    shell: Shell,
    name: str,
    aliases: tuple[str, ...],
    domains: tuple[str, ...],
    handles: tuple[str, ...],
    sisters: tuple[str, ...],
    distinctive: bool | None,
    budget: float | None,
    adversary: bool,
) -> None:
    """Watch over an entity; the same name again replaces it."""
    made = entity_from(
        {
            "name": name,
            "aliases": [*aliases],
            "domains": [*domains],
            "handles": [*handles],
            "sister_suffixes": [*sisters],
            "distinctive": distinctive,
            "budget": budget,
            "adversary": adversary,
        },
        "the command",
    )
    with shell.home() as home:
        new, changed = Watchlist(home.vault, shell.entropy).add([made], by=shell.person)
    _show(shell, [made], {"new": new, "changed": changed})


@watchlist.command("list")
@common
def watchlist_list(shell: Shell) -> None:
    """List the entities."""
    with shell.home() as home:
        entities = Watchlist(home.vault, shell.entropy).all()
    _show(shell, entities, {})


@watchlist.command("remove")
@click.argument("name")
@common
def watchlist_remove(shell: Shell, name: str) -> None:
    """Stop watching over an entity."""
    with shell.home() as home:
        kept = Watchlist(home.vault, shell.entropy)
        kept.remove(name, by=shell.person)
        entities = kept.all()
    _show(shell, entities, {})


@watchlist.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@common
def watchlist_import(shell: Shell, file: Path) -> None:
    """Read entities from TOML, JSON or CSV, or own domains one a line."""
    read = read_list(file)
    with shell.home() as home:
        new, changed = Watchlist(home.vault, shell.entropy).add(read.entities, by=shell.person)
    left_out: list[JsonValue] = [*read.faults]
    _show(shell, read.entities, {"new": new, "changed": changed, "left_out": left_out})
    for fault in read.faults:
        shell.note(f"left out: {fault}")
    if read.faults:
        raise SystemExit(EXIT_IN_PART)


@watchlist.command("export")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path),
              help="Its ending says the form: .toml, .json or .csv.")  # fmt: skip
@common
def watchlist_export(shell: Shell, output: Path) -> None:
    """Write the entities to a file that `import` reads."""
    with shell.home() as home:
        entities = Watchlist(home.vault, shell.entropy).all()
    output.write_text(write_list(entities, output.suffix.lower()), encoding="utf-8")
    document: JsonObject = {"path": str(output), "entities": len(entities)}
    shell.show(document, lambda out: out.print(f"{len(entities)} entities in {output}"))


@watchlist.command("test")
@click.argument("hosts", nargs=-1, required=True, metavar="HOST…")
@common
def watchlist_test(shell: Shell, hosts: tuple[str, ...]) -> None:
    """Tell what `detect names` would say of some names, and by which rule."""
    with shell.home() as home:
        index = build_index(Watchlist(home.vault, shell.entropy).all())
    reading = Reading()
    found = find_names(hosts_in(hosts, "the command", reading), index, Background())
    document: JsonObject = {
        "names": reading.counts["names"],
        "silenced": found.hosts["silenced"],
        "defects": [*reading.defects()],
        "findings": [each.to_json() for each in found.findings],
    }

    def render(out: Console) -> None:
        for each in found.findings:
            out.print(f"{each.subjects[0]}: {each.behaviour}", markup=False)
        quiet = reading.counts["names"] - len(found.findings)
        out.print(f"{quiet} without a finding")

    shell.show(document, render)


def _show(shell: Shell, entities: Sequence[Entity], counts: JsonObject) -> None:
    def render(out: Console) -> None:
        table = Table("entity", "own domains", "further names", "budget", "")
        for each in entities:
            side = "adversary" if each.adversary else ""
            aliases = ", ".join(each.aliases)
            table.add_row(each.name, ", ".join(each.domains), aliases, f"{each.budget:g}", side)
        out.print(table)

    shell.show({**counts, "entities": [each.to_json() for each in entities]}, render)


COMMANDS = {"watchlist": watchlist}
