"""Groups that act together, in five ways, and controls that look alike and are innocent."""

from typing import Final

import numpy as np
from attrs import frozen

from tests.worlds.organic import DAY, HOUR, Habits, Ints, Organic, organic

TACTICS: Final = ("quick", "shift", "few", "diluted", "riding")
CONTROLS: Final = ("syndication", "fandom", "newsroom", "alert-bots", "protest")


@frozen(kw_only=True)
class Tactic:
    """How a group acts.

    Attributes:
        window_s: members act within so long of each other.
        participation: chance that a member joins a push.
        viral: it rides on the most popular objects.
        owner, kind: what its accounts declare; nothing by default.
        site: where its own objects come from; by default it shares what others made.
        prompt_s: it acts within so long of publication; by default hours after.
        days: it acts on objects of so many days in a row; of the whole time by default.
        spread_s: members follow each other at random, after so long in the mean; by default
            they come evenly within the window.
        minute: it acts from this minute of the hour on; whenever by default.
    """

    name: str
    size: tuple[int, int]
    pushes: tuple[int, int]
    window_s: int
    participation: float
    viral: bool = False
    owner: str = ""
    kind: str = ""
    site: str = ""
    prompt_s: float | None = None
    days: float | None = None
    spread_s: float | None = None
    minute: int | None = None


FIVE: Final = (
    Tactic(name="quick", size=(5, 30), pushes=(20, 60), window_s=20, participation=1.0),
    Tactic(name="shift", size=(10, 40), pushes=(30, 80), window_s=HOUR, participation=0.6),
    Tactic(name="few", size=(15, 40), pushes=(6, 7), window_s=60, participation=0.7),
    Tactic(name="diluted", size=(20, 50), pushes=(120, 121), window_s=300, participation=0.12),
    Tactic(
        name="riding", size=(10, 25), pushes=(30, 31), window_s=120, participation=0.7, viral=True
    ),
)


@frozen(eq=False, kw_only=True)
class World:
    """Shares with the truth.

    Attributes:
        group: name of each account's group, such as `diluted-0` or `fandom-0`; "" for the rest.
        owner: who declares to own each account; "" where nobody does.
        kind: what each account says it is; "" where it says nothing.
        domain: where each object comes from.
        posted: of each object, when its source published it, or -1.
    """

    acc: Ints
    obj: Ints
    ts: Ints
    group: tuple[str, ...]
    owner: tuple[str, ...]
    kind: tuple[str, ...]
    domain: tuple[str, ...]
    posted: Ints

    def members(self, *names: str) -> Ints:
        """Return the accounts of all groups whose tactic or control is named."""
        wanted = [k for k, name in enumerate(self.group) if name.rpartition("-")[0] in names]
        return np.array(wanted, np.int64)


class _Builder:
    """Adds groups to a world; each takes accounts of little activity that none has yet."""

    def __init__(self, base: Organic, accounts: int, rng: np.random.Generator) -> None:
        self.base = base
        self.rng = rng
        self.rows: list[tuple[Ints, Ints, Ints]] = [(base.acc, base.obj, base.ts)]
        self.group = [""] * accounts
        self.owner = [""] * accounts
        self.kind = [""] * accounts
        self.posted = list(base.birth)
        self.domain = [f"site{k % 400}.example" for k in range(len(base.birth))]
        quiet = np.argsort(base.activity)[int(accounts * 0.3) : int(accounts * 0.95)]
        self.free = rng.permutation(quiet).tolist()

    def take(self, name: str, size: int, *, owner: str = "", kind: str = "") -> Ints:
        taken = np.array([self.free.pop() for _ in range(size)], np.int64)
        for each in taken:
            self.group[each], self.owner[each], self.kind[each] = name, owner, kind
        return taken

    def new_objects(self, at: Ints, domain: str) -> Ints:
        first = len(self.posted)
        self.posted.extend(int(each) for each in at)
        self.domain.extend([domain] * len(at))
        return np.arange(first, first + len(at))

    def share(self, who: Ints, what: int, at: Ints) -> None:
        self.rows.append((who, np.full(len(who), what, np.int64), at.astype(np.int64)))

    def push(self, who: Ints, what: int, start: float, window_s: int, share: float) -> None:
        """Let each member join with probability `share`, two at least."""
        joins = who[self.rng.random(len(who)) < share]
        if len(joins) < 2:
            joins = who[:2]
        at = start + self.rng.uniform(0, window_s, len(joins))
        self.share(joins, what, np.asarray(at, np.int64))


