"""Failed logins are bounded in number, and so is the memory that it takes to count them.

A secret has 256 random bits, so this is no defence against guessing: it keeps a client that has
lost its token from costing a look-up each second for weeks, and a scanner out of the log.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

MAX_FAILURES: Final = 20
"""Wrong credentials of one address within `WINDOW`; then it waits for the window's end."""

WINDOW: Final = timedelta(minutes=1)
MAX_ADDRESSES: Final = 4_096
MAX_KNOWN: Final = 4_096


class FailedLogins:
    """Counts by address; who was let in lately stays welcome, whatever its neighbours do.

    Behind one proxy all members may share an address: an address that has failed too often is
    not looked up any more, except for the credentials that have worked since this process began.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def wait_s(self, address: str, digest: str, now: datetime) -> int:
        """Return how many seconds this credential from here must wait; 0 to look it up now.

        Args:
            digest: the credential's hash.
        """
        with self._lock:
            since, count = self._failures.get(address, (now, 0))
            left = since + WINDOW - now
            if count < MAX_FAILURES or digest in self._known or left <= timedelta(0):
                return 0
            return max(1, round(left.total_seconds()))

    def succeeded(self, digest: str) -> None:
        """Note a credential that holds."""
        with self._lock:
            self._known[digest] = None
            self._known.move_to_end(digest)
            while len(self._known) > MAX_KNOWN:
                self._known.popitem(last=False)

    def failed(self, address: str, digest: str, now: datetime) -> None:
        """Note a credential that does not hold, or no longer."""
        with self._lock:
            self._known.pop(digest, None)
            since, count = self._failures.pop(address, (now, 0))
            if now - since >= WINDOW or now < since:
                since, count = now, 0
            self._failures[address] = (since, count + 1)
            while len(self._failures) > MAX_ADDRESSES:
                self._failures.popitem(last=False)
