"""`tocsin load` stopped by Ctrl-C or `kill -9`: no half shows, the same command completes it."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest

from tests.acceptance.town import Node, command, environment, make_node
from tests.conftest import LONG
from tocsin.activity import Dataset

ROWS = 18_000  # more than a batch, so that some are staged while others are read
NOON = 1_715_601_600
REPEATS = 8 if LONG else 1


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two tables that overlap by a third, with a broken row each."""
    folder = tmp_path_factory.mktemp("exports")
    made = []
    for first in (0, 2 * ROWS // 3):
        rows = "".join(
            f"vk,{at},a{at % 997},{NOON + at},https://news.example/{at % 5_003},words {at}\n"
            for at in range(first, first + ROWS)
        )
        path = folder / f"from-{first}.csv"
        path.write_text(f"platform,post,account,time,url,text\n{rows}vk,x,,{NOON},,nobody\n")
        made.append(path)
    return made


@pytest.fixture(scope="module")
def whole(
    tmp_path_factory: pytest.TempPathFactory, exports: list[Path]
) -> list[tuple[object, ...]]:
    """What an uninterrupted load gives."""
    node = make_node(tmp_path_factory.mktemp("whole") / "node", "Whole", "research")
    node.says("load", *exports, code=3)
    return rows_of(node)


@pytest.fixture
def terminal() -> Iterator[None]:
    """Let children hear Ctrl-C, as from a terminal: what runs in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def rows_of(node: Node) -> list[tuple[object, ...]]:
    with Dataset(node.folder).connect() as connection:
        return connection.execute(
            "SELECT post, account, time, links, text FROM posts ORDER BY ALL"
        ).fetchall()


def is_begun(folder: Path) -> bool:
    return any(folder.glob(".staging/*/"))


def is_staged(folder: Path) -> bool:
    return any(path.stat().st_size > 4 for path in folder.glob(".staging/*/posts.parquet"))


def is_placed(folder: Path) -> bool:
    return any(folder.glob(".staging/*/placed")) or any(folder.glob("posts/**/*.parquet"))


def is_half_done(folder: Path) -> bool:
    return any(folder.glob("loads/*.json"))


POINTS = [
    pytest.param(reached, stop, id=f"{reached.__name__}-{stop.name}")
    for reached, stop in product(
        (is_begun, is_staged, is_placed, is_half_done), (signal.SIGINT, signal.SIGKILL)
    )
]
if not LONG:
    POINTS = POINTS[1::3]  # each kind of stop, early and late


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(("reached", "stop"), POINTS)
def test_a_load_that_is_stopped_shows_whole_files_only_and_is_completed_by_the_same_command(
    exports: list[Path],
    whole: list[tuple[object, ...]],
    tmp_path: Path,
    reached: Callable[[Path], bool],
    stop: signal.Signals,
) -> None:
    for repeat in range(REPEATS):
        node = make_node(tmp_path / f"node{repeat}", "Stopped", "research")
        words = command("--json", "--home", node.folder, "load", *exports)
        child = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )
        while child.poll() is None and not reached(node.folder / "activity"):
            time.sleep(0.001)  # the point lasts milliseconds
        child.send_signal(stop)
        _, stderr = child.communicate(timeout=60)
        dataset = Dataset(node.folder)
        assert len(rows_of(node)) in (0, ROWS, len(whole))
        if stop is signal.SIGINT:
            assert child.returncode in (130, 3)
            assert b"Traceback" not in stderr
        done = len(dataset.loads())
        said = node.says("load", *exports, code=3)
        assert [each["kept"] for each in said["files"]] == [ROWS, ROWS]
        assert said["new"] == len(whole) - (0, ROWS, len(whole))[done]
        assert rows_of(node) == whole
        named = set(dataset.folder.rglob("*.parquet"))
        assert named == set(dataset.files())


def test_two_loads_at_once_are_one_and_an_error_that_names_it(
    exports: list[Path], tmp_path: Path
) -> None:
    node = make_node(tmp_path / "node", "Busy", "research")
    child = subprocess.Popen(
        command("--json", "--home", node.folder, "load", *exports),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    while child.poll() is None and not is_begun(node.folder / "activity"):
        time.sleep(0.001)
    said = node.says("load", exports[0], code=1)
    child.communicate(timeout=60)
    assert f"another load is under way here: process {child.pid}, by ada since " in said["error"]
    assert said["hint"]
    assert child.returncode == 3
    assert len(Dataset(node.folder).loads()) == 2
