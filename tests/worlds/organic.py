"""People who share what they see: each world keeps one or more habits that fool simple nulls."""

from typing import Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

HOUR: Final = 3_600
DAY: Final = 86_400


@frozen(kw_only=True)
class Habits:
    """How people share.

    Attributes:
        homophily: chance that an account stays inside its own topic.
        own_hours: accounts are awake 8 hours of the day, each its own, and catch up on waking.
        speed_sd: standard deviation of the logarithm of an account's usual delay.
        fans: share of accounts that always share within about a minute of the first.
        breaking: objects that hundreds share within minutes; half of them always the same people.
        alerts: share of objects that are over within minutes, however few share them.
        stories: objects come out four at a time, and who shares one shares others at once.
    """

    posts: int = 30_000
    accounts: int = 2_000
    objects: int = 5_000
    days: int = 21
    topics: int = 16
    homophily: float = 0.6
    own_hours: bool = False
    speed_sd: float = 0.0
    fans: float = 0.0
    breaking: int = 0
    alerts: float = 0.0
    stories: bool = False


PLAIN: Final = Habits()
NULLS: Final[dict[str, Habits]] = {
    "plain": PLAIN,
    "diurnal": evolve(PLAIN, own_hours=True),
    "breaking": evolve(PLAIN, breaking=12),
    "bursts": evolve(PLAIN, alerts=0.3),
    "stories": evolve(PLAIN, stories=True),
    "fast": evolve(PLAIN, speed_sd=1.5),
    "fans": evolve(PLAIN, fans=0.02),
    "all": evolve(
        PLAIN, own_hours=True, speed_sd=1.0, fans=0.01, breaking=8, alerts=0.1, stories=True
    ),
}


@frozen(eq=False)
class Organic:
    """Rows in no order, and what a planted group needs to know of the world.

    Attributes:
        popularity: of each object, summing to 1.
        birth: of each object, seconds.
    """

    acc: Ints
    obj: Ints
    ts: Ints
    activity: Floats
    popularity: Floats
    birth: Ints
    span_s: int


def organic(habits: Habits, seed: int) -> Organic:
    """Invent a world without any group."""
    rng = np.random.default_rng(seed)
    span = habits.days * DAY
    activity = rng.lognormal(0, 1.3, habits.accounts)
    activity = np.asarray(activity / activity.sum(), np.float64)
    weight = (np.arange(habits.objects) + 10.0) ** -1.05
    rng.shuffle(weight)
    popularity = np.asarray(weight / weight.sum(), np.float64)
    birth = rng.uniform(0, span * 0.98, habits.objects)
    if habits.stories:
        birth = birth[np.arange(habits.objects) // 4 * 4] + rng.uniform(0, 300, habits.objects)
    acc = rng.choice(habits.accounts, habits.posts, p=activity)
    obj = _chosen(habits, acc, popularity, rng)
    ts = birth[obj] + _delay(habits, acc, obj, rng)
    if habits.own_hours:
        ts = _awake(acc, ts, habits.accounts, rng)
    ts = np.where(ts < span, ts, rng.uniform(0, span, len(ts)))
    if habits.stories:
        again = np.flatnonzero(rng.random(len(acc)) < 0.5)
        other = np.minimum(obj[again] // 4 * 4 + rng.integers(0, 4, len(again)), habits.objects - 1)
        acc = np.concatenate([acc, acc[again]])
        obj = np.concatenate([obj, other])
        ts = np.concatenate([ts, ts[again] + rng.exponential(30, len(again))])
    parts = [(acc, obj, ts), *_breaking(habits, activity, rng, span)]
    acc, obj, ts = (np.concatenate([part[k] for part in parts]) for k in range(3))
    fresh = habits.objects + habits.breaking
    births = np.concatenate([birth, np.full(habits.breaking, span)]).astype(np.int64)
    return Organic(
        acc=acc.astype(np.int64),
        obj=obj.astype(np.int64),
        ts=ts.astype(np.int64),
        activity=activity,
        popularity=np.concatenate([popularity, np.zeros(fresh - habits.objects)]),
        birth=births,
        span_s=span,
    )


def _chosen(habits: Habits, acc: Ints, popularity: Floats, rng: np.random.Generator) -> Ints:
    """Choose an object for each post, inside the account's topic or anywhere."""
    topic_of_account = rng.integers(0, habits.topics, habits.accounts)
    topic = (np.arange(habits.objects) // 4) % habits.topics
    obj = rng.choice(habits.objects, len(acc), p=popularity)
    inside = rng.random(len(acc)) < habits.homophily
    for each in range(habits.topics):
        rows = np.flatnonzero(inside & (topic_of_account[acc] == each))
        members = np.flatnonzero(topic == each)
        weight = popularity[members] / popularity[members].sum()
        obj[rows] = rng.choice(members, len(rows), p=weight)
    return obj


def _delay(habits: Habits, acc: Ints, obj: Ints, rng: np.random.Generator) -> Floats:
    """Delay after the object's birth: log-normal, median 1.5 hours; some objects live minutes."""
    speed = rng.normal(0, habits.speed_sd, habits.accounts) if habits.speed_sd else np.zeros(1)
    own = speed[acc] if habits.speed_sd else 0.0
    delay: Floats = np.exp(rng.normal(8.6, 1.6, len(acc)) + own)
    if habits.alerts:
        quick = rng.random(habits.objects) < habits.alerts
        delay = np.where(quick[obj], rng.exponential(120, len(acc)), delay)
    if habits.fans:
        active = np.argsort(-np.bincount(acc, minlength=habits.accounts))
        fan = np.zeros(habits.accounts, np.bool_)
        fan[
            rng.choice(
                active[: habits.accounts // 10], int(habits.fans * habits.accounts), replace=False
            )
        ] = True
        delay = np.where(fan[acc], rng.exponential(60, len(acc)), delay)
    return delay


def _awake(acc: Ints, ts: Floats, accounts: int, rng: np.random.Generator) -> Floats:
    """Move what falls into an account's sleep to after its waking, 9 times of 10."""
    wake = rng.uniform(0, DAY, accounts)[acc]
    since = (ts - wake) % DAY
    late = (since > 8 * HOUR) & (rng.random(len(ts)) < 0.9)
    return np.where(late, ts - since + DAY + rng.exponential(HOUR, len(ts)), ts)


def _breaking(
    habits: Habits, activity: Floats, rng: np.random.Generator, span: int
) -> list[tuple[Ints, Ints, Floats]]:
    """Objects of their own, each shared by hundreds within minutes."""
    junkies = rng.choice(habits.accounts, habits.accounts // 20, replace=False)
    made = []
    for k in range(habits.breaking):
        size = int(np.clip(rng.lognormal(np.log(300), 0.5), 100, habits.accounts // 3))
        half = min(size // 2, len(junkies) * 3 // 4)
        who = np.concatenate(
            [
                rng.choice(junkies, half, replace=False),
                rng.choice(habits.accounts, size - half, p=activity),
            ]
        )
        delay = rng.gamma(2.0, rng.uniform(60, 240), len(who))
        delay[:half] *= 0.5
        start = rng.uniform(HOUR, span - 2 * HOUR)
        made.append((who, np.full(len(who), habits.objects + k), start + delay))
    return made
