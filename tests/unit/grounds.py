"""What a release about people rests on, for tests that are about something else."""

from tocsin.cases import Case, Casebook, Evidence, Hypothesis, Statement
from tocsin.records import Confidence, Explanation, Finding, FindingKind

FINDING = Finding(
    kind=FindingKind.COORDINATION,
    behaviour="12 accounts shared the same 40 links within 60 s",
    subjects=("account:telegram/@borrowed_voice",),
    detector="coordination 1",
    parameters={"window_s": 60, "min_coactions": 2},
    null_model="popularity and hours kept",
    q_value=0.001,
    explanations=(Explanation("newsroom", False, "no common employer"),),
)
STATEMENT = Statement(
    confidence=Confidence.read("likely"),
    hypotheses=(
        Hypothesis.of("one operator", supporting=[Evidence.read("same seconds")]),
        Hypothesis.of("a fan club", is_innocent=True, opposing=[Evidence.read("no common idol")]),
    ),
)


def grounded(book: Casebook, case: Case, *, by: str = "ada") -> Case:
    """Put a coordination finding and an assessment into a case."""
    return book.assess(book.add(case, [], by=by, findings=[FINDING]), STATEMENT, by=by)
