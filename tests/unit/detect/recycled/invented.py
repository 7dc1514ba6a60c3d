"""An invented operation and invented honest names: nothing of it exists."""

from datetime import UTC, datetime, timedelta

from tocsin.detect.names.hosts import host_of, split_host
from tocsin.detect.recycled import Indicator, Indicators, State

START = datetime(2024, 1, 1, tzinfo=UTC)
CUT = datetime(2024, 9, 13, tzinfo=UTC)

OPERATION = [
    *(f"towngazette.{suffix}" for suffix in ("lol", "cfd", "beauty", "quest")),
    *(f"harbourpost.{suffix}" for suffix in ("lol", "cfd", "beauty")),
    *(f"valleytimes.{suffix}" for suffix in ("lol", "quest")),
    *(f"loan-zarvix{number}.lol" for number in (11, 12, 13)),
    *(f"zarvix-{word}.quest" for word in ("money", "house", "garden", "river")),
    "towngazetter.lol", "towngazettel.cfd", "harbourpostr.cfd", "harbourpostl.lol",
    "valley-times.lol", "harbour-post.lol", "onlyonce.quest",
]  # fmt: skip
HONEST = [
    *(f"honest{letter}{other}.com" for letter in "abcdefghij" for other in "abcdefghij"),
    *(f"{letter}{other}-works.org" for letter in "klmnopqrst" for other in "uvwxyz"),
    "townhall.org", "riverside.net", "harbour.org", "valley.com", "towngazette.com",
]  # fmt: skip


def indicator(
    host: str,
    *,
    known: datetime = START,
    state: State = State.ACTIVE,
    is_brand: bool = False,
) -> Indicator:
    ace = host_of(host)
    assert isinstance(ace, str)
    split = split_host(ace)
    assert split is not None
    return Indicator(host=ace, split=split, known=known, state=state, is_brand=is_brand)


def operation(before: datetime = CUT) -> Indicators:
    """The operation, a day apart each."""
    known = Indicators(before=before)
    for at, host in enumerate(OPERATION):
        known.add(indicator(host, known=START + timedelta(days=at)))
    return known
