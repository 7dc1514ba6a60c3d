"""Two organisations read their lists, and a community forms."""

from pathlib import Path
from typing import Final

from tocsin.demo.cast import (
    CAST,
    COMMISSION,
    COMMUNITY,
    EXCHANGE_HOME,
    HARBOURLINE,
    MERIDIAN,
    PEBBLE,
    Organisation,
)
from tocsin.demo.commands import Command, Ran
from tocsin.demo.figures import Row, Table, number
from tocsin.demo.stage import Stage, count, order, rows, shown_path
from tocsin.intake import DEFECT_KINDS

_INVENTED: Final = (
    f"{HARBOURLINE.name} and {MERIDIAN.name} have both been watching sites that pose as local "
    "papers. Each keeps its list to itself, for good reasons."
)
_REAL: Final = (
    f"{HARBOURLINE.name} plays the platform, with the list that Meta published of one operation; "
    f"{MERIDIAN.name} plays the lab, with VIGINUM's of the same. The others hold invented lists."
)


def read_lists(stage: Stage) -> None:
    """Make the nodes and import what each organisation holds."""
    stage.chapter("Two lists, and nobody knows", _REAL if stage.material.is_real else _INVENTED)
    stage.together(
        "nodes are made",
        [order(None, "init", each.home, "--name", each.name, "--kind", each.kind) for each in CAST],
    )
    holders = (
        (HARBOURLINE, stage.material.platform),
        (MERIDIAN, stage.material.lab),
        (COMMISSION, (stage.material.commission,)),
        (PEBBLE, (stage.material.video,)),
    )
    imported = stage.together(
        "everybody reads its list", [_import(stage, who, *files) for who, files in holders]
    )
    for (who, _), ran, key in zip(holders, imported, ("platform", "lab"), strict=False):
        stage.fact(f"{key}_entries", _kept(ran), f"entries that {who.name} keeps")
        stage.tell(who.name, "reads its list.", *_said(ran), ran=ran)
    stage.fact("organisations", len(CAST), "organisations")
    stage.conclude(
        "Nothing has left either of them yet. And no line was dropped in silence: each is kept, "
        "or named with the reason."
    )


def join_community(stage: Stage) -> None:
    """Invite and join all; the nodes know only the wiretap's address."""
    assert stage.line is not None  # noqa: S101 - the story opens it first
    stage.chapter(
        "A community",
        f"They join a community with {len(CAST) - 2} others. Its server, the exchange, is called "
        f"{COMMUNITY}: it passes signed messages on and enforces who may see which.",
    )
    invited = stage.together(
        "the convenor invites",
        [order(None, "exchange", "invite", EXCHANGE_HOME, "--kind", each.kind) for each in CAST],
    )
    joined = stage.together(
        "everybody joins",
        [
            order(who, "join", stage.line.url, "--token", str(ran.document["token"]))
            for who, ran in zip(CAST, invited, strict=True)
        ],
    )
    stage.sync(*CAST)
    members = tuple(Row((each.name, each.kind)) for each in CAST)
    stage.fact("members", len(joined), "members of the community")
    stage.tell(
        COMMUNITY,
        f"admits {len(joined)} members, each by an invitation that works once.",
        figures=(Table("Members", ("who", "kind"), members),),
    )
    stage.conclude(
        "From here on all that goes between them crosses one line, and the demo listens on it."
    )


def _import(stage: Stage, who: Organisation, *files: Path) -> Command:
    names = [shown_path(file, stage.folder) for file in files]
    return order(who, "import", *names, expected=(0, 3))


def _kept(ran: Ran) -> int:
    return sum(count(file, "kept") for file in rows(ran.document, "files"))


def _said(ran: Ran) -> list[str]:
    """Sentences on what was read, from the import's own report."""
    files = rows(ran.document, "files")
    records = sum(count(file, "records") for file in files)
    kept = _kept(ran)
    lost = f", {number(records - kept)} named with the reason" if records > kept else ""
    said = [f"{number(records)} records read, {number(kept)} kept{lost}."]
    for defect in (each for file in files for each in rows(file, "defects")):
        kind = str(defect["kind"])
        rule = DEFECT_KINDS.get(kind, "")
        said.append(f"{number(count(defect, 'count'))} noted as {kind}: {rule}.")
    return said
