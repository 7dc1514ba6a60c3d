"""tools/system_packages.sh, with an `apt-get` that only writes down how it was called."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "tools" / "system_packages.sh"
NOBODY = 65534


class Machine:
    """A machine whose only commands are those that a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.commands = folder / "bin"
        self.commands.mkdir()
        self.calls = folder / "calls"
        self.list = folder / "list.txt"
        self.script = shutil.copy(SCRIPT, folder)
        for name in ("bash", "env"):
            found = next(
                Path(place, name)
                for place in os.environ["PATH"].split(os.pathsep)
                if Path(place, name).exists()
            )
            (self.commands / name).symlink_to(found.resolve())

    def has(self, name: str, does: str = "") -> None:
        program = self.commands / name
        program.write_text(f"#!/bin/bash\n{does}\n")
        program.chmod(0o755)

    def has_apt(self) -> None:
        self.has("apt-get", f'echo "$@" >>{self.calls}')

    def installs(self, wanted: str, user: int | None = None) -> subprocess.CompletedProcess[str]:
        self.list.write_text(wanted)
        return subprocess.run(
            [self.commands / "bash", self.script, self.list],
            user=user,
            cwd="/",
            env={"PATH": str(self.commands)},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=30,
        )

    def was_asked(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def machine() -> Iterator[Machine]:
    # Not tmp_path, which only its owner may enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield Machine(folder)


def test_the_projects_own_list_can_be_read(machine: Machine) -> None:
    machine.has_apt()
    done = machine.installs((ROOT / "requirements" / "debian.txt").read_text())
    assert "No such" not in done.stderr


@pytest.mark.parametrize("wanted", ["", "# nothing yet\n\n", "java-runtime  java\n"])
def test_nothing_is_asked_for_when_nothing_is_missing(machine: Machine, wanted: str) -> None:
    machine.has("java")
    done = machine.installs(wanted)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_apt_the_missing_packages_are_named(machine: Machine) -> None:
    done = machine.installs("chromium\njava-runtime  java\n")
    assert done.returncode == 1
    assert "chromium java-runtime" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="shows what root does")
def test_root_installs_only_what_is_missing(machine: Machine) -> None:
    machine.has_apt()
    machine.has("java")
    done = machine.installs("chromium\njava-runtime  java\nfonts  fc-list")
    assert done.returncode == 0, done.stderr
    assert [call.split()[-1] for call in machine.was_asked()] == ["update", "-qq"]
    assert "chromium fonts" in machine.was_asked()[1]
    assert "java-runtime" not in machine.was_asked()[1]


@pytest.mark.skipif(os.geteuid() != 0, reason="shows what root does")
def test_an_installation_that_fails_fails_the_run(machine: Machine) -> None:
    machine.has("apt-get", "exit 100")
    assert machine.installs("chromium\n").returncode == 100


def test_a_person_without_rights_gets_the_one_command(machine: Machine) -> None:
    machine.has_apt()
    machine.has("sudo", "exit 1")
    done = machine.installs("chromium\n", user=NOBODY if os.geteuid() == 0 else None)
    assert done.returncode == 1
    assert "sudo apt-get install --yes --no-install-recommends chromium" in done.stderr
    assert machine.was_asked() == []


def test_a_sudo_that_asks_nothing_is_used(machine: Machine) -> None:
    machine.has("apt-get", 'echo "apt-get $1"')
    machine.has("sudo", '[[ $1 == -n ]] && shift && exec "$@"')
    machine.has("true")
    done = machine.installs("chromium\n", user=NOBODY if os.geteuid() == 0 else None)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[1].startswith("apt-get install")


@pytest.mark.parametrize(
    ("known", "asked"), [("libodd.so.1 (libc6) => /lib/libodd.so.1", 0), ("", 2)]
)
def test_a_library_counts_as_present_when_the_loader_knows_it(
    machine: Machine, known: str, asked: int
) -> None:
    machine.has_apt()
    machine.has("ldconfig", f'echo "{known}"')
    machine.has("grep", 'while read -r line; do [[ $line == *"$2"* ]] && exit 0; done; exit 1')
    done = machine.installs("odd1 libodd.so.1\n", user=None)
    assert done.returncode == 0, done.stderr
    assert len(machine.was_asked()) == asked
