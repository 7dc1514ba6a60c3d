"""Private overlap: how many of one member's items another holds too, and then, agreed, which.

Takes canonical keys of the vault's private family and gives a count to both members; after the
holder's person agreed, the items in common with each side's first recorded observation.

Invariants:
- Before consent the asker gets nothing that depends on which items match: the holder's tags go to
  the exchange, the exchange gives a number.
- The exchange sees neither items nor anything that a dictionary could be tried on without the
  holder's key; all that members tell each other is signed, and sealed once it is about items.
- The quota is checked by asker, exchange and holder, each by its own count; every asking, refused
  ones included, is logged by all three.
- Every step can be repeated and cut off; a first observation is a recorded one or unknown.

`docs/explanation/private-overlap.md` is the threat model. May import `vault` and below, and the
exchange's client and server.
"""

from tocsin.exchange.overlap.asker import Asker
from tocsin.exchange.overlap.blobs import FileBlobs, MemoryBlobs
from tocsin.exchange.overlap.book import Record, Side, State
from tocsin.exchange.overlap.checks import UnknownAskingError
from tocsin.exchange.overlap.conversation import (
    Change,
    approve,
    ask,
    list_askings,
    refuse,
    show,
    step,
)
from tocsin.exchange.overlap.desk import OverlapDesk
from tocsin.exchange.overlap.kinds import DEFAULT, OFFERED
from tocsin.exchange.overlap.local import LocalMailbox
from tocsin.exchange.overlap.mailbox import Mailbox
from tocsin.exchange.overlap.node import overlap_party, overlap_step, start_resident
from tocsin.exchange.overlap.party import Party
from tocsin.exchange.overlap.post import HttpMailbox
from tocsin.exchange.overlap.quota import overlap_limits, set_overlap_limits
from tocsin.exchange.overlap.routes import overlap_desk, overlap_routes

__all__ = [
    "DEFAULT",
    "OFFERED",
    "Asker",
    "Change",
    "FileBlobs",
    "HttpMailbox",
    "LocalMailbox",
    "Mailbox",
    "MemoryBlobs",
    "OverlapDesk",
    "Party",
    "Record",
    "Side",
    "State",
    "UnknownAskingError",
    "approve",
    "ask",
    "list_askings",
    "overlap_desk",
    "overlap_limits",
    "overlap_party",
    "overlap_routes",
    "overlap_step",
    "refuse",
    "set_overlap_limits",
    "show",
    "start_resident",
    "step",
]
