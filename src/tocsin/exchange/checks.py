"""Is the clock right, and the line to the exchange well: for `tocsin doctor`."""

import time
from collections.abc import Callable
from datetime import datetime

from tocsin.exchange.client import Connect, ExchangeClient, open_http
from tocsin.exchange.directory import Directory
from tocsin.exchange.keys import warn_of_keys
from tocsin.exchange.limits import MAX_SKEW
from tocsin.exchange.membership import Membership, find_membership
from tocsin.foundation import Clock, ConnectionFailedError, RefusedError, parse_time
from tocsin.vault import Home, Role


def check_clock(
    home: Home,
    clock: Clock,
    *,
    connect: Connect = open_http,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Hold this machine's clock against the log's last entry and the exchange's clock.

    Raises:
        RefusedError: when it is off by more than an exchange accepts.
    """
    now = clock.now()
    with home.vault.read() as view:
        membership = find_membership(view)
        last = view.log.entry(view.log.size - 1)
    if last is not None and last.at - now > MAX_SKEW:
        raise RefusedError(
            f"this machine's clock is {_minutes(last.at, now)} minutes behind what is in the log",
            hint="set the clock, or let the system keep it (NTP)",
        )
    if membership is None:
        return "not behind the log; there is no exchange to compare it with"
    try:
        with _line(membership, connect, sleep) as client:
            theirs = parse_time(str(client.get("/tocsin/v1/clock").get("now")), field="clock")
    except ConnectionFailedError:
        return "not behind the log; the exchange did not answer to compare it with"
    if abs(now - theirs) > MAX_SKEW:
        raise RefusedError(
            f"this machine's clock is {_minutes(now, theirs)} minutes off the exchange's",
            hint="set the clock, or let the system keep it (NTP)",
        )
    return f"{(now - theirs).total_seconds():+.1f} s against the exchange's"


def check_exchange(
    home: Home,
    *,
    connect: Connect = open_http,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Look whether the exchange answers, lets this node in, and knows its keys.

    Raises:
        TocsinError: says what is not well, with a hint.
    """
    if home.card.role is Role.EXCHANGE:
        return "this is an exchange itself"
    with home.vault.read() as view:
        membership = find_membership(view)
    if membership is None:
        return "no community joined; this node works alone"
    with _line(membership, connect, sleep) as client:
        answer = client.get("/tocsin/v1/directory")
    directory = Directory.open(answer.get("directory"), membership.convenor)
    for warning in warn_of_keys(home, directory):
        raise RefusedError(warning)
    count = sum(member.active for member in directory.community.members.values())
    return f"member of {membership.community} at {membership.url}, {count} members"


def _line(
    membership: Membership, connect: Connect, sleep: Callable[[float], None]
) -> ExchangeClient:
    return ExchangeClient(
        membership.url, credential=membership.credential, connect=connect, sleep=sleep
    )


def _minutes(one: datetime, other: datetime) -> int:
    return round(abs(one - other).total_seconds() / 60)
