"""The TAXII 2.1 endpoints (OASIS standard of June 2021, sections 4 and 5).

One collection holds everything that is visible to the caller and takes what the caller sends.
What the caller may not see is answered exactly as what is not there.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid5

from attrs import frozen
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tocsin.exchange.limits import MAX_CONTENT_BYTES, MAX_OBJECTS
from tocsin.exchange.relay import Relay
from tocsin.exchange.server.filters import read_filters
from tocsin.exchange.server.gate import ANY_TOKEN, Call, Gate, answer
from tocsin.exchange.server.listing import STIX, Feed
from tocsin.exchange.server.media import TAXII, HttpError, json_object, not_found
from tocsin.exchange.server.statuses import find_status, keep_status, status_of
from tocsin.foundation import BadInputError, Entropy, JsonObject
from tocsin.foundation.entropy import uuid4
from tocsin.policy import Action

DISCOVERY: Final = "/taxii2/"
ROOT: Final = "/taxii2/community/"
_COLLECTIONS: Final = UUID("0d6f2f6e-4a0b-5e0f-8d61-7e0f8e7c2b10")
_ALL_MATCHES: Final = frozenset({"id", "type", "version", "spec_version"})
_ONE_OBJECT: Final = frozenset({"version", "spec_version"})


def collection_id(community_id: str) -> str:
    """Return the id of the collection of everything visible to the caller."""
    return str(uuid5(_COLLECTIONS, community_id))


@frozen
class TaxiiEndpoints:
    """The endpoints over one relay."""

    relay: Relay
    feed: Feed
    entropy: Entropy

    def routes(self, gate: Gate) -> Sequence[BaseRoute]:
        """Return all routes; each ends with a slash, as the standard has them."""
        collection = ROOT + "collections/{collection}/"
        objects = collection + "objects/"
        one = objects + "{object_id}/"
        guard = gate.taxii
        return (
            Route(DISCOVERY, guard(self.discovery, ANY_TOKEN), methods=["GET"]),
            Route(ROOT, guard(self.root, ANY_TOKEN), methods=["GET"]),
            Route(ROOT + "status/{status_id}/", guard(self.status, Action.SUBMIT), methods=["GET"]),
            Route(ROOT + "collections/", guard(self.collections, ANY_TOKEN), methods=["GET"]),
            Route(collection, guard(self.collection, ANY_TOKEN), methods=["GET"]),
            Route(collection + "manifest/", guard(self.manifest, Action.READ), methods=["GET"]),
            Route(objects, guard(self.objects, Action.READ), methods=["GET"]),
            Route(objects, guard(self.add, Action.SUBMIT), methods=["POST"]),
            Route(one, guard(self.object, Action.READ), methods=["GET"]),
            Route(one, guard(self.delete, Action.WITHDRAW), methods=["DELETE"]),
            Route(one + "versions/", guard(self.versions, Action.READ), methods=["GET"]),
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
                "versions": [TAXII],
                "max_content_length": MAX_CONTENT_BYTES,
            }
        )

    def collections(self, call: Call) -> Response:
        del call
        return _taxii({"collections": [self._collection()]})

    def collection(self, call: Call) -> Response:
        return _taxii(self._find(call))

    def status(self, call: Call) -> Response:
        with self.relay.vault.read() as view:
            found = find_status(view, call.principal.id, call.request.path_params["status_id"])
        if found is None:
            raise not_found()
        return _taxii(found)

    def objects(self, call: Call) -> Response:
        self._find(call)
        filters = read_filters(call.request.query_params, matches=_ALL_MATCHES)
        return self.feed.objects(call.principal, filters)

    def object(self, call: Call) -> Response:
        self._find(call)
        filters = read_filters(call.request.query_params, matches=_ONE_OBJECT)
        object_id = call.request.path_params["object_id"]
        return self.feed.objects(call.principal, filters, object_id)

    def versions(self, call: Call) -> Response:
        self._find(call)
        filters = read_filters(call.request.query_params, matches=frozenset({"spec_version"}))
        return self.feed.versions(call.principal, filters, call.request.path_params["object_id"])

    def manifest(self, call: Call) -> Response:
        self._find(call)
        filters = read_filters(call.request.query_params, matches=_ALL_MATCHES)
        return self.feed.manifest(call.principal, filters)

    def add(self, call: Call) -> Response:
        self._find(call)
        try:
            envelope = json_object(call.body, "envelope")
        except BadInputError as error:
            raise HttpError(400, error.message[:500], why=error.hint) from error
        bodies = envelope.get("objects")
        if not isinstance(bodies, list) or not bodies:
            raise HttpError(422, "the envelope holds no objects")
        if len(bodies) > MAX_OBJECTS:
            raise HttpError(413, f"more than {MAX_OBJECTS} objects in one request")
        requested = self.relay.clock.now()
        outcomes = self.relay.take(call.principal, bodies)
        status = status_of(uuid4(self.entropy), requested, outcomes)
        self.relay.vault.write(lambda tx: keep_status(tx, call.principal.id, status, requested))
        return _taxii(status, 202)

    def delete(self, call: Call) -> Response:
        """Withdraw an object on its author's word; to anyone else it is not there."""
        self._find(call)
        read_filters(call.request.query_params, matches=_ONE_OBJECT)
        object_id = call.request.path_params["object_id"]
        if not self.relay.withdraw(call.principal, object_id):
            raise not_found()
        return _taxii({})

    def _find(self, call: Call) -> JsonObject:
        collection = self._collection()
        wanted = call.request.path_params["collection"].lower()
        if wanted not in (collection["id"], collection["alias"]):
            raise not_found()
        return collection

    def _collection(self) -> JsonObject:
        return {
            "id": collection_id(self.relay.convened.id),
            "title": "Everything visible to you",
            "alias": "visible",
            "can_read": True,
            "can_write": True,
            "media_types": [STIX],
        }


def _taxii(said: JsonObject, status: int = 200) -> Response:
    return answer(said, status, TAXII)
