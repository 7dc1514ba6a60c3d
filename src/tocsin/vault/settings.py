"""Small things the node remembers, such as cursors. Not logged, not versioned."""

from collections.abc import Iterable, Mapping
from typing import Final

import orjson
from sqlalchemy import bindparam, delete, func, select

from tocsin.foundation import JsonValue, canonical
from tocsin.vault import schema
from tocsin.vault.prepared import Prepared
from tocsin.vault.rows import insert_rows
from tocsin.vault.session import Session

_table = schema.settings

_ONE: Final = Prepared(select(_table.c.value).where(_table.c.key == bindparam("of_key")))
_FIRST: Final = Prepared(
    select(func.min(_table.c.key)).where(
        _table.c.key >= bindparam("low"), _table.c.key < bindparam("high")
    )
)
_DROP: Final = Prepared(delete(_table).where(_table.c.key == bindparam("of_key")))


class SettingReads:
    """The settings as they stand in this transaction."""

    def __init__(self, session: Session) -> None:
        self._connection = session.connection

    def get(self, key: str) -> JsonValue:
        """Return a value, None where there is none."""
        raw = _ONE.scalar(self._connection, of_key=key)
        value: JsonValue = None if raw is None else orjson.loads(raw)
        return value

    def all(self, prefix: str = "") -> dict[str, JsonValue]:
        """Return all values whose key begins with `prefix`, sorted by key."""
        statement = select(_table.c.key, _table.c.value).order_by(_table.c.key)
        if prefix:
            low, high = _range(prefix)
            statement = statement.where(_table.c.key >= low, _table.c.key < high)
        rows = self._connection.execute(statement)
        return {key: orjson.loads(raw) for key, raw in rows}

    def keys(self, prefix: str) -> list[str]:
        """Return the keys that begin with `prefix`, sorted."""
        low, high = _range(prefix)
        statement = select(_table.c.key).where(_table.c.key >= low, _table.c.key < high)
        return list(self._connection.scalars(statement.order_by(_table.c.key)))

    def has(self, prefix: str) -> bool:
        """Tell whether any key begins with `prefix`, by one look into the index."""
        low, high = _range(prefix)
        return _FIRST.scalar(self._connection, low=low, high=high) is not None


class Settings(SettingReads):
    """The settings with a pen."""

    def set(self, key: str, value: JsonValue) -> None:
        """Set a value; None removes it."""
        _DROP.run(self._connection, of_key=key)
        if value is not None:
            insert_rows(self._connection, _table, ("key", "value"), [(key, canonical(value))])

    def add_all(self, values: Mapping[str, JsonValue]) -> None:
        """Set values whose keys are not there yet."""
        rows = [(key, canonical(value)) for key, value in values.items()]
        insert_rows(self._connection, _table, ("key", "value"), rows)

    def drop_all(self, keys: Iterable[str]) -> None:
        """Remove values."""
        _DROP.run_each(self._connection, [{"of_key": key} for key in keys])


def _range(prefix: str) -> tuple[str, str]:
    """Return the first key that begins with `prefix`, and the first one behind all of them."""
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)
