"""Is the line to the exchange well: for `tocsin doctor`."""

import time
from collections.abc import Callable

from tocsin.exchange.client import Connect, ExchangeClient, open_http
from tocsin.exchange.directory import Directory
from tocsin.exchange.limits import MAX_SKEW
from tocsin.exchange.membership import find_membership
from tocsin.foundation import Clock, RefusedError, parse_time
from tocsin.vault import Home


def check_exchange(
    home: Home,
    clock: Clock,
    *,
    connect: Connect = open_http,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Return a sentence that says all is well.

    Raises:
        TocsinError: says what is not, with a hint.
    """
    with home.vault.read() as view:
        membership = find_membership(view)
    if membership is None:
        return "no community joined; this node works alone"
    with ExchangeClient(
        membership.url, credential=membership.credential, connect=connect, sleep=sleep
    ) as client:
        theirs = parse_time(str(client.get("/tocsin/v1/clock").get("now")), field="clock")
        answer = client.get("/tocsin/v1/directory")
    directory = Directory.open(answer.get("directory"), membership.convenor)
    skew = clock.now() - theirs
    if abs(skew) > MAX_SKEW:
        raise RefusedError(
            f"this node's clock is {round(skew.total_seconds() / 60)} minutes off the exchange's",
            hint="set the clock, or let the system keep it (NTP)",
        )
    count = sum(member.active for member in directory.community.members.values())
    return f"member of {membership.community} at {membership.url}, {count} members"
