"""TAXII 2.1's media type and error resource (§1.6.8, §3.6.1), and strict JSON objects."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from tocsin.foundation import JsonObject, JsonValue, canonical, parse_json

TAXII: Final = "application/taxii+json;version=2.1"
JSON: Final = "application/json"
_TAXII_BARE: Final = "application/taxii+json"

FOR_ONE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""On every answer: it is for one caller, so no cache keeps it; and it is never a page, whatever a
browser would make of its text."""


class HttpError(Exception):
    """An answer that is not 2xx; `app` turns it into the error resource."""

    def __init__(
        self,
        status: int,
        title: str,
        *,
        why: str = "",
        error_id: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.why = why
        self.error_id = error_id
        self.headers = headers or {}

    def to_response(self, media_type: str) -> Response:
        """Return the error resource. It says nothing that the caller did not send."""
        said: JsonObject = {"title": self.title, "http_status": str(self.status)}
        if self.why:
            said["description"] = self.why
        if self.error_id:
            said["error_id"] = self.error_id
        return Response(canonical(said), self.status, {**FOR_ONE, **self.headers}, media_type)


def not_found() -> HttpError:
    """The one answer for what is not there and for what must not be known to be there."""
    return HttpError(404, "not found, or not for you")


def check_accept(request: Request) -> None:
    """Refuse an Accept that neither names TAXII 2.1 nor allows anything (RFC 9110 §12.5.1).

    `application/taxii+json` without a version is valid (§1.6.8.2): medallion and OpenTAXII
    wrongly refuse it. The most specific range decides: a `q=0` there forbids what a wildcard
    would allow.
    """
    decided = (0, 0.0)
    for each in ",".join(request.headers.getlist("accept")).split(","):
        decided = max(decided, _acceptable(each))
    if decided[1] <= 0:
        raise HttpError(406, "only application/taxii+json;version=2.1 is served here")


def check_content_type(request: Request) -> None:
    """Refuse a body that does not say it is TAXII 2.1."""
    kind, parameters = _split(request.headers.get("content-type", ""))
    if kind != _TAXII_BARE or parameters.get("version", "2.1") != "2.1":
        raise HttpError(415, "send application/taxii+json;version=2.1")


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


def quality_of(element: str) -> tuple[str, float]:
    """Return name and quality of one element of an Accept or Accept-Encoding header.

    Without a `q` it is 1; one that is no number between 0 and 1 counts as 0 (RFC 9110 §12.4.2).
    """
    name, parameters = _split(element)
    text = parameters.get("q", "1")
    is_number = len(text) <= 5 and text.isascii() and text.replace(".", "", 1).isdigit()
    return name, min(float(text), 1.0) if is_number else 0.0


def _acceptable(wanted: str) -> tuple[int, float]:
    """Return how specifically a media range names TAXII 2.1, 0 for not at all, and its quality."""
    kind, parameters = _split(wanted)
    _, quality = quality_of(wanted)
    if kind == _TAXII_BARE:
        if "version" not in parameters:
            return 3, quality
        return (4, quality) if parameters["version"] == "2.1" else (0, 0.0)
    specific = {"application/*": 2, "*/*": 1}.get(kind, 0)
    return (specific, quality) if specific else (0, 0.0)


def _split(header: str) -> tuple[str, dict[str, str]]:
    kind, *rest = (part.strip() for part in header.split(";"))
    pairs = (part.partition("=") for part in rest)
    return kind.lower(), {name.strip().lower(): value.strip(' "') for name, _, value in pairs}
