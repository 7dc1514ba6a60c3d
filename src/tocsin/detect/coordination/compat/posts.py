"""Posts as the peers take them: every row, in the order of the file, times with their fractions."""

from typing import Final, Self, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s
from tocsin.detect.coordination.labels import encode
from tocsin.detect.coordination.seconds import decimals_of
from tocsin.foundation import BadInputError

Decimals: TypeAlias = NDArray[np.float64]

_NEEDED: Final = ("account", "object", "time", "content")


@frozen(eq=False, kw_only=True)
class Posts:
    """Rows in the order of the file.

    Attributes:
        obj, acc, content: numbers of the labels, -1 where a row has none.
        ts: seconds, NaN where a row has none.
    """

    obj: Int32s
    acc: Int32s
    content: Int32s
    ts: Decimals
    objects: pa.Array
    accounts: pa.Array
    contents: pa.Array

    def __len__(self) -> int:
        return len(self.ts)

    @classmethod
    def from_table(cls, table: pa.Table) -> Self:
        """Build from a trace that has contents, such as the ids of posts.

        Raises:
            BadInputError: when a column is missing or of another type.
        """
        missing = [name for name in _NEEDED if name not in table.column_names]
        if missing:
            raise BadInputError(
                f"no column {', '.join(map(repr, missing))}",
                hint="the peers need the id of each post too: --column content=HEADER",
            )
        account, obj, content = (
            encode(table[name], name) for name in ("account", "object", "content")
        )
        return cls(
            obj=obj.ids,
            acc=account.ids,
            content=content.ids,
            ts=decimals_of(table["time"]),
            objects=obj.labels,
            accounts=account.labels,
            contents=content.labels,
        )

    def own_content(self) -> Int32s:
        """Return for each object the content of the same label, -1 where there is none."""
        if len(self.objects) == 0:
            return np.empty(0, np.int32)
        texts = (pc.cast(each, pa.string()) for each in (self.objects, self.contents))
        found = pc.index_in(next(texts), value_set=next(texts)).fill_null(-1)
        own: Int32s = found.to_numpy(zero_copy_only=False).astype(np.int32)
        return own

    def prepared(self) -> tuple[Self, dict[str, int]]:
        """Leave out what an analyst leaves out before: rows lacking a field, repeated rows.

        A file with several columns of objects repeats a post for each; asked for one column, it
        would count the same share many times.

        Returns:
            The rest, and how many rows left for which reason.
        """
        lacking = (self.obj < 0) | (self.acc < 0) | (self.content < 0) | np.isnan(self.ts)
        rest = self.where(~lacking)
        order = np.lexsort((rest.ts, rest.content, rest.acc, rest.obj))
        again = np.zeros(len(rest), np.bool_)
        same = np.ones(max(len(rest) - 1, 0), np.bool_)
        for column in (rest.obj, rest.acc, rest.content, rest.ts):
            same &= column[order][1:] == column[order][:-1]
        again[order[1:]] = same  # stable: of equal rows the first stays
        left = {"lacks-a-field": int(lacking.sum()), "repeated-row": int(again.sum())}
        return rest.where(~again), {kind: count for kind, count in left.items() if count}

    def where(self, wanted: Flags) -> Self:
        """Return some of the rows, under the same numbers."""
        return type(self)(
            obj=self.obj[wanted],
            acc=self.acc[wanted],
            content=self.content[wanted],
            ts=self.ts[wanted],
            objects=self.objects,
            accounts=self.accounts,
            contents=self.contents,
        )
