"""What a detector found in a world, against the truth: by account, with controls set apart.

Controls act together, so that finding them is right; whether they are innocent is another
question. They count neither for nor against F1.
"""

from collections.abc import Iterable

from attrs import frozen

from tests.worlds.planted import CONTROLS, TACTICS, World


@frozen(kw_only=True)
class Score:
    """Accounts counted; scores of several worlds can be added.

    Attributes:
        right, wrong, missed: planted and found; ordinary and found; planted and not found.
        of_group: found and all members, by tactic or control.
    """

    right: int = 0
    wrong: int = 0
    missed: int = 0
    of_group: dict[str, tuple[int, int]]

    def __add__(self, other: "Score") -> "Score":
        return Score(
            right=self.right + other.right,
            wrong=self.wrong + other.wrong,
            missed=self.missed + other.missed,
            of_group={
                name: (
                    self.of_group.get(name, (0, 0))[0] + other.of_group.get(name, (0, 0))[0],
                    self.of_group.get(name, (0, 0))[1] + other.of_group.get(name, (0, 0))[1],
                )
                for name in {**self.of_group, **other.of_group}
            },
        )

    @property
    def f1(self) -> float:
        """F1, or 1 where nobody was planted and nobody found."""
        counted = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / counted if counted else 1.0

    @property
    def precision(self) -> float:
        found = self.right + self.wrong
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        planted = self.right + self.missed
        return self.right / planted if planted else 1.0

    def share(self, name: str) -> float:
        """Return how much of a tactic or control was found, 0 where the world has none."""
        found, members = self.of_group.get(name, (0, 0))
        return found / members if members else 0.0


def score(world: World, found: Iterable[int], tactics: tuple[str, ...] = TACTICS) -> Score:
    """Score accounts that were found in a world."""
    flagged = set(found)
    groups = {name: set(world.members(name).tolist()) for name in (*tactics, *CONTROLS)}
    planted = set().union(*(groups[name] for name in tactics))
    controls = set().union(*(groups[name] for name in CONTROLS))
    return Score(
        right=len(flagged & planted),
        wrong=len(flagged - planted - controls),
        missed=len(planted - flagged),
        of_group={
            name: (len(members & flagged), len(members))
            for name, members in groups.items()
            if members
        },
    )


def false_edges(world: World, pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """Return how many pairs there are, and how many do not belong to one group."""
    seen = [(world.group[a], world.group[b]) for a, b in pairs]
    return len(seen), sum(a != b or not a for a, b in seen)
