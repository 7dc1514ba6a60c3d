"""Small things the node remembers, such as cursors. Not logged, not versioned."""

import orjson
from sqlalchemy import delete, select

from tocsin.foundation import JsonValue, canonical
from tocsin.vault import schema
from tocsin.vault.rows import insert_rows
from tocsin.vault.session import Session

_table = schema.settings


class SettingReads:
    """The settings as they stand in this transaction."""

    def __init__(self, session: Session) -> None:
        self._connection = session.connection

    def get(self, key: str) -> JsonValue:
        """Return a value, None where there is none."""
        raw = self._connection.scalar(select(_table.c.value).where(_table.c.key == key))
        value: JsonValue = None if raw is None else orjson.loads(raw)
        return value

    def all(self, prefix: str = "") -> dict[str, JsonValue]:
        """Return all values whose key begins with `prefix`, sorted by key."""
        statement = select(_table.c.key, _table.c.value).order_by(_table.c.key)
        rows = self._connection.execute(statement)
        return {key: orjson.loads(raw) for key, raw in rows if key.startswith(prefix)}


class Settings(SettingReads):
    """The settings with a pen."""

    def set(self, key: str, value: JsonValue) -> None:
        """Set a value; None removes it."""
        self._connection.execute(delete(_table).where(_table.c.key == key))
        if value is not None:
            insert_rows(self._connection, _table, ("key", "value"), [(key, canonical(value))])
