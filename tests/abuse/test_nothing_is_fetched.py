"""No server-side request forgery: what an indicator names is never contacted, by nobody.

The bait names hosts that a lookup would betray, and a trap: a listener on loopback, which the
guard of all tests would let through. Two nodes and an exchange do everything that is done with
indicators; every lookup and connection is written down.
"""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from attrs import define, field
from openpyxl import Workbook

from tests.acceptance.town import founded, tocsin


@define
class Trap:
    """A listener that nobody may call."""

    listener: socket.socket
    callers: list[object] = field(factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/beacon"

    def watch(self) -> None:
        while True:
            try:
                line, caller = self.listener.accept()
            except OSError:
                return
            self.callers.append(caller)
            line.close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Trap(listener)
        Thread(target=made.watch, daemon=True).start()
        yield made
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every name that is looked up and every address that is connected to."""
    seen: list[str] = []
    lookup, connect = socket.getaddrinfo, socket.socket.connect

    def getaddrinfo(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        seen.append(f"{host}:{port}")
        return lookup(host, port, *rest, **named)

    def connecting(self: socket.socket, address: Any) -> None:
        seen.append(":".join(map(str, address[:2])) if isinstance(address, tuple) else "local")
        connect(self, address)

    for name in ("gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo"):
        monkeypatch.setattr(socket, name, lambda *_, name=name: seen.append(name))
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connecting)
    return seen


def test_nothing_that_an_indicator_names_is_looked_up_or_connected_to(
    tmp_path: Path, trap: Trap, asked: list[str]
) -> None:
    with founded(tmp_path, a=("Alpha", "platform"), b=("Beta", "platform")) as town:
        alpha, beta = town["a"], town["b"]
        for path in _baits(tmp_path, trap.url):
            alpha.says("import", path, "--case", "Bait")
        alpha.says("case", "list")
        alpha.says("release", "Bait", "--to", "community", "--tlp", "clear", "--without-people")
        alpha.says("sync")
        beta.pastes(["fetch-me.example", trap.url.replace("http", "hxxp")], "Mine")
        beta.says("sync")
        beta.says("match")
        beta.says("sync")
        alpha.says("sync")
        for form in ("csv", "stix", "misp", "opencti", "xlsx"):
            out = tmp_path / f"out.{form}"
            alpha.says("export", "Bait", "--format", form, "-o", out, "--tlp", "clear")
        tocsin("exchange", "members", town.exchange)
        port = town.url.rpartition(":")[2]
        assert {each.rpartition(":")[2] for each in asked} <= {port, "local"}
        assert asked, "the exchange itself is connected to, or nothing was watched"
    assert not trap.callers


def _baits(folder: Path, url: str) -> Iterator[Path]:
    host = "fetch-me.example"
    mail = (
        "From: x@fetch-me.example\nSubject: look\nContent-Type: text/html\n\n"
        f'<img src="{url}"><link rel=stylesheet href="{url}"><a href="{url}">x</a>'
        f'<iframe src="http://{host}/"></iframe> {host}\n'
    )
    bundle = {
        "type": "bundle",
        "id": "bundle--00000000-0000-4000-8000-000000000001",
        "objects": [
            {
                "type": "indicator",
                "spec_version": "2.1",
                "id": "indicator--00000000-0000-4000-8000-000000000002",
                "created": "2026-01-01T00:00:00.000Z",
                "modified": "2026-01-01T00:00:00.000Z",
                "pattern": f"[url:value = '{url}']",
                "pattern_type": "stix",
                "valid_from": "2026-01-01T00:00:00Z",
                "external_references": [{"source_name": "x", "url": url}],
            }
        ],
        "$ref": url,
        "$schema": url,
    }
    page = f'<!DOCTYPE html SYSTEM "{url}"><html><body><script src="{url}"></script>{host} {url}'
    xml = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "{url}">]><a>&b; {host}</a>'
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["domain", "remark"])
    sheet.append([host, f'=WEBSERVICE("{url}")'])
    sheet["A2"].hyperlink = url
    book.save(folder / "bait.xlsx")
    yield folder / "bait.xlsx"
    texts = {
        "bait.eml": mail,
        "bait.json": json.dumps(bundle),
        "bait.html": page,
        "bait.xml": xml,
        "bait.txt": f"{host}\n{url}\nfile:///etc/passwd\n\\\\{host}\\share\n{host}:443\n",
        "bait.csv": f"domain,source\n{host},{url}\n",
    }
    for name, text in texts.items():
        path = folder / name
        path.write_text(text, "utf-8")
        yield path
