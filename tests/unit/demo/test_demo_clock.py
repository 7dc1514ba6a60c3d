"""The story's clock: its processes are behind, this one and the product's own are not."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tocsin.demo.clock import CLOCK_FILE, StoryClock
from tocsin.foundation import SystemClock, parse_time

SAY_NOW = "from tocsin.foundation import *; print(rfc3339(SystemClock().now()))"
WEEK = timedelta(days=7)
SLACK = timedelta(minutes=10)


def _now_in_a_process(environment: dict[str, str]) -> datetime:
    done = subprocess.run(
        [sys.executable, "-P", "-c", SAY_NOW],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return parse_time(done.stdout.strip())


def test_a_process_of_the_story_is_behind_until_the_clock_is_set_right(tmp_path: Path) -> None:
    clock = StoryClock(tmp_path / "clock")
    environment = clock.environment(os.environ)
    clock.set_back(WEEK)
    assert abs(datetime.now(UTC) - WEEK - _now_in_a_process(environment)) < SLACK
    clock.set_back(timedelta())
    assert abs(datetime.now(UTC) - _now_in_a_process(environment)) < SLACK


def test_a_process_that_lives_on_follows_the_clock(tmp_path: Path) -> None:
    clock = StoryClock(tmp_path / "clock")
    clock.set_back(WEEK)
    twice = f"{SAY_NOW}; input(); print(rfc3339(SystemClock().now()))"
    with subprocess.Popen(
        [sys.executable, "-c", twice],
        env=clock.environment(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        before = parse_time(process.stdout.readline().strip())
        clock.set_back(timedelta())
        after, _ = process.communicate("\n")
    assert parse_time(after.strip()) - before > WEEK - SLACK


def test_this_process_and_others_keep_the_machines_clock(tmp_path: Path) -> None:
    clock = StoryClock(tmp_path / "clock")
    clock.set_back(WEEK)
    assert CLOCK_FILE not in os.environ
    assert abs(datetime.now(UTC) - SystemClock().now()) < SLACK
    assert abs(datetime.now(UTC) - _now_in_a_process(dict(os.environ))) < SLACK


def test_the_folder_on_the_path_does_nothing_without_the_variable(tmp_path: Path) -> None:
    environment = StoryClock(tmp_path / "clock").environment(os.environ)
    del environment[CLOCK_FILE]
    assert abs(datetime.now(UTC) - _now_in_a_process(environment)) < SLACK
