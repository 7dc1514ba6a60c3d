"""A node's line to its exchange: HTTPS, or plain HTTP on loopback; bounded, patient, explained."""

import ipaddress
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

import httpx
from attrs import frozen

from tocsin.exchange.limits import MAX_ANSWER_BYTES
from tocsin.foundation import (
    BadInputError,
    Closing,
    ConnectionFailedError,
    JsonObject,
    RefusedError,
    UsageError,
    canonical,
    parse_json,
)

TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
PAUSES_S: Final = (0.2, 0.8, 2.0)
"""Between attempts; every call of ours can be repeated safely."""

_BUSY: Final = frozenset({429, 502, 503, 504})
_TAXII: Final = "application/taxii+json;version=2.1"

Connect = Callable[[str], httpx.Client]
"""Opens the HTTP client for a base URL; tests hand in one that stays inside the process."""


def checked_url(url: str) -> str:
    """Return an exchange's address without its last slash.

    Raises:
        UsageError: when it is no HTTP address, or plain HTTP to another machine.
    """
    parts = urlsplit(url.strip())
    try:
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"address {url!r}: {error}", hint="write https://HOST:PORT") from None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise UsageError(f"{url!r} is no address of an exchange", hint="write https://HOST:PORT")
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(
            f"{url!r}: plain HTTP leaves this machine, so anyone on the way could read it",
            hint="use the exchange's https:// address",
        )
    if parts.query or parts.fragment:
        raise UsageError(f"{url!r} holds more than an address", hint="write https://HOST:PORT")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address never leaves this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def open_http(url: str) -> httpx.Client:
    """Open a client for a checked address; proxies of the environment serve HTTPS only."""
    if url.startswith("https:"):
        return httpx.Client(timeout=TIMEOUT, follow_redirects=False)
    # Loopback: a context that trusts nobody, since loading every authority's certificate takes
    # longer than the call.
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.Client(timeout=TIMEOUT, verify=nobody, trust_env=False, follow_redirects=False)


class ExchangeClient(Closing):
    """Calls an exchange as one member; use it as a context manager.

    Args:
        url: see `checked_url`.
        credential: None only for joining.
        connect: opens the HTTP client.
        sleep: waits between attempts.
    """

    def __init__(
        self,
        url: str,
        *,
        credential: str | None = None,
        connect: Connect = open_http,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = checked_url(url)
        self._http = connect(self._url)
        self._sleep = sleep
        self._headers = {"Accept": f"{_TAXII}, application/json"}
        if credential is not None:
            self._headers["Authorization"] = f"Bearer {credential}"

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> JsonObject:
        """Return the JSON object at `path`."""
        return self._call("GET", path, query=query)[0]

    def page(
        self, path: str, query: Mapping[str, str | int]
    ) -> tuple[JsonObject, Mapping[str, str]]:
        """Return the JSON object at `path` with the answer's headers, names in lower case."""
        return self._call("GET", path, query=query)

    def post(self, path: str, body: JsonObject | bytes, *, is_taxii: bool = False) -> JsonObject:
        """Send a JSON object, or its bytes; every POST of ours may be repeated without harm."""
        return self._call("POST", path, body=body, media=_TAXII if is_taxii else None)[0]

    def put(self, path: str, body: JsonObject) -> JsonObject:
        """Send a JSON object in place of what is there."""
        return self._call("PUT", path, body=body)[0]

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: JsonObject | bytes | None = None,
        media: str | None = None,
    ) -> tuple[JsonObject, Mapping[str, str]]:
        headers = dict(self._headers)
        content = None
        if body is not None:
            content = body if isinstance(body, bytes) else canonical(body)
            headers["Content-Type"] = media or "application/json"
        request = self._http.build_request(
            method, f"{self._url}{path}", params=query, content=content, headers=headers
        )
        answer = self._patiently(request)
        if answer.status >= 300:
            raise _explained(self._url, path, answer)
        return _object(answer.body, path), answer.headers

    def _patiently(self, request: httpx.Request) -> "_Answer":
        for pause in (*PAUSES_S, None):
            try:
                answer = self._once(request)
                if answer.status not in _BUSY or pause is None:
                    return answer
            except httpx.TransportError as error:
                if pause is None:
                    raise ConnectionFailedError(
                        f"{self._url} does not answer: {error}",
                        hint="see that the exchange runs and the address is right; meanwhile "
                        "`tocsin sync --bundle-out FILE` writes the same to a file",
                    ) from error
            self._sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, request: httpx.Request) -> "_Answer":
        response = self._http.send(request, stream=True)
        try:
            parts: list[bytes] = []
            size = 0
            for part in response.iter_bytes():
                size += len(part)
                if size > MAX_ANSWER_BYTES:
                    raise BadInputError(
                        f"{request.url}: the answer is longer than {MAX_ANSWER_BYTES} bytes",
                        hint="tell the convenor; nothing of it was kept",
                    )
                parts.append(part)
        finally:
            response.close()
        return _Answer(response.status_code, response.headers, b"".join(parts))


@frozen
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def _object(raw: bytes, path: str) -> JsonObject:
    value = parse_json(raw, source=f"answer to {path}")
    if not isinstance(value, dict):
        raise BadInputError(f"answer to {path}: no JSON object", hint="check the address")
    return value


def _explained(url: str, path: str, answer: _Answer) -> Exception:
    status = answer.status
    try:
        said = _object(answer.body, path)
    except BadInputError:
        said = {}
    title = str(said.get("title") or f"HTTP status {status}")[:300]
    why = str(said.get("description") or "")[:500]
    if status == 401:
        return RefusedError(
            f"{url} does not accept this node's credential",
            hint="ask the convenor whether the membership still stands, or for a new invitation",
        )
    if status >= 500:
        return ConnectionFailedError(
            f"{url} failed: {title}", hint="try again later; tell the convenor if it stays so"
        )
    return RefusedError(f"{url} refused {path}: {title}", hint=why)
