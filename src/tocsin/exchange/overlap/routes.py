"""The overlap's endpoints of the exchange, under `/tocsin/v1/overlap/`."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Final

from attrs import frozen
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tocsin.exchange import roster
from tocsin.exchange.convenor import convened_by
from tocsin.exchange.overlap import reading
from tocsin.exchange.overlap.blobs import FileBlobs
from tocsin.exchange.overlap.checks import UnknownAskingError
from tocsin.exchange.overlap.desk import OverlapDesk
from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.exchange.overlap.mailbox import TagSet
from tocsin.exchange.server.auth import Authenticator
from tocsin.exchange.server.gate import Call, Endpoint, Gate, Handler, answer
from tocsin.exchange.server.media import HttpError, json_object, not_found
from tocsin.foundation import Clock, Entropy
from tocsin.policy import Action
from tocsin.records import Community
from tocsin.vault import Home

PREFIX: Final = "/tocsin/v1/overlap/"
FOLDER: Final = "overlap"


def overlap_routes(home: Home, clock: Clock, entropy: Entropy) -> Sequence[BaseRoute]:
    """Return the routes over an exchange's home, for `build_app(…, extra_routes=…)`."""
    desk = overlap_desk(home, clock, entropy)
    return _OverlapEndpoints(desk).routes(Gate(Authenticator(home.vault, clock)))


def overlap_desk(home: Home, clock: Clock, entropy: Entropy) -> OverlapDesk:
    """Return the desk of an exchange; it keeps the bulk in the folder `overlap` of its home."""

    def directory() -> Community:
        with home.vault.read() as view:
            return roster.community_of(view, convened_by(home))

    return OverlapDesk(home.vault, FileBlobs(home.folder / FOLDER, entropy), clock, directory)


@frozen
class _OverlapEndpoints:
    desk: OverlapDesk

    def routes(self, gate: Gate) -> Sequence[BaseRoute]:
        """Return all routes. Sizes and numbers travel; no item does, plain or hashed."""

        def route(path: str, method: str, handler: Handler) -> Route:
            return Route(PREFIX + path, _guarded(gate, handler), methods=[method])

        return (
            route("askings", "GET", self.askings),
            route("letters", "POST", self.post),
            route("askings/{id}/letters/{kind}", "GET", self.letter),
            route("askings/{id}/outputs", "PUT", self.outputs),
            route("askings/{id}/approval", "POST", self.approval),
            route("askings/{id}/refusal", "POST", self.refusal),
            route("tags/{asker}/{name}", "GET", self.tag_parts),
            route("tags/{asker}/{name}/{part}", "PUT", self.tags),
        )

    def askings(self, call: Call) -> Response:
        """List what changed since `after`, or the one that `id` names, if it is the caller's."""
        query = call.request.query_params
        asking_id = query.get("id")
        if asking_id is not None:
            try:
                found = [self.desk.notice(call.member.id, asking_id)]
            except UnknownAskingError:
                found = []
            return answer({"askings": [each.to_json() for each in found]})
        after = query.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) <= 15):
            raise HttpError(400, "after is no number")
        notices, following = self.desk.notices(call.member.id, int(after))
        return answer({"askings": [each.to_json() for each in notices], "next": following})

    def post(self, call: Call) -> Response:
        said = json_object(call.body, "overlap letter")
        letter, about, tags = Letter.from_json(said.get("letter")), said.get("tags"), None
        if isinstance(about, dict):
            asker, name = reading.text(letter.said, "asker"), reading.text(about, "name")
            tags = TagSet(call.member.id, asker, name, reading.count(about, "parts"))
        return answer({"asking": self.desk.post(call.member.id, letter, tags).to_json()})

    def letter(self, call: Call) -> Response:
        kind = call.request.path_params["kind"]
        if kind not in list(LetterKind):
            raise not_found()
        asking_id = call.request.path_params["id"]
        return answer(self.desk.letter(call.member.id, asking_id, LetterKind(kind)).to_json())

    def outputs(self, call: Call) -> Response:
        said = json_object(call.body, "overlap outputs")
        notice = self.desk.put_outputs(
            call.member.id,
            call.request.path_params["id"],
            reading.count(said, "attempt", at_least=1),
            reading.base64_bytes(said, "outputs"),
        )
        return answer({"asking": notice.to_json()})

    def approval(self, call: Call) -> Response:
        common = self.desk.approve(call.member.id, call.request.path_params["id"])
        return answer({"common": b64encode(common).decode()})

    def refusal(self, call: Call) -> Response:
        why = reading.text(json_object(call.body, "overlap refusal"), "why", longest=10_000)
        notice = self.desk.refuse(call.member.id, call.request.path_params["id"], why)
        return answer({"asking": notice.to_json()})

    def tag_parts(self, call: Call) -> Response:
        path = call.request.path_params
        parts = self.desk.tag_parts(call.member.id, path["asker"], path["name"])
        return answer({"parts": [*sorted(parts)]})

    def tags(self, call: Call) -> Response:
        path, said = call.request.path_params, json_object(call.body, "overlap tags")
        parts = reading.count(said, "parts", at_least=1)
        tags = TagSet(call.member.id, path["asker"], path["name"], parts)
        part = _part(path["part"])
        self.desk.put_tags(call.member.id, tags, part, reading.base64_bytes(said, "tags"))
        return answer({})


def _part(text: str) -> int:
    """Return a part's number; not by the router, where thousands of digits are an error of ours."""
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise not_found()
    return int(text)


def _guarded(gate: Gate, handler: Handler) -> Endpoint:
    """Answer 404 for what is not the caller's, as for what is not there."""

    def handled(call: Call) -> Response:
        try:
            return handler(call)
        except UnknownAskingError:
            raise not_found() from None

    return gate.member(handled, Action.OVERLAP)
