"""Canonical identifiers: what one written value names, in the same text at every member.

Invariants: pure; canonicalisation is idempotent; reading never raises and never invents: what is
no identifier is told as quantity, prose, placeholder or defect. Accounts keep permanent id and
handle apart. A shared domain is never named in place of the host below it. Nothing is looked up
anywhere: the public suffix list and the platform table ship with the package.
Imports only `foundation`, `records.stix` and libraries.
"""

from tocsin.records.observables.defang import defanged, defanged_words
from tocsin.records.observables.examples import EXAMPLES, Example, examples
from tocsin.records.observables.finding import Found, find_observables
from tocsin.records.observables.hosts import (
    Host,
    HostFault,
    canonical_host,
    host_fault,
    plain_host,
    shared_roots,
)
from tocsin.records.observables.kinds import HASHES, PERSONAL, Kind
from tocsin.records.observables.observable import Observable
from tocsin.records.observables.platforms import (
    Platform,
    account,
    is_platform,
    platform_name,
    platforms,
)
from tocsin.records.observables.quantities import Quantity, is_placeholder, read_quantity
from tocsin.records.observables.reading import Defect, Reading, read_value
from tocsin.records.observables.refang import is_defanged, refang
from tocsin.records.observables.stixform import from_alternatives, from_pattern, from_sco
from tocsin.records.observables.urls import canonical_url

__all__ = [
    "EXAMPLES",
    "HASHES",
    "PERSONAL",
    "Defect",
    "Example",
    "Found",
    "Host",
    "HostFault",
    "Kind",
    "Observable",
    "Platform",
    "Quantity",
    "Reading",
    "account",
    "canonical_host",
    "canonical_url",
    "defanged",
    "defanged_words",
    "examples",
    "find_observables",
    "from_alternatives",
    "from_pattern",
    "from_sco",
    "host_fault",
    "is_defanged",
    "is_placeholder",
    "is_platform",
    "plain_host",
    "platform_name",
    "platforms",
    "read_quantity",
    "read_value",
    "refang",
    "shared_roots",
]
