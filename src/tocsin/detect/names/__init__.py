"""Detect names: hosts that imitate an entity of a watchlist, each with its reason.

The list is indexed, not the stream: hosts come one after the other, and nothing is permuted.

    entities    what is protected; lists: as files; kept: in the node's vault
    letters     skeletons, transliteration, edits, lure words; hosts: labels and suffixes
    index       every way to write a protected name, by what stands in a host
    rules       which of them a host meets, and how
    background  how often benign names meet the same; detecting: findings
    candidates  hosts out of lists, certificate logs and zone differences; transparency: entries

Invariants: nothing is resolved, fetched or contacted; an entity's own domains and all below them,
and a domain that strangers share, never alert; the subject is the host, never the shared domain
in its place; the same hosts in the same order give the same findings; memory grows with alerts
only. A name alone accuses nobody: a finding carries no q-value. May import `foundation`,
`records` and `vault`.
"""

from tocsin.detect.names.background import Background, calibrate
from tocsin.detect.names.candidates import Reading, hosts_in, hosts_in_tile
from tocsin.detect.names.detecting import Found, find_names
from tocsin.detect.names.entities import BUDGET, Entity, entity_from, merged
from tocsin.detect.names.index import Index, build_index
from tocsin.detect.names.kept import Watchlist
from tocsin.detect.names.lists import FORMATS, ListRead, read_list, write_list
from tocsin.detect.names.matches import Match, Rule
from tocsin.detect.names.rules import find_matches
from tocsin.detect.names.transparency import HEAD_BYTES, MOST_BYTES, is_tile

__all__ = [
    "BUDGET",
    "FORMATS",
    "HEAD_BYTES",
    "MOST_BYTES",
    "Background",
    "Entity",
    "Found",
    "Index",
    "ListRead",
    "Match",
    "Reading",
    "Rule",
    "Watchlist",
    "build_index",
    "calibrate",
    "entity_from",
    "find_matches",
    "find_names",
    "hosts_in",
    "hosts_in_tile",
    "is_tile",
    "merged",
    "read_list",
    "write_list",
]
