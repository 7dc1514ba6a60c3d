"""The table of what is verified is whole, true and published."""

import ast

from tests.abuse.verification import HERE, PAGE, ROOT, page, table


def test_every_requirement_of_the_standard_is_answered_once() -> None:
    known = table()
    answered = [*(each.id for each in known.items), *known.none]
    assert len(answered) == len(set(answered))
    assert set(answered) == set(known.numbers)
    assert len(known.numbers) == 345  # ASVS 5.0.0


def test_what_is_met_names_a_test_and_what_is_not_names_none() -> None:
    for each in table().items:
        assert each.state in {"met", "open", "operator"}
        assert bool(each.tests) == (each.state == "met"), each.id


def test_every_test_that_is_named_exists() -> None:
    for test in sorted(table().tests):
        path, _, name = test.partition("::")
        assert name in _tests_in(path), test


def test_every_hostile_test_is_named() -> None:
    here = {
        f"abuse/{path.name}::{name}"
        for path in HERE.glob("test_*.py")
        if path.name != "test_verification.py"
        for name in _tests_in(f"abuse/{path.name}")
    }
    assert here - table().tests == set()


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(table()), "run python -m tests.abuse.verification"


def _tests_in(path: str) -> set[str]:
    file = ROOT / "tests" / path
    if not file.exists():
        return set()
    return {
        each.name
        for each in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")
    }
