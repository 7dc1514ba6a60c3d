"""Progress that nobody watches."""

import pytest

from tocsin.foundation import NoProgress, Progress


def test_work_goes_on_when_nobody_watches() -> None:
    progress: Progress = NoProgress()
    with progress.task("reading", total=2) as advance:
        advance()
        advance(5)
    with progress.task("of unknown length") as advance:
        advance(0)


def test_a_failure_inside_a_task_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError), NoProgress().task("failing"):
        raise ZeroDivisionError
