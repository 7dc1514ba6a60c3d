"""A practitioner's Monday: names in an e-mail. Known to whom? Chase the answers."""

from datetime import timedelta
from typing import Final

from tocsin.demo.cast import COMMISSION, HARBOURLINE, MERIDIAN, MINISTRY, NARRATOR, PEBBLE
from tocsin.demo.chapters.overlap import arrive, counted
from tocsin.demo.figures import Row, Table, Tone, number
from tocsin.demo.holdings import ASKED_KIND
from tocsin.demo.stage import Stage, count, order, rows, shown_path
from tocsin.foundation import JsonObject, SystemClock, parse_time

AWAY: Final = timedelta(days=6)
"""How long the asker does something else; the story begins that far back."""

CASE: Final = "Monday mail"
_ASKED: Final = (HARBOURLINE, COMMISSION, PEBBLE)
_WHY_NOT: Final = "our reports are evidence in a complaint until it is decided"
_ANSWERS: Final = {
    "revealed": ("answered", Tone.GOOD),
    "counted": ("answered with a number", Tone.GOOD),
    "refused": ("declined", Tone.BAD),
    "waiting": ("silent", Tone.HIDDEN),
}


def practitioners_monday(stage: Stage) -> None:
    """Paste the e-mail, ask three members about it, and keep track of who answers."""
    stage.chapter(
        "A practitioner's Monday",
        "A newsroom sends an e-mail full of names. Who knows them already? Then: who has "
        "answered, and whose answer has to be chased?",
    )
    _paste(stage)
    asked = stage.together(
        f"{MERIDIAN.name} asks",
        [
            order(MERIDIAN, "overlap", "ask", other.name, "--case", CASE, "--kinds", ASKED_KIND)
            for other in _ASKED
        ],
    )
    to_platform, to_commission, _ = (str(ran.document["id"]) for ran in asked)
    stage.tell(
        MERIDIAN.name,
        f"asks {len(_ASKED)} members about the case, each by itself.",
        "None of them sees what the others answer.",
        ran=asked[0],
    )
    _answer(stage, to_platform)
    _decline(stage, to_commission)
    _let_days_pass(stage)
    _chase(stage)
    _government(stage)
    stage.conclude(
        "No answer is one too: who was asked, when, and what came of it stays on record."
    )


def _paste(stage: Stage) -> None:
    common = [str(item["value"]) for item in rows(stage.ran["shown"].document, "items")]
    mail = shown_path(stage.material.mail(common), stage.folder)
    ran = stage.run(MERIDIAN, "pastes", "import", mail, "--case", CASE, expected=(0, 3))
    case = ran.document.get("case")
    assert isinstance(case, dict)  # noqa: S101 - given because --case was
    new, known = count(ran.document, "new"), count(ran.document, "known")
    stage.fact("mail_items", count(case, "items"), "entries read from the e-mail")
    stage.tell(
        MERIDIAN.name,
        f"pastes the mail: {number(known)} known here already, {number(new)} new (its prose, kept "
        "as prose, among them).",
        ran=ran,
    )


def _answer(stage: Stage, asking: str) -> None:
    counted(stage, MERIDIAN, HARBOURLINE, asking)
    stage.run(HARBOURLINE, "agrees", "overlap", "approve", asking)
    shown = stage.run(MERIDIAN, "looks", "overlap", "show", asking)
    asked, common = count(shown.document, "asked"), count(shown.document, "common")
    stage.fact("mail_asked", asked, "names of the e-mail asked about")
    stage.fact("mail_common", common, f"of them known to {HARBOURLINE.name}")
    stage.tell(
        HARBOURLINE.name,
        f"answers: it knows {number(common)} of the {number(asked)}, and shows which.",
        ran=shown,
    )


def _decline(stage: Stage, asking: str) -> None:
    arrive(stage, COMMISSION, asking)
    ran = stage.run(COMMISSION, "declines", "overlap", "refuse", asking, "--why", _WHY_NOT)
    stage.tell(COMMISSION.name, "declines, with a reason that the asker reads.", ran=ran)


def _let_days_pass(stage: Stage) -> None:
    """Set the clock of the story right, which has been behind since the story began."""
    stage.commands.clock.set_back(timedelta())
    stage.tell(
        NARRATOR,
        f"{AWAY.days} days pass.",
        "The demo does not wait for them: up to here it has kept the clock of its own processes "
        f"{AWAY.days} days behind, and now sets it right. Nothing else is played.",
    )


def _chase(stage: Stage) -> None:
    """Read from the asker's own record who answered, who declined and who is silent."""
    ran = stage.run(MERIDIAN, "looks", "overlap", "list")
    made = [each for each in rows(ran.document, "askings") if each["side"] == "asker"]
    for word in ("answered", "declined", "silent"):
        total = sum(1 for each in made if _answered(each)[0].startswith(word))
        stage.fact(f"askings_{word}", total, f"askings {word}")
    now = SystemClock().now()
    ages = [(now - parse_time(str(each["asked_at"]))).total_seconds() for each in made]
    stage.fact("askings_oldest_days", int(max(ages)) // 86_400, "days since the oldest asking")
    lines = tuple(_line(each, age_s) for each, age_s in zip(made, ages, strict=True))
    columns = ("state", "asked", "names", "when", "reason given")
    stage.tell(
        MERIDIAN.name,
        "sees what became of each asking, and whom to call.",
        ran=ran,
        figures=(Table("Askings", columns, lines),),
    )


def _line(asking: JsonObject, age_s: float) -> Row:
    said, tone = _answered(asking)
    asked, why = number(count(asking, "asked")), str(asking["why"] or "")
    return Row((said, str(asking["member_name"]), asked, ago(age_s), why), tone)


def _government(stage: Stage) -> None:
    ran = stage.run(
        MINISTRY,
        "asks about accounts",
        "overlap", "ask", HARBOURLINE.name, "--kinds", "account",
        expected=(1,),
    )  # fmt: skip
    stage.tell(
        MINISTRY.name,
        "asks about people's accounts, and is refused by rule before anything leaves.",
        f"“{ran.document.get('error')}”",
        ran=ran,
    )


def _answered(asking: JsonObject) -> tuple[str, Tone]:
    return _ANSWERS[str(asking["state"])]


def ago(seconds: float) -> str:
    """Return how long ago something was, in its largest whole unit."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit} ago"
    return f"{seconds:.0f} seconds ago"
