"""Which versions count no more, by the log alone: for whoever verifies a vault."""

import orjson
from sqlalchemy import Connection, select

from tocsin.vault import schema
from tocsin.vault.log import REINSTATED, VOIDED


def void_by_log(connection: Connection) -> frozenset[int]:
    """Return the numbers of the shared objects that the log says are void at its end.

    An entry that does not hold itself is passed over: the walk names it when it gets there.
    """
    entries = schema.log_entries.c
    rows = connection.execute(
        select(entries.kind, entries.event)
        .where(entries.kind.in_((VOIDED, REINSTATED)), entries.event.is_not(None))
        .order_by(entries.idx)
    )
    void: set[int] = set()
    for kind, event in rows:
        try:
            said = orjson.loads(event)["said"]["shared"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            continue
        void = void | set(said) if kind == VOIDED else void - set(said)
    return frozenset(void)
