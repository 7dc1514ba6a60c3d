"""Read the runnable console blocks of a page.

A block runs when the line before its fence is `<!-- run -->`, or `<!-- run: exit 3 -->` when its
last command ends with another code than 0. In it `$ ` begins a command, `> ` continues it, and any
other line is output that must appear, in this order; `...` stands for any text, alone on a line for
any lines.
"""

import re
from collections.abc import Iterator

import attrs

_BLOCK = re.compile(
    r"^<!-- run(?:: exit (?P<exit>\d+))? -->\n```console\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_BEGUN = re.compile(r"^<!--\s*run\b", re.MULTILINE)


@attrs.frozen
class Step:
    """One command of a page and what it is said to do.

    Attributes:
        line: the line of the page, from 1.
        output: lines that must appear in this order, as written in the page.
    """

    line: int
    command: str
    exit_code: int = 0
    output: tuple[str, ...] = ()


def steps(page: str) -> list[Step]:
    """Return the commands of a page's runnable blocks in order.

    Raises:
        ValueError: when a block is marked to run but is not written as one.
    """
    blocks = list(_BLOCK.finditer(page))
    starts = {block.start() for block in blocks}
    for mark in _BEGUN.finditer(page):
        if mark.start() not in starts:
            line = page.count("\n", 0, mark.start()) + 1
            raise ValueError(f"line {line}: a run mark without a console block after it")
    return [step for block in blocks for step in _steps_of(page, block)]


def _steps_of(page: str, block: re.Match[str]) -> Iterator[Step]:
    first = page.count("\n", 0, block.start("body")) + 1
    found: list[Step] = []
    for line, text in enumerate(block["body"].splitlines(), first):
        if text.startswith("$ "):
            found.append(Step(line, text[2:]))
        elif not found:
            raise ValueError(f"line {line}: output before the first command")
        elif text.startswith("> ") and not found[-1].output:
            found[-1] = attrs.evolve(found[-1], command=f"{found[-1].command}\n{text[2:]}")
        elif text.strip():
            found[-1] = attrs.evolve(found[-1], output=(*found[-1].output, text))
    if not found:
        raise ValueError(f"line {first}: no command in a block that runs")
    found[-1] = attrs.evolve(found[-1], exit_code=int(block["exit"] or 0))
    yield from found


def first_missing(expected: tuple[str, ...], output: str) -> str | None:
    """Return the first expected line that `output` lacks after the ones before it, or None."""
    lines = iter([line.rstrip() for line in output.splitlines()])
    for wanted in expected:
        if wanted.strip() == "...":
            continue
        pattern = re.compile(".*".join(map(re.escape, wanted.rstrip().split("..."))))
        if not any(pattern.fullmatch(line) for line in lines):
            return wanted
    return None
