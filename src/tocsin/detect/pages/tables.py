"""What captured sites carry, in the table that `tocsin detect sites` reads.

What the genuine pages carry is left out: a copy has it because it is a copy, and so two copies
would seem to have one owner, and that owner to be the one who is imitated.
"""

import csv
import io
from collections.abc import Iterable, Iterator

from tocsin.detect.pages.comparing import Genuine
from tocsin.detect.pages.reading import Captures

_HEADER = ("site", "kind", "value")
_NAMING = frozenset({"link", "asset", "certificate-name"})
_MOST_CLASSES = 200


def evidence_rows(
    captured: Captures, genuine: Iterable[Genuine] = ()
) -> tuple[list[tuple[str, str, str]], int]:
    """Return rows of site, kind and value, each once, and how many were left out as copied."""
    whole = list(genuine)
    own = frozenset(site for each in whole for site in each.sites)
    theirs = {each for one in whole for each in one.carried}
    theirs |= {("favicon", key) for one in whole for key in one.favicons}
    theirs |= {("css-class", name) for one in whole for page in one.pages for name in page.classes}
    rows: dict[tuple[str, str, str], None] = {}
    copied = set[tuple[str, str, str]]()
    for site, kind, value in _told(captured):
        if site in own:
            continue
        if (kind, value) in theirs or (kind in _NAMING and value in own):
            copied.add((site, kind, value))
        else:
            rows[site, kind, value] = None
    return list(rows), len(copied)


def written_table(rows: Iterable[tuple[str, str, str]]) -> str:
    """Return rows as CSV with a header."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows(rows)
    return out.getvalue()


def _told(captured: Captures) -> Iterator[tuple[str, str, str]]:
    for page in captured.pages:
        yield from ((page.site, kind, value) for kind, value in page.carried)
        yield from ((page.site, "favicon", key) for key in captured.favicons(page))
        yield from ((page.site, "css-class", name) for name in page.classes[:_MOST_CLASSES])
