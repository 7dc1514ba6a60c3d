"""Types every command once and keeps what each said, as a program reads it."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from tests.acceptance.town import SECOND, Node, Town, make_node, tocsin, wait_until


class Recorder:
    """Types commands with `--json` and keeps what each said last."""

    def __init__(self) -> None:
        self.said: dict[str, Any] = {}

    def at(self, node: Node, name: str, *words: str | Path, stdin: bytes | None = None) -> Any:
        """Type at a node."""
        self.said[name] = node.says(*name.split(), *words, stdin=stdin)
        return self.said[name]

    def anywhere(self, name: str, *words: str | Path) -> Any:
        """Type a command that needs no node."""
        self.said[name] = tocsin(*name.split(), *words, "--json", "--yes").said
        return self.said[name]


def recorded(town: Town, room: Path) -> dict[str, Any]:
    """Return what each command says when all is well, by the command's name."""
    recorder = Recorder()
    _alone(recorder, town["lab"], room)
    _shared(recorder, town)
    _exchange(recorder, town, room)
    _escrow(recorder, town, room)
    return recorder.said


def _alone(recorder: Recorder, lab: Node, room: Path) -> None:
    at, anywhere = recorder.at, recorder.anywhere
    anywhere("init", room / "new", "--name", "New", "--kind", "other")
    listed = [f"key-{at}.example\n" for at in range(30)] + ["423 Facebook accounts\n", "@ada\n"]
    at(lab, "import", "-", "--case", "Keys", stdin="".join(listed).encode())
    at(lab, "case new", "Empty")
    at(lab, "case list")
    assess = ("--text", "one network", "--likelihood", "likely", "--grade", "B2")
    at(lab, "case assess", "Keys", *assess)
    claim = ("--claimant", "Example Lab", "--evidence", "open-reporting")
    item = at(lab, "claim add", "Keys", "eight companies met", *claim)["id"]
    at(lab, "claim list", "Keys")
    at(lab, "case add", "Empty", item)
    lab.says("--as", SECOND, "case", "review", "Keys", "--approve", "--why", "checked")
    recorder.said["case review"] = lab.says(
        *("--as", SECOND, "case", "review", "Keys", "--approve", "--why", "checked again")
    )
    at(lab, "case show", "Keys")
    at(lab, "case remove", "Empty", item)
    at(lab, "watch add", "Keys", "--query", "key-1.example")
    at(lab, "watch run")
    at(lab, "watch list")
    lab.says("watch", "add", "Gone", "--query", "word")
    at(lab, "watch remove", "Gone")
    at(lab, "export", "Keys", "--format", "stix", "-o", room / "keys.json")
    at(lab, "backup", room / "lab.backup")
    recorder.said["restore"] = tocsin(
        *("--json", "--home", room / "again", "restore", room / "lab.backup")
    ).said
    (room / "again" / "keys.json").unlink()
    recorder.said["key replace"] = tocsin(
        *("--json", "--yes", "--home", room / "again", "key", "replace")
    ).said
    at(lab, "upgrade")
    at(lab, "ledger verify")
    at(lab, "ledger export", "-o", room / "log.json")
    at(lab, "key export")
    at(lab, "doctor")
    anywhere("datasets list")
    posts = [f"{account},{obj},{at}\n" for obj in "xyz" for at, account in enumerate("ab")]
    (room / "posts.csv").write_text("account,object,time\n" + "".join(posts), encoding="utf-8")
    anywhere("detect coordination", room / "posts.csv", "--untested")
    at(lab, "load", room / "posts.csv")
    said = "The minister resigned on Tuesday after the audit was published"
    (room / "texts.csv").write_text(f"id,text\n1,{said}\n2,{said}!\n", encoding="utf-8")
    anywhere("detect texts", room / "texts.csv")
    shared = "".join(f"{site}.example,verification,v1\n" for site in "ab")
    (room / "sites.csv").write_text(f"site,kind,value\n{shared}", encoding="utf-8")
    anywhere("detect sites", room / "sites.csv")
    twice = "".join(
        f"the_town_{at},{'0123456789abcdef'},202{at}-01-01T00:00:00Z\n" for at in (1, 2)
    )
    (room / "profiles.csv").write_text(f"handle,picture,created\n{twice}", encoding="utf-8")
    anywhere("detect personas", room / "profiles.csv")
    said = (
        '<meta property="og:site_name" content="The Town Gazette">'
        "<script>gtag('config', 'UA-1234567-1')</script>"
    )
    for name, url in (("real", "https://towngazette.example/"), ("fake", "https://gazette.test/")):
        saved = f"<!-- saved from url=({len(url):04}){url} --><html>{said}"
        (room / f"{name}.html").write_text(saved, encoding="utf-8")
    anywhere("detect pages", room / "fake.html", "--own", room / "real.html")
    at(lab, "watchlist add", "The Town Gazette", "--domain", "towngazette.example")
    at(lab, "watchlist list")
    at(lab, "watchlist test", "towngazette.test")
    at(lab, "watchlist export", "-o", room / "watched.toml")
    at(lab, "watchlist import", room / "watched.toml")
    (room / "new_names.txt").write_text("towngazete.example\n", encoding="utf-8")
    at(lab, "detect names", room / "new_names.txt")
    at(lab, "watchlist remove", "The Town Gazette")
    earlier = "".join(f"towngazette.{suffix},2024-01-01\n" for suffix in ("lol", "cfd"))
    (room / "known.csv").write_text(f"domain,known\n{earlier}", encoding="utf-8")
    (room / "returned.txt").write_text("towngazette.quest\n", encoding="utf-8")
    since = ("--indicators", room / "known.csv", "--known-before", "2024-09-13")
    anywhere("detect recycled", room / "returned.txt", *since)
    (room / "popular.csv").write_text("1,popular.example\n", encoding="utf-8")
    at(lab, "guard load", room / "popular.csv")
    at(lab, "guard own", "ours.example")
    at(lab, "guard allow", "popular.example", "--why", "a look-alike page stands there")
    at(lab, "guard list")


