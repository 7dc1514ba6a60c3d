"""What the page shows; the template reads these names and no others."""

from attrs import field, frozen

from tocsin.foundation import UsageError


@frozen
class AccountRow:
    """One account of a group.

    Attributes:
        shares: how often it shared any object that was examined.
        first_s: Unix seconds of its first co-action with another of the group.
        last_s: of its last.
    """

    label: str
    shares: int
    first_s: int
    last_s: int


@frozen
class ObjectRow:
    """Something that accounts of a group shared together.

    Attributes:
        accounts: how many of the group did.
        first_s: Unix seconds of the first share by one of the group.
        median_lag_s: between the shares of two accounts of the group; None where unknown.
    """

    label: str
    accounts: int
    first_s: int
    median_lag_s: int | None = None


@frozen
class Tie:
    """Two accounts of a group, by their places in its `accounts`.

    Attributes:
        together: objects that both shared within the window.
        expected: how many chance alone would give; None where it was not tested.
        q_value: the least false-discovery rate at which the pair counts; None where not tested.
    """

    one: int
    other: int
    together: int
    expected: float | None = None
    q_value: float | None = None


@frozen
class ExplanationRow:
    """An innocent explanation that was tried.

    Attributes:
        fits: whether it explains the group; None where the data cannot tell.
        why: with the figures that decided.
    """

    name: str
    fits: bool | None
    why: str


def _ties_stand_between_accounts(group: "GroupRow", _: object, ties: tuple[Tie, ...]) -> None:
    size = len(group.accounts)
    for tie in ties:
        if tie.one == tie.other or not (0 <= tie.one < size and 0 <= tie.other < size):
            raise UsageError(
                f"group {group.id}: a tie between accounts {tie.one} and {tie.other} of {size}",
                hint="give the places of two different accounts of the group",
            )


@frozen(kw_only=True)
class GroupRow:
    """A group of accounts.

    Attributes:
        moments_s: Unix seconds of its co-actions, in any order.
        q_value: the largest of its ties; None where chance was not tested.
        stability: the least share of its accounts that remains when any one object is left out;
            None where that was not computed.
    """

    id: str
    accounts: tuple[AccountRow, ...]
    objects: tuple[ObjectRow, ...]
    ties: tuple[Tie, ...] = field(validator=_ties_stand_between_accounts)
    moments_s: tuple[int, ...]
    q_value: float | None = None
    stability: float | None = None
    explanations: tuple[ExplanationRow, ...] = ()


@frozen(kw_only=True)
class CoordinationPage:
    """A run of the detector.

    Attributes:
        traces: what counted as acting together, in words.
        window_s: seconds within which two shares count as one co-action.
        least: co-actions that a pair needs.
        pairs_tested: pairs that could have met and were tested against chance; None if none was.
        calibration: what a permutation of this very data gave, in words; None where none was run.
        colophon: version, engine, seed and time, for whoever repeats the run.
    """

    title: str
    traces: str
    window_s: int
    least: int
    posts: int
    accounts: int
    edges: int
    pairs_tested: int | None
    calibration: str | None
    groups: tuple[GroupRow, ...]
    colophon: str

    @property
    def is_tested(self) -> bool:
        """Whether chance was asked at all."""
        return self.pairs_tested is not None
