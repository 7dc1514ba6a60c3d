"""A planted world as a member has it: posts, and tables of what accounts, sites and objects say.

Written as `tocsin detect coordination` reads them. What an account declares and when an object came
out is known of everybody; whose a site is, of the controls' own.
"""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.worlds.planted import TACTICS, World

SITES: Final = (
    ("group.example", "Example Media Group", ""),
    ("paper.example", "The Example Paper", ""),
    ("warnings.example", "Weather Service", "yes"),
)
RIGHT: Final = {
    "syndication": "declared owner",
    "fandom": "fandom",
    "newsroom": "newsroom",
    "alert-bots": "alert bots",
    "protest": "protest or mutual aid",
}
"""What each control is."""

# Letters that look like Latin ones: Cyrillic, Greek, full-width, mathematical.
_ALIKE: Final = (
    str.maketrans(
        "aceopxyiABEHKMOPCTX",
        "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0410\u0412\u0415\u041d\u041a\u041c\u041e\u0420\u0421\u0422\u0425",
    ),
    str.maketrans(
        "oviABEHIKMNOPTXYZ",
        "\u03bf\u03bd\u03b9\u0391\u0392\u0395\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a7\u03a5\u0396",
    ),
    {ord("a") + at: 0xFF41 + at for at in range(26)},
    {ord("a") + at: 0x1D5EE + at for at in range(26)},
)
_ZERO_WIDTH: Final = "\u200b\u200c\u2060\ufeff"
_PICTURES: Final = "🔥🚨👉✨💥📢😀🎉"
_SYLLABLES: Final = tuple(f"{a}{b}" for a in "bdfgklmnprstvz" for b in "aeiou")


def write_world(world: World, folder: Path) -> tuple[str, ...]:
    """Write posts and tables, and return the command's words for them."""
    links = [f"https://{domain}/{k}" for k, domain in enumerate(world.domain)]
    posts = zip(world.acc.tolist(), world.obj.tolist(), world.ts.tolist(), strict=True)
    _write(
        folder / "posts.csv",
        ("account", "object", "time"),
        ((account(acc), links[obj], ts) for acc, obj, ts in posts),
    )
    _write(
        folder / "objects.csv",
        ("object", "published"),
        (
            (links[k], datetime.fromtimestamp(at, UTC).isoformat())
            for k, at in enumerate(world.posted.tolist())
        ),
    )
    return (str(folder / "posts.csv"), *_tables(world, folder))


def write_texts(world: World, folder: Path, *, padded: float, seed: int) -> tuple[str, ...]:
    """Write each share as a post of its object's words, and return the command's words for them.

    Args:
        padded: of the planted groups' posts, the share with emoji, characters of no width and
            letters of other alphabets among their words, each post its own way.
    """
    draw = np.random.default_rng(seed)
    said = [_sentence(draw) for _ in world.posted]
    texts = [said[each] for each in world.obj.tolist()]
    planted = np.isin(world.acc, world.members(*TACTICS))
    for at in np.flatnonzero(planted & (draw.random(len(texts)) < padded)).tolist():
        texts[at] = with_padding(texts[at], draw)
    table = {
        "account": pa.array([account(acc) for acc in world.acc.tolist()]),
        "post": pa.array([str(at) for at in range(len(texts))]),
        "time": pa.array(world.ts),
        "text": pa.array(texts),
    }
    pq.write_table(pa.table(table), folder / "posts.parquet")
    return (str(folder / "posts.parquet"), "--trace", "text-families", *_tables(world, folder))


def account(number: int) -> str:
    return f"a{number}"


def with_padding(text: str, draw: np.random.Generator) -> str:
    """Put in what a reader does not see or reads past."""
    alphabet = _ALIKE[int(draw.integers(len(_ALIKE)))]
    letters = [
        (each.translate(alphabet) if draw.random() < 0.3 else each)
        + (_ZERO_WIDTH[int(draw.integers(4))] if draw.random() < 0.15 else "")
        for each in text
    ]
    words = "".join(letters).split(" ")
    for _ in range(int(draw.integers(1, 5))):
        picture = _PICTURES[int(draw.integers(len(_PICTURES)))] * int(draw.integers(1, 4))
        words.insert(int(draw.integers(len(words) + 1)), picture)
    return " ".join(words)


def _sentence(draw: np.random.Generator) -> str:
    """Invent a dozen words that no other sentence has in common."""
    words = [
        "".join(_SYLLABLES[int(each)] for each in draw.integers(0, len(_SYLLABLES), size))
        for size in draw.integers(1, 5, 12)
    ]
    return " ".join(words).capitalize() + "."


def _tables(world: World, folder: Path) -> tuple[str, ...]:
    declared = enumerate(zip(world.owner, world.kind, strict=True))
    _write(
        folder / "accounts.csv",
        ("account", "owner", "kind"),
        ((account(number), owner, kind) for number, (owner, kind) in declared),
    )
    _write(folder / "sites.csv", ("domain", "owner", "warns"), SITES)
    words = ["--accounts", str(folder / "accounts.csv"), "--sites", str(folder / "sites.csv")]
    if (folder / "objects.csv").exists():
        words += ["--objects", str(folder / "objects.csv")]
    return tuple(words)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(header)
        lines.writerows(rows)
