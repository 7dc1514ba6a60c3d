"""Who came along with a group: accounts that were there, and within the window of two of it."""

from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance.ground import Ground
from tocsin.detect.coordination.chance.lists import Lists
from tocsin.detect.coordination.chance.stories import over_stories
from tocsin.detect.coordination.chance.tail import tail
from tocsin.detect.coordination.chance.threads import in_pieces
from tocsin.detect.coordination.compiled import compiled

Floats = NDArray[np.float64]

_PAIR = 2  # so many of a group in a cell make whoever shared it too one who could come along


@frozen(eq=False)
class Companions:
    """Shares of those who came along at least once, by account and story, of one group.

    Attributes:
        able: accounts that could have come along; those that never did are counted here only.
        accounts: the others, ascending.
        offsets: shares of the account at place k are those from `offsets[k]` to `offsets[k + 1]`.
        cell: of each share, its number in the layout.
        others: how many of the group shared the cell.
        joined: whether the share stood within the window of two of them.
    """

    able: int
    accounts: Int32s
    offsets: Int64s
    cell: Int32s
    others: Int32s
    joined: Flags

    @classmethod
    def of_groups(
        cls,
        ground: Ground,
        groups: Sequence[Int32s],
        eligible: Flags,
    ) -> list[Self]:
        """Find those of each group.

        Args:
            eligible: accounts that are asked about.
        """
        shares, layout, window_s = ground.shares, ground.layout, ground.window_s
        wanted = np.zeros(shares.n_accounts, np.bool_)
        for each in groups:
            wanted[each] = True
        lists = Lists.of_accounts(shares, layout, wanted, np.ones(layout.n_cells, np.bool_))
        cells = [_shared_by_two(lists, each) for each in groups]
        cost = [int(layout.sizes[each].sum(dtype=np.int64)) + len(each) for each in cells]

        def piece(first: int, last: int) -> list[Self]:
            inside = np.zeros(shares.n_accounts, np.bool_)
            was_able, came = (np.full(shares.n_accounts, -1, np.int32) for _ in range(2))
            part: list[Self] = []
            for k in range(first, last):
                picked = layout.where(cells[k])
                inside[groups[k]] = True
                able = find_joined(
                    picked.starts, picked.sizes, shares.acc, shares.ts, inside, eligible,
                    window_s, k, was_able, came,
                )  # fmt: skip
                found = np.empty((4, int(picked.sizes.sum(dtype=np.int64))), np.int32)
                count = list_joined(
                    picked.starts, picked.sizes, shares.acc, shares.ts, inside, window_s, k, came,
                    found,
                )  # fmt: skip
                inside[groups[k]] = False
                part.append(cls._by_account(able, cells[k], found[:, :count]))
            return part

        made: list[Self] = []
        parts: Iterator[list[Self]] = in_pieces(piece, np.array(cost, np.int64))
        for part in parts:
            made += part
        return made

    @classmethod
    def _by_account(cls, able: int, cells: Int32s, found: Int32s) -> Self:
        acc, place, others, joined = found[:, np.argsort(found[0], kind="stable")]
        accounts, starts = np.unique(acc, return_index=True)
        offsets = np.append(starts, len(acc)).astype(np.int64)
        return cls(able, accounts, offsets, cells[place], others, joined.astype(np.bool_))

    @property
    def row(self) -> Int64s:
        """Return the place in `accounts` of each share."""
        return np.repeat(np.arange(len(self.accounts)), np.diff(self.offsets))

    def p_values(self, story: Int64s, rates: Floats, close: Floats | None = None) -> Floats:
        """Return, for each of `accounts`, the chance of coming along over as many stories.

        Args:
            story: of each cell of the layout.
            rates: of each share, how often three sharers of its cell come together.
            close: of each share, how many times oftener than any two the account meets the group.
        """
        others = self.others.astype(np.float64)
        chance = others * (others - 1) / 2.0 * rates
        if close is not None:
            chance = chance * close**2
        p_value = np.ones(len(self.accounts))
        story_tails(self.offsets, story[self.cell], chance, self.joined, p_value)
        return p_value


