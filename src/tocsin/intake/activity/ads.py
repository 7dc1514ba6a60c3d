"""Ads: Meta's Ad Library as its API gives it, Google's transparency bundle, tables of others."""

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, Final

from tocsin.activity import Ad
from tocsin.intake.activity.jsonrecords import Record, dicts, head_record, records_of
from tocsin.intake.activity.notes import ActivityExample, Notes, Told
from tocsin.intake.activity.tables import Cells, TableReader, header_of, rows_of
from tocsin.intake.activity.values import identifier, listed, moment, words
from tocsin.intake.events import Lost
from tocsin.intake.reader import Head

_ARRAYS: Final = frozenset({"data"})
_NOTHING: Final[frozenset[str]] = frozenset()

_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "platform": ("platform", "publisher platform"),
    "ad": ("ad id", "ad", "creative id", "ad url", "post id", "tweet id"),
    "advertiser": ("advertiser id", "advertiser handle", "advertiser screen name", "advertiser"),
    "advertiser_name": ("advertiser name", "advertiser", "page name"),
    "payer": ("payer", "funding entity", "paid for by", "funded by", "paid by"),
    "creative": ("creative hash", "creative", "image hash", "media hash"),
    "text": ("text", "ad text", "ad content", "body"),
    "spend": ("spend", "amount spent", "spend usd"),
    "currency": ("currency",),
    "started": ("start date", "started", "start", "start time", "first shown"),
    "ended": ("end date", "ended", "end", "end time", "last shown"),
    "landing_urls": ("landing url", "landing urls", "destination url", "website url", "url"),
}
"""Headers by field of an ad. X's repository and national registers have no fixed form."""


class LibraryReader:
    """Meta's Ad Library API: pages with `data`, or one ad a line."""

    name = "ad-library-json"
    says = "Meta's Ad Library API (JSON, a page or an ad a line); a record is an ad"

    def recognises(self, head: Head) -> float:
        """Ads with a page and a time of delivery."""
        if not head.is_json:
            return 0.0
        first = head_record(head, arrays=_ARRAYS, inside=_NOTHING)
        ad: Record = next(iter(dicts(first.get("data"))), first)
        return 0.96 if {"id", "page_id", "ad_delivery_start_time"} <= ad.keys() else 0.0

    def read(self, stream: BinaryIO, notes: Notes) -> Iterator[Told]:
        """Yield one ad an ad."""
        for record in records_of(stream, notes, arrays=_ARRAYS):
            if isinstance(record, Lost):
                yield record
                continue
            place, ads = notes.place, record.get("data")
            for at, ad in enumerate(ads if isinstance(ads, list) else [record]):
                notes.place = f"{place} ad {at + 1}" if isinstance(ads, list) else place
                yield _of_library(ad, notes) if isinstance(ad, dict) else notes.lost("not-a-post")

    def examples(self) -> tuple[ActivityExample, ...]:
        """See `ActivityReader.examples`."""
        page = (
            b'{"data":[{"id":"700000000000001","page_id":"55","page_name":"One",'
            b'"ad_delivery_start_time":"2024-05-01","ad_delivery_stop_time":"2024-05-03",'
            b'"bylines":"Payer Ltd","ad_creative_bodies":["Vote"],"currency":"EUR",'
            b'"ad_creative_link_captions":["news.example"],'
            b'"spend":{"lower_bound":"100","upper_bound":"199"}}]}\n{"data":[{"id":"7000'
        )
        ad = {
            "ad": "700000000000001",
            "advertiser": "55",
            "payer": "Payer Ltd",
            "creative": hashlib.sha256(b"Vote").hexdigest(),
            "spend_least": Decimal(100),
            "spend_most": Decimal(199),
            "currency": "EUR",
            "started": 1_714_521_600,
            "landing_urls": ("https://news.example",),
        }
        return (ActivityExample(page, (ad,), ("broken-json",)),)


def _of_library(ad: Record, notes: Notes) -> Told:
    id_ = identifier(ad.get("id"), notes, "id")
    if id_ is None:
        return notes.lost("no-ad", ad.get("page_name", ""))
    text = words("\n".join(_texts(ad, "ad_creative_bodies")) or ad.get("ad_creative_body"))
    bounds: Any = ad.get("spend") if isinstance(ad.get("spend"), dict) else {}
    return Ad(
        platform="facebook",
        ad=id_,
        advertiser=identifier(ad.get("page_id"), notes, "page_id"),
        advertiser_name=words(ad.get("page_name")),
        payer=words(ad.get("bylines") or ad.get("funding_entity")),
        creative=hashed(text),
        text=text,
        spend_least=money(bounds.get("lower_bound")),
        spend_most=money(bounds.get("upper_bound")),
        currency=words(ad.get("currency")),
        started=moment(ad.get("ad_delivery_start_time"), _quiet(notes), "ad_delivery_start_time"),
        ended=moment(ad.get("ad_delivery_stop_time"), _quiet(notes), is_optional=True),
        landing_urls=tuple(
            each if "://" in each else f"https://{each}"
            for each in _texts(ad, "ad_creative_link_captions")
            if "." in each
        ),
    )


def _texts(ad: Record, member: str) -> tuple[str, ...]:
    said = ad.get(member)
    return tuple(each for each in said if isinstance(each, str)) if isinstance(said, list) else ()


