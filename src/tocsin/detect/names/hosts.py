"""Host names as the matcher takes them apart: labels below, the label that was chosen, suffix."""

from functools import lru_cache

from attrs import frozen

from tocsin.records.observables import (
    HostFault,
    canonical_host,
    host_fault,
    plain_host,
    shared_roots,
)


@frozen
class Split:
    """A host taken apart.

    Attributes:
        below: labels left of the chosen one.
        label: the label that whoever registered it chose.
        suffix: under which; on a shared domain that domain, as it is nobody's choice.
    """

    below: tuple[str, ...]
    label: str
    suffix: str


def host_of(text: str) -> str | HostFault:
    """Return the ACE form of a candidate name, or why it is no host; wildcards are passed."""
    text = text.removeprefix("*.")
    plain = plain_host(text)
    if plain:
        return plain
    read = canonical_host(text)
    return read.host if read else host_fault(text) or HostFault.BAD_CHARACTER


def split_host(host: str) -> Split | None:
    """Take an ACE host apart; None for a shared domain itself, which is nobody's imitation."""
    labels = host.split(".")
    depth = 1 if _is_flat(labels[-1]) else _suffix_labels(".".join(labels[-3:]))
    roots = shared_roots()
    if host in roots:
        return None
    if depth == 1 and len(labels) == 2:
        return Split((), shown(labels[0]), labels[1])
    for at in range(1, len(labels) - depth):
        if ".".join(labels[at:]) in roots:
            depth = max(depth, len(labels) - at)
    depth = min(depth, len(labels) - 1)
    at = len(labels) - depth - 1
    return Split(
        below=tuple(shown(each) for each in labels[:at]),
        label=shown(labels[at]),
        suffix=".".join(labels[at + 1 :]),
    )


def shown(label: str) -> str:
    """Return a label as people see it."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode").lower()
    except (UnicodeError, ValueError, OverflowError):
        return label


@lru_cache(maxsize=4096)
def _is_flat(top: str) -> bool:
    """Tell whether names are registered right below a top: nearly all, asked once a top."""
    return plain_host(f"a.{top}") is not None


@lru_cache(maxsize=65536)
def _suffix_labels(tail: str) -> int:
    """Return of how many labels the public suffix of a name with this tail is made."""
    read = canonical_host(f"a.{tail}")
    return read.suffix.count(".") + 1 if read and read.suffix else 1
