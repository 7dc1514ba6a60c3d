"""The floor: TAXII-shaped POST and GET with nothing that an exchange is for.

Starlette, sqlite3 (WAL, synchronous NORMAL: not durable) and msgspec. No sign-in, audience,
signature, log, filter or header of the standard: only what moving the bytes costs.
"""

import base64
import os
import sqlite3
import sys
from datetime import UTC, datetime

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_PAGE = 1000
_SCHEMA = """
PRAGMA journal_mode = wal;
PRAGMA synchronous = NORMAL;
CREATE TABLE objects (
    seq INTEGER PRIMARY KEY, id TEXT, version TEXT, added TEXT, body BLOB, UNIQUE (id, version)
);
"""


class _Head(msgspec.Struct):
    id: str
    type: str
    modified: str = ""


class _Envelope(msgspec.Struct):
    objects: list[msgspec.Raw]


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_HEAD = msgspec.json.Decoder(_Head)


def build_app(path: str) -> Starlette:
    """Return the application over a new database."""
    database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    database.executescript(_SCHEMA)

    async def objects(request: Request) -> Response:
        if request.method == "GET":
            return _page(database, int(request.query_params.get("next", "0")))
        now = datetime.now(UTC).isoformat()
        rows = []
        for raw in _ENVELOPE.decode(await request.body()).objects:
            head = _HEAD.decode(raw)
            rows.append((head.id, head.modified, now, bytes(raw)))
        database.execute("BEGIN IMMEDIATE")
        database.executemany(
            "INSERT OR IGNORE INTO objects (id, version, added, body) VALUES (?, ?, ?, ?)", rows
        )
        database.execute("COMMIT")
        token = base64.b16encode(os.urandom(16)).decode()
        return Response(
            msgspec.json.encode({"id": token, "status": "complete", "success_count": len(rows)}),
            202,
        )

    return Starlette(routes=[Route("/objects/", objects, methods=["GET", "POST"])])


def _page(database: sqlite3.Connection, after: int) -> Response:
    rows = database.execute(
        "SELECT seq, body FROM objects WHERE seq > ? ORDER BY seq LIMIT ?", (after, _PAGE)
    ).fetchall()
    more = b'"more":true,"next":"%d",' % rows[-1][0] if len(rows) == _PAGE else b'"more":false,'
    return Response(b"{" + more + b'"objects":[' + b",".join(row[1] for row in rows) + b"]}")


if __name__ == "__main__":
    uvicorn.run(
        build_app(sys.argv[1]), port=int(sys.argv[2]), log_level="warning", access_log=False
    )
