"""The private overlap: counted first, shown after consent; and who saw each name first."""

from typing import Final

from tocsin.demo.cast import COMMUNITY, HARBOURLINE, MERIDIAN, NARRATOR, Organisation
from tocsin.demo.commands import Ran
from tocsin.demo.figures import Bar, Part, Row, Table, Tone, number
from tocsin.demo.holdings import ASKED_KIND, host_names
from tocsin.demo.stage import Stage, count, order, rows
from tocsin.foundation import JsonObject
from tocsin.records.observables import defanged

_FIRST: Final = (
    ("ours", f"{MERIDIAN.name} saw it first", Tone.GOOD),
    ("theirs", f"{HARBOURLINE.name} saw it first", Tone.SHARED),
    ("same", "both in the same second", Tone.PLAIN),
    ("unknown", "unknown: somebody wrote no observation down", Tone.HIDDEN),
)
_SHOWN: Final = 4


def count_then_reveal(stage: Stage) -> None:
    """Ask, count, agree, reveal."""
    assert stage.line is not None  # noqa: S101 - the story opens it first
    stage.chapter(
        "Counted first, shown after consent",
        "How many names do we have in common? First both sides learn a number, and nothing else. "
        "They see which names only after a person on the side that was asked has agreed.",
    )
    stage.overlap_mark = stage.line.mark()
    asked = _ask(stage)
    common = _learn_number(stage, asked)
    _reveal(stage, asked, common)


def _ask(stage: Stage) -> int:
    """Ask about all that the lab holds; return how many names that are."""
    ran = stage.run(MERIDIAN, "asks", "overlap", "ask", HARBOURLINE.name, "--kinds", ASKED_KIND)
    stage.known["asking"], asked = str(ran.document["id"]), count(ran.document, "asked")
    stage.tell(
        MERIDIAN.name,
        f"asks how many of its {number(asked)} site names {HARBOURLINE.name} has too.",
        f"Each name is blinded before it leaves, so that neither {HARBOURLINE.name} nor "
        f"{COMMUNITY} can read it.",
        "Two of the three who worked together could learn more; what that is, is written down in "
        "docs/explanation/private-overlap.md.",
        ran=ran,
    )
    return asked


def _learn_number(stage: Stage, asked: int) -> int:
    """Let both sides do their part; return how many names they have in common."""
    seen = counted(stage, MERIDIAN, HARBOURLINE, stage.known["asking"])
    common, before = count(seen.document, "common"), len(rows(seen.document, "items"))
    held = len(host_names(stage.folder / HARBOURLINE.home))
    stage.fact("platform_holds", held, f"host names that {HARBOURLINE.name} holds")
    stage.fact("lab_holds", asked, f"host names that {MERIDIAN.name} holds and asks about")
    stage.fact("common", common, "host names in common")
    stage.fact("hidden_platform", held - common, f"names of {HARBOURLINE.name} that stay hidden")
    stage.fact("hidden_lab", asked - common, f"names of {MERIDIAN.name} that stay hidden")
    stage.fact("shown_before_consent", before, "names shown before consent")
    stage.tell(
        MERIDIAN.name,
        f"is told a number: {number(common)}. Names shown so far: {before}.",
        ran=seen,
    )
    return common


def _reveal(stage: Stage, asked: int, common: int) -> None:
    asking = stage.known["asking"]
    approved = stage.run(HARBOURLINE, "agrees", "overlap", "approve", asking)
    stage.tell(
        HARBOURLINE.name,
        "has a person look at the number, who agrees to show which names they are.",
        ran=approved,
    )
    shown = stage.ran["shown"] = stage.run(MERIDIAN, "looks", "overlap", "show", asking)
    revealed = len(rows(shown.document, "items"))
    stage.fact("revealed", revealed, "names revealed to both")
    held = len(host_names(stage.folder / HARBOURLINE.home))
    hidden = held + asked - 2 * common
    parts = (
        Part("in common, revealed to both", revealed, Tone.SHARED),
        Part(f"only {HARBOURLINE.name}'s, never shown", held - common, Tone.HIDDEN),
        Part(f"only {MERIDIAN.name}'s, never shown", asked - common, Tone.PLAIN),
    )
    stage.tell(
        NARRATOR,
        f"{HARBOURLINE.name} holds {number(held)}, {MERIDIAN.name} holds {number(asked)}, in "
        f"common {number(common)}; revealed to neither: the other {number(hidden)}.",
        figures=(Bar("All host names of both lists", parts),),
    )
    stage.conclude(
        f"Both know which {number(revealed)} names they share. The other {number(hidden)} were "
        "shown to nobody."
    )


def counted(stage: Stage, asker: Organisation, holder: Organisation, asking: str) -> Ran:
    """Let both sides do their part until an asking is counted; return what the asker sees then."""
    latest: list[Ran] = []

    def is_counted() -> bool:
        # The asking is posted by a process of its own, so a single sync might come too early.
        stage.commands.run(order(holder, "sync"))
        latest.append(stage.commands.run(order(asker, "overlap", "show", asking)))
        return latest[-1].document.get("state") != "waiting"

    stage.until(is_counted, f"{holder.name} syncs, the exchange counts")
    return latest[-1]


def arrive(stage: Stage, holder: Organisation, asking: str) -> None:
    """Wait until an asking is on record at the member that is asked."""

    def is_there() -> bool:
        listed = stage.commands.run(order(holder, "overlap", "list"))
        return any(each["id"] == asking for each in rows(listed.document, "askings"))

    stage.until(is_there, f"{holder.name} looks")


def who_was_first(stage: Stage) -> None:
    """Compare recorded observations, and say where there are none."""
    stage.chapter(
        "Who saw it first",
        "Only an observation that somebody wrote down counts. The day on which a name was "
        "registered says nothing about who saw it; without two observations the answer is unknown.",
    )
    ran = stage.ran["shown"]
    first = ran.document.get("first")
    assert isinstance(first, dict)  # noqa: S101 - fixed by the interface
    parts = []
    for key, label, tone in _FIRST:
        stage.fact(f"first_{key}", count(first, key), label)
        parts.append(Part(label, count(first, key), tone))
    says = []
    if stage.material.is_real and count(first, "unknown") == count(ran.document, "common"):
        says.append(
            "Neither list says when a site was first seen: its dates are of registration or "
            "creation. So it is unknown for all of them, and said so."
        )
    stage.tell(
        NARRATOR,
        "Each side's first observation, name by name.",
        *says,
        ran=ran,
        figures=(Bar("Who saw each name first", tuple(parts)), _examples(ran.document)),
    )
    stage.conclude("Nobody gets the credit for having been first without a record of it.")


def _examples(document: JsonObject) -> Table:
    """A few names, those first for which both sides know something."""
    items = rows(document, "items")
    known = [each for each in items if each["ours_first_seen"] and each["theirs_first_seen"]]
    some = [*known[: _SHOWN - 1], *(each for each in items if each not in known)][:_SHOWN]
    return Table(
        f"First seen on: {len(some)} of the {number(len(items))} names",
        ("name", MERIDIAN.name, HARBOURLINE.name),
        tuple(
            Row(
                (
                    defanged(str(each["value"])),
                    _day(each["ours_first_seen"]),
                    _day(each["theirs_first_seen"]),
                )
            )
            for each in some
        ),
    )


def _day(moment: object) -> str:
    return moment[:10] if isinstance(moment, str) else "not recorded"
