"""`tocsin demo` and `tocsin datasets …`."""

import os
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tocsin.cli.options import common
from tocsin.cli.shell import Shell
from tocsin.datasets import every_dataset, find_dataset, folder_from, verify
from tocsin.demo import Outcome, Silent, Terminal, tell_story
from tocsin.foundation import JsonObject, JsonValue


@click.command("demo")
@click.option("--real", is_flag=True, help="Use the lists in the folder of TOCSIN_DATASETS.")
@click.option(
    "--no-serve",
    is_flag=True,
    help="End after the story. This version serves no workbench yet, so the demo always does.",
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    help="An empty or new folder for the story.  [default: a new one here]",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other names.")
@common
def demo(shell: Shell, real: bool, no_serve: bool, folder: Path | None, seed: int) -> None:
    """Tell the whole story in two minutes, with real commands on this machine alone."""
    del no_serve  # accepted already: scripts that say it go on working when there is a workbench
    outcome = tell_story(
        folder=folder,
        seed=seed,
        datasets=folder_from(os.environ) if real else None,
        real=real,
        environment=os.environ,
        teller=Silent() if shell.as_json else Terminal(shell.out),
        progress=shell.progress,
    )
    shell.show(outcome.to_json(), lambda out: _render_end(out, outcome))


def _render_end(out: Console, outcome: Outcome) -> None:
    peak = "" if outcome.peak_mb is None else f", at most {outcome.peak_mb} MB at once"
    out.print(f"The story took {outcome.seconds:.0f} s{peak}.", markup=False)
    out.print(f"To read again, or to send on: {outcome.page}", markup=False)
    out.print("Now with yours: tocsin import your.csv", style="bold", markup=False)
    out.print("(once, before: tocsin init DIR --name NAME --kind KIND; export TOCSIN_HOME=DIR)")


@click.group("datasets")
def datasets() -> None:
    """Public data by name, pinned and verified by hash."""


@datasets.command("list")
@common
def datasets_list(shell: Shell) -> None:
    """List the data that is known by name, with source and licence."""
    rows: list[JsonValue] = [
        {
            "name": each.name,
            "repository": each.repository,
            "commit": each.commit,
            "licence": each.licence,
            "about": each.about,
            "files": len(each.files),
        }
        for each in every_dataset()
    ]

    def render(out: Console) -> None:
        table = Table("name", "what", "from", "licence")
        for each in every_dataset():
            source = f"{each.repository} @ {each.commit[:8]}"
            table.add_row(each.name, each.about, source, each.licence)
        out.print(table)

    shell.show({"datasets": rows}, render)


@datasets.command("get")
@click.argument("name")
@common
def datasets_get(shell: Shell, name: str) -> None:
    """Find a dataset in the folder of TOCSIN_DATASETS and verify every file by its hash."""
    found = verify(find_dataset(name), folder_from(os.environ), shell.progress)
    document: JsonObject = {
        "name": found.dataset.name,
        "path": str(found.path),
        "files": found.files,
        "verified": True,
        "repository": found.dataset.repository,
        "commit": found.dataset.commit,
        "licence": found.dataset.licence,
    }
    said = f"{found.files} files in {found.path}, each as pinned"
    shell.show(document, lambda out: out.print(said, markup=False))


COMMANDS = {"demo": demo, "datasets": datasets}
