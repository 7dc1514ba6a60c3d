"""PostgreSQL's errors in words, by the codes of its manual's appendix A.

The server's own words are repeated, never its detail: that holds what was to be stored.
"""

from typing import Any, Final

from attrs import frozen

from tocsin.foundation import BadInputError, StorageError, TocsinError
from tocsin.vault.address import PASSWORD_VARIABLE, PostgresAddress

LOCK_TIMEOUT_S: Final = 30


class DatabaseAwayError(StorageError):
    """The server cannot be reached for now, or ended the connection; it may come back."""


@frozen
class _Told:
    """What to say for some codes; `{where}`, `{user}` and `{said}` are filled in."""

    codes: frozenset[str]
    message: str
    hint: str
    kind: type[TocsinError] = StorageError


_TOLD: Final = (
    _Told(
        frozenset({"28P01", "28000"}),
        "{where}: the server does not let {user!r} in with this password",
        f"set {PASSWORD_VARIABLE}, or put the right address into the exchange's database.json",
    ),
    _Told(frozenset({"3D000"}), "{where}: no such database", "make it with `createdb`"),
    _Told(frozenset({"25006"}), "{where}: read-only", "name the primary server, not a standby"),
    _Told(
        frozenset({"53100", "53200", "58030"}),
        "{where}: the server's disk is full or cannot be written; nothing of this write was kept",
        "free some space there, then do it again",
    ),
    _Told(
        frozenset({"53300"}),
        "{where}: the server takes no more connections",
        "raise its max_connections, or serve with fewer workers",
        DatabaseAwayError,
    ),
    _Told(
        frozenset({"55P03", "40P01"}),
        f"{{where}}: locked by another process for more than {LOCK_TIMEOUT_S} s",
        "wait for the other import or backup to end, then try again",
    ),
    _Told(
        frozenset({"42501"}),
        "{where}: {user!r} may not do this there: {said}",
        "let the role own the database",
    ),
    _Told(frozenset({"XX001", "XX002"}), "{where}: damaged: {said}", "restore a backup"),
    _Told(
        frozenset({"22021", "22P05"}),
        # Whoever sent the text may read this: it names no address.
        "a text holds a character that the database cannot store",
        "remove the NUL character (\\u0000) from it",
        BadInputError,
    ),
)
_GONE: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03"})
"""The server stops, starts, or ended this session."""


def explained_by_postgres(cause: BaseException | None, address: PostgresAddress) -> TocsinError:
    """Return what to tell a person about an error of PostgreSQL or the way to it."""
    if isinstance(cause, TocsinError):
        return cause
    where, code, said = address.shown, _said(cause, "C"), _said(cause, "M") or str(cause)
    for told in _TOLD:
        if code in told.codes:
            words = told.message.format(where=where, user=address.user, said=said)
            return told.kind(words, hint=told.hint)
    if is_away(cause) or isinstance(cause, OSError):
        return DatabaseAwayError(
            f"{where}: the connection to the database was lost",
            hint="see whether the server runs; trying again later is safe",
        )
    return StorageError(f"{where}: {said}", hint="see the server's log")


def is_away(cause: BaseException | None) -> bool:
    """Tell whether the server may be back soon, and nothing was done meanwhile."""
    if isinstance(cause, DatabaseAwayError):
        return True
    code = _said(cause, "C")
    if code:
        return code in _GONE or code.startswith("08")
    # The driver is an optional extra: its errors are known by name.
    said = str(cause) if type(cause).__name__ == "InterfaceError" else ""
    return "network error" in said or "connection is closed" in said


def _said(cause: BaseException | None, field: str) -> str:
    """Return a field of the server's answer, empty when the error is not the server's."""
    fields: Any = cause.args[0] if cause is not None and cause.args else None
    return str(fields.get(field, "")) if isinstance(fields, dict) else ""
