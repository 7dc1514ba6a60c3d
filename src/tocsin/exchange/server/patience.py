"""A request's head must come within half a minute: callers that hold lines open are let go.

uvicorn closes a line that is idle between two requests, yet waits for ever for the first one, and
for the rest of a head once its first byte has come. Bodies have a limit of their own (`bodies`).
"""

import asyncio
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_PATIENCE_S: Final = 30.0


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that hangs up on a caller whose request's head does not come."""

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait no longer once a head is whole, and again when a part of the next one has come."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._wait_no_longer()
        elif self._due is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the caller."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._due = self.loop.call_later(HEAD_PATIENCE_S, self._hang_up)

    def _wait_no_longer(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _hang_up(self) -> None:
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()
