"""What one request leaves behind: counts of closed labels, one event, an id for what failed."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.unit.exchange.world import World
from tocsin.exchange import build_app
from tocsin.exchange.logs import EVENTS, formatter, trace_of
from tocsin.exchange.server.app import _failed
from tocsin.exchange.server.board import OTHER, Board
from tocsin.exchange.server.gate import error_answer
from tocsin.exchange.server.logins import FailedLogins
from tocsin.exchange.server.metrics import Exposition
from tocsin.exchange.server.noted import noted
from tocsin.exchange.server.observed import Observed, templates
from tocsin.foundation import SeededEntropy, StorageError

SECRET = "zq-secret-zq"


class Lines(logging.Handler):
    """Keeps each event as the JSON that would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(formatter("json"))
        self.raw: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.raw.append(self.format(record))

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(each) for each in self.raw]


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, logger = Lines(), logging.getLogger("tocsin")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)
    logger.propagate = True


def _ask(app: Observed, method: str, path: str, **more: Any) -> httpx.Response:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.request(method, path, **more)

    return asyncio.run(call())


def _failing(error: Exception) -> Starlette:
    def fail(request: Request) -> Response:
        if isinstance(error, StorageError):
            return error_answer(error, "application/json", noted(request.scope))
        raise error

    routes = [Route("/thing/{name}", fail)]
    return Starlette(routes=routes, exception_handlers={Exception: _failed})


def _observed(app: Starlette) -> tuple[Observed, Board]:
    board = Board(templates(app.routes), 1)
    return Observed(app, SeededEntropy(1), FailedLogins(), board.worker(0)), board


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError(SECRET), 500), (StorageError(f"disk {SECRET}"), 503)]
)
def test_who_asked_for_what_failed_gets_an_id_and_the_log_has_the_place_but_no_value(
    error: Exception, status: int, lines: Lines
) -> None:
    app, board = _observed(_failing(error))
    answer = _ask(app, "GET", f"/thing/{SECRET}")

    assert answer.status_code == status
    assert answer.json()["error_id"] == answer.headers["X-Request-ID"]
    assert SECRET not in answer.text
    (event,) = lines.said
    assert (event["event"], event["route"]) == ("request_failed", "/thing/{name}")
    assert event["request_id"] == answer.json()["error_id"]
    assert event["trace"][-1] == type(error).__name__
    assert SECRET not in lines.raw[0]
    errors = next(each for each in board.counted if each.name.endswith("_errors"))
    assert board.cells(errors, ()) == [1]


def test_a_trace_names_places_and_kinds_of_the_whole_chain() -> None:
    try:
        try:
            open(f"/nowhere/{SECRET}").close()  # noqa: PTH123 - to fail
        except OSError as inner:
            raise StorageError(SECRET) from inner
    except StorageError as outer:
        trace = trace_of(outer)
    assert "FileNotFoundError ENOENT" in trace
    assert trace[-1] == "StorageError"
    assert any("test_observed.py" in each for each in trace)
    assert SECRET not in " ".join(trace)


@pytest.mark.parametrize(("name", "message"), [("uvicorn.error", "bad request"), ("asyncio", None)])
def test_a_librarys_line_has_the_same_form(name: str, message: str | None) -> None:
    lines = Lines()
    record = logging.makeLogRecord(
        {"name": name, "levelname": "WARNING", "levelno": 30, "msg": "bad %s", "module": "m"}
        | {"args": ("request",), "lineno": 7}
    )
    lines.emit(record)
    (event,) = lines.said
    assert event["event"] == "library"
    assert (event["logger"], event["message"], event["place"]) == (name, message, "m:7")
    assert "library" in EVENTS


_TEXT = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=3, max_size=12)


def test_no_label_can_hold_what_a_caller_sent(world: World) -> None:
    app, board = _observed(build_app(world.exchange, world.clock, world.entropy))
    exposition = Exposition(world.exchange, board)
    allowed = {
        value for metric in board.counted for values in metric.labels.values() for value in values
    }

    @given(words=st.lists(_TEXT, min_size=4, max_size=4))
    def ask(words: list[str]) -> None:
        path, method, user, secret = (f"zq{each}zq" for each in words)
        _ask(app, "GET", f"/taxii2/community/collections/{path}/objects/{path}/")
        _ask(app, method.upper(), f"/{path}", auth=(user, secret))
        text = exposition.text().decode()
        assert not any(each.lower() in text.lower() for each in (path, method, user, secret))

    ask()
    assert OTHER in allowed
    assert all("zq" not in each for each in allowed)


def test_a_label_outside_its_set_is_an_error_of_ours() -> None:
    tally = Board(("/a/",), 1).worker(0)
    with pytest.raises(KeyError):
        tally.add("requests", ("/a/", SECRET, "2xx"))
