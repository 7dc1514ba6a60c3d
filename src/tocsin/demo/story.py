"""The whole story: made, told, measured, written to a page, and every process ended."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

from tocsin.demo.cast import CAST, COMMUNITY, EXCHANGE_HOME
from tocsin.demo.chapters import AWAY, BEFORE_THE_LINE, ON_THE_LINE
from tocsin.demo.circles import draw_circles
from tocsin.demo.commands import BrokenStoryError, Command, Commands
from tocsin.demo.figures import Tone
from tocsin.demo.material import choose_material
from tocsin.demo.page import Fact, Headline, Told, write_page
from tocsin.demo.processes import PeakMemory
from tocsin.demo.relay import Wiretap
from tocsin.demo.stage import Stage
from tocsin.demo.telling import Teller
from tocsin.foundation import BadInputError, JsonObject, Progress, StorageError

PAGE: Final = "story.html"
_TITLE: Final = "Two lists, one operation"
_LEAD: Final = (
    "Two organisations hold lists about the same operation and do not know it. They find out what "
    "they share without showing each other the rest, act on it together, take an error back, and "
    "can prove all of it afterwards."
)
_HEADLINE: Final = (
    ("hidden_platform", Tone.HIDDEN),
    ("common", Tone.SHARED),
    ("hidden_lab", Tone.PLAIN),
    ("names_found_in_bytes", Tone.GOOD),
)
_MEASURED: Final = (
    "Told by tocsin demo in {seconds:.0f} seconds{peak}. Memory is the largest sum of the resident "
    "sets of all processes of the story, sampled four times a second from /proc; pages that "
    "processes share count for each of them. All organisations are invented; each command ran in "
    "a process of its own, and all met on this machine's loopback alone. Until the middle of the "
    "story their clock was {days} days behind. In commands, ids are cut short."
)


@frozen(kw_only=True)
class Outcome:
    """What the story came to.

    Attributes:
        seconds: from the first list to the last proof.
        peak_mb: see `processes.PeakMemory`; None where it cannot be measured.
        folder: everything that was made, left for the reader.
    """

    facts: Mapping[str, Fact]
    seconds: float
    peak_mb: int | None
    page: Path
    folder: Path

    def to_json(self) -> JsonObject:
        """Return the interface's form."""
        return {
            "facts": {key: fact.value for key, fact in self.facts.items()},
            "seconds": round(self.seconds, 1),
            "peak_mb": self.peak_mb,
            "page": str(self.page),
            "folder": str(self.folder),
        }


def tell_story(
    *,
    folder: Path | None,
    seed: int,
    real: bool,
    datasets: Path | None,
    environment: Mapping[str, str],
    teller: Teller,
    progress: Progress,
) -> Outcome:
    """Tell the story and write its page.

    Args:
        folder: new or empty; None makes one in the working directory.
        real: use the public lists in `datasets` in place of invented ones.
        environment: of the processes that are started.

    Raises:
        BadInputError: when the real lists are wanted and not there.
        StorageError: when `folder` cannot be used.
        BrokenStoryError: when a command does not do what the story needs.
    """
    place = _made(folder)
    began = time.perf_counter()
    with _ended_by_signals(), ExitStack() as stack:
        teller.opening(_TITLE, _kind(is_real=real), _LEAD, _cast())
        material = choose_material(datasets, place / "lists", seed, progress, is_real=real)
        commands = stack.enter_context(Commands(place, environment, behind=AWAY))
        memory = stack.enter_context(PeakMemory(os.getpid(), commands.mark))
        stage = Stage(place, material, commands, teller)
        for chapter in BEFORE_THE_LINE:
            chapter(stage)
        stage.line = stack.enter_context(Wiretap(_open_exchange(stage)))
        for chapter in ON_THE_LINE:
            chapter(stage)
        seconds, peak_mb = time.perf_counter() - began, memory.peak_mb
    page = place / PAGE
    write_page(_told(stage, seconds, peak_mb), page)
    return Outcome(facts=stage.facts, seconds=seconds, peak_mb=peak_mb, page=page, folder=place)


def _open_exchange(stage: Stage) -> int:
    """Make the exchange and start it on a free port, which is returned."""
    stage.run(None, "makes an exchange", "exchange", "init", EXCHANGE_HOME, "--name", COMMUNITY)
    with stage.teller.waiting("", f"{COMMUNITY} starts"):
        served = stage.commands.serve(Command(("exchange", "serve", EXCHANGE_HOME, "--port", "0")))
    port = urlsplit(str(served.get("url"))).port
    if port is None:
        raise BrokenStoryError("the exchange does not say at which port it serves")
    return port


def _kind(*, is_real: bool) -> str:
    return "a story on two real public lists" if is_real else "an invented story"


def _cast() -> tuple[tuple[str, str], ...]:
    return tuple((each.name, each.role) for each in CAST)


def _told(stage: Stage, seconds: float, peak_mb: int | None) -> Told:
    facts = stage.facts
    held, asked, common = (_whole(facts[key]) for key in ("platform_holds", "lab_holds", "common"))
    peak = "" if peak_mb is None else f", with at most {peak_mb} MB for all its processes"
    return Told(
        title=_TITLE,
        kind=_kind(is_real=stage.material.is_real),
        lead=_LEAD,
        circles=draw_circles(held, asked, common),
        headline=tuple(Headline(facts[key], tone) for key, tone in _HEADLINE),
        cast=_cast(),
        chapters=tuple(stage.chapters),
        facts=tuple(facts.values()),
        colophon=_MEASURED.format(seconds=seconds, peak=peak, days=AWAY.days),
    )


def _whole(fact: Fact) -> int:
    assert isinstance(fact.value, int)  # noqa: S101 - the chapters count them
    return fact.value


def _made(folder: Path | None) -> Path:
    try:
        if folder is None:
            return Path(tempfile.mkdtemp(prefix="tocsin-demo-", dir=Path.cwd()))
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise BadInputError(
                f"{folder}: is not empty", hint="name a new folder; the story overwrites nothing"
            )
    except OSError as error:
        where = folder or Path.cwd()
        raise StorageError(
            f"{where}: the story cannot be written here: {error.strerror}",
            hint="name another folder with --dir",
        ) from error
    return folder.resolve()


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let a request to end unwind the story as Ctrl-C does, so that nothing is left running."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    try:
        before = {each: signal.signal(each, interrupt) for each in (signal.SIGTERM, signal.SIGHUP)}
    except ValueError:  # not the main thread, as in a test: its owner sees to signals
        yield
        return
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