def _shared(recorder: Recorder, town: Town) -> None:
    at, lab, pigeon = recorder.at, town["lab"], town["pigeon"]
    newcomer = make_node(town.folder / "newcomer", "Newcomer", "other")
    invited = tocsin("--json", "exchange", "invite", town.exchange, "--kind", "other").said
    at(newcomer, "join", town.url, "--token", invited["token"])
    pigeon.pastes([f"key-{at}.example" for at in range(25)], "Theirs")
    released = at(lab, "release", "Keys", "--to", "Pigeon", "--tlp", "green", "--without-people")
    at(lab, "outbox")
    at(lab, "sync")
    pigeon.says("sync")
    at(pigeon, "match")
    at(pigeon, "inbox")
    town.sync("pigeon", "lab")
    at(lab, "correct", released["objects"][2], "--why", "less sure now", "--confidence", "40")
    at(lab, "receipts", released["objects"][2])
    at(lab, "withdraw", released["objects"][0], "--why", "an error")
    at(lab, "erase", released["objects"][1], "--why", "the person asked")
    asked = at(lab, "overlap ask", "Pigeon")["id"]
    refused = lab.says("overlap", "ask", "Parrot")["id"]

    def is_there(other: str, asking: str) -> bool:
        town.sync(other)
        return asking in {each["id"] for each in town[other].says("overlap", "list")["askings"]}

    wait_until(lambda: is_there("parrot", refused))
    at(town["parrot"], "overlap refuse", refused, "--why", "not now")

    def is_counted() -> bool:
        town.sync("pigeon")
        return bool(lab.says("overlap", "show", asked)["state"] == "counted")

    wait_until(is_counted)
    at(pigeon, "overlap approve", asked)
    town.sync("pigeon", "lab")
    at(lab, "overlap show", asked)
    at(lab, "overlap list")
    at(lab, "overlap limits")
    at(lab, "key taxii")
    at(lab, "key reaffirm")
    recorder.said["key rotate"] = lab.says("--yes", "key", "rotate")


def _exchange(recorder: Recorder, town: Town, room: Path) -> None:
    anywhere, folder = recorder.anywhere, town.exchange
    anywhere("exchange init", room / "exchange", "--name", "Other town")
    anywhere("exchange invite", folder, "--kind", "agency", "--name", "a partner")
    anywhere("exchange members", folder)
    anywhere("exchange groups", folder, "--create", "Few", "--add", "Few", "Agency")
    anywhere("exchange tokens", folder)
    anywhere("exchange revoke", folder, "Newcomer")
    anywhere("exchange backup", folder, room / "exchange.backup")
    anywhere("exchange restore", room / "exchange.backup", room / "exchange-again")
    anywhere("exchange restored", room / "exchange-again")
    anywhere("exchange reopen", room / "exchange-again")


def _escrow(recorder: Recorder, town: Town, room: Path) -> None:
    """Two persons open who released something without a name; who is first, the keys say."""
    lab, pigeon = town["lab"], town["pigeon"]
    for name in ("Ada", "Bo"):
        recorder.anywhere("key escrow", room / name)
        terms = ("--appoint", name, "--of", f"house of {name}", "--key", room / f"{name}.pub")
        recorder.anywhere("exchange escrow", town.exchange, *terms)
    town.sync("lab", "pigeon")
    unnamed = ("--to", "Pigeon", "--tlp", "green", "--authorship", "none", "--without-people")
    lab.says("case", "new", "Unnamed")
    lab.says("import", "-", "--case", "Unnamed", stdin=b"unnamed.example")
    released = lab.says("release", "Unnamed", *unnamed)["objects"][0]
    town.sync("lab", "pigeon")
    first, second = sorted(("Ada", "Bo"), key=lambda name: _sealing_id(room / name))
    why = ("--why", "the court asked", "--yes")
    half, whole = room / "half.json", room / "whole.json"
    opening = ("escrow", "open")
    pigeon.says("--as", first, *opening, released, "--key", room / first, *why, "-o", half)
    recorder.said["escrow open"] = pigeon.says(
        *("--as", second, *opening, half, "--key", room / second, *why, "-o", whole)
    )
    recorder.at(pigeon, "escrow show", whole)
    recorder.anywhere("exchange opened", town.exchange, whole)
    recorder.anywhere("exchange escrow", town.exchange, "--dismiss", "Ada")
    recorder.anywhere("exchange escrow", town.exchange, "--dismiss", "Bo")


def _sealing_id(file: Path) -> str:
    public = json.loads(file.with_name(f"{file.name}.pub").read_bytes())["sealing"]
    return hashlib.sha256(base64.b64decode(public)).hexdigest()
