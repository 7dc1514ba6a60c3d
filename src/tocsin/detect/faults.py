"""What could not be read: counted by kind, each kind with a few examples."""

from collections import Counter, defaultdict
from typing import Final

from attrs import field, frozen

from tocsin.foundation import JsonObject
from tocsin.foundation import written_out as written

_EXAMPLES: Final = 5
_SHOWN: Final = 80


@frozen
class Faults:
    """Filled while something is read.

    Attributes:
        faults: how many, by kind.
        examples: up to five of each kind, with where they stand.
    """

    faults: Counter[str] = field(factory=Counter)
    examples: dict[str, list[str]] = field(factory=lambda: defaultdict(list))

    def fault(self, kind: str, where: str, text: str = "") -> None:
        """Count a fault; the text is shown cut and without hidden characters."""
        self.faults[kind] += 1
        if len(self.examples[kind]) < _EXAMPLES:
            self.examples[kind].append(f"{where}: {written(text[:_SHOWN])}" if text else where)

    def defects(self) -> list[JsonObject]:
        """Return the faults in the form of reports."""
        return [
            {"kind": kind, "count": count, "examples": [*self.examples[kind]]}
            for kind, count in sorted(self.faults.items())
        ]
