"""Groups of accounts that act together as one HTML page: network, timeline, tables.

Takes what the detector found, already counted and tested; gives a page that needs nothing else: no
script, no remote resource, every address defanged, every text escaped. Each picture has a table
beside it that says the same. What was not tested against chance is called untested.
Pure; imports `foundation`, `records` and libraries.
"""

from tocsin.detect.coordination.page.context import (
    AccountRow,
    CoordinationPage,
    ExplanationRow,
    GroupRow,
    ObjectRow,
    Tie,
)
from tocsin.detect.coordination.page.layout import place
from tocsin.detect.coordination.page.rendering import render_page

__all__ = [
    "AccountRow",
    "CoordinationPage",
    "ExplanationRow",
    "GroupRow",
    "ObjectRow",
    "Tie",
    "place",
    "render_page",
]
