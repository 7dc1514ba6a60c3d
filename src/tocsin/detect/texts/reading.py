"""Texts out of CSV, JSON lines and Parquet: columns by name, one bad row loses only itself."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
from attrs import Factory, define, frozen
from pyarrow import ArrowInvalid

from tocsin.detect.texts.corpus import Text
from tocsin.foundation import BadInputError, parse_time

_KNOWN: Final = {
    "id": "id doc_id post_id tweet_id tweetid content_id status_id message_id comment_id id_str",
    "text": "text full_text tweet_text post_text content body message caption comment description",
    "time": "time created_at timestamp timestamp_share tweet_time published_at publish_date date",
    "account": "account account_id user_id userid author_id user_screen_name screen_name username "
    "author user page channel",
    "lang": "lang language tweet_language post_lang",
}
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    column: tuple(names.split()) for column, names in _KNOWN.items()
}
"""The headers that each column is known by, the likeliest first; case and spaces do not count."""

_EXAMPLES: Final = 5
_MOST_IN_A_CELL: Final = 16 * 1024 * 1024
_LOSING: Final = frozenset({"broken-row", "no-text", "repeated-id"})
_MILLISECONDS: Final = 100_000_000_000  # seconds of the year 5138, milliseconds of 1973


@define
class Defects:
    """What was wrong with rows, by kind, with a few examples of each."""

    counts: Counter[str] = Factory(Counter)
    examples: dict[str, list[str]] = Factory(dict)

    def note(self, kind: str, where: str) -> None:
        """Count one more."""
        self.counts[kind] += 1
        shown = self.examples.setdefault(kind, [])
        if len(shown) < _EXAMPLES:
            shown.append(where)

    @property
    def lost(self) -> int:
        """How many rows were not kept."""
        return sum(count for kind, count in self.counts.items() if kind in _LOSING)


@frozen
class Read:
    """The texts of some source. rows = texts + the defects that lost a row + what was passed over.

    Attributes:
        passed_over: sound rows that are no texts to compare, by why.
    """

    texts: tuple[Text, ...]
    rows: int
    defects: Defects
    passed_over: Mapping[str, int] = Factory(dict)


def read_texts(files: Sequence[Path], chosen: Mapping[str, str] | None = None) -> Read:
    """Read the texts of files by what they are: Parquet, JSON lines, else a table with a header.

    Args:
        chosen: header by column (`id`, `text`, `time`, `account`, `lang`) where guessing fails.

    Raises:
        BadInputError: when a file has no column for texts, naming those that it has.
    """
    defects = Defects()
    kept: dict[str, Text] = {}
    count = 0
    for file in files:
        columns = _Columns(chosen or {}, file.name)
        for number, row in _rows(file):
            count += 1
            where = f"{file.name} row {number}"
            if row is None:
                defects.note("broken-row", where)
                continue
            text = _text(row, columns.of(row), where, defects)
            if text is not None and text.id in kept:
                defects.note("repeated-id", where)
            elif text is not None:
                kept[text.id] = text
        columns.must_be_found()
    return Read(tuple(kept.values()), count, defects)


@define
class _Columns:
    """Which header is which column; rows of JSON may each have other headers."""

    _chosen: Mapping[str, str]
    _file: str
    _known: dict[tuple[str, ...], dict[str, str]] = Factory(dict)

    def of(self, row: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the header by column, of the columns that this row has."""
        headers = tuple(row)
        if headers not in self._known:
            self._known[headers] = _found(headers, self._chosen)
        return self._known[headers]

    def must_be_found(self) -> None:
        """Raise what is wrong with a file in which no row has a chosen column, or a text."""
        if not self._known:
            return
        found = frozenset[str]().union(*self._known.values())
        headers = ", ".join(dict.fromkeys(each for known in self._known for each in known))
        for column in {"text": "", **self._chosen}:
            if column not in found:
                said = self._chosen.get(column)
                raise BadInputError(
                    f"{self._file}: no column {said!r}"
                    if said
                    else f"{self._file}: no column holds texts",
                    hint=f"name one with --column {column}=HEADER; its columns: {headers}",
                )


def _rows(file: Path) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    with file.open("rb") as opened:
        head = opened.read(4096)
    if head.startswith(b"PAR1"):
        return _of_parquet(file)
    return (
        _of_lines(file) if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") else _of_csv(file)
    )


def _of_parquet(file: Path) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    number = 0
    try:
        for batch in pq.ParquetFile(file).iter_batches(batch_size=4096):
            for row in batch.to_pylist():
                number += 1
                yield number, row
    except ArrowInvalid as error:
        raise BadInputError(
            f"{file.name}: not readable as Parquet: {error}", hint="write it again, or export CSV"
        ) from error


def _of_lines(file: Path) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    row = json.loads(line)  # ints of any size stay exact, which ids need
                except (ValueError, RecursionError):
                    row = None
                yield number, row if isinstance(row, dict) else None


def _of_csv(file: Path) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    csv.field_size_limit(_MOST_IN_A_CELL)
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        first = lines.readline()
        delimiter = max(",;\t|", key=first.count)
        lines.seek(0)
        rows = csv.reader(_without_nul(lines), delimiter=delimiter)
        header = next(rows, [])
        number = 1
        while True:
            number += 1
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error:
                yield number, None
                continue
            if cells:
                is_whole = len(cells) == len(header)
                yield number, dict(zip(header, cells, strict=True)) if is_whole else None


def _without_nul(lines: io.TextIOBase) -> Iterator[str]:
    return (line.replace("\0", "") for line in lines)


def _found(headers: Sequence[str], chosen: Mapping[str, str]) -> dict[str, str]:
    folded = {_folded(header): header for header in reversed(headers)}
    found: dict[str, str] = {}
    for column, names in COLUMNS.items():
        wanted = (_folded(chosen[column]),) if column in chosen else names
        known = [folded[name] for name in wanted if name in folded]
        if known:
            found[column] = known[0]
    return found


def _folded(header: str) -> str:
    return "_".join(header.strip().casefold().replace("-", " ").replace("_", " ").split())


def _text(
    row: Mapping[str, Any], columns: Mapping[str, str], where: str, defects: Defects
) -> Text | None:
    def said(column: str) -> str | None:
        value = row.get(columns[column]) if column in columns else None
        return _sound(str(value)).strip() or None if value is not None else None

    text = row.get(columns["text"]) if "text" in columns else None
    if not isinstance(text, str) or not text.strip():
        defects.note("no-text", where)
        return None
    named = said("id")
    if named is None:
        defects.note("no-id", where)
    time = _time(row.get(columns["time"])) if "time" in columns else None
    if time is None and said("time") is not None:
        defects.note("unreadable-time", where)
    return Text(named or where, _sound(text), time, said("account"), said("lang"))


def _sound(text: str) -> str:
    r"""Replace halves of surrogate pairs, which JSON may write (`\ud83d`) and nothing can show."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _time(value: object) -> datetime | None:
    """Read a time; one without a zone is taken for UTC, as most exports mean it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    said = str(value or "").strip()
    try:
        if said.replace(".", "", 1).isdigit():
            seconds = float(said)
            return datetime.fromtimestamp(
                seconds / 1000 if seconds > _MILLISECONDS else seconds, UTC
            )
        return parse_time(said.replace(" ", "T", 1))
    except BadInputError:
        pass
    except (ValueError, OverflowError, OSError):
        return None
    try:
        read = datetime.fromisoformat(said)
    except ValueError:
        return None
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
