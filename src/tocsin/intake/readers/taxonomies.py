"""Taxonomies: DISARM as STIX, MISP galaxies, taxonomies and object templates, Meta's kill chain.

Their entries are kept as private objects, and each file is remembered as a release, so that other
files' references resolve by code. Nothing of them is shipped with Tocsin.
"""

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from tocsin.foundation import JsonObject, JsonValue
from tocsin.intake.disarm import DISARM_SCHEME, external_code
from tocsin.intake.encodings import read_lines
from tocsin.intake.events import Event, Flaw, Found, Kept, Lost, Release
from tocsin.intake.jsonpieces import Element, Members, Trouble
from tocsin.intake.jsonstream import read_json
from tocsin.intake.keepsakes import term_object
from tocsin.intake.mapping import fold
from tocsin.intake.reader import Context, Example, Head
from tocsin.intake.readers.stix import StixReader, stix_pieces
from tocsin.intake.readers.tables import head_rows
from tocsin.intake.tabletext import Row, read_rows

KILL_CHAIN_SCHEME: Final = "meta-kill-chain"
_NUMBERED: Final = re.compile(r"(\d+(?:\.\d+)*)\.?\s+(\S.*)", re.DOTALL)


class DisarmReader(StixReader):
    """The DISARM framework as its foundation publishes it in STIX."""

    name = "disarm"
    is_taxonomy = True

    def recognises(self, head: Head) -> float:
        """A STIX bundle of tactics and techniques by the DISARM Foundation."""
        if not head.is_json or not head.names("objects"):
            return 0.0
        is_framework = '"x-mitre-tactic"' in head.text or '"x-mitre-matrix"' in head.text
        return 0.95 if is_framework and "DISARM" in head.text else 0.0

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event an object, then the release."""
        yield from super().read(stream, context)
        stream.seek(0)
        encoding = Head.of(stream).encoding
        release = _disarm_release(stream_bodies(stream, encoding))
        if release.terms:
            yield release

    def references(self, body: JsonObject, context: Context) -> Iterator[Flaw]:
        """A framework refers to nothing but itself."""
        del body, context
        yield from ()

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        data = (
            b'{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000021","objects":['
            b'{"type":"x-mitre-tactic","spec_version":"2.1","name":"DISARM invented",'
            b'"id":"x-mitre-tactic--00000000-0000-4000-8000-000000000022",'
            b'"created":"2026-11-03T10:00:00.000Z","modified":"2026-11-03T10:00:00.000Z"},'
            b'{"type":"attack-pattern","spec_version":"2.1","name":"Invent examples",'
            b'"id":"attack-pattern--00000000-0000-4000-8000-000000000023",'
            b'"external_references":[{"source_name":"DISARM","external_id":"T0999"}],'
            b'"created":"2026-11-03T10:00:00.000Z","modified":"2026-11-03T10:00:00.000Z"}]}'
        )
        return (Example(data, 2, 2),)


class MispGalaxyReader:
    """A MISP galaxy cluster file; DISARM's and AMITT's codes stand in `meta.external_id`."""

    name = "misp-galaxy"
    is_taxonomy = True

    def recognises(self, head: Head) -> float:
        """JSON with a galaxy's members."""
        is_galaxy = head.is_json and head.names("values", "type", "authors", "uuid")
        return 0.9 if is_galaxy else 0.0

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event a value, then the release."""
        pieces, members = _all(stream, context, {"values"})
        scheme = str(members.get("type") or members.get("name") or "galaxy")
        version = str(members.get("version", 0)).zfill(6)
        terms: dict[str, str] = {}
        for piece in pieces:
            yield _galaxy_term(piece, scheme, version, terms)
        if terms:
            yield Release(scheme, version, terms)

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        data = (
            b'{"authors":["us"],"category":"invented","name":"Techniques","type":"invented",'
            b'"uuid":"00000000-0000-4000-8000-000000000031","version":1,"values":['
            b'{"value":"Invent","meta":{"external_id":"T0999"}},{"no":"value"}]}'
        )
        return (Example(data, 2, 1),)


class MispTaxonomyReader:
    """A MISP taxonomy: predicates and their entries."""

    name = "misp-taxonomy"
    is_taxonomy = True

    def recognises(self, head: Head) -> float:
        """JSON with a taxonomy's members."""
        return 0.9 if head.is_json and head.names("namespace", "predicates") else 0.0

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event a predicate and one an entry, then the release."""
        pieces, members = _all(stream, context, {"predicates", "values"})
        scheme = str(members.get("namespace"))
        version = str(members.get("version", 0)).zfill(6)
        terms: dict[str, str] = {}
        for piece in pieces:
            yield from _taxonomy_terms(piece, scheme, version, terms)
        if terms:
            yield Release(scheme, version, terms)

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        data = (
            b'{"namespace":"invented","version":1,"predicates":[{"value":"colour"}],'
            b'"values":[{"predicate":"colour","entry":[{"value":"red","expanded":"Red"}]}]}'
        )
        return (Example(data, 2, 2),)


class MispTemplateReader:
    """The template of a MISP object: its relations are its terms."""

    name = "misp-object-template"
    is_taxonomy = True

    def recognises(self, head: Head) -> float:
        """JSON with a template's members."""
        return 0.9 if head.is_json and head.names("attributes", "meta-category") else 0.0

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event a relation, then the release."""
        pieces, members = _all(stream, context, set())
        for piece in pieces:
            yield _broken(piece)
        relations = members.get("attributes")
        scheme = f"misp-object:{members.get('name')}"
        version = str(members.get("version", 0)).zfill(6)
        if not isinstance(relations, dict) or not relations:
            yield Lost("unknown-json", "attributes", "a template without attributes")
            return
        terms: dict[str, str] = {}
        for code, said in relations.items():
            description = said.get("description") if isinstance(said, dict) else None
            term = term_object(scheme, code, code, description=_text(description), version=version)
            terms[code] = code
            yield Kept(f"attributes.{code}", (Found(term),))
        yield Release(scheme, version, terms)

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        data = (
            b'{"name":"invented","meta-category":"misc","version":1,'
            b'"attributes":{"link":{"misp-attribute":"url"}}}'
        )
        return (Example(data, 1, 1),)


class KillChainTermsReader:
    """Meta's table of its kill chain: `Tactic,Technique,Procedure` without indicators."""

    name = "meta-kill-chain-terms"
    is_taxonomy = True

    def recognises(self, head: Head) -> float:
        """The three columns and no other."""
        first = head_rows(head)
        return 0.95 if first and _is_terms_header(first[0]) else 0.0

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event a row, then the release."""
        head = Head.of(stream)
        rows = read_rows(read_lines(stream, head.encoding), head.delimiter or ",")
        terms: dict[str, str] = {}
        for row in rows:
            if row.is_lost:
                yield Lost(row.fault, row.locator, row.cells[0])
            elif not (row.is_blank or _is_terms_header(row.cells)):
                yield _kill_chain_row(row, terms)
        if terms:
            yield Release(KILL_CHAIN_SCHEME, context.digest[:12], terms)

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        data = b"Tactic,Technique,Procedure\n0. Acquire,0.1 Acquire IPs,0.1.1 Acquire proxies\n"
        return (Example(data, 1, 1),)


def stream_bodies(stream: BinaryIO, encoding: str) -> Iterator[JsonObject]:
    """Yield the objects of a STIX file that can be read."""
    for piece in stix_pieces(stream, encoding):
        if isinstance(piece, Element) and isinstance(piece.value, dict):
            yield piece.value


def _disarm_release(bodies: Iterator[JsonObject]) -> Release:
    """Return the release: its version is the last change in it, for the file names none."""
    terms: dict[str, str] = {}
    newest = ""
    for body in bodies:
        newest = max(newest, str(body.get("modified", "")))
        code = external_code(body)
        if body.get("type") == "attack-pattern" and code:
            terms[code] = str(body.get("name", ""))
    return Release(DISARM_SCHEME, newest, terms)


def _all(
    stream: BinaryIO, context: Context, arrays: set[str]
) -> tuple[list[Element | Trouble], JsonObject]:
    """Return the elements of the arrays and the document's other members."""
    del context
    encoding = Head.of(stream).encoding
    pieces: list[Element | Trouble] = []
    members: JsonObject = {}
    for piece in read_json(stream, encoding, arrays=frozenset(arrays)):
        if isinstance(piece, Members):
            members.update(piece.values)
        else:
            pieces.append(piece)
    return pieces, members


