"""The names that this node's guards go by: kept here, given to `policy.guards`."""

from collections.abc import Iterable
from typing import Final

from tocsin.foundation import JsonObject
from tocsin.policy import GuardLists
from tocsin.vault.transaction import Snapshot, Transaction

_POPULAR: Final = "guard.popular"
_OWN: Final = "guard.own"
_ALLOWED: Final = "guard-allowed"
"""Kind of the documents that say who lets an observable pass, and why."""


def guard_lists(view: Snapshot) -> GuardLists:
    """Return the names as they stand."""
    popular, own = view.settings.get(_POPULAR), view.settings.get(_OWN)
    return GuardLists(
        frozenset(map(str, popular)) if isinstance(popular, list) else frozenset(),
        {key: str(owner) for key, owner in own.items()} if isinstance(own, dict) else {},
        frozenset(each.id for each in view.documents.list(_ALLOWED) if each.body["allowed"]),
    )


def keep_popular(tx: Transaction, hosts: Iterable[str]) -> None:
    """Keep a list of popular hosts in place of the one before."""
    tx.settings.set(_POPULAR, [*sorted(set(hosts))])


def keep_own(tx: Transaction, own: dict[str, str]) -> None:
    """Keep whose domains must never be named."""
    tx.settings.set(_OWN, {**own} or None)


def keep_allowed(tx: Transaction, key: str, *, allowed: bool, why: str, by: str) -> None:
    """Note that a person lets an observable pass, or no longer does. Logged, and never leaves."""
    body: JsonObject = {"allowed": allowed, "why": why, "by": by}
    tx.documents.put(_ALLOWED, key, body, by=by)
