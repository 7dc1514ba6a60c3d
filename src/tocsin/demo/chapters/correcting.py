"""An error, found at the source and taken back two hops away."""

from typing import Final

from tocsin.demo.cast import COMMISSION, HARBOURLINE, MERIDIAN
from tocsin.demo.commands import BrokenStoryError, Ran
from tocsin.demo.figures import Row, Table, Tone
from tocsin.demo.stage import Stage, order, rows, texts
from tocsin.records.observables import defanged

ONWARD: Final = "For the commission"
_HANDED_ON: Final = 9
_WHY: Final = "a real local paper, listed by mistake"
_UNMARKED: Final = "—"


def take_back(stage: Stage) -> None:
    """Hand something on, find an error at the source, and see the withdrawal arrive."""
    stage.chapter(
        "An error, taken back two hops away",
        f"{MERIDIAN.name} passes some of the names on to {COMMISSION.name}, which never saw the "
        "original. Then one of them turns out to be a real local paper.",
    )
    handed_on = _hand_on(stage)
    _withdraw(stage)
    stage.sync(HARBOURLINE)
    stage.sync(MERIDIAN, COMMISSION)
    _see_it_arrive(stage, handed_on)
    stage.conclude("A correction reaches whoever the error has reached, by whatever way it came.")


def _hand_on(stage: Stage) -> list[str]:
    """Release some received objects onward; return the ids that they get."""
    inbox = stage.run(MERIDIAN, "looks", "inbox")
    received = [
        str(each["id"]) for each in rows(inbox.document, "objects") if each["type"] == "indicator"
    ]
    others = [each for each in received if each != stage.known["wrong"]][:_HANDED_ON]
    stage.run(MERIDIAN, "opens a case", "case", "new", ONWARD)
    stage.run(MERIDIAN, "adds to it", "case", "add", ONWARD, stage.known["wrong"], *others)
    released = stage.run(
        MERIDIAN, "hands on", "release", ONWARD, "--to", COMMISSION.name, "--tlp", "green"
    )
    objects = texts(released, "objects")
    stage.fact("handed_on", len(objects), f"indicators handed on to {COMMISSION.name}")
    stage.tell(
        MERIDIAN.name,
        f"hands {len(objects)} on to {COMMISSION.name}, the wrong one among them.",
        ran=released,
    )
    stage.sync(MERIDIAN)
    stage.sync(COMMISSION)
    return objects


def _withdraw(stage: Stage) -> None:
    wrong = stage.known["wrong"]
    ran = stage.run(HARBOURLINE, "takes back", "withdraw", wrong, "--why", _WHY)
    reached = len(texts(ran, "reached"))
    stage.fact("withdrawal_reached", reached, "members who had received the error")
    name = defanged(stage.material.wrong)
    stage.tell(HARBOURLINE.name, f"takes back {name}: {_WHY}.", ran=ran)


def _see_it_arrive(stage: Stage, handed_on: list[str]) -> None:
    first, second = stage.together(
        "both look", [order(MERIDIAN, "inbox"), order(COMMISSION, "inbox")]
    )
    original, copy = stage.known["wrong"], _find_derived(second, handed_on, stage)
    lines, told = [], 0
    for who, giver, ran, item in (
        (MERIDIAN, HARBOURLINE, first, original),
        (COMMISSION, MERIDIAN, second, copy),
    ):
        state = _state(ran, item)
        told += state != _UNMARKED
        tone = Tone.PLAIN if state == _UNMARKED else Tone.BAD
        lines.append(Row((state, who.name, giver.name), tone))
    stage.fact("withdrawal_hops", told, "hops that the withdrawal has travelled")
    columns = ("state", "at", "which has it from")
    stage.tell(
        COMMISSION.name,
        "finds its copy flagged after its next sync, though it was never shown the original.",
        ran=second,
        figures=(Table(defanged(stage.material.wrong), columns, tuple(lines)),),
    )


def _find_derived(inbox: Ran, derived: list[str], stage: Stage) -> str:
    """Return the id under which the second recipient has what was wrong."""
    for each in rows(inbox.document, "objects"):
        sources = each["derived_from"]
        is_copy = isinstance(sources, list) and stage.known["wrong"] in sources
        if is_copy and each["id"] in derived:
            return str(each["id"])
    raise BrokenStoryError(f"{COMMISSION.name} has nothing derived from what was wrong")


def _state(inbox: Ran, object_id: str) -> str:
    for each in rows(inbox.document, "objects"):
        if each["id"] == object_id:
            if each["withdrawn"]:
                return "withdrawn"
            return "flagged" if each["flagged"] else _UNMARKED
    return _UNMARKED
