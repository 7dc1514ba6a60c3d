"""What the chapters share: commands to run, a teller to show them, facts to keep."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attrs import Factory, define, evolve, frozen

from tocsin.demo.cast import Organisation
from tocsin.demo.commands import BrokenStoryError, Command, Commands, Ran
from tocsin.demo.figures import Chapter, Figure, Step, shortened
from tocsin.demo.page import Fact
from tocsin.demo.relay import Wiretap
from tocsin.demo.telling import Teller
from tocsin.foundation import JsonObject, JsonValue


@frozen(kw_only=True)
class Material:
    """The lists that the story is told about.

    Attributes:
        platform, lab: files of the two organisations whose lists meet.
        mail: makes the partner's e-mail once it is known what the two have in common.
        commission, video: what the other members hold.
        guesses: a dictionary that holds every name of the lab's list.
        wrong: the honest paper that ends up on the platform's list.
    """

    platform: tuple[Path, ...]
    lab: tuple[Path, ...]
    mail: Callable[[Sequence[str]], Path]
    commission: Path
    video: Path
    guesses: Callable[[Sequence[str]], Sequence[str]]
    wrong: str
    is_real: bool


@define
class Stage:
    """The running story.

    Attributes:
        line: the wiretap between the nodes and the exchange, None before there is one.
        overlap_mark: where on the wiretap's record the overlap begins.
        known: what one chapter leaves for the next: ids of askings and objects.
        ran: and commands whose documents a later chapter reads again.
    """

    folder: Path
    material: Material
    commands: Commands
    teller: Teller
    line: Wiretap | None = None
    facts: dict[str, Fact] = Factory(dict)
    chapters: list[Chapter] = Factory(list)
    overlap_mark: int = 0
    known: dict[str, str] = Factory(dict)
    ran: dict[str, Ran] = Factory(dict)

    def chapter(self, title: str, lead: str) -> None:
        """Open a chapter."""
        self.chapters.append(Chapter(title=title, lead=lead))
        self.teller.chapter(len(self.chapters), title, lead)

    def run(
        self,
        who: Organisation | None,
        caption: str,
        *arguments: str,
        expected: tuple[int, ...] = (0,),
    ) -> Ran:
        """Run one command of `who` (None: the convenor) while the teller shows the caption."""
        with self.teller.waiting(who.name if who else "", caption):
            return self.commands.run(order(who, *arguments, expected=expected))

    def together(self, caption: str, orders: Sequence[Command]) -> list[Ran]:
        """Run commands of several organisations at the same time."""
        with self.teller.waiting("", caption):
            return self.commands.run_together(orders)

    def sync(self, *members: Organisation) -> list[Ran]:
        """Let members sync, at the same time."""
        return self.together("members sync", [order(each, "sync") for each in members])

    def tell(
        self,
        who: str,
        caption: str,
        *says: str,
        ran: Ran | None = None,
        figures: tuple[Figure, ...] = (),
    ) -> None:
        """Tell what was done."""
        step = Step(
            who=who,
            caption=caption,
            command=shortened(ran.command.typed) if ran else None,
            says=says,
            figures=figures,
        )
        chapter = self.chapters[-1]
        self.chapters[-1] = evolve(chapter, steps=(*chapter.steps, step))
        self.teller.step(step)

    def conclude(self, meaning: str) -> None:
        """Say why the chapter matters, now that all its steps are told."""
        self.chapters[-1] = evolve(self.chapters[-1], meaning=meaning)
        self.teller.conclude(meaning)

    def fact(self, key: str, value: int | float | str | None, label: str) -> None:
        """Keep a number of the story."""
        self.facts[key] = Fact(value, label)

    def until(self, done: Callable[[], bool], caption: str, *, patience_s: float = 90.0) -> None:
        """Wait for something that another process does.

        Raises:
            BrokenStoryError: when it has not happened in time.
        """
        ends, pause_s = time.monotonic() + patience_s, 0.2
        with self.teller.waiting("", caption):
            while not done():
                if time.monotonic() > ends:
                    raise BrokenStoryError(f"{caption}: not done after {patience_s:.0f} s")
                # To look takes time from whoever is waited for.
                time.sleep(pause_s)
                pause_s = min(2.0, pause_s * 1.6)


def order(who: Organisation | None, *arguments: str, expected: tuple[int, ...] = (0,)) -> Command:
    """Return a command as `who` gives it."""
    if who is None:
        return Command(arguments, expected=expected)
    return Command(arguments, home=who.home, by=who.person, expected=expected)


def count(document: Mapping[str, JsonValue], key: str) -> int:
    """Return a whole number of a command's document.

    Raises:
        BrokenStoryError: when it is none; the story invents no numbers.
    """
    value = document.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BrokenStoryError(f"a command's document has no number {key!r}")
    return value


def rows(document: Mapping[str, JsonValue], key: str) -> list[JsonObject]:
    """Return the objects of a list in a command's document.

    Raises:
        BrokenStoryError: when there is no such list.
    """
    value = document.get(key)
    if not isinstance(value, list):
        raise BrokenStoryError(f"a command's document has no list {key!r}")
    return [each for each in value if isinstance(each, dict)]


def texts(ran: Ran, key: str) -> list[str]:
    """Return a list of a command's document as texts.

    Raises:
        BrokenStoryError: when there is no such list.
    """
    value = ran.document.get(key)
    if not isinstance(value, list):
        raise BrokenStoryError(f"`{ran.command.typed}` gives no list {key!r}")
    return [str(each) for each in value]


def shown_path(path: Path, folder: Path) -> str:
    """Return how a person in `folder` names a file."""
    return os.path.relpath(path, folder) if path.is_relative_to(folder) else str(path)
