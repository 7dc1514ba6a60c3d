"""Match: others' indicators against what this node holds, and the sightings that answer them.

Invariants: matching happens here and tells nobody; an answer is a sighting that a person lets
go, addressed to the indicator's author alone, never laxer than the indicator; it says that and
since when this node recorded the identifier, never where or by which source. May import exchange
and below.
"""

from tocsin.match.matching import Evidence, Match, match_activity, match_received
from tocsin.match.sightings import Answered, answer

__all__ = ["Answered", "Evidence", "Match", "answer", "match_activity", "match_received"]
