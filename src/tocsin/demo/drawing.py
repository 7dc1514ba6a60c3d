"""Bars and tables, drawn in the characters of a terminal."""

from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from tocsin.demo.figures import Bar, Figure, Table, Tone, number

_STYLES: Final = {
    Tone.SHARED: "bold cyan",
    Tone.HIDDEN: "dim",
    Tone.GOOD: "green",
    Tone.BAD: "bold red",
    Tone.PLAIN: "none",
}
_BLOCKS: Final = {
    Tone.SHARED: "█",
    Tone.HIDDEN: "░",
    Tone.GOOD: "▓",
    Tone.BAD: "▞",
    Tone.PLAIN: "▒",
}
_WIDTH: Final = 60


def drawn(figure: Figure) -> RenderableType:
    """Return a figure as rich draws it."""
    return _bar(figure) if isinstance(figure, Bar) else _table(figure)


def _bar(bar: Bar) -> RenderableType:
    line, legend = Text(), Text()
    for part in bar.parts:
        width = max(1, round(_WIDTH * part.count / bar.total)) if part.count else 0
        line.append(_BLOCKS[part.tone] * width, style=_STYLES[part.tone])
        if legend:
            legend.append("\n")
        legend.append(f"{_BLOCKS[part.tone]} ", style=_STYLES[part.tone])
        legend.append(f"{number(part.count)} {part.label}")
    return Group(Text(bar.title, style="bold"), line, legend)


def _table(table: Table) -> RenderableType:
    made = RichTable(
        *table.columns,
        title=Text(table.title, style="bold"),
        title_justify="left",
        box=None,
        header_style="dim",
        padding=(0, 2, 0, 0),
    )
    for row in table.rows:
        first, *others = row.cells
        made.add_row(Text(first, style=_STYLES[row.tone]), *(Text(cell) for cell in others))
    return made
