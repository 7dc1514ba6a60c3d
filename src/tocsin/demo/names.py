"""Look-alike names under reserved suffixes, enumerable as an attacker would enumerate them."""

import random
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from attrs import frozen

RESERVED: Final = ("example", "test", "invalid")
"""Top-level names that nobody can register (RFC 2606 section 2)."""


@frozen
class Grammar:
    """The habits by which the story's look-alikes are named.

    Attributes:
        wrong: the honest paper that ends up on a list by mistake; outside the grammar.
    """

    suffixes: tuple[str, ...]
    places: tuple[str, ...]
    papers: tuple[str, ...]
    forms: tuple[str, ...]
    tails: tuple[str, ...]
    slugs: tuple[str, ...]
    prose: tuple[str, ...]
    wrong: str

    def every_host(self) -> Iterator[str]:
        """Yield each name that the habits can make, in a fixed order."""
        for place in self.places:
            for paper in self.papers:
                for form in self.forms:
                    stem = form.format(place=place, paper=paper)
                    for tail in self.tails:
                        for suffix in self.suffixes:
                            yield f"{stem}{tail}.{suffix}"

    def page_of(self, host: str, choose: random.Random) -> str:
        """Return the address of an invented page on `host`."""
        day = f"{choose.randint(1, 12):02}/{choose.randint(1, 28):02}"
        return f"https://{host}/2025/{day}/{choose.choice(self.slugs)}"


@cache
def grammar() -> Grammar:
    """Return the grammar that is shipped with the package."""
    said = tomllib.loads(files("tocsin.demo").joinpath("invented.toml").read_text("utf-8"))
    return Grammar(
        suffixes=tuple(said["suffixes"]),
        places=tuple(said["places"]),
        papers=tuple(said["papers"]),
        forms=tuple(said["forms"]),
        tails=tuple(said["tails"]),
        slugs=tuple(said["slugs"]),
        prose=tuple(said["prose"]),
        wrong=str(said["wrong"]),
    )
