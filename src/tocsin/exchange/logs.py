"""What the exchange says while it serves: one line an event on stderr, as JSON or as text.

An event has a fixed name and fields of closed kinds (`EVENTS`). No name of a member or person,
no id of an object, no address, header, body or credential is ever a field; a trace tells where
something went wrong and of which kind, without the values, since a database's own message may
quote them. Whatever another library says of itself comes out in the same form.
"""

import errno
import logging
import sys
from collections.abc import Iterator, Mapping
from traceback import FrameSummary, extract_tb
from types import MappingProxyType
from typing import Any, Final

import structlog
from attrs import frozen
from structlog.typing import EventDict, WrappedLogger

from tocsin.foundation import TocsinError

FORMATS: Final = ("json", "text")
_REQUEST: Final = (
    "request_id, method, route (the template), status, seconds, principal (node, person, guest, "
    "nobody)"
)


@frozen
class Event:
    """One kind of event."""

    level: str
    fields: str
    meaning: str


EVENTS: Final[Mapping[str, Event]] = MappingProxyType(
    {
        "request": Event(
            "info",
            f"{_REQUEST}; after a POST of objects taken, refused (a number by cause)",
            "A request was answered.",
        ),
        "login_failed": Event("info", _REQUEST, "Its credential does not hold, or has to wait."),
        "request_failed": Event(
            "error",
            f"{_REQUEST}, trace",
            "It failed inside; the caller was given the request's id as `error_id`.",
        ),
        "serving": Event("info", "workers", "Every worker answers."),
        "not_placed": Event(
            "warning",
            "why",
            "What waited was refused when it was to be placed; `why` is the kind of error.",
        ),
        "placing_failed": Event(
            "warning", "trace", "A batch could not be placed; it waits and is tried again."
        ),
        "worker_ended": Event("warning", "exit_code", "A worker ended and another takes over."),
        "worker_failed": Event("error", "why, hint, trace", "A worker could not begin to serve."),
        "not_ready": Event("warning", "check, trace", "A check of readiness found something."),
        "library": Event(
            "warning and above",
            "logger, message (the web server's alone), place, trace",
            "What a library that the exchange runs on says, such as the web server.",
        ),
    }
)


def configure(form: str | None) -> None:
    """Send events to stderr.

    Args:
        form: one of `FORMATS`; None shows warnings and errors alone, as text.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(form or "text"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("tocsin").setLevel(logging.INFO if form else logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):
        other = logging.getLogger(name)
        other.handlers.clear()
        other.propagate = True


def formatter(form: str) -> logging.Formatter:
    """Return what turns a record into a line."""
    last: Any = structlog.processors.JSONRenderer(sort_keys=True)
    if form == "text":
        last = structlog.processors.LogfmtRenderer(
            key_order=["timestamp", "level", "event"], bool_as_flag=False
        )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(),
            _named,
            _traced,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    )


def trace_of(error: BaseException) -> list[str]:
    """Return where an error and what led to it happened, outermost first, without any value."""
    return [line for each in reversed([*_chain(error)]) for line in _lines(each)]


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)


def _lines(error: BaseException) -> Iterator[str]:
    yield from (_place(frame) for frame in extract_tb(error.__traceback__))
    kind = type(error).__name__
    code = error.errno if isinstance(error, OSError) else None
    yield kind if code is None else f"{kind} {errno.errorcode.get(code, code)}"


def _place(frame: FrameSummary) -> str:
    *_, folder, file = ("", *frame.filename.split("/"))
    return f"{folder}/{file}:{frame.lineno} {frame.name}"


def _named(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Give what others say the one name that it has among our events."""
    del logger, method
    record: logging.LogRecord = event["_record"]
    if not record.name.startswith("tocsin."):
        # The web server's words are its own; others, such as asyncio, write values into theirs.
        said = event["event"] if record.name.startswith("uvicorn") else None
        place = f"{record.module}:{record.lineno}"
        event.update(event="library", logger=record.name, message=said, place=place)
    return event


def _traced(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Put the trace in place of the error, whose own words are left out."""
    del logger, method
    record: logging.LogRecord = event["_record"]
    if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
        error = record.exc_info[1]
        event["trace"] = trace_of(error)
        if isinstance(error, TocsinError) and record.name.startswith("tocsin."):
            event["kind"] = type(error).__name__
    event.pop("exc_info", None)
    record.exc_info = record.exc_text = None
    return event
