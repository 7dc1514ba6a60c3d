"""The one shape that coordination is found in: who shared which object, and when."""

from typing import Final, Self

import numpy as np
import pyarrow as pa
from attrs import evolve, frozen

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.labels import Encoded, encode, only_used
from tocsin.detect.coordination.ordering import canonical_order, first_of_account
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
        _check(table)
        accounts = encode(table["account"], "account")
        objects = encode(table["object"], "object")
        content = encode(table["content"], "content") if "content" in table.column_names else None
        times = seconds_of(table["time"])
        lost = {
            "no-account": accounts.ids < 0,
            "no-object": objects.ids < 0,
            "no-time": times.missing,
            "unreadable-time": times.unreadable,
            "time-out-of-range": times.outside,
        }
        bad = np.logical_or.reduce(list(lost.values()))
        made = cls._sorted(
            only_used(_kept(objects, bad)),
            only_used(_kept(accounts, bad)),
            times.seconds[~bad] if bad.any() else times.seconds,
            None if content is None else _kept(content, bad).ids,
            first_only=first_only,
        )
        said = [_defect(kind, rows) for kind, rows in (*lost.items(), ("time-cut", times.cut))]
        defects = (*(each for each in said if each.count), *made.defects)
        return evolve(made, rows=len(table), defects=defects)

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
        times = np.asarray(ts, np.int64)
        return cls._sorted(named[0], named[1], times, content, first_only=first_only)

    @classmethod
    def _sorted(
        cls,
        objects: Encoded,
        accounts: Encoded,
        ts: Int64s,
        content: Int32s | None,
        *,
        first_only: bool,
    ) -> Self:
        order = canonical_order(
            objects.ids, accounts.ids, ts, content, len(objects.labels), len(accounts.labels)
        )
        obj, acc = objects.ids[order], accounts.ids[order]
        defects: tuple[Defect, ...] = ()
        rows = len(order)
        if first_only:
            first = first_of_account(obj, acc, len(accounts.labels))
            later = int(rows - first.sum())
            if later:
                defects = (Defect("later-share", later, ()),)
                obj, acc, order = obj[first], acc[first], order[first]
        return cls(
            obj=obj,
            acc=acc,
            ts=ts[order],
            content=None if content is None else content[order],
            objects=objects.labels,
            accounts=accounts.labels,
            first_only=first_only,
            rows=rows,
            defects=defects,
        )


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
