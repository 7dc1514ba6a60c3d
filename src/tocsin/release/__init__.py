"""Release: from a private case to signed objects that wait in the outbox.

Invariants: preview first, and what is sent is what was previewed; who receives comes from
`policy.recipients` alone; only what a recipient needs leaves (identifier, technique, times of
recorded observation), never comments or sources; personal identifiers leave only through
`policy.people_refusals`, public attributions only through `policy.attribution_refusals`; what
waits on a review that is taken back leaves no more; TLP:RED leaves sealed. May import cases and
below.
"""

from tocsin.release.dispatch import Released, commit
from tocsin.release.drafts import Draft, Held
from tocsin.release.outgoing import Leaving, Outgoing
from tocsin.release.preview import Preview, prepare
from tocsin.release.stopping import Recalled, recall, stop
from tocsin.release.terms import Terms

__all__ = [
    "Draft",
    "Held",
    "Leaving",
    "Outgoing",
    "Preview",
    "Recalled",
    "Released",
    "Terms",
    "commit",
    "prepare",
    "recall",
    "stop",
]