def _shared_by_two(lists: Lists, group: Int32s) -> Int32s:
    """Return the cells, by story, in which a group has two shares or more."""
    own = [lists.cell[lists.offsets[each] : lists.offsets[each + 1]] for each in group]
    places, count = np.unique(np.concatenate([lists.cell[:0], *own]), return_counts=True)
    shared: Int32s = lists.cells[places[count >= _PAIR]]
    return shared


@compiled
def longest(sizes: Int32s) -> int:
    """Return the size of the largest cell."""
    most = 0
    for c in range(len(sizes)):
        most = max(most, sizes[c])
    return most


@compiled
def members_of(start: int, end: int, acc: Int32s, inside: Flags, member: Int32s) -> int:
    """Write the rows of a cell that are a group's, and return how many there are."""
    count = 0
    for i in range(start, end):
        if inside[acc[i]]:
            member[count] = i
            count += 1
    return count


@compiled
def with_two(i: int, ts: Int64s, member: Int32s, low: int, count: int, window_s: int) -> bool:
    """Tell whether a row stands within one window with two rows of members, itself not counted.

    Args:
        low: place of the first member within the window of the row; members by time.
    """
    last = -1
    for place in range(low, count):
        j = member[place]
        if ts[j] - ts[i] > window_s:
            break
        if j != i:
            if last >= 0 and max(ts[j], ts[i]) - min(ts[last], ts[i]) <= window_s:
                return True
            last = j
    return False


@compiled
def find_joined(
    starts: Int32s,
    sizes: Int32s,
    acc: Int32s,
    ts: Int64s,
    inside: Flags,
    eligible: Flags,
    window_s: int,
    mark: int,
    was_able: Int32s,
    came: Int32s,
) -> int:
    """Mark who could have come along with two of a group, and who did.

    Returns:
        How many could have.
    """
    able = 0
    member = np.empty(longest(sizes), np.int32)
    for c in range(len(starts)):
        start, end = starts[c], starts[c] + sizes[c]
        count = members_of(start, end, acc, inside, member)
        low = 0
        for i in range(start, end):
            a = acc[i]
            while low < count and ts[i] - ts[member[low]] > window_s:
                low += 1
            if eligible[a] and count - inside[a] >= _PAIR:
                if was_able[a] != mark:
                    was_able[a] = mark
                    able += 1
                if came[a] != mark and with_two(i, ts, member, low, count, window_s):
                    came[a] = mark
    return able


@compiled
def list_joined(
    starts: Int32s,
    sizes: Int32s,
    acc: Int32s,
    ts: Int64s,
    inside: Flags,
    window_s: int,
    mark: int,
    came: Int32s,
    found: Int32s,
) -> int:
    """Write account, place of the cell, others of the group and whether it joined, of each share.

    Of those who came along, as `find_joined` marked them.

    Returns:
        How many shares there are.
    """
    member = np.empty(longest(sizes), np.int32)
    n = 0
    for c in range(len(starts)):
        start, end = starts[c], starts[c] + sizes[c]
        count = members_of(start, end, acc, inside, member)
        low = 0
        for i in range(start, end):
            a = acc[i]
            while low < count and ts[i] - ts[member[low]] > window_s:
                low += 1
            if came[a] == mark and count - inside[a] >= _PAIR:
                found[0, n], found[1, n], found[2, n] = a, c, count - inside[a]
                found[3, n] = with_two(i, ts, member, low, count, window_s)
                n += 1
    return n


@compiled
def story_tails(
    offsets: Int64s, story: Int64s, chance: Floats, joined: Flags, p_value: Floats
) -> None:
    """Write how probable it is to come along over so many stories, for each account."""
    for k in range(len(offsets) - 1):
        start, end = offsets[k], offsets[k + 1]
        per_story = np.empty(end - start)
        met, stories = over_stories(
            story[start:end], chance[start:end], joined[start:end], per_story
        )
        p_value[k] = tail(met, per_story, stories)
