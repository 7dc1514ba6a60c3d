"""The TAXII 2.1 endpoints (OASIS standard of June 2021, sections 4 and 5).

What the caller may not see is answered exactly as what is not there.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import evolve, frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from tocsin.exchange.limits import MAX_CONTENT_BYTES, MAX_OBJECTS
from tocsin.exchange.outcome import Outcome
from tocsin.exchange.relay import Relay
from tocsin.exchange.server.board import OTHER
from tocsin.exchange.server.catalogue import EVERYTHING, Catalogue, Collection
from tocsin.exchange.server.coding import WORTH_IT, deflated, wants_gzip
from tocsin.exchange.server.filters import Filters, read_filters
from tocsin.exchange.server.gate import ANY_TOKEN, Call, Endpoint, Gate, Handler, answer
from tocsin.exchange.server.listing import Feed, Written
from tocsin.exchange.server.media import FOR_ONE, TAXII, HttpError, json_object, not_found
from tocsin.exchange.server.noted import noted
from tocsin.exchange.server.statuses import find_status, keep_status, status_of
from tocsin.foundation import BadInputError, Entropy, JsonObject, JsonValue
from tocsin.foundation.entropy import uuid4
from tocsin.policy import Action

DISCOVERY: Final = "/taxii2/"
ROOT: Final = "/taxii2/community/"
COLLECTIONS: Final = f"{ROOT}collections/"
VISIBLE: Final = f"{COLLECTIONS}{EVERYTHING}/"
"""The collection of everything visible to the caller, by its alias."""

_ALL_MATCHES: Final = frozenset({"id", "type", "version", "spec_version"})
_ONE_OBJECT: Final = frozenset({"version", "spec_version"})


class _Path(Route):
    """One path; a method that it does not know is 405, but to a stranger 401 (§1.6.9)."""

    def __init__(self, path: str, endpoints: Mapping[str, Endpoint], other: Endpoint) -> None:
        async def endpoint(request: Request) -> Response:
            method = "GET" if request.method == "HEAD" else request.method
            return await endpoints[method](request)

        super().__init__(path, endpoint, methods=[*endpoints])
        self._other = other

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.methods is None or scope["method"] in self.methods:
            await super().handle(scope, receive, send)
        else:
            response = await self._other(Request(scope, receive))
            await response(scope, receive, send)


@frozen
class TaxiiEndpoints:
    """The endpoints over one relay."""

    relay: Relay
    catalogue: Catalogue
    feed: Feed
    entropy: Entropy

    def routes(self, gate: Gate) -> Sequence[BaseRoute]:
        """Return all routes; each ends with a slash, as the standard has them (§3.1)."""
        collection = COLLECTIONS + "{collection}/"
        objects = collection + "objects/"
        one = objects + "{object_id}/"
        guard = gate.taxii

        def path(where: str, **endpoints: Endpoint) -> Route:
            allowed = ", ".join(sorted({*endpoints, "HEAD"}))
            return _Path(where, endpoints, guard(_no_method(allowed), ANY_TOKEN))

        return (
            path(DISCOVERY, GET=guard(self.discovery, ANY_TOKEN)),
            path(ROOT, GET=guard(self.root, ANY_TOKEN)),
            path(ROOT + "status/{status_id}/", GET=guard(self.status, Action.SUBMIT)),
            path(COLLECTIONS, GET=guard(self.collections, ANY_TOKEN)),
            path(collection, GET=guard(self.collection, ANY_TOKEN)),
            path(collection + "manifest/", GET=guard(self.manifest, Action.READ)),
            path(
                objects,
                GET=guard(self.objects, Action.READ),
                POST=guard(self.add, Action.SUBMIT),
            ),
            path(
                one,
                GET=guard(self.object, Action.READ),
                DELETE=guard(self.delete, Action.WITHDRAW),
            ),
            path(one + "versions/", GET=guard(self.versions, Action.READ)),
        )

    def discovery(self, call: Call) -> Response:
        base = f"{call.request.url.scheme}://{call.request.url.netloc}"
        return _taxii(
            {
                "title": self.relay.convened.name,
                "description": "Tocsin exchange: an audience on every object",
                "default": base + ROOT,
                "api_roots": [base + ROOT],
            }
        )

    def root(self, call: Call) -> Response:
        del call
        return _taxii(
            {
                "title": self.relay.convened.name,
                "description": "One community; what a collection holds is what you may see of it",
                "versions": [TAXII],
                "max_content_length": MAX_CONTENT_BYTES,
            }
        )

    def collections(self, call: Call) -> Response:
        with self.relay.vault.read() as view:
            found = self.catalogue.all(view, call.principal)
        return _taxii({"collections": [each.resource(call.principal) for each in found]})

    def collection(self, call: Call) -> Response:
        return _taxii(self._find(call).resource(call.principal))

    def status(self, call: Call) -> Response:
        with self.relay.vault.read() as view:
            found = find_status(view, call.principal.id, call.request.path_params["status_id"])
        if found is None:
            raise not_found()
        return _taxii(found)

    def objects(self, call: Call) -> Response:
        collection, filters = self._find(call), _filters(call, _ALL_MATCHES)
        return _page(call, self.feed.objects(call.principal, collection, filters))

    def object(self, call: Call) -> Response:
        collection, filters = self._find(call), _filters(call, _ONE_OBJECT)
        object_id = call.request.path_params["object_id"]
        return _page(call, self.feed.objects(call.principal, collection, filters, object_id))

    def versions(self, call: Call) -> Response:
        collection, filters = self._find(call), _filters(call, frozenset({"spec_version"}))
        object_id = call.request.path_params["object_id"]
        return _page(call, self.feed.versions(call.principal, collection, filters, object_id))

    def manifest(self, call: Call) -> Response:
        collection, filters = self._find(call), _filters(call, _ALL_MATCHES)
        return _page(call, self.feed.manifest(call.principal, collection, filters))

    def add(self, call: Call) -> Response:
        collection = self._find(call)
        try:
            envelope = json_object(call.body, "envelope")
        except BadInputError as error:
            raise HttpError(400, error.message[:500], why=error.hint) from error
        bodies = envelope.get("objects")
        if not isinstance(bodies, list) or not bodies:
            raise HttpError(422, "the envelope holds no objects")
        if len(bodies) > MAX_OBJECTS:
            # Not 413: that is for bodies beyond max_content_length alone (§4.2.1).
            why = "send them in several requests"
            raise HttpError(422, f"more than {MAX_OBJECTS} objects in one request", why=why)
        requested = self.relay.clock.now()
        outcomes = self._taken(call, collection, bodies)
        noted(call.request.scope).add(
            None if each.is_taken else each.cause or OTHER for each in outcomes
        )
        status = status_of(uuid4(self.entropy), requested, outcomes)
        self.relay.vault.write(lambda tx: keep_status(tx, call.principal.id, status, requested))
        return _taxii(status, 202)

    def delete(self, call: Call) -> Response:
        """Withdraw an object on its author's word (§5.7).

        All of it: recipients hold every version, and a withdrawal of one would leave them
        wondering. Who sees it without being its author gets 403, anyone else 404.
        """
        collection, filters = self._find(call), _filters(call, _ONE_OBJECT)
        object_id = call.request.path_params["object_id"]
        everything = Filters(versions=("all",))
        every = self.feed.chosen(call.principal, collection, everything, object_id)
        if "match[version]" not in call.request.query_params:
            filters = evolve(filters, versions=("all",))
        wanted = self.feed.chosen(call.principal, collection, filters, object_id)
        if not wanted:
            raise not_found()
        if len(wanted) < len(every):
            raise HttpError(403, "a withdrawal takes back every version", why="name none")
        if not self.relay.withdraw(call.principal, object_id):
            raise HttpError(403, "only its author can withdraw it")
        return _taxii({})

    def _find(self, call: Call) -> Collection:
        name = call.request.path_params["collection"].lower()
        with self.relay.vault.read() as view:
            found = self.catalogue.find(view, call.principal, name)
        if found is None:
            raise not_found()
        return found

    def _taken(
        self, call: Call, collection: Collection, bodies: Sequence[JsonValue]
    ) -> list[Outcome]:
        """Hand on what may stand in this collection; return what became of all, in order."""
        whys = [collection.refusal(body) for body in bodies]
        fitting = [body for body, why in zip(bodies, whys, strict=True) if why is None]
        taken = iter(self.relay.take(call.principal, fitting))
        return [
            next(taken) if why is None else _misplaced(body, why)
            for body, why in zip(bodies, whys, strict=True)
        ]


def _misplaced(body: JsonValue, why: str) -> Outcome:
    said = body if isinstance(body, dict) else {}
    version = said.get("modified") or said.get("created") or ""
    return Outcome(str(said.get("id") or "")[:200], str(version)[:64], why, "rule")


def _filters(call: Call, matches: frozenset[str]) -> Filters:
    return read_filters(call.request.query_params, matches=matches)


def _no_method(allowed: str) -> Handler:
    def refuse(call: Call) -> Response:
        del call
        raise HttpError(405, "this method does nothing here", headers={"Allow": allowed})

    return refuse


def _taxii(said: JsonObject, status: int = 200) -> Response:
    return answer(said, status, TAXII)


def _page(call: Call, written: Written) -> Response:
    """Return a page, packed where the client takes gzip; see `coding` for what that may tell."""
    headers = {**FOR_ONE, "Vary": "Accept-Encoding", **written.headers}
    size = sum(map(len, written.pieces))
    if size >= WORTH_IT and wants_gzip(call.request):
        headers["Content-Encoding"] = "gzip"
        return Response(deflated(written.pieces), 200, headers, TAXII)
    return Response(b"".join(written.pieces), 200, headers, TAXII)
