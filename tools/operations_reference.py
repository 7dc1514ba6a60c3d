"""Write docs/reference/operations.md from the metrics, checks and events; `--check` only compares.

Run `python tools/operations_reference.py` after a change of any of them.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tocsin.exchange.logs import EVENTS
from tocsin.exchange.monitor import LIVE, METRICS, READY
from tocsin.exchange.server.board import Counted, counted
from tocsin.exchange.server.health import CHECKS
from tocsin.exchange.server.metrics import GAUGES, SIZES_EVERY_S

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "operations.md"

HEAD: Final = """# Operations of an exchange

Written by `python tools/operations_reference.py` from the code; the tests fail when it is out of
date. How to use it: [run an exchange](../how-to/run-an-exchange.md#watch-it). Why health and
metrics have a door of their own: [ADR 11](../adr/0011-operations.md).

## Health and metrics

`tocsin exchange serve --metrics HOST:PORT` answers there, and nowhere else:

| Path | Answer |
|---|---|
| `{live}` | 200 while at least one worker lives, else 503 |
| `{ready}` | 200 when every check below holds, else 503; the body names the checks |
| `{metrics}` | Prometheus' text format, summed over all workers |

| Check | Holds when |
|---|---|
{checks}

## Metrics

No label can hold anything that a caller sent: routes are templates, and every other label is of a
closed set. What fits none of them counts as `other`. A series appears once it has happened. Counts
rise as long as the exchange runs and begin anew with it; a worker that is replaced keeps them.
Gauges of the vault are counted every {every:.0f} seconds at most.

| Metric | Kind | Labels | What it is |
|---|---|---|---|
{metrics_rows}

## Log events

`--log-format json` or `text` writes one line an event to stderr; without it, warnings and errors
alone are written, as text. Every event has `timestamp` (UTC), `level` and `event`. A `trace` lists
places in the code and kinds of errors, never values. No name, id of an object, address, header,
body or credential is in any of them.

| Event | Level | Fields | Meaning |
|---|---|---|---|
{events}
"""


def page() -> str:
    """Return the whole page."""
    checks = "\n".join(f"| `{name}` | {said} |" for name, said in CHECKS.items())
    events = "\n".join(
        f"| `{name}` | {each.level} | {each.fields} | {each.meaning} |"
        for name, each in EVENTS.items()
    )
    return HEAD.format(
        live=LIVE,
        ready=READY,
        metrics=METRICS,
        checks=checks,
        every=SIZES_EVERY_S,
        metrics_rows="\n".join(_metrics()),
        events=events,
    )


def _metrics() -> Iterator[str]:
    for each in counted(()):
        kind, name = ("histogram", each.name) if each.bounds else ("counter", f"{each.name}_total")
        yield f"| `{name}` | {kind} | {_labels(each)} | {each.help} |"
    for name, said in GAUGES:
        yield f"| `{name}` | gauge | | {said} |"


def _labels(metric: Counted) -> str:
    """Return the labels with their values; routes are those of the exchange's interface."""
    said = [
        f"`{name}`: {'a template, `other`' if name == 'route' else ', '.join(values)}"
        for name, values in metric.labels.items()
    ]
    return "; ".join(said)


def main() -> int:
    """Write or check the page; return the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing")
    if not arguments.parse_args().check:
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        print(f"{PAGE.relative_to(ROOT)} is out of date", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
