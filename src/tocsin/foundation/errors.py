"""One root error; small families by cause, so that a caller can tell what to do.

Every message is lower case and names the thing (file, row, field); every `hint` says what to do
next. Nothing secret goes into either: they are logged and shown.
"""


class TocsinError(Exception):
    """Root of all errors that Tocsin raises on purpose.

    Attributes:
        hint: what the person can do next; empty when there is nothing to do.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(TocsinError):
    """The command or call was put together wrongly (exit code 2)."""


class BadInputError(TocsinError):
    """A file, row, field or message from outside is not what it should be."""


class RefusedError(TocsinError):
    """A rule forbids the act; the message names the rule."""


class TrustError(TocsinError):
    """A signature, key, seal, proof or checkpoint does not hold."""


class StorageError(TocsinError):
    """The vault or a file cannot be read or written (full disk, newer version, lock)."""


class ConnectionFailedError(TocsinError):
    """The exchange could not be reached or did not answer; trying again later is safe."""
