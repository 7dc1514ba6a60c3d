"""Hong Kong, August 2019, in shape: one operation on four platforms, as four exports show it.

Twitter as twarc2 writes it, Facebook from Meta's Content Library, YouTube Data Tools' list of
videos, Telegram's `result.json`. Beside the operation, four controls: a fandom, outlets of one
owner, alert bots, a protest. Everything is invented; nothing but its shape is from the case.

The operation acts on each platform by itself, on objects of its own and on others'. A few links
are pushed on several platforms, hours apart: nothing else joins them.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

Ints = NDArray[np.int64]

START: Final = 1_564_617_600  # 2019-08-01
DAY: Final = 86_400
DAYS: Final = 30
POSTS: Final = 1_200_000
OPERATION: Final = "operation"
CONTROLS: Final = ("fandom", "outlets", "alert-bots", "protest")

_SHARED: Final = 6  # links that an operation pushes on two platforms
_WIRE: Final = "https://news{site}.example/story/{link}"


@frozen(kw_only=True)
class Platform:
    """One export.

    Attributes:
        posts: of all posts, this share.
        accounts: posts an account, in the mean.
        operation: accounts of it at full size, and at the smallest.
        pushes: objects that it pushes.
        window_s: its accounts act within so long.
        joins: chance that one of them joins a push.
    """

    name: str
    file: str
    posts: float
    posts_an_account: int
    operation: tuple[int, int]
    pushes: int
    window_s: int
    joins: float


PLATFORMS: Final = (
    Platform(
        name="twitter", file="tweets.jsonl", posts=0.80, posts_an_account=16, operation=(180, 40),
        pushes=120, window_s=50, joins=0.3,
    ),
    Platform(
        name="facebook", file="library.csv", posts=0.11, posts_an_account=15, operation=(26, 14),
        pushes=60, window_s=50, joins=0.6,
    ),
    Platform(
        name="youtube", file="videos.csv", posts=0.05, posts_an_account=10, operation=(45, 16),
        pushes=60, window_s=55, joins=0.4,
    ),
    Platform(
        name="telegram", file="result.json", posts=0.04, posts_an_account=25, operation=(16, 12),
        pushes=50, window_s=40, joins=0.6,
    ),
)  # fmt: skip


@frozen(eq=False, kw_only=True)
class HongKong:
    """Where the exports are, and the truth.

    Attributes:
        files: one for each platform, in the order of `PLATFORMS`.
        posts: in all of them.
        role: by account as traces name it (`twitter:17`): `operation` or a control.
    """

    files: tuple[Path, ...]
    posts: int
    role: dict[str, str]

    def members(self, platform: str, role: str = OPERATION) -> set[str]:
        """Return the accounts that play a role on a platform."""
        return {
            each
            for each, name in self.role.items()
            if name == role and each.startswith(f"{platform}:")
        }


@frozen(eq=False)
class _Posts:
    """What is posted on one platform: accounts, links and moments, in no order."""

    acc: list[Ints] = field(factory=list)
    link: list[Ints] = field(factory=list)
    at: list[Ints] = field(factory=list)

    def add(self, acc: Ints, link: Ints | int, at: NDArray[np.float64]) -> None:
        self.acc.append(acc)
        self.link.append(np.broadcast_to(np.asarray(link, np.int64), len(acc)))
        self.at.append(START + np.clip(at, 0, DAYS * DAY).astype(np.int64))

    def rows(self) -> tuple[Ints, Ints, Ints]:
        acc, link, at = (np.concatenate(each) for each in (self.acc, self.link, self.at))
        order = np.argsort(at, kind="stable")
        return acc[order], link[order], at[order]


@frozen(eq=False)
class _Links:
    """Links that the news of all platforms is about, then those that somebody makes.

    Attributes:
        born: seconds after the start; of the news only.
    """

    born: NDArray[np.float64]
    popularity: NDArray[np.float64]
    made: list[str] = field(factory=list)

    def make(self, count: int, address: str) -> Ints:
        first = len(self.born) + len(self.made)
        self.made.extend(address.format(k) for k in range(count))
        return np.arange(first, first + count)

    def address(self, link: int) -> str:
        if link >= len(self.born):
            return self.made[link - len(self.born)]
        return _WIRE.format(site=link % 300, link=link)


@frozen(eq=False)
class _Stage:
    """A world in the making.

    Attributes:
        free: by platform, accounts that nobody plays yet.
    """

    links: _Links
    posts: dict[str, _Posts]
    free: dict[str, list[int]]
    role: dict[str, str]
    rng: np.random.Generator

    def take(self, platform: str, name: str, size: int) -> Ints:
        who = [self.free[platform].pop() for _ in range(size)]
        prefix = {"youtube": "UC", "telegram": "user"}.get(platform, "")
        self.role.update({f"{platform}:{prefix}{each + 1}": name for each in who})
        return np.array(who, np.int64)

    def push(
        self, platform: str, who: Ints, link: int, start: float, within: tuple[int, float]
    ) -> None:
        """Let some share a link within so many seconds, each with that chance, two at least."""
        window_s, joins = within
        some = who[self.rng.random(len(who)) < joins]
        some = some if len(some) >= 2 else who[:2]
        self.posts[platform].add(some, link, start + self.rng.uniform(0, window_s, len(some)))


def hong_kong(folder: Path, *, scale: float, seed: int) -> HongKong:
    """Write the four exports into `folder`.

    Args:
        scale: 1 for 1.2 million posts. The operation shrinks more slowly than the rest.
    """
    rng = np.random.default_rng(seed)
    stage = _Stage(_news(max(int(150_000 * scale), 20_000), rng), {}, {}, {}, rng)
    for each in PLATFORMS:
        _people(stage, each, int(POSTS * scale * each.posts))
    _operation(stage, float(np.sqrt(scale)))
    _controls(stage)
    files, total = [], 0
    for each in PLATFORMS:
        acc, link, at = stage.posts[each.name].rows()
        path = folder / each.file
        links = [stage.links.address(k) for k in link.tolist()]
        _WRITERS[each.name](path, acc.tolist(), links, at, rng)
        files.append(path)
        total += len(acc)
    return HongKong(files=tuple(files), posts=total, role=stage.role)


def _news(count: int, rng: np.random.Generator) -> _Links:
    weight = (np.arange(count) + 10.0) ** -1.05
    rng.shuffle(weight)
    return _Links(rng.uniform(0, DAYS * DAY * 0.98, count), weight / weight.sum())


def _people(stage: _Stage, platform: Platform, count: int) -> None:
    """Let people share the news as they come upon it, in their own hours."""
    rng, links = stage.rng, stage.links
    accounts = max(count // platform.posts_an_account, 150)
    activity = rng.lognormal(0, 1.3, accounts)
    acc = rng.choice(accounts, count, p=activity / activity.sum())
    link = rng.choice(len(links.born), count, p=links.popularity)
    wake = rng.uniform(0, DAY, accounts)
    at = links.born[link] + np.exp(rng.normal(8.6, 1.6, count))
    since = (at - wake[acc]) % DAY
    asleep = (since > 16 * 3_600) & (rng.random(count) < 0.9)
    at = np.where(asleep, at - since + DAY + rng.exponential(3_600, count), at)
    posts = stage.posts[platform.name] = _Posts()
    posts.add(acc, link, np.where(at < DAYS * DAY, at, rng.uniform(0, DAYS * DAY, count)))
    quiet = np.argsort(activity)[int(accounts * 0.2) : int(accounts * 0.9)]
    stage.free[platform.name] = rng.permutation(quiet).tolist()


def _operation(stage: _Stage, shrunk: float) -> None:
    """Push half own links and half others', on each platform by itself; a few on the next too."""
    rng, links = stage.rng, stage.links
    carried: Ints = np.empty(0, np.int64)
    for platform in PLATFORMS:
        largest, least = platform.operation
        who = stage.take(platform.name, OPERATION, max(least, int(largest * shrunk)))
        own = links.make(platform.pushes // 2, f"https://truth-{platform.name}.example/{{}}")
        others = rng.choice(len(links.born), platform.pushes - len(own), replace=False)
        for link in np.concatenate([own, others, carried]).tolist():
            born = links.born[link] if link < len(links.born) else rng.uniform(0, DAYS * DAY)
            start = (born + rng.lognormal(9.5, 1.0)) % (DAYS * DAY)
            within = platform.window_s, platform.joins
            stage.push(platform.name, who, link, start, within)
        carried = rng.choice(own, _SHARED, replace=False)


def _controls(stage: _Stage) -> None:
    """Add a fandom, outlets of one owner, alert bots and a protest, each where it lives."""
    rng, span = stage.rng, DAYS * DAY
    plans = (
        # control, moments, address, window in seconds and chance to join, accounts by platform
        ("fandom", rng.uniform(0, span, 15), "artist", (60, 0.8), {"twitter": 60}),
        ("outlets", rng.uniform(0, span, 90), "group", (60, 0.9), {"twitter": 20, "facebook": 12}),
        ("alert-bots", rng.uniform(0, span, 60), "warnings", (10, 0.95),
         {"twitter": 12, "telegram": 6}),
        ("protest", 16 * DAY + rng.uniform(0, 2 * DAY, 25), "march", (1_800, 0.4),
         {"twitter": 60}),
    )  # fmt: skip
    for name, moments, site, within, sizes in plans:
        made = stage.links.make(len(moments), f"https://{site}.example/{{}}")
        for platform, size in sizes.items():
            who = stage.take(platform, name, size)
            for link, start in zip(made.tolist(), moments.tolist(), strict=True):
                stage.push(platform, who, link, start, within)


def _said(at: Ints, form: str) -> Iterator[str]:
    for each in at.tolist():
        yield datetime.fromtimestamp(each, UTC).strftime(form)


def _words(rng: np.random.Generator) -> Iterator[str]:
    """Words beside a link, different nearly each time."""
    while True:
        for each in rng.integers(0, 2**31, 4_096).tolist():
            yield f"{_OPENINGS[each % len(_OPENINGS)]} {each:x}"


_OPENINGS: Final = ("look at this", "read", "so this is how it goes", "not again", "worth a read")


def _twarc(
    path: Path, acc: list[int], links: list[str], at: Ints, rng: np.random.Generator
) -> None:
    """Posts one a line, as `twarc2 flatten` leaves them."""
    encode = msgspec.json.Encoder().encode
    words = _words(rng)
    with path.open("wb") as stream:
        when = _said(at, "%Y-%m-%dT%H:%M:%S.000Z")
        for k, (who, link, moment) in enumerate(zip(acc, links, when, strict=True)):
            post = {
                "id": str(1_156_000_000_000_000_000 + k),
                "author_id": str(who + 1),
                "text": f"{next(words)} https://t.example/{k}",
                "created_at": moment,
                "lang": "en",
                "entities": {"urls": [{"url": f"https://t.example/{k}", "expanded_url": link}]},
                "author": {"id": str(who + 1), "username": f"user{who + 1}", "name": "Somebody"},
            }
            stream.write(encode(post) + b"\n")


def _library(
    path: Path, acc: list[int], links: list[str], at: Ints, rng: np.random.Generator
) -> None:
    """A Content Library table, with its columns' names."""
    words = _words(rng)
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(
            ["id", "post_owner.type", "post_owner.id", "post_owner.name", "text", "creation_time",
             "lang", "link_attachment.link", "statistics.views"]
        )  # fmt: skip
        when = _said(at, "%Y-%m-%dT%H:%M:%S+0000")
        for k, (who, link, moment) in enumerate(zip(acc, links, when, strict=True)):
            table.writerow(
                [9_000_000_000 + k, "facebook_page", who + 1, "A page", next(words), moment, "en",
                 link, k % 997]
            )  # fmt: skip


def _videos(
    path: Path, acc: list[int], links: list[str], at: Ints, rng: np.random.Generator
) -> None:
    """YouTube Data Tools' list of videos: links stand in descriptions."""
    words = _words(rng)
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(
            ["position", "channelId", "channelTitle", "videoId", "publishedAt", "videoTitle",
             "videoDescription", "viewCount"]
        )  # fmt: skip
        when = _said(at, "%Y-%m-%dT%H:%M:%SZ")
        for k, (who, link, moment) in enumerate(zip(acc, links, when, strict=True)):
            table.writerow(
                [k + 1, f"UC{who + 1}", "A channel", f"v{k}", moment, next(words),
                 f"Source: {link}", k % 991]
            )  # fmt: skip


def _telegram(
    path: Path, acc: list[int], links: list[str], at: Ints, rng: np.random.Generator
) -> None:
    """One large group's `result.json`."""
    words = _words(rng)
    with path.open("w", encoding="utf-8") as stream:
        stream.write('{\n "name": "A group",\n "type": "public_supergroup",\n "id": 1234567890,\n')
        stream.write(' "messages": [\n')
        when = _said(at, "%Y-%m-%dT%H:%M:%S")
        moments = at.tolist()
        for k, (who, link, moment) in enumerate(zip(acc, links, when, strict=True)):
            message = {
                "id": k + 1,
                "type": "message",
                "date": moment,
                "date_unixtime": str(moments[k]),
                "from": "Somebody",
                "from_id": f"user{who + 1}",
                "text": [f"{next(words)} ", {"type": "link", "text": link}],
            }
            stream.write(("  " if k == 0 else ",\n  ") + msgspec.json.encode(message).decode())
        stream.write("\n ]\n}\n")


_WRITERS: Final = {
    "twitter": _twarc,
    "facebook": _library,
    "youtube": _videos,
    "telegram": _telegram,
}
