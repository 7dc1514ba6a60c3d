"""PostgreSQL stores no NUL and no unsound text: what a query or an object holds must not matter."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.abuse.calling import Sent, Wire, check_answered, with_token
from tests.abuse.hostile import VALUES, written
from tests.abuse.test_hostile_targets import PIECES, QUERIES
from tests.abuse.town import OBJECTS, OWN, TAXII
from tests.postgres import Server
from tests.simulation.access.asgi import Loop
from tests.unit.exchange.world import START
from tocsin.exchange import build_app, create_exchange, tokens
from tocsin.exchange.overlap import overlap_routes
from tocsin.exchange.roster import keep_member
from tocsin.exchange.tokens import Grant
from tocsin.foundation import ManualClock, SeededEntropy
from tocsin.records import Member, MemberKind
from tocsin.trust import SigningKey
from tocsin.vault import Transaction

pytestmark = pytest.mark.long
TOKEN = "tocsin-member-" + "p" * 43
MEMBER = "identity--00000000-0000-4000-8000-00000000000a"


@pytest.fixture(scope="module")
def wire(postgres: Server, tmp_path_factory: pytest.TempPathFactory, loop: Loop) -> Iterator[Wire]:
    """The application over an empty exchange in a database, with one member."""
    clock, entropy = ManualClock(START), SeededEntropy(3)
    folder: Path = tmp_path_factory.mktemp("pg") / "exchange"
    database = postgres.new_database()
    home = create_exchange(folder, "Hub", clock=clock, entropy=entropy, database=database)

    def enrol(tx: Transaction) -> None:
        key = SigningKey.generate().public.to_text()
        made = Member(id=MEMBER, name="a", kind=MemberKind.PLATFORM, verify_keys=(key,))
        keep_member(tx, made, by="test")
        tokens.keep_token(tx, TOKEN, Grant(member=MEMBER), by="test")

    with home:
        home.vault.write(enrol)
        routes = overlap_routes(home, clock, entropy)
        yield Wire(build_app(home, clock, entropy, extra_routes=routes), loop)


@pytest.mark.parametrize("what", PIECES)
def test_no_piece_of_a_path_is_answered_with_5xx_on_postgresql(wire: Wire, what: str) -> None:
    piece = PIECES[what]
    for target in (
        f"{OBJECTS}{piece}/",
        f"{OBJECTS}{piece}/versions/",
        f"/taxii2/community/status/{piece}/",
        f"/taxii2/community/collections/{piece}/",
        f"{OWN}overlap/askings/{piece}/letters/asking",
        f"{OWN}overlap/askings?id={piece}",
        f"{OWN}overlap/tags/{piece}/{'0' * 20}",
    ):
        _check(wire, "GET", target)
    _check(wire, "DELETE", f"{OBJECTS}{piece}/")


@pytest.mark.parametrize("what", QUERIES)
def test_no_query_is_answered_with_5xx_on_postgresql(wire: Wire, what: str) -> None:
    for path in (OBJECTS, OBJECTS.replace("objects", "manifest"), OWN + "overlap/askings"):
        _check(wire, "GET", f"{path}?{QUERIES[what]}")


@pytest.mark.parametrize("at", range(len(VALUES)))
def test_no_value_in_a_body_is_answered_with_5xx_on_postgresql(wire: Wire, at: int) -> None:
    value = VALUES[at]
    _check(wire, "POST", OWN + "receipts", {"objects": [{"id": value, "version": value}]})
    _check(wire, "POST", OWN + "join", {"said": {"secret": value, "identity": value}})
    _check(wire, "POST", OBJECTS, {"objects": [value, {"id": value, "type": value}]})
    _check(wire, "POST", OWN + "overlap/askings/x/refusal", {"why": value})


def _check(wire: Wire, method: str, target: str, said: Any = None) -> None:
    kind = TAXII if target.startswith("/taxii2/") else "application/json"
    headers = {"accept": kind, "content-type": kind, **with_token(TOKEN)}
    body = b"" if said is None else written(said)
    sent = Sent(method, target, tuple(headers.items()), body)
    check_answered(sent, wire.send(sent), [TOKEN])
