"""Write docs/reference/activity-formats.md from the readers and traces; `--check` only compares.

Run `python tools/activity_formats.py` after a change of a reader, a trace or the schema.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from tocsin.activity import ADS, POSTS, TRACES
from tocsin.detect.texts import FAMILY_TRACES
from tocsin.intake.activity import activity_readers
from tocsin.intake.activity.plain import ALIASES

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "activity-formats.md"

TEXT = """# Formats of activity, its schema and traces

Written by `python tools/activity_formats.py` from the code; the tests fail when it is out of date.

## Formats

A file's format is found by its content, never by its name. `tocsin load FILE --as NAME` asks for
one. A file packed with gzip is read as it is.

| Format | What it is |
|---|---|
{formats}

`records = kept + lost` for every file; [each kind of defect](formats.md#of-activity) has a rule.
A reader of another package registers under the entry-point group `tocsin.activity_readers`.

## Columns of a table

`--column FIELD=HEADER` names any other header.

| Field | Headers that are known; case and underscores do not matter |
|---|---|
{aliases}

## Schema

Unknown is null. Times are Unix seconds in UTC, identifiers are text. The files lie below the home
in `activity/posts/network=…/month=…` and `activity/ads/…`; only those count that the manifest in
`activity/loads` names. Accounts are a view over posts.

| Column of posts | Type |
|---|---|
{posts}

| Column of ads | Type |
|---|---|
{ads}

## Traces

A trace is a table of account, object, time (and content, the post's id): in its objects two
accounts may meet. An account's first share of an object counts, unless all are asked for.

| Trace | The object is |
|---|---|
{traces}
"""


def page() -> str:
    """Return the whole page."""
    return TEXT.format(
        formats=_rows((f"`{each.name}`", each.says) for each in activity_readers()),
        aliases=_rows((f"`{field}`", ", ".join(names)) for field, names in ALIASES.items()),
        posts=_rows((f"`{each.name}`", f"{each.type}") for each in POSTS),
        ads=_rows((f"`{each.name}`", f"{each.type}") for each in ADS),
        traces=_rows((f"`{name}`", says) for name, says in {**TRACES, **FAMILY_TRACES}.items()),
    )


def _rows(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"| {one} | {other} |" for one, other in pairs)


def main() -> int:
    """Write or check the page; return the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing")
    text = page()
    if not arguments.parse_args().check:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        print(f"{PAGE.relative_to(ROOT)} is out of date", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
