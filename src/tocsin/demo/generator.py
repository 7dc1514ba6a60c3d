"""The story's lists, invented: the same for the same seed, and only under reserved names."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from attrs import evolve, frozen

from tocsin.demo.names import Grammar, grammar

MONDAY: Final = date(2025, 9, 15)
"""The Monday of the story; every invented date lies in the half year before it."""

PLATFORM_HOSTS: Final = 3_000
PLATFORM_PAGES: Final = 180
LAB_HOSTS: Final = 620
LAB_HOSTS_SHARED: Final = 318
MAIL_HOSTS: Final = 40


@frozen
class Listed:
    """One line of a list.

    Attributes:
        value: a host name or a URL, not defanged.
        registered: when the name was registered, as a registry would say it.
        observed: when the organisation first saw it in use, None where nobody wrote it down.
    """

    value: str
    registered: date | None = None
    observed: datetime | None = None


@frozen
class Invented:
    """What every organisation of the story holds before it begins.

    Attributes:
        platform: of the platform; `wrong` is among them.
        lab: of the research lab, host names alone.
        mail: the forty hosts of the partner's e-mail.
        commission: reports from voters.
        video: of the second platform.
        addresses: documentation addresses (RFC 5737) on the platform's list.
        quantities: cells that count accounts and name none.
        prose: cells that name nothing.
        wrong: the honest paper that stands on the platform's list by mistake.
    """

    seed: int
    platform: tuple[Listed, ...]
    lab: tuple[Listed, ...]
    mail: tuple[str, ...]
    commission: tuple[Listed, ...]
    video: tuple[Listed, ...]
    addresses: tuple[str, ...]
    quantities: tuple[str, ...]
    prose: tuple[str, ...]
    wrong: str


def invent(seed: int) -> Invented:
    """Make the lists of one story."""
    choose = random.Random(seed)  # noqa: S311 - repeatable on purpose, no secret comes from it
    words = grammar()
    names = list(words.every_host())
    choose.shuffle(names)
    platform_hosts, rest = names[:PLATFORM_HOSTS], names[PLATFORM_HOSTS:]
    lab_only, rest = _split(rest, LAB_HOSTS - LAB_HOSTS_SHARED)
    new, rest = _split(rest, 200)
    shared = platform_hosts[:LAB_HOSTS_SHARED]

    pages = [words.page_of(host, choose) for host in platform_hosts[:PLATFORM_PAGES]]
    platform = [_listed(value, choose, observed_share=0.6) for value in (*platform_hosts, *pages)]
    platform.append(_listed(words.wrong, choose, observed_share=1.0))
    lab = _lab(platform, shared, lab_only, choose)
    mail = [*shared[40:52], *platform_hosts[-11:], *lab_only[:7], *new[:10]]
    choose.shuffle(mail)
    choose.shuffle(platform)
    return Invented(
        seed=seed,
        platform=tuple(platform),
        lab=tuple(lab),
        mail=tuple(mail),
        commission=_reports([*shared[:14], *new[10:40]], choose),
        video=_reports([*platform_hosts[100:180], *new[40:90]], choose),
        addresses=tuple(f"192.0.2.{number}" for number in sorted(choose.sample(range(1, 255), 6))),
        quantities=tuple(f"{choose.randint(20, 900)} accounts" for _ in range(3)),
        prose=words.prose,
        wrong=words.wrong,
    )


def dictionary(lists: Invented, words: Grammar | None = None) -> list[str]:
    """Return the guesses of someone who knows how such names are made.

    A list of registered domains would serve as well; both hold the names that the lab keeps.
    """
    guesses = dict.fromkeys((words or grammar()).every_host())
    guesses.update(dict.fromkeys(each.value for each in (*lists.platform, *lists.lab)))
    return list(guesses)


def _split(names: Sequence[str], count: int) -> tuple[list[str], list[str]]:
    return list(names[:count]), list(names[count:])


def _lab(
    platform: Sequence[Listed],
    shared: Sequence[str],
    lab_only: Sequence[str],
    choose: random.Random,
) -> list[Listed]:
    """The lab's lines: of what both hold, some were seen earlier, later or in the same second."""
    theirs = {each.value: each for each in platform}
    lines = []
    for at, value in enumerate((*shared, *lab_only)):
        other = theirs.get(value)
        # A registry says one thing to everybody; when it was seen is each one's own.
        registered = other.registered if other else None
        line = _listed(value, choose, observed_share=0.5, registered=registered)
        if other and other.observed and at % 20 == 0:
            line = evolve(line, observed=other.observed)
        lines.append(line)
    choose.shuffle(lines)
    return lines


def _listed(
    value: str,
    choose: random.Random,
    *,
    observed_share: float,
    registered: date | None = None,
) -> Listed:
    registered = registered or MONDAY - timedelta(days=choose.randint(60, 180))
    seen = registered + timedelta(days=choose.randint(1, 50))
    observed = datetime(seen.year, seen.month, seen.day, tzinfo=UTC) + timedelta(
        seconds=choose.randrange(86_400)
    )
    return Listed(value, registered, observed if choose.random() < observed_share else None)


def _reports(hosts: Sequence[str], choose: random.Random) -> tuple[Listed, ...]:
    return tuple(_listed(host, choose, observed_share=1.0) for host in hosts)
