"""`tocsin detect texts`: families of texts that say the same."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from tocsin.activity import Dataset
from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_IN_PART, Shell
from tocsin.detect.texts import (
    COLUMNS,
    REACH,
    Observed,
    Read,
    StoredTexts,
    find_families,
    read_texts,
    sentence_encoder,
)
from tocsin.foundation import JsonObject, JsonValue, UsageError
from tocsin.records import Finding

_MOST_ROWS: Final = 20
_SHOWN_LETTERS: Final = 60
_CAUTION: Final = (
    "The same words are an observation, no proof: look at who posted them, when, and why."
)


@click.command("texts")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE…]")
@click.option("--column", "columns", multiple=True, metavar="NAME=HEADER",
              help="Which header is the id, text, time, account or lang.")  # fmt: skip
@click.option("--letters-only", is_flag=True,
              help="Compare letters only: fast, but no reworded or translated texts.")  # fmt: skip
@click.option("--min-texts", "least", type=click.IntRange(min=2), default=2, show_default=True,
              help="Smallest family to show.")  # fmt: skip
@click.option("--reach", type=click.IntRange(min=1), default=REACH, show_default=True,
              help="With how many following passages each is compared by meaning.")  # fmt: skip
@common
def texts(
    shell: Shell,
    files: tuple[Path, ...],
    columns: tuple[str, ...],
    letters_only: bool,
    least: int,
    reach: int,
) -> None:
    """Find texts that belong together: verbatim, near-verbatim, reworded and translated.

    Reads CSV, JSON lines and Parquet with the columns text and, if there are any, id, time,
    account and lang; without FILE the node's own activity, reposts left out. An observation is
    no accusation: content alone is never sufficient.
    """
    read = read_texts(files, _chosen(columns)) if files else _read_stored(shell)
    encoder = None if letters_only else sentence_encoder()
    found = find_families(read.texts, shell.progress, encoder=encoder, reach=reach)
    shown = [each for each in found.findings if len(each.subjects) >= least]
    document: JsonObject = {
        "rows": read.rows,
        "kept": len(read.texts),
        "defects": _defects(read),
        "passed_over": {**read.passed_over},
        **found.counts(),
        "findings": [each.to_json() for each in shown],
    }
    shell.show(document, lambda out: _render(out, read, found, shown))
    if read.defects.lost:
        raise SystemExit(EXIT_IN_PART)


def _read_stored(shell: Shell) -> Read:
    home = shell.home_dir or shell.home_from_environment
    if home is None:
        raise UsageError(
            "nothing to read",
            hint="name a CSV, JSON lines or Parquet file, or a node with activity by --home DIR",
        )
    return StoredTexts.of(Dataset(home)).read()


def _chosen(given: Sequence[str]) -> dict[str, str]:
    chosen = {}
    for each in given:
        name, _, header = each.partition("=")
        if name not in COLUMNS or not header:
            raise UsageError(
                f"--column {each}: not NAME=HEADER", hint=f"NAME is one of {', '.join(COLUMNS)}"
            )
        chosen[name] = header
    return chosen


def _defects(read: Read) -> list[JsonValue]:
    return [
        {"kind": kind, "count": count, "examples": [*read.defects.examples[kind]]}
        for kind, count in sorted(read.defects.counts.items())
    ]


def _render(out: Console, read: Read, found: Observed, shown: Sequence[Finding]) -> None:
    out.print(
        f"{read.rows} rows, {len(read.texts)} texts, {found.corpus.too_short} too short to compare,"
        f" {len(found.corpus.documents)} wordings, {len(found.findings)} families"
    )
    for kind, count in sorted(read.defects.counts.items()):
        out.print(f"{count} rows: {kind}")
    for kind, count in read.passed_over.items():
        out.print(f"{count} rows passed over: {kind}")
    for language, count in found.related.without_model.items():
        out.print(f"{count} wordings in {language}, which the model does not know: letters only")
    table = Table("Texts", "Wordings", "Languages", "Rule", "Score", "May be", "Such as")
    for each in shown[:_MOST_ROWS]:
        table.add_row(*_row(each))
    if shown:
        out.print(table)
        out.print(_CAUTION)
    if len(shown) > _MOST_ROWS:
        out.print(f"and {len(shown) - _MOST_ROWS} more families")


def _row(finding: Finding) -> tuple[str, ...]:
    summary = finding.evidence[0]
    assert isinstance(summary, dict)  # noqa: S101 - the detector's own form
    languages = summary["languages"]
    return (
        str(len(finding.subjects)),
        str(summary["wordings"]),
        " ".join(map(str, languages)) if isinstance(languages, list) else "",
        finding.rule or "",
        f"{finding.score:.2f}",
        ", ".join(each.name for each in finding.explanations if each.fits),
        str(summary["text"])[:_SHOWN_LETTERS],
    )


COMMANDS = {"texts": texts}
