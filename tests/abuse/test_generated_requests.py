"""Requests that schemathesis makes from the published description, sound and unsound.

Each operation is called by everybody, with parameters that fit the description and with such as
do not; half of the parameters name what is really there, so that not all ends in 404. The seed is
fixed: 12 cases an operation here, and with TOCSIN_LONG=1 six shards of 120, which is 20,160.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from starlette.routing import Route

from tests.abuse.calling import MAX_GROWTH_BYTES, Sent, Wire, check_answered, with_token
from tests.abuse.town import CALLERS, Town

LONG = os.environ.get("TOCSIN_LONG") == "1"
CASES, SHARDS = (120, 6) if LONG else (12, 1)
PAGE = Path(__file__).parents[2] / "docs/reference/exchange-openapi.yaml"

SCHEMA = schemathesis.openapi.from_path(PAGE)
OPERATIONS = {
    each.ok().label: each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok)
}
_BASE = "http://exchange.example"
_VERBS = {"get", "put", "post", "delete"}


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("label", OPERATIONS)
def test_no_generated_request_is_answered_with_5xx_or_costs_too_much(
    town: Town, wire: Wire, label: str, shard: int
) -> None:
    operation = OPERATIONS[label]
    modes = [operation.as_strategy(generation_mode=each) for each in GenerationMode]
    secrets = [each for each in town.tokens.values() if each]

    @seed(shard)
    @settings(
        max_examples=CASES,
        database=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=st.one_of(modes),
        caller=st.sampled_from(CALLERS),
        real=st.sets(st.sampled_from(_NAMED)),
    )
    def run(case: Case[Any], caller: str, real: set[str]) -> None:
        for name in real & set(case.path_parameters or {}):
            case.path_parameters[name] = town.ids[name]
        sent = as_sent(case, town.tokens[caller])
        if sent is not None:
            check_answered(sent, wire.send(sent), secrets)

    run()
    assert wire.growth_bytes < MAX_GROWTH_BYTES


_NAMED = ["collection", "object_id", "status_id", "id", "asker", "name"]


def test_the_published_description_has_every_route_and_no_other(town: Town) -> None:
    described = {
        (verb.upper(), path)
        for path, item in SCHEMA.raw_schema["paths"].items()
        for verb in _VERBS & set(item)
    }
    served = {
        (verb, route.path)
        for route in town.app.routes
        if isinstance(route, Route)
        for verb in route.methods or ()
        if verb != "HEAD"
    }
    assert described == served


def as_sent(case: Case[Any], token: str) -> Sent | None:
    """Return what a case puts on the wire; None for what no HTTP client could send."""
    given_: dict[str, Any] = case.as_transport_kwargs(base_url=_BASE)
    given_ = {name: given_[name] for name in _TRANSPORTED if given_.get(name) is not None}
    given_["headers"] = {
        "accept": "application/taxii+json;version=2.1, application/json",
        **dict(given_.get("headers", {})),
        **with_token(token),
    }
    try:
        ready = requests.Request(**given_).prepare()
    except (requests.RequestException, ValueError):
        return None
    body = ready.body or b""
    if not isinstance(body, bytes | str):
        return None
    raw = body.encode("utf-8", "replace") if isinstance(body, str) else body
    headers = tuple((_text(name), _text(value)) for name, value in ready.headers.items())
    target = quote(ready.path_url, safe="/?#[]@!$&'()*+,;=%-._~:")
    return Sent(ready.method or "GET", target, headers, raw)


_TRANSPORTED = ("method", "url", "headers", "params", "json", "data", "files")


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
