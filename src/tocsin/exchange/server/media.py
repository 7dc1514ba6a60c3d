"""TAXII 2.1's media type and error resource (§1.6.8, §3.6.1), and strict request bodies."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from tocsin.exchange.limits import MAX_CONTENT_BYTES
from tocsin.foundation import JsonObject, JsonValue, canonical, parse_json

TAXII: Final = "application/taxii+json;version=2.1"
JSON: Final = "application/json"
_TAXII_BARE: Final = "application/taxii+json"


class HttpError(Exception):
    """An answer that is not 2xx; `app` turns it into the error resource."""

    def __init__(
        self, status: int, title: str, *, why: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.why = why
        self.headers = headers or {}

    def to_response(self, media_type: str) -> Response:
        """Return the error resource. It says nothing that the caller did not send."""
        said: JsonObject = {"title": self.title, "http_status": str(self.status)}
        if self.why:
            said["description"] = self.why
        return Response(canonical(said), self.status, self.headers, media_type)


def not_found() -> HttpError:
    """The one answer for what is not there and for what must not be known to be there."""
    return HttpError(404, "not found, or not for you")


def check_accept(request: Request) -> None:
    """Refuse an Accept that neither names TAXII 2.1 nor allows anything.

    `application/taxii+json` without a version is valid (§1.6.8.1): medallion and OpenTAXII
    wrongly refuse it.
    """
    ranges = [each.strip() for each in ",".join(request.headers.getlist("accept")).split(",")]
    if not any(map(_acceptable, ranges)):
        raise HttpError(406, "only application/taxii+json;version=2.1 is served here")


def check_content_type(request: Request) -> None:
    """Refuse a body that does not say it is TAXII 2.1."""
    kind, parameters = _split(request.headers.get("content-type", ""))
    if kind != _TAXII_BARE or parameters.get("version", "2.1") != "2.1":
        raise HttpError(415, "send application/taxii+json;version=2.1")


async def read_body(request: Request) -> bytes:
    """Return the body, never holding more than `MAX_CONTENT_BYTES` of it.

    Raises:
        HttpError: 413 for a longer one, 415 for one with a content encoding.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HttpError(415, "send the body without a content encoding")
    declared = request.headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit() or len(declared) > 18:
        raise HttpError(400, "the content length is no number")
    too_long = HttpError(413, f"the body is longer than {MAX_CONTENT_BYTES} bytes")
    if int(declared) > MAX_CONTENT_BYTES:
        raise too_long
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_CONTENT_BYTES:
            raise too_long
        parts.append(part)
    return b"".join(parts)


def json_object(body: bytes, what: str) -> JsonObject:
    """Return a request's body as a strict JSON object.

    Raises:
        HttpError: 422 when it is JSON, but no object.
        BadInputError: when it is not strict JSON.
    """
    value: JsonValue = parse_json(body, source=what)
    if not isinstance(value, dict):
        raise HttpError(422, f"{what}: a JSON object is expected")
    return value


def _acceptable(wanted: str) -> bool:
    kind, parameters = _split(wanted)
    if kind in ("*/*", "application/*"):
        return True
    return kind == _TAXII_BARE and parameters.get("version", "2.1") == "2.1"


def _split(header: str) -> tuple[str, dict[str, str]]:
    kind, *rest = (part.strip() for part in header.split(";"))
    pairs = (part.partition("=") for part in rest)
    return kind.lower(), {name.strip().lower(): value.strip(' "') for name, _, value in pairs}