def _galaxy_term(
    piece: Element | Trouble, scheme: str, version: str, terms: dict[str, str]
) -> Kept | Lost:
    body = piece.value if isinstance(piece, Element) else None
    if not isinstance(body, dict) or not isinstance(body.get("value"), str):
        return _broken(piece)
    locator, name = f"values[{piece.index}]", str(body["value"])
    meta = body.get("meta")
    code = _text(meta.get("external_id")) if isinstance(meta, dict) else None
    terms[code or name] = name
    term = term_object(
        scheme, code or name, name, description=_text(body.get("description")), version=version
    )
    said: JsonObject = {key: body[key] for key in ("uuid", "meta", "related") if key in body}
    flaws = () if code else (Flaw("term-without-code", f"{locator}: {name}"),)
    return Kept(locator, (Found(term, (), said),), flaws)


def _taxonomy_terms(
    piece: Element | Trouble, scheme: str, version: str, terms: dict[str, str]
) -> Iterator[Event]:
    body = piece.value if isinstance(piece, Element) else None
    if not isinstance(piece, Element) or not isinstance(body, dict):
        yield _broken(piece)
        return
    predicate = body.get("predicate")
    entries: list[JsonValue] = [body]
    if piece.key == "values":
        inner = body.get("entry")
        entries = inner if isinstance(inner, list) else []
    for at, entry in enumerate(entries):
        locator = f"{piece.key}[{piece.index}]"
        if piece.key == "values":
            locator += f".entry[{at}]"
        value = entry.get("value") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(value, str):
            yield Lost("unknown-json", locator, str(entry))
            continue
        code = f"{predicate}={value}" if piece.key == "values" else value
        terms[code] = str(entry.get("expanded") or value)
        term = term_object(
            scheme,
            code,
            terms[code],
            description=_text(entry.get("description")),
            parent=_text(predicate),
            version=version,
        )
        yield Kept(locator, (Found(term),))


def _kill_chain_row(row: Row, terms: dict[str, str]) -> Kept | Lost:
    """Keep the row's own term, and those above it where they stand for the first time."""
    numbered = [_NUMBERED.fullmatch(cell.strip()) for cell in row.cells[:3]]
    named = [(match[1], " ".join(match[2].split())) for match in numbered if match]
    if not named:
        return Lost("term-without-code", row.locator, row.cells[0])
    found: list[Found] = []
    parent: str | None = None
    for at, (code, name) in enumerate(named):
        if code not in terms or at == len(named) - 1:
            found.append(Found(term_object(KILL_CHAIN_SCHEME, code, name, parent=parent)))
        terms[code] = name
        parent = code
    return Kept(row.locator, tuple(found))


def _is_terms_header(header: Sequence[str]) -> bool:
    return [fold(cell) for cell in header if cell.strip()] == ["tactic", "technique", "procedure"]


def _broken(piece: Element | Trouble) -> Lost:
    if isinstance(piece, Trouble):
        return Lost(piece.kind, f"element {piece.index}", f"byte {piece.at}: {piece.text}")
    return Lost("unknown-json", f"{piece.key}[{piece.index}]", str(piece.value))


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) and value else None
