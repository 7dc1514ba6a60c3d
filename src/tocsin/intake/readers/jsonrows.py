"""JSON that is a table: an array of values or of objects, or objects one a line.

A member that holds objects itself is one cell, as JSON text.
"""

import io
import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO, Final, TypeAlias, Union

from tocsin.foundation import JsonObject, JsonValue
from tocsin.intake.events import Event
from tocsin.intake.guessing import SAMPLE_ROWS, guess_mapping
from tocsin.intake.jsonpieces import Members, Trouble
from tocsin.intake.jsonstream import read_json
from tocsin.intake.mapping import Role
from tocsin.intake.reader import Context, Example, Head
from tocsin.intake.readers.tables import read_table
from tocsin.intake.tabletext import Row

# What services call the member that holds their records.
ARRAYS: Final = frozenset(
    {
        *("data", "domains", "entries", "hosts", "indicators", "iocs", "items", "observables"),
        *("records", "results", "rows", "urls", "values"),
    }
)
_LOOKED_AT: Final = 50

_Record: TypeAlias = Union[JsonValue, Trouble]  # noqa: UP007 - `JsonValue` is named by a text


class JsonRowsReader:
    """Each object is a row whose columns are its members, through a column mapping."""

    name = "json-table"
    is_taxonomy = False

    def recognises(self, head: Head) -> float:
        """JSON whose first records have a member that reads as indicators."""
        if not head.is_json or head.is_binary:
            return 0.0
        header, rows = _table(_records(io.BytesIO(head.data), head.encoding))
        first = [header.cells, *(row.cells for row in islice(rows, _LOOKED_AT) if not row.is_lost)]
        return 0.2 if len(first) > 1 and guess_mapping(first).of(Role.VALUE) else 0.0

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event a record."""
        header, rows = _table(_records(stream, Head.of(stream).encoding))
        yield from read_table(chain([header], rows), context, lambda _: None)

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        data = b'[{"domain": "a-one[.]example", "note": "spoof"}, {"domain": null, "note": "x"}]'
        return (Example(data, 2, 1), Example(b'["a-one.example", "b-two[.]example"]', 2, 2))


def _records(stream: BinaryIO, encoding: str) -> Iterator[_Record]:
    """Yield a document's records; the members beside an array of them are the last."""
    found = 0
    for piece in read_json(stream, encoding, arrays=ARRAYS):
        if isinstance(piece, Members):
            # Beside an array stand counts and pages; without one the object is a record itself.
            if piece.values and not found:
                yield piece.values
            found = 0
        else:
            found += 1
            yield piece if isinstance(piece, Trouble) else piece.value


def _table(records: Iterator[_Record]) -> tuple[Row, Iterator[Row]]:
    """Return the header, of the members that the first records have, and the rows below it."""
    sample = list(islice(records, SAMPLE_ROWS))
    names = dict.fromkeys(name for each in sample if isinstance(each, dict) for name in each)
    header = tuple(names) or ("value",)
    rows = (_row(at, each, header) for at, each in enumerate(chain(sample, records), start=1))
    return Row(0, header), rows


def _row(number: int, record: _Record, names: tuple[str, ...]) -> Row:
    if isinstance(record, Trouble):
        told = f"byte {record.at}: {record.text}"
        return Row(number, (told,), record.kind, is_lost=True)
    if not isinstance(record, dict):
        record = {names[0]: record}
    more: JsonObject = {name: each for name, each in record.items() if name not in names}
    cells = [_text(record.get(name)) for name in names]
    return Row(number, (*cells, *(f"{name}: {_text(each)}" for name, each in more.items())))


def _text(value: JsonValue) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return "; ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
