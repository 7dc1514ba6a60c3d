"""The one shape that coordination is found in: who shared which object, and when."""

from typing import Final, Self

import numpy as np
import pyarrow as pa
from attrs import evolve, frozen

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.labels import Encoded, encode, only_used
from tocsin.detect.coordination.ordering import canonical_order, first_of_account
from tocsin.detect.coordination.packing import Columns, fits, sort_shares
from tocsin.detect.coordination.seconds import seconds_of
from tocsin.foundation import BadInputError

MOST_ROWS: Final = 2**31 - 2

_EXAMPLES: Final = 3


@frozen
class Defect:
    """Rows that were not used, or not as they stood.

    Attributes:
        kind: `no-account`, `no-object`, `no-time`, `unreadable-time`, `time-out-of-range`,
            `broken-row` (of a CSV, with more or fewer cells than its header), `wrong-encoding` (so
            many files are not UTF-8), `time-cut` (a fraction of a second was dropped; the row is
            used) or `later-share` (the account had shared the object before; left out when only
            first shares count).
        examples: numbers of some such rows, from 0, in the table as it was given; none for
            `later-share`, which is no fault.
    """

    kind: str
    count: int
    examples: tuple[int, ...]


@frozen(eq=False, kw_only=True)
class Shares:
    """Shares sorted by (object, time, account), numbered densely. Never write into the arrays.

    The same rows in any order give the same arrays.

    Attributes:
        obj: number of the object, int32, one a share.
        acc: number of the account, int32, one a share.
        ts: Unix seconds, int64, one a share; may be negative.
        content: number of the content (a post's text or id) one a share, or None.
        objects: label of each object, ascending; text or whole numbers.
        accounts: label of each account, ascending.
        first_only: no account stands twice on one object.
        rows: rows that were read; `len(shares)` of them were kept.
        defects: what happened to the others.
    """

    obj: Int32s
    acc: Int32s
    ts: Int64s
    content: Int32s | None
    objects: pa.Array
    accounts: pa.Array
    first_only: bool
    rows: int
    defects: tuple[Defect, ...] = ()

    def __len__(self) -> int:
        return len(self.obj)

    @property
    def n_objects(self) -> int:
        return len(self.objects)

    @property
    def n_accounts(self) -> int:
        return len(self.accounts)

    @classmethod
    def from_table(cls, table: pa.Table, *, first_only: bool = True) -> Self:
        """Build from the columns `account`, `object`, `time` and, where there is one, `content`.

        Args:
            table: `account`, `object` and `content` are text, whole numbers or a dictionary of
                these; `time` is Unix seconds or a timestamp (one without a zone is taken as UTC).
            first_only: count each account's first share of an object alone. Repeats by one
                account are no evidence of two, and they were the largest source of noise.

        Raises:
            BadInputError: when a column is missing or of another type, or there are more than
                2^31 rows.
        """
        return cls.take([table], first_only=first_only)

    @classmethod
    def take(cls, handed: list[pa.Table], *, first_only: bool = True) -> Self:
        """Build from a table that is handed over, as `from_table`.

        Args:
            handed: the table alone; emptied, so that whoever has no other name for it has its
                memory back before the sort.
        """
        table = handed.pop()
        _check(table)
        rows = len(table)
        accounts = encode(table["account"], "account")
        objects = encode(table["object"], "object")
        content = encode(table["content"], "content") if "content" in table.column_names else None
        times = seconds_of(table["time"])
        del table
        lost = {
            "no-account": accounts.ids < 0,
            "no-object": objects.ids < 0,
            "no-time": times.missing,
            "unreadable-time": times.unreadable,
            "time-out-of-range": times.outside,
        }
        said = [_defect(kind, rows) for kind, rows in (*lost.items(), ("time-cut", times.cut))]
        bad = np.logical_or.reduce(list(lost.values()))
        ts = times.seconds[~bad] if bad.any() else times.seconds
        del times, lost
        objects, accounts = (only_used(_kept(each, bad)) for each in (objects, accounts))
        ids = None if content is None else _kept(content, bad).ids
        labels = objects.labels, accounts.labels
        columns: Columns = [objects.ids, accounts.ids, ts]
        del objects, accounts, ts, bad
        pa.default_memory_pool().release_unused()  # Arrow keeps 8 bytes a row for its next table
        made = cls._sorted(columns, labels, ids, first_only=first_only)
        defects = (*(each for each in said if each.count), *made.defects)
        return evolve(made, rows=rows, defects=defects)

    @classmethod
    def of(
        cls,
        obj: Int32s,
        acc: Int32s,
        ts: Int64s,
        *,
        objects: pa.Array | None = None,
        accounts: pa.Array | None = None,
        content: Int32s | None = None,
        first_only: bool = True,
    ) -> Self:
        """Build from numbers in any order, such as those of a simulated world.

        Without labels, a number is its own. Labels are kept as they are, used or not.

        Raises:
            BadInputError: when the arrays differ in length or a number has no label.
        """
        if not len(obj) == len(acc) == len(ts) or (content is not None and len(content) != len(ts)):
            raise BadInputError("the columns differ in length", hint="give one of each a share")
        named = tuple(
            Encoded(np.asarray(ids, np.int32), _numbered(ids) if labels is None else labels)
            for ids, labels in ((obj, objects), (acc, accounts))
        )
        for each in named:
            if len(each.ids) and not 0 <= each.ids.min() <= each.ids.max() < len(each.labels):
                raise BadInputError("a number has no label", hint="number from 0 to labels - 1")
        columns: Columns = [*(each.ids for each in named), np.asarray(ts, np.int64)]
        labels = named[0].labels, named[1].labels
        return cls._sorted(columns, labels, content, first_only=first_only)

    @classmethod
    def _sorted(
        cls,
        columns: Columns,
        labels: tuple[pa.Array, pa.Array],
        content: Int32s | None,
        *,
        first_only: bool,
    ) -> Self:
        """Build from object, account and time; `columns` is emptied."""
        rows, sizes = len(columns[0]), (len(labels[0]), len(labels[1]))
        if content is None and fits(columns[2]):
            obj, acc, ts = sort_shares(columns, *sizes, first_only=first_only)
        else:
            obj, acc, ts, content = _gathered(columns, content, *sizes, first_only=first_only)
        later = rows - len(obj)
        return cls(
            obj=obj,
            acc=acc,
            ts=ts,
            content=content,
            objects=labels[0],
            accounts=labels[1],
            first_only=first_only,
            rows=rows,
            defects=(Defect("later-share", later, ()),) if later else (),
        )


