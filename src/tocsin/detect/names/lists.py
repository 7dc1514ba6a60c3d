"""Watchlists as files: TOML, JSON, CSV, or plain domains, one a line."""

import csv
import io
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from tocsin.detect.names.entities import Entity, entity_from, merged
from tocsin.foundation import BadInputError, JsonObject, JsonValue, TocsinError, parse_json

FORMATS: Final = (".toml", ".json", ".csv")
_LISTED: Final = ("aliases", "domains", "handles", "sister_suffixes")


@frozen
class ListRead:
    """What a file held.

    Attributes:
        faults: what was left out, each with its row.
    """

    entities: tuple[Entity, ...]
    faults: tuple[str, ...]


def read_list(path: Path) -> ListRead:
    """Read a watchlist by the ending of its name; another ending is plain domains.

    A bad row is named and left out; the rest is read.

    Raises:
        BadInputError: when the file as a whole cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        rows = list(_rows(text, path.suffix.lower()))
    except (UnicodeDecodeError, ValueError, csv.Error, TocsinError) as error:
        raise BadInputError(
            f"{path.name}: no watchlist: {error}", hint="TOML, JSON, CSV, or one domain a line"
        ) from error
    entities, faults = [], []
    for number, row in rows:
        where = f"{path.name} row {number}"
        try:
            entities.append(entity_from(row if isinstance(row, Mapping) else {}, where))
        except BadInputError as error:
            faults.append(error.message)
    return ListRead(merged(entities), tuple(faults))


def write_list(entities: Sequence[Entity], suffix: str) -> str:
    """Return a watchlist as the text of a file with that ending.

    Raises:
        BadInputError: when the ending is none of `FORMATS`.
    """
    said = [each.to_json() for each in entities]
    if suffix == ".json":
        return json.dumps({"entities": said}, indent=2, ensure_ascii=False) + "\n"
    if suffix == ".csv":
        return _csv(said)
    if suffix == ".toml":
        return "\n".join(_toml(each) for each in said)
    raise BadInputError(f"{suffix or 'no ending'}: no format", hint=f"one of {', '.join(FORMATS)}")


def _rows(text: str, suffix: str) -> Iterator[tuple[int, JsonValue]]:
    if suffix == ".csv":
        for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
            yield number, _from_csv(row)
        return
    if suffix in {".toml", ".json"}:
        whole: JsonValue = (
            tomllib.loads(text)
            if suffix == ".toml"
            else parse_json(text.encode(), source="the list")
        )
        listed = whole.get("entities") if isinstance(whole, dict) else whole
        if not isinstance(listed, list):
            raise BadInputError("it has no list `entities`", hint="")
        yield from enumerate(listed, start=1)
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            yield number, {"domains": [line.strip()]}


def _from_csv(row: Mapping[str | None, str | list[str] | None]) -> JsonValue:
    said: dict[str, JsonValue] = {}
    for key, value in row.items():
        if key is None or isinstance(value, list):
            return None  # more cells than headers
        header = key.strip().lower()
        said[header] = [*(value or "").split(";")] if header in _LISTED else value
    return said


def _csv(said: Iterable[JsonObject]) -> str:
    rows = [
        {key: ";".join(map(str, value)) if isinstance(value, list) else _cell(value)
         for key, value in each.items()}
        for each in said
    ]  # fmt: skip
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=[*rows[0]] if rows else ["name"])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _cell(value: JsonValue) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _toml(said: JsonObject) -> str:
    """JSON strings, lists, numbers and booleans are TOML as well."""
    lines = [
        f"{key} = {json.dumps(value)}" for key, value in said.items() if value not in (None, [])
    ]
    return "\n".join(("[[entities]]", *lines, ""))
