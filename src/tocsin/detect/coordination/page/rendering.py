"""Fills the template."""

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from tocsin.detect.coordination.page.context import CoordinationPage
from tocsin.detect.coordination.page.pictures import (
    draw_network,
    draw_timeline,
    shown_span,
    shown_time,
)
from tocsin.records.observables import defanged_words

MOST_ROWS: Final = 200
"""Rows of a table on the page; the files beside it have them all."""


def render_page(found: CoordinationPage) -> str:
    """Return the page; every text in it is escaped and every address defanged."""
    environment = Environment(
        loader=PackageLoader("tocsin.detect.coordination.page", package_path=""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=lambda value: f"{value:,}".replace(",", "\u202f"),
        chance=_chance,
        harmless=defanged_words,
        moment=shown_time,
        span=shown_span,
    )
    pictures = [(each, draw_network(each), draw_timeline(each.moments_s)) for each in found.groups]
    return environment.get_template("page.html.j2").render(
        found=found, pictures=pictures, most_rows=MOST_ROWS
    )


def _chance(value: float | None) -> str:
    if value is None:
        return "not tested"
    return f"{value:.2g}" if value >= 1e-300 else "below 1e-300"
