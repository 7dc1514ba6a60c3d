""".ci/run and tools/run_benchmarks.sh: what they end with and what they leave behind."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PASSED = "============ 3 passed, 1 skipped in 0.10s ============"


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key != "TOCSIN_DATASETS"}
    return subprocess.run(
        ["bash", str(ROOT / program)],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def make(folder: Path, does: str) -> str:
    """Put a stand-in for `make` into `folder`."""
    program = folder / "make"
    program.write_text(f"#!/bin/bash\n{does}\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    ("does", "status", "closing"),
    [
        (f"echo '{PASSED}'; echo after", 0, PASSED),
        ("echo '=== 1 failed, 2 passed in 1.00s ==='; exit 2", 2, "1 failed, 2 passed"),
        ("echo '=== no tests ran in 0.01s ==='; exit 2", 2, "no tests ran"),
        ("echo '=== no tests ran in 0.01s ==='", 5, "no tests ran"),
        ("echo '=== 4 skipped in 0.01s ==='", 5, "4 skipped"),
        ("echo '=== 2 passed in 61.52s (0:01:01) ==='", 0, "2 passed"),
        ("echo ruff found 1 error; exit 2", 2, "make ended with 2"),
        ("true", 1, "make ended with 0"),
    ],
)
def test_ci_ends_with_the_status_of_make_and_the_closing_line(
    tmp_path: Path, does: str, status: int, closing: str
) -> None:
    done = run(".ci/run", MAKE=make(tmp_path, does))
    assert done.returncode == status
    assert closing in done.stdout.splitlines()[-1]


def test_ci_gives_make_no_input_and_says_that_it_is_ci(tmp_path: Path) -> None:
    done = run(".ci/run", MAKE=make(tmp_path, f'cat; echo "$1 CI=$CI"; echo "{PASSED}"'))
    assert done.stdout.splitlines()[0] == "test CI=true"


def test_ci_keeps_a_folder_of_data_that_was_named(tmp_path: Path) -> None:
    does = f'echo "data=$TOCSIN_DATASETS"; echo "{PASSED}"'
    done = run(".ci/run", MAKE=make(tmp_path, does), TOCSIN_DATASETS="elsewhere")
    assert done.stdout.splitlines()[0] == "data=elsewhere"


def test_no_benchmark_is_no_failure(tmp_path: Path) -> None:
    done = run("tools/run_benchmarks.sh", BENCHMARKS=str(tmp_path))
    assert done.returncode == 0
    assert "no benchmarks yet" in done.stdout


def test_a_benchmark_that_fails_keeps_its_last_table_and_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "bench_bad.py").write_text("print('half a table'); raise SystemExit(1)")
    (tmp_path / "bench_good.py").write_text("print('rows/s 7')")
    results = tmp_path / "results"
    results.mkdir()
    (results / "bench_bad.txt").write_text("rows/s 5\n")

    done = run("tools/run_benchmarks.sh", BENCHMARKS=str(tmp_path))

    assert done.returncode == 1
    assert "failed: bench_bad" in done.stderr
    found = {path.name: path.read_text() for path in results.iterdir()}
    assert found == {"bench_bad.txt": "rows/s 5\n", "bench_good.txt": "rows/s 7\n"}
