"""Values as exports write them: times in many forms, identifiers that lost digits, lists."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final

from tocsin.intake.activity.notes import Notes

_DAY_S: Final = 86_400
_EARLIEST: Final = 946_684_800  # 2000-01-01: earlier figures are counters, not times of posts
_FIGURE: Final = re.compile(r"\d{9,19}(?:\.\d*)?")
_TWITTER: Final = "%a %b %d %H:%M:%S %z %Y"
_US: Final = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\s+(\d{1,2}):(\d\d)(?::(\d\d))?)?\s*([AP]M)?"
)
_ZONE: Final = re.compile(r"\s([A-Z]{3,4})$")
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")
# CrowdTangle and spreadsheets; the abbreviations that their users' settings give.
_ZONES: Final = {
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "BST": 1,
    "CET": 1,
    "WEST": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "EDT": -4,
    "EST": -5,
    "CDT": -5,
    "CST": -6,
    "MDT": -6,
    "MST": -7,
    "PDT": -7,
    "PST": -8,
}
_ROUNDED: Final = re.compile(r"-?\d(?:\.\d+)?[eE]\+?(\d+)")
_WHOLE: Final = re.compile(r"(-?\d+)\.0*")
_PAST_DOUBLE: Final = 2**53
_SEVERAL: Final = re.compile(r"[,|;\n\[\]'\"]")
_URL: Final = re.compile(r"https?://[^\s<>\"'\u201c\u201d]+", re.IGNORECASE)
_TAG: Final = re.compile(r"(?<![\w&/])[#\uff03](\w*[^\W\d]\w*)")
_MENTION: Final = re.compile(r"(?<![\w/@.])@([A-Za-z0-9_][\w.]{1,62}\w)")
_EMPTY: Final = frozenset({"", "na", "nan", "null", "none", "[]", "nat"})


def moment(
    value: object, notes: Notes, field: str = "", *, is_optional: bool = False
) -> int | None:
    """Return Unix seconds; None, and a note, for what is no time or lies in the future.

    Read are seconds, milli-, micro- and nanoseconds since 1970, ISO 8601, RFC 2822, Twitter's
    own form, `10/31/2017 19:58` (month first, as the exports that have it write) and names of
    zones. A time without a zone counts as UTC, and that is noted.

    Args:
        field: what the source calls it, for the note.
    """
    if value is None or (isinstance(value, str) and value.strip().casefold() in _EMPTY):
        if not is_optional:
            notes.flag("no-time", field=field)
        return None
    found = (
        _seconds(value) if isinstance(value, int | float) else _written(str(value), notes, field)
    )
    if found is None:
        notes.flag("unreadable-time", value, field)
    elif found > notes.now + _DAY_S:
        notes.flag("future-time", value, field)
        return None
    return found


def identifier(
    value: object, notes: Notes, field: str = "", *, is_quiet: bool = False
) -> str | None:
    """Return an identifier as text, None where the source gives none or has rounded it.

    A number past 2^53 that went through a spreadsheet or a float is another one's: it is noted
    and not kept. Whole numbers of any size keep every digit.

    Args:
        field: what the source calls it, for the note.
    """
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value  # as nearly all are
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float) and abs(value) < _PAST_DOUBLE and value.is_integer():
        return str(int(value))
    text = str(value).strip().strip("\u200b")
    if text.casefold() in _EMPTY:
        return None
    rounded = _ROUNDED.fullmatch(text)
    if isinstance(value, float) or (rounded and int(rounded[1]) > 8):
        if not is_quiet:
            notes.flag("rounded-id", text, field)
        return None
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def number(value: object) -> int | None:
    """Return a count, None where there is none; `1,234` and `12.0` are counts."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return int(value) if abs(value) < 2**63 and value == value else None  # noqa: PLR0124 - NaN
    try:
        found = float(str(value).replace(",", "").strip())
    except ValueError:
        return None
    return int(found) if abs(found) < _PAST_DOUBLE else None


def words(value: object) -> str | None:
    """Return a text, None for an empty one; broken halves of characters are replaced."""
    if not isinstance(value, str) or not value.strip():
        return None
    return value.encode("utf-8", "replace").decode("utf-8")


