"""An answer with its reason."""

from attrs import frozen


@frozen
class Decision:
    """Yes or no, with the rule that decided and a sentence for a person.

    Attributes:
        rule: short stable name, documented in `docs/reference/policy.md`.
        why: lower case, without a full stop.
    """

    allowed: bool
    rule: str
    why: str

    @classmethod
    def yes(cls, rule: str, why: str) -> "Decision":
        return cls(True, rule, why)

    @classmethod
    def no(cls, rule: str, why: str) -> "Decision":
        return cls(False, rule, why)
