"""Listens to a page and writes down whatever a page of ours must never do."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from attrs import Factory, define
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Route, WebSocket

_LOCAL_SCHEMES: Final = ("file", "about", "data", "blob")

# Set through the debugger, so the page's own policy does not stop it.
_REPORT_VIOLATIONS: Final = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`content policy: ${event.effectiveDirective} stopped ${event.blockedURI}`));
"""


@define(slots=False)  # Playwright keeps notes of its own on an object whose methods it calls
class Watch:
    """What was noticed in one browser context, in order.

    Attributes:
        complaints: one line each: console errors, uncaught exceptions, violations of the content
            policy, and requests to anything but a file or this machine's loopback.
    """

    complaints: list[str] = Factory(list)

    def over(self, context: BrowserContext) -> None:
        """Watch every page that `context` opens from now on, and let nothing out of it."""
        context.add_init_script(_REPORT_VIOLATIONS)
        context.route("**/*", self._pass_local)
        context.on("page", self._over_page)

    def _over_page(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", self._catch)
        page.on("websocket", self._see_socket)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _catch(self, error: Error) -> None:
        self.complaints.append(f"uncaught: {error.message}")

    def _see_socket(self, opened: WebSocket) -> None:
        if not is_local(opened.url):
            self.complaints.append(f"socket to {opened.url}")

    def _pass_local(self, route: Route) -> None:
        if is_local(route.request.url):
            route.continue_()
        else:
            self.complaints.append(f"request to {route.request.url}")
            route.abort()


def is_local(url: str) -> bool:
    """Tell whether an address stays on this machine: a file, something inline, or loopback."""
    parts = urlsplit(url)
    if parts.scheme in _LOCAL_SCHEMES:
        return True
    host = parts.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