def planted(
    habits: Habits, seed: int, tactics: tuple[Tactic, ...] = FIVE, *, controls: bool = True
) -> World:
    """Invent a world with one group for each tactic, and the five controls."""
    base = organic(habits, seed)
    build = _Builder(base, habits.accounts, np.random.default_rng(seed + 1_000_003))
    counted: dict[str, int] = {}
    for tactic in tactics:
        number = counted[tactic.name] = counted.get(tactic.name, -1) + 1
        _plant(build, tactic, f"{tactic.name}-{number}")
    if controls:
        for add in (_syndication, _fandom, _newsroom, _alert_bots, _protest):
            add(build)
    acc, obj, ts = (np.concatenate([part[k] for part in build.rows]) for k in range(3))
    return World(
        acc=acc,
        obj=obj,
        ts=np.clip(ts, 0, base.span_s + DAY),
        group=tuple(build.group),
        owner=tuple(build.owner),
        kind=tuple(build.kind),
        domain=tuple(build.domain),
        posted=np.array(build.posted, np.int64),
    )


def _plant(build: _Builder, tactic: Tactic, name: str) -> None:
    rng = build.rng
    who = build.take(name, int(rng.integers(*tactic.size)), owner=tactic.owner, kind=tactic.kind)
    for what in _objects(build, tactic, int(rng.integers(*tactic.pushes))):
        delay = rng.lognormal(8.6, 1.2) if tactic.prompt_s is None else tactic.prompt_s
        start = build.posted[what] + float(delay)
        if tactic.minute is not None:
            start = (start // HOUR + 1) * HOUR + tactic.minute * 60
        if tactic.spread_s is None:
            build.push(who, int(what), start, tactic.window_s, tactic.participation)
        else:
            joins = who[rng.random(len(who)) < tactic.participation]
            at = start + rng.exponential(tactic.spread_s, len(joins))
            build.share(joins, int(what), np.asarray(at, np.int64))


def _objects(build: _Builder, tactic: Tactic, count: int) -> Ints:
    """Choose what a group acts on, or make it."""
    rng, base = build.rng, build.base
    if tactic.site or tactic.days is not None:
        first, last = 0.0, float(base.span_s)
        if tactic.days is not None:
            first = float(rng.uniform(DAY, base.span_s - (tactic.days + 1) * DAY))
            last = first + tactic.days * DAY
        if tactic.site:
            at = np.sort(rng.uniform(first, last, count)).astype(np.int64)
            return build.new_objects(at, tactic.site)
        fresh = np.flatnonzero((base.birth >= first) & (base.birth < last))
        weight = base.popularity[fresh] if tactic.viral else np.ones(len(fresh))
        return rng.choice(fresh, min(count, len(fresh)), replace=False, p=weight / weight.sum())
    pool = np.argsort(-base.popularity)[:100] if tactic.viral else len(base.birth)
    return rng.choice(pool, count, replace=False)


def _syndication(build: _Builder) -> None:
    """Twenty outlets of one declared owner post its articles by machine."""
    who = build.take("syndication-0", 20, owner="Example Media Group", kind="outlet")
    at = np.sort(build.rng.uniform(0, build.base.span_s, 100)).astype(np.int64)
    for what, start in zip(build.new_objects(at, "group.example"), at, strict=True):
        build.push(who, int(what), float(start), 90, 0.9)


def _fandom(build: _Builder) -> None:
    """Fans post an artist's releases in the minutes that the fan club announced."""
    who = build.take("fandom-0", 80, kind="fan")
    at = np.sort(build.rng.uniform(0, build.base.span_s, 15)).astype(np.int64)
    for what, start in zip(build.new_objects(at, "artist.example"), at, strict=True):
        build.push(who, int(what), float(start), 60, 0.8)


def _newsroom(build: _Builder) -> None:
    """Staff post their paper's articles when these come out, on the hour of the day's plan."""
    who = build.take("newsroom-0", 12, owner="The Example Paper", kind="journalist")
    days = np.repeat(np.arange(build.base.span_s // DAY), 4) * DAY
    at = (days + np.tile([6, 11, 16, 19], len(days) // 4) * HOUR).astype(np.int64)
    for what, start in zip(build.new_objects(at, "paper.example"), at, strict=True):
        build.push(who, int(what), float(start), 300, 0.6)


def _alert_bots(build: _Builder) -> None:
    """Machines repeat weather warnings within seconds of these coming out."""
    who = build.take("alert-bots-0", 15, kind="bot")
    at = np.sort(build.rng.uniform(0, build.base.span_s, 60)).astype(np.int64)
    for what, start in zip(build.new_objects(at, "warnings.example"), at, strict=True):
        build.push(who, int(what), float(start), 10, 0.95)


def _protest(build: _Builder) -> None:
    """People share calls and updates of two days on the street."""
    who = build.take("protest-0", 80, kind="")
    first = build.rng.uniform(DAY, build.base.span_s - 3 * DAY)
    at = np.sort(first + build.rng.uniform(0, 2 * DAY, 25)).astype(np.int64)
    for what, start in zip(build.new_objects(at, "march.example"), at, strict=True):
        joins = who[build.rng.random(len(who)) < 0.4]
        build.share(joins, int(what), np.asarray(start + build.rng.exponential(900, len(joins))))
