"""The page of operations says what the code says."""

from tools.operations_reference import PAGE, page


def test_the_page_of_operations_is_current() -> None:
    current = PAGE.read_text(encoding="utf-8") == page()
    assert current, "run `python tools/operations_reference.py`"
