"""Release to a chosen audience, matches and sightings."""

from typing import Final

from tocsin.demo.cast import CAST, HARBOURLINE, MERIDIAN
from tocsin.demo.commands import BrokenStoryError, Ran
from tocsin.demo.figures import Row, Table, Tone, number
from tocsin.demo.stage import Stage, count, rows, texts
from tocsin.foundation import JsonObject
from tocsin.records.observables import defanged

CASE: Final = "Look-alike papers"
_RELEASED: Final = 30


def release_and_answer(stage: Stage) -> None:
    """Preview, release, sync, match and answer."""
    stage.chapter(
        "Sent to those it is for",
        "Some of the names go to others who can act on them. Before anything leaves, the sender "
        "sees who will get it, who will not, and why.",
    )
    _open_case(stage)
    terms = ("release", CASE, "--to", MERIDIAN.name, "--to", "kind:platform", "--tlp", "green")
    preview = stage.run(HARBOURLINE, "looks before it leaves", *terms, "--preview")
    will = rows(preview.document, "recipients")
    will_not = rows(preview.document, "not_recipients")
    stage.fact("recipients", len(will), "members who receive the release")
    stage.fact("not_recipients", len(will_not), "members who do not")
    stage.tell(
        HARBOURLINE.name,
        f"looks first: {len(will)} will receive it, {len(will_not)} will not.",
        ran=preview,
        figures=(_who_sees(will, will_not),),
    )
    released = stage.run(HARBOURLINE, "releases", *terms)
    objects = texts(released, "objects")
    stage.fact("released", len(objects), "indicators released")
    stage.known["wrong"] = _object_named(preview, objects, stage.material.wrong)
    _check_sent_as_previewed(preview, released)
    stage.tell(
        HARBOURLINE.name,
        f"releases {len(objects)} of them, signed, to the same members as previewed.",
        ran=released,
    )
    stage.sync(HARBOURLINE)
    got = stage.run(MERIDIAN, "syncs", "sync")
    stage.tell(MERIDIAN.name, f"receives {count(got.document, 'received')}.", ran=got)
    _answer_back(stage)
    stage.conclude(
        "The sender knew beforehand who would see it, and knows now who has seen the same."
    )


def _open_case(stage: Stage) -> None:
    """Put names in common and the honest paper into a case, as somebody types them off a screen."""
    shown = stage.run(HARBOURLINE, "looks", "overlap", "show", stage.known["asking"])
    names = [str(item["value"]) for item in rows(shown.document, "items")]
    picked = [*names[:_RELEASED], stage.material.wrong]
    path = stage.folder / "to-release.txt"
    path.write_text("\n".join(map(defanged, picked)) + "\n", encoding="utf-8")
    ran = stage.run(HARBOURLINE, "opens a case", "import", path.name, "--case", CASE)
    stage.tell(
        HARBOURLINE.name,
        f"puts {len(picked)} names into a case: {len(picked) - 1} that both know, and one more.",
        ran=ran,
    )


def _answer_back(stage: Stage) -> None:
    matched = stage.run(MERIDIAN, "matches", "match")
    matches, sightings = rows(matched.document, "matches"), texts(matched, "sightings")
    stage.fact("matches", len(matches), f"received indicators that match {MERIDIAN.name}'s records")
    stage.tell(
        MERIDIAN.name,
        f"finds {number(len(matches))} of them in its own records, and answers each with a "
        "sighting: seen here too.",
        ran=matched,
    )
    stage.sync(MERIDIAN)
    stage.sync(HARBOURLINE)
    inbox = stage.run(HARBOURLINE, "looks", "inbox")
    back = [each for each in rows(inbox.document, "objects") if each["type"] == "sighting"]
    stage.fact("sightings", len(back), f"sightings that came back to {HARBOURLINE.name}")
    stage.tell(
        HARBOURLINE.name,
        f"has {number(len(back))} of {number(len(sightings))} answers back.",
        ran=inbox,
    )


def _who_sees(will: list[JsonObject], will_not: list[JsonObject]) -> Table:
    place = {who.name: at for at, who in enumerate(CAST)}
    lines = [
        Row((verdict, str(each["member"]), str(each["why"])), tone)
        for verdict, tone, members in (
            ("will see it", Tone.GOOD, will),
            ("will not", Tone.HIDDEN, will_not),
        )
        for each in sorted(members, key=lambda each: place.get(str(each["member"]), len(place)))
    ]
    return Table("Who will see it, and why", ("verdict", "member", "because it"), tuple(lines))


def _object_named(preview: Ran, objects: list[str], name: str) -> str:
    """Return the id that the release gave the item called `name`; both keep the same order."""
    leaves = [str(each["what"]) for each in rows(preview.document, "leaves")]
    for label, object_id in zip(leaves, objects, strict=True):
        if label.replace("[.]", ".") == name:
            return object_id
    raise BrokenStoryError(f"{defanged(name)} is not among what was released")


def _check_sent_as_previewed(preview: Ran, released: Ran) -> None:
    planned, sent = (
        sorted(str(each["member"]) for each in rows(ran.document, "recipients"))
        for ran in (preview, released)
    )
    if planned != sent:
        raise BrokenStoryError(f"sent to {', '.join(sent)}, previewed was {', '.join(planned)}")