def listed(cell: str | None) -> tuple[str, ...]:
    """Return the items of a list in a cell: `[a, b]`, `['a', 'b']`, `a,b`, `a|b`, `a; b`."""
    if cell is None or cell.strip().casefold() in _EMPTY:
        return ()
    if not _SEVERAL.search(cell):
        return (cell.strip(),)
    parts = re.split(r"[,|;\n]\s*", cell.strip().removeprefix("[").removesuffix("]"))
    return tuple(each for each in (part.strip(" '\"") for part in parts) if each)


def urls_in(text: str | None) -> tuple[str, ...]:
    """Return the web addresses in a text, without the punctuation after them."""
    if not text or "://" not in text:
        return ()
    return tuple(each.rstrip(".,;:!?)]}…'\"") for each in _URL.findall(text))


def tags_in(text: str | None) -> tuple[str, ...]:
    """Return the hashtags in a text, without the sign."""
    return (
        tuple(_TAG.findall(_without_urls(text)))
        if text and ("#" in text or "\uff03" in text)
        else ()
    )


def names_in(text: str | None) -> tuple[str, ...]:
    """Return the handles that a text names, without the sign."""
    return tuple(_MENTION.findall(_without_urls(text))) if text and "@" in text else ()


def plain(markup: str | None) -> tuple[str | None, tuple[str, ...]]:
    """Return the words and the addresses of a post in HTML, as the fediverse sends it.

    Links that are mentions or hashtags are no addresses.
    """
    if not markup:
        return None, ()
    found = tuple(_links(markup))
    text = re.sub(r"<br\s*/?>|</p>\s*<p[^>]*>", "\n", markup)
    return words(html.unescape(re.sub(r"<[^>]*>", "", text))), found


def _links(markup: str) -> Iterator[str]:
    for anchor in re.findall(r"<a\b[^>]*>", markup):
        href = re.search(r'href="([^"]*)"', anchor)
        is_name = re.search(r'class="[^"]*\b(?:mention|hashtag)\b', anchor)
        if href and not is_name:
            yield html.unescape(href[1])


def _without_urls(text: str) -> str:
    return _URL.sub(" ", text)


def _seconds(value: float) -> int | None:
    """Seconds since 1970 from whichever unit makes a date after 2000."""
    for unit in (1, 1_000, 1_000_000, 1_000_000_000):
        if _EARLIEST <= value / unit < 2**32 + _EARLIEST:
            return int(value // unit)
    return int(value) if 0 <= value < _EARLIEST else None


def _written(text: str, notes: Notes, field: str) -> int | None:
    bare = text.strip()
    if _FIGURE.fullmatch(bare):
        whole, _, rest = bare.partition(".")
        return _seconds(int(whole)) if not rest.strip("0") else _seconds(float(bare))
    if american := _US.fullmatch(bare):
        return _month_first(american, notes, field)
    zone = _ZONE.search(bare)
    if zone and zone[1] in _ZONES:
        bare = bare[: zone.start()].rstrip()
        offset = timezone(timedelta(hours=_ZONES[zone[1]]))
        made = _iso(bare) or _strptime(bare) or _mail(bare)
        return int(made.replace(tzinfo=offset).timestamp()) if made else None
    made = _iso(bare) or _strptime(bare) or _mail(bare)
    if made is None:
        return None
    if made.tzinfo is None:
        notes.flag("zone-assumed", text, field)
        made = made.replace(tzinfo=UTC)
    try:
        return int(made.timestamp())
    except (OverflowError, ValueError):
        return None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(_FRACTION.sub(r"\1", text)) if len(text) >= 10 else None
    except ValueError:
        return None


def _strptime(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _TWITTER)  # noqa: DTZ007 - the form has %z
    except ValueError:
        return None


def _mail(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None


def _month_first(parts: re.Match[str], notes: Notes, field: str) -> int | None:
    month, day, year, hour, minute, second = (int(each or 0) for each in parts.groups()[:6])
    if parts[7]:
        hour = hour % 12 + (12 if parts[7] == "PM" else 0)
    notes.flag("zone-assumed", parts[0], field)
    try:
        return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())
    except ValueError:
        return None