def _gathered(
    columns: Columns,
    content: Int32s | None,
    n_objects: int,
    n_accounts: int,
    *,
    first_only: bool,
) -> tuple[Int32s, Int32s, Int64s, Int32s | None]:
    """Sort by row numbers: for contents, and for times too far apart to be packed."""
    obj, acc, ts = columns
    columns.clear()
    order = canonical_order(obj, acc, ts, content, n_objects, n_accounts)
    if first_only:
        order = order[first_of_account(obj[order], acc[order], n_accounts)]
    return obj[order], acc[order], ts[order], None if content is None else content[order]


def _check(table: pa.Table) -> None:
    missing = [name for name in ("account", "object", "time") if name not in table.column_names]
    if missing:
        raise BadInputError(
            f"no column {', '.join(map(repr, missing))}",
            hint="a trace has the columns account, object and time",
        )
    if len(table) > MOST_ROWS:
        raise BadInputError(
            f"{len(table)} rows are more than one machine's kernel numbers",
            hint="use --engine spark, or look at a shorter time",
        )


def _kept(encoded: Encoded, bad: Flags) -> Encoded:
    return Encoded(encoded.ids[~bad], encoded.labels) if bad.any() else encoded


def _defect(kind: str, rows: Flags) -> Defect:
    some = tuple(int(row) for row in np.flatnonzero(rows)[:_EXAMPLES])
    return Defect(kind, int(rows.sum()), some)


def _numbered(ids: Int32s) -> pa.Array:
    return pa.array(np.arange(int(ids.max()) + 1 if len(ids) else 0, dtype=np.int64))
