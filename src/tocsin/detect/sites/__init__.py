"""Detect sites: which web sites are run together, and by what that is known.

A graph of evidence: sites, and the identifiers that several of them carry. Each identifier weighs
as much as its number of carriers is beyond chance; what many strangers share is left out by rule.

    kinds       of identifier, and how common one same value is among strangers; hubs: by rule
    values      identifiers in canonical form; evidence: read from tables that a member supplies
    weighing    what one identifier says; rings: what lies between sites
    clustering  clusters, what carries them, what would break them, steps from seeds
    detecting   findings

Invariants: nothing is resolved or fetched; the order of rows changes nothing; every site of a
cluster is there by an identifier that is named; one site never joins two networks. That sites are
run together says nothing of who runs them, nor of what they publish. May import `foundation`,
`records` and `intake`.
"""

from tocsin.detect.sites.clustering import LEAST, Cluster, Join, Step, Tie, expand, find_ties
from tocsin.detect.sites.detecting import (
    background_of,
    find_sites,
    ranked,
    shared_identifiers,
    stepped,
)
from tocsin.detect.sites.evidence import Carried, read_evidence
from tocsin.detect.sites.kinds import KINDS, chosen_kind
from tocsin.detect.sites.values import site_of
from tocsin.detect.sites.weighing import Background, Shared, probability, weigh

__all__ = [
    "KINDS",
    "LEAST",
    "Background",
    "Carried",
    "Cluster",
    "Join",
    "Shared",
    "Step",
    "Tie",
    "background_of",
    "chosen_kind",
    "expand",
    "find_sites",
    "find_ties",
    "probability",
    "ranked",
    "read_evidence",
    "shared_identifiers",
    "site_of",
    "stepped",
    "weigh",
]
