"""Under which marking something was given to us in files: how widely it may go on."""

from collections.abc import Iterable

from tocsin.foundation import BadInputError
from tocsin.records.markings import Tlp


def given_as(markings: Iterable[Tlp | None]) -> Tlp:
    """Return the TLP that binds what several sources gave: the laxest that any of them said.

    Who gave it more widely has let it go. A source that said nothing (None) leaves it to whoever
    was given it, and so does the absence of any source.
    """
    said = [each or Tlp.CLEAR for each in markings]
    return min(said, key=lambda each: each.rank, default=Tlp.CLEAR)


def said_marking(text: object) -> Tlp | None:
    """Read a source's own words for a marking; words that are none of TLP's count as TLP:AMBER."""
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        return Tlp.read(text)
    except BadInputError:
        return Tlp.AMBER
