"""Detect personas: accounts that pass for another one.

Called alike AND one of picture, biography or link the same, of what hardly anybody else has.

    profiles   what accounts show of themselves, from tables that a member supplies
    alike      who is called alike; copied: what two have in common, and what is common anyhow
    detecting  who is the suspect, findings

Invariants: a like name alone accuses nobody; an own account is never the suspect, of the others
the younger one is, and where that is not known both are named and neither accused; accounts of
different platforms are not compared; nothing is fetched; the order of rows changes nothing. A
finding has no q-value and is no ground to tell of people. May import `foundation`, `records` and
`intake`, and of its neighbour `names` the letters.
"""

from tocsin.detect.personas.alike import alike_pairs
from tocsin.detect.personas.copied import Copy, Trait
from tocsin.detect.personas.detecting import Pass, find_personas
from tocsin.detect.personas.profiles import Profile, Profiles, read_profiles

__all__ = [
    "Copy",
    "Pass",
    "Profile",
    "Profiles",
    "Trait",
    "alike_pairs",
    "find_personas",
    "read_profiles",
]