def _google(cells: Cells, notes: Notes) -> Told:
    """A row of `google-political-ads-creative-stats.csv`; it has no words and no address."""
    ad = identifier(cells.get("ad id"), notes, "ad id")
    if ad is None:
        return notes.lost("no-ad", cells.get("advertiser name", ""))
    least = next((name for name in cells if name.startswith("spend range min ")), "")
    currency = least.rpartition(" ")[2].upper()
    return Ad(
        platform="google",
        ad=ad,
        advertiser=identifier(cells.get("advertiser id"), notes, "advertiser id"),
        advertiser_name=words(cells.get("advertiser name")),
        spend_least=money(cells.get(least)),
        spend_most=money(cells.get(least.replace(" min ", " max "))),
        currency=currency or None,
        started=moment(cells.get("date range start"), _quiet(notes), "date range start"),
        ended=moment(cells.get("date range end"), _quiet(notes), is_optional=True),
    )


class AdsReader:
    """A table of ads by the names of its columns."""

    name = "ads"
    says = "any other table of ads (X's repository, national registers) by its columns' names"

    def recognises(self, head: Head) -> float:
        """Columns for the ad, its advertiser and its start, and for who paid or what is shown."""
        found = _found(header_of(head))
        is_one = {"ad", "advertiser", "started"} <= found.keys()
        return 0.3 if is_one and found.keys() & {"payer", "landing_urls", "creative"} else 0.0

    def read(self, stream: BinaryIO, notes: Notes) -> Iterator[Told]:
        """Yield one ad a row."""
        columns: dict[str, str] | None = None
        for cells in rows_of(stream, notes):
            if not isinstance(cells, dict):
                yield cells
                continue
            columns = columns or _found(tuple(cells))
            yield _of_table({field: cells.get(name, "") for field, name in columns.items()}, notes)

    def examples(self) -> tuple[ActivityExample, ...]:
        """See `ActivityReader.examples`."""
        data = (
            b"Platform,Ad ID,Advertiser Handle,Funding Entity,Start Date,End Date,Spend,Currency,"
            b"Landing URL,Ad text\n"
            b"twitter,1790000000000000001,one,Payer Ltd,2024-05-01,,12.50,EUR,"
            b"https://news.example/a,Vote\n"
            b"twitter,,two,,2024-05-01,,,,,\n"
        )
        ad = {
            "platform": "twitter",
            "ad": "1790000000000000001",
            "advertiser": "one",
            "payer": "Payer Ltd",
            "spend_least": Decimal("12.50"),
            "spend_most": Decimal("12.50"),
            "started": 1_714_521_600,
            "landing_urls": ("https://news.example/a",),
        }
        return (ActivityExample(data, (ad,), ("no-ad",)),)


def _of_table(said: Mapping[str, str], notes: Notes) -> Told:
    ad = identifier(said.get("ad"), notes, "ad")
    if ad is None:
        return notes.lost("no-ad", said.get("advertiser", ""))
    text, spend = words(said.get("text")), money(said.get("spend"))
    platform = words(said.get("platform"))
    return Ad(
        platform=platform.lower() if platform else None,
        ad=ad,
        advertiser=identifier(said.get("advertiser"), notes, "advertiser"),
        advertiser_name=words(said.get("advertiser_name")),
        payer=words(said.get("payer")),
        creative=words(said.get("creative")) or hashed(text),
        text=text,
        spend_least=spend,
        spend_most=spend,
        currency=words(said.get("currency")),
        started=moment(said.get("started"), _quiet(notes), "started"),
        ended=moment(said.get("ended"), _quiet(notes), is_optional=True),
        landing_urls=listed(said.get("landing_urls")),
    )


def _found(header: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, names in _HEADERS.items():
        at = next((name for name in names if name in header), None)
        if at is not None:
            found[field] = at
    return found


def hashed(text: str | None) -> str | None:
    """Return the hash by which the same words are one creative."""
    return hashlib.sha256(text.encode()).hexdigest() if text else None


def money(said: object) -> Decimal | None:
    """Return an amount, None where there is none; never through a float."""
    try:
        amount = Decimal(str(said).replace(",", "").strip())
    except InvalidOperation:
        return None
    return amount.quantize(Decimal("0.0001")) if abs(amount) < 10**13 else None


def _quiet(notes: Notes) -> Notes:
    """Days of ads have no hour and no zone: that is no flaw of each."""
    return _Days(notes)


class _Days(Notes):
    """Passes on all flaws but a missing zone."""

    def __init__(self, notes: Notes) -> None:
        super().__init__(now=notes.now, tally=notes.tally, place=notes.place)

    def flag(self, kind: str, value: object = "", field: str = "") -> None:
        """See `Notes.flag`."""
        if kind != "zone-assumed":
            super().flag(kind, value, field)


GOOGLE: Final = TableReader(
    "google-ads",
    "Google's political ads bundle, creative-stats.csv; a record is an ad",
    ("Ad_ID", "Advertiser_ID", "Date_Range_Start", "Num_of_Days"),
    _google,
    (
        ActivityExample(
            b"Ad_ID,Ad_URL,Ad_Type,Regions,Advertiser_ID,Advertiser_Name,Date_Range_Start,"
            b"Date_Range_End,Num_of_Days,Spend_Range_Min_EUR,Spend_Range_Max_EUR\n"
            b"CR1,https://ads.example/CR1,TEXT,EU,AR5,One,2024-05-01,2024-05-03,3,0,50\n",
            (
                {
                    "platform": "google",
                    "ad": "CR1",
                    "advertiser": "AR5",
                    "spend_least": Decimal(0),
                    "spend_most": Decimal(50),
                    "currency": "EUR",
                    "started": 1_714_521_600,
                },
            ),
        ),
    ),
)

READERS: Final = (LibraryReader(), GOOGLE, AdsReader())
