"""Detect pages: captured pages as evidence, from files that a member supplies.

    bounds, responses, unpacking        how much is read, and of what
    har, warc, mhtml, saved, reading    files to answers, answers to pages
    markup, identifiers, page           what a page carries, how it is built, what it says
    comparing, public, imitating        what it shares with a genuine one; findings
    tables                              what sites carry, for `tocsin detect sites`

Invariants: nothing is fetched or run; what is hostile, broken or cut costs itself only and is
named; work and memory are bounded a file and a page; a page is an imitation only if it passes
itself off by one thing and shows by another where that is from; what a copy has because it is a
copy is no evidence of who runs it. May import `foundation`, `records`, `intake`, and of `detect`
the names, the sites and the texts.
"""

from tocsin.detect.pages.comparing import (
    Evidence,
    Genuine,
    Ordinary,
    genuine_of,
    ordinary_of,
    shared,
)
from tocsin.detect.pages.imitating import (
    Alert,
    Compared,
    find_imitations,
    genuine_sites,
    read_alerts,
)
from tocsin.detect.pages.page import Page
from tocsin.detect.pages.reading import Captures, read_capture
from tocsin.detect.pages.tables import evidence_rows, written_table

__all__ = [
    "Alert",
    "Captures",
    "Compared",
    "Evidence",
    "Genuine",
    "Ordinary",
    "Page",
    "evidence_rows",
    "find_imitations",
    "genuine_of",
    "genuine_sites",
    "ordinary_of",
    "read_alerts",
    "read_capture",
    "shared",
    "written_table",
]
