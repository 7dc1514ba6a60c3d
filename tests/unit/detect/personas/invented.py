"""Invented profiles: people, namesakes, chains of stations, and who passes for some of them."""

import io
from collections.abc import Iterable

import numpy as np

from tocsin.detect.personas import Profile, Profiles, read_profiles
from tocsin.records import Finding

NOW = 1_800_000_000
_FIRST = [
    "Ada", "Boris", "Carla", "Dmitri", "Elena", "Farid", "Greta", "Hasan", "Ines", "Jonas", "Katya",
]  # fmt: skip
_LAST = [
    f"{head}{tail}"
    for head in ("Kova", "Lind", "Mora", "Petro", "Sanda", "Tere", "Vasi", "Weber", "Zim", "Haru")
    for tail in ("rin", "quist", "les", "vich", "dal", "nko", "mann", "to")
]
_WORK = [
    "writer",
    "reporter",
    "teacher",
    "analyst",
    "nurse",
    "farmer",
    "painter",
    "lawyer",
    "coach",
    "editor",
    "chemist",
    "baker",
    "sailor",
    "plumber",
    "pilot",
    "surgeon",
    "librarian",
    "carpenter",
    "economist",
    "translator",
]
_LIKES = [
    "rivers",
    "chess",
    "bread",
    "maps",
    "opera",
    "cycling",
    "bees",
    "radio",
    "glass",
    "sailing",
    "soil",
    "moths",
    "poems",
    "trams",
    "ceramics",
    "rowing",
    "jazz",
    "fungi",
    "castles",
    "comets",
    "quilts",
    "ferries",
    "lace",
    "mosses",
    "sagas",
    "fencing",
]
_PLACES = [
    "Turku",
    "Lviv",
    "Porto",
    "Gdansk",
    "Bergen",
    "Cork",
    "Split",
    "Tartu",
    "Graz",
    "Varna",
    "Nantes",
    "Brno",
    "Bari",
    "Malmo",
    "Ghent",
    "Leon",
    "Kaunas",
    "Maribor",
    "Szeged",
    "Oulu",
    "Cadiz",
    "Trier",
    "Lucca",
    "Braga",
    "Gomel",
    "Patras",
]
_OTHERWISE = {
    "writer": "author", "reporter": "journalist", "teacher": "tutor", "about": "on",
    "living": "based", "former": "ex", "and": "&", "loves": "likes", "from": "of",
}  # fmt: skip
DEFAULT = int("5a" * 32, 16)


def near(picture: int, draw: np.random.Generator, most: int = 28) -> int:
    """The hash of the same picture, saved anew."""
    for bit in draw.choice(256, int(draw.integers(0, most + 1)), replace=False).tolist():
        picture ^= 1 << int(bit)
    return picture


def reworded(text: str, draw: np.random.Generator) -> str:
    """The same clauses in another order, some words exchanged."""
    clauses = text.split(". ")
    words = [" ".join(_OTHERWISE.get(word, word) for word in each.split()) for each in clauses]
    return ". ".join(words[at] for at in draw.permutation(len(words))) + " ✨"


def hashed(draw: np.random.Generator) -> int:
    return int.from_bytes(draw.bytes(32), "big")


def _biography(draw: np.random.Generator) -> str:
    def one(of: list[str]) -> str:
        return of[int(draw.integers(len(of)))]

    return (
        f"{one(_WORK)} about {one(_LIKES)} and {one(_LIKES)}. living in {one(_PLACES)},"
        f" from {one(_PLACES)}. former {one(_WORK)} who loves {one(_LIKES)}"
    )


def people(draw: np.random.Generator, count: int) -> list[Profile]:
    """Genuine accounts: namesakes among them, default pictures, links to employers of many."""
    made = []
    for at in range(count):
        first, last = _FIRST[draw.integers(len(_FIRST))], _LAST[draw.integers(len(_LAST))]
        employer = f"paper{draw.integers(20)}.example"
        picture = DEFAULT if draw.random() < 0.15 else hashed(draw)
        made.append(
            Profile(
                account=f"p{at}", handle=f"{first}{last}{at if draw.random() < 0.5 else ''}",
                name=f"{first} {last}", picture=picture, bits=256, biography=_biography(draw),
                links=frozenset({employer, f"p{at}.example"}),
                created=1_200_000_000 + int(draw.integers(400_000_000)),
            )
        )  # fmt: skip
    return made


def stations(draw: np.random.Generator, chains: int = 6, each: int = 12) -> list[Profile]:
    """Chains whose stations are one letter apart, with one sentence, one logo, one link."""
    made = []
    for chain in range(chains):
        logo, place = hashed(draw), _PLACES[chain]
        for at in range(each):
            call = f"K{'ABCDEF'[chain]}{chr(65 + at)}"
            made.append(
                Profile(
                    account=f"s{chain}-{at}", handle=f"{call}News{chain}", name=f"{call} News",
                    picture=near(logo, draw, 8), bits=256, created=1_300_000_000 + at,
                    biography=f"Your first source of news and weather near {place} {at}",
                    links=frozenset({f"chain{chain}.example", f"{call.lower()}.example"}),
                )
            )  # fmt: skip
    return made


def impostor(of: Profile, draw: np.random.Generator, at: int) -> Profile:
    """A younger account that passes for another."""
    handles = (
        f"{of.handle}_official", f"{of.handle}_", f"real{of.handle}", of.handle.replace("a", "4"),
        of.handle.replace("l", "1", 1), f"{of.handle[:3]}{of.handle[4:]}", f"x{at}q{at * 7}",
    )  # fmt: skip
    traits = [trait for trait in ("picture", "text", "link") if draw.random() < 0.7]
    traits = traits or ["picture"]
    is_mark = of.picture != DEFAULT
    if not is_mark and traits == ["picture"]:
        traits = ["text"]
    return Profile(
        account=f"fake{at}",
        handle=handles[int(draw.integers(len(handles)))],
        name=of.name,
        picture=near(of.picture, draw) if "picture" in traits else hashed(draw),
        bits=256,
        biography=reworded(of.biography, draw) if "text" in traits else _biography(draw),
        links=of.links if "link" in traits else frozenset(),
        created=1_650_000_000 + at,
    )


def accused(findings: Iterable[Finding]) -> set[tuple[str, str]]:
    """Who is said to pass for whom, where nothing innocent explains it."""
    return {
        (each.subjects[0], each.objects[0])
        for each in findings
        if len(each.subjects) == 1 and not any(tried.fits for tried in each.explanations)
    }


def profiles_of(text: str, *, own: str = "") -> Profiles:
    """Read a table, and before it one of own accounts."""
    found = Profiles()
    if own:
        read_profiles(io.BytesIO(own.encode()), "own", found, now=NOW, is_own=True)
    read_profiles(io.BytesIO(text.encode()), "rows", found, now=NOW)
    return found


def world(seed: int) -> tuple[list[Profile], set[tuple[str, str]]]:
    """Profiles, and who of them passes for whom."""
    draw = np.random.default_rng(seed)
    genuine = people(draw, 600)
    victims = [genuine[at] for at in draw.choice(600, 60, replace=False)]
    fakes = [impostor(each, draw, at) for at, each in enumerate(victims)]
    passing = {(a.account, b.account) for a, b in zip(fakes, victims, strict=True)}
    return [*genuine, *stations(draw), *fakes], passing
