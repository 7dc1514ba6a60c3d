"""Request lines and headers that break readers, on every route and before any credential."""

import pytest

from tests.abuse.calling import Sent, Wire, check_answered, with_token
from tests.abuse.test_generated_requests import SCHEMA
from tests.abuse.town import CALLERS, TAXII, Town

LONG_DIGITS = "9" * 5_000
PIECES = {
    "thousands of digits": LONG_DIGITS,
    "NUL": "%00",
    "NUL inside": "a%00b",
    "no UTF-8": "%FF%FE",
    "half a surrogate": "%ED%A0%80",
    "dots": "..%2f..%2fetc%2fpasswd",
    "encoded twice": "%252e%252e%252f",
    "a line break": "%0d%0aSet-Cookie:%20a=b",
    "a quote": "'%20OR%201=1%20--",
    "markup": "%3Cscript%3Ealert(1)%3C/script%3E",
    "sixty thousand letters": "a" * 60_000,
    "a percent sign alone": "%",
    "right to left": "%E2%80%AE",
}
QUERIES = {
    "digits": f"limit={LONG_DIGITS}&after={LONG_DIGITS}&from={LONG_DIGITS}&to={LONG_DIGITS}",
    "digits of other scripts": "limit=%D9%A1&after=%D9%A1&from=%D9%A1&to=%D9%A1",
    "NUL": "match[id]=%00&id=%00&match[type]=%00&next=%00&added_after=%00&match[version]=%00",
    "no UTF-8": "match[id]=%FF&id=%FF&next=%FF&added_after=%FF&match[type]=%ED%A0%80",
    "twice": "limit=1&limit=2&id=a&id=b&from=1&from=2&to=3&to=4",
    "thousands of names": "&".join(f"a{at}=1" for at in range(8_000)),
    "thousands of values": "match[type]=" + ",".join(["indicator"] * 6_000),
    "the far past": "added_after=0001-01-01T00:00:00%2B23:59&from=0&to=0",
    "the far future": "added_after=9999-12-31T23:59:59-23:59&match[version]=9999-12-31T23:59:59Z",
    "a long fraction": "added_after=2026-11-03T19:00:00." + "1" * 20_000 + "Z",
    "nothing": "limit=&next=&added_after=&match[id]=&after=&id=&from=&to=",
    "signs": "limit=-1&after=-1&from=-1&to=-1",
    "an unsound next": "next=" + "A" * 32,
    "a next that is no base64": "next=%3D%3D%3D%C3%A9",
}
HEADERS = {
    "accept of commas": ("accept", "," * 60_000),
    "accept of semicolons": ("accept", "a/b" + ";" * 60_000),
    "accept of qualities": ("accept", "*/*;q=" + "9" * 60_000),
    "accept of exponents": ("accept", "*/*;q=1e999, application/taxii+json;q=nan"),
    "codings": ("accept-encoding", "gzip;q=0.1," * 5_000),
    "bytes above ASCII": ("accept", "\xff\xfe\x80"),
    "a user name of bytes": ("authorization", "Basic //79/A=="),
    "no base64": ("authorization", "Basic ====="),
    "a very long token": ("authorization", "Bearer " + "t" * 60_000),
    "a token of bytes": ("authorization", "Bearer \xff\x00"),
    "another scheme": ("authorization", 'Digest username="x"'),
    "scheme alone": ("authorization", "Bearer"),
    "a length that is none": ("content-length", "1e3"),
    "a length of digits": ("content-length", LONG_DIGITS),
    "a coding that is none": ("content-encoding", "gzip, gzip, deflate, br"),
    "a method in a header": ("x-http-method-override", "DELETE"),
    "another host": ("host", 'evil.example"><script>'),
}
METHODS = ["HEAD", "OPTIONS", "TRACE", "PATCH", "CONNECT", "get", "A" * 99]
PATHS = [
    (verb.upper(), path, item)
    for path, item in SCHEMA.raw_schema["paths"].items()
    for verb in {"get", "put", "post", "delete"} & set(item)
]


@pytest.mark.parametrize("what", PIECES)
def test_no_piece_of_a_path_is_answered_with_5xx(town_shared: tuple[Town, Wire], what: str) -> None:
    town, _ = town_shared
    for verb, path, _ in PATHS:
        names = [each.partition("}")[0] for each in path.split("{")[1:]]
        for name in names:
            filled = path
            for other in names:
                filled = filled.replace(
                    f"{{{other}}}", PIECES[what] if other == name else town.ids[other]
                )
            for caller in ("outsider", "member"):
                _check(town_shared, verb, filled, caller)


@pytest.mark.parametrize("what", QUERIES)
def test_no_query_is_answered_with_5xx(town_shared: tuple[Town, Wire], what: str) -> None:
    town, _ = town_shared
    for verb, path, _ in PATHS:
        _check(town_shared, verb, f"{_filled(town, path)}?{QUERIES[what]}", "member")


@pytest.mark.parametrize("what", HEADERS)
def test_no_header_is_answered_with_5xx(town_shared: tuple[Town, Wire], what: str) -> None:
    town, _ = town_shared
    for verb, path, _ in PATHS:
        name, value = HEADERS[what]
        _check(town_shared, verb, _filled(town, path), "member", **{name: value})


@pytest.mark.parametrize("method", METHODS)
def test_no_method_is_answered_with_5xx_and_none_but_those_described_does_anything(
    town_shared: tuple[Town, Wire], method: str
) -> None:
    town, _ = town_shared
    for path in SCHEMA.raw_schema["paths"]:
        for caller in CALLERS:
            answer = _check(town_shared, method, _filled(town, path), caller)
            assert method == "HEAD" or answer in {401, 403, 405}


def _filled(town: Town, path: str) -> str:
    for name, known in town.ids.items():
        path = path.replace(f"{{{name}}}", known)
    return path


def _check(place: tuple[Town, Wire], verb: str, target: str, caller: str, **more: str) -> int:
    town, wire = place
    headers = {"accept": f"{TAXII}, application/json", "content-type": TAXII}
    headers |= {**with_token(town.tokens[caller]), **more}
    sent = Sent(verb, target, tuple(headers.items()), b"{}" if verb != "GET" else b"")
    measured = wire.send(sent)
    check_answered(sent, measured, [each for each in town.tokens.values() if each])
    return measured.answer.status
