"""Who takes part in the story. All of them are invented."""

from typing import Final

from attrs import frozen

COMMUNITY: Final = "Riverbell"
EXCHANGE_HOME: Final = "riverbell"


@frozen(kw_only=True)
class Organisation:
    """A member of the story's community.

    Attributes:
        home: its node's directory in the story's folder.
        person: who acts for it.
    """

    name: str
    kind: str
    home: str
    person: str
    role: str


HARBOURLINE: Final = Organisation(
    name="Harbourline",
    kind="platform",
    home="harbourline",
    person="Mara",
    role="a social platform with a long list of look-alike papers",
)
MERIDIAN: Final = Organisation(
    name="Meridian Lab",
    kind="research",
    home="meridian",
    person="Tomas",
    role="a research lab with a shorter list of its own",
)
COMMISSION: Final = Organisation(
    name="Varn Electoral Commission",
    kind="target",
    home="commission",
    person="Lea",
    role="an election body that voters write to",
)
PEBBLE: Final = Organisation(
    name="Pebble Video",
    kind="platform",
    home="pebble",
    person="Jo",
    role="another platform, busy this week",
)
MINISTRY: Final = Organisation(
    name="Ministry of the Interior of Varn",
    kind="government",
    home="ministry",
    person="Anders",
    role="a government guest, who may inform and answer",
)
CAST: Final = (HARBOURLINE, MERIDIAN, COMMISSION, PEBBLE, MINISTRY)
NARRATOR: Final = ""
EAVESDROPPER: Final = "Someone on the line"
