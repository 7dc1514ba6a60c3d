"""What the log says of erasures: the only reason why stored bytes may be missing."""

from typing import Any

import orjson
from sqlalchemy import Connection, select

from tocsin.foundation import TocsinError
from tocsin.trust import leaf_hash, salted
from tocsin.vault import schema
from tocsin.vault.log import ERASED


class Erasures:
    """Looks up the entries that erased something."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def allows_row(self, what: str, version: str, commitment: bytes) -> bool:
        """Tell whether an entry erased the row and names this commitment."""
        event = self._event(what)
        return event is None or any(
            named.get("version") == version and named.get("commitment") == commitment.hex()
            for named in event.get("objects", [])
        )

    def allows_object(self, what: str) -> bool:
        """Tell whether an entry erased something under this name."""
        event = self._event(what)
        return event is None or bool(event)

    def allows_entry(self, index: int, leaf: bytes) -> bool:
        """Tell whether an entry erased what entry `index` said, and repeats its leaf."""
        event = self._event(f"entry:{index}")
        return event is None or any(
            named.get("index") == index and named.get("leaf") == leaf.hex()
            for named in event.get("said", {}).get("entries", [])
        )

    def _event(self, what: str) -> dict[str, Any] | None:
        """Return the erasing event, empty when there is none.

        None when the erasing entry does not hold itself: then that entry is the bad one, and the
        walk will name it when it gets there.
        """
        entries, erasures = schema.log_entries.c, schema.erasures.c
        row = self._connection.execute(
            select(entries.kind, entries.event, entries.nonce, entries.leaf)
            .join(schema.erasures, erasures.entry == entries.idx)
            .where(erasures.what == what)
        ).one_or_none()
        if row is None or row.kind != ERASED:
            return {}
        try:
            if leaf_hash(salted(row.nonce or b"", row.event or b"")) != row.leaf:
                return None
            event = orjson.loads(row.event)
        except (TocsinError, orjson.JSONDecodeError):
            return None
        return event if isinstance(event, dict) else {}
