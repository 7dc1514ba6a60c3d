"""Tocsin's own endpoints under `/tocsin/v1/`: joining, directory, keys, the log, receipts."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tocsin.exchange import roster
from tocsin.exchange.admission import admit, change_keys
from tocsin.exchange.convenor import convened_by
from tocsin.exchange.limits import MAX_OBJECTS
from tocsin.exchange.possession import Holder, digests_in
from tocsin.exchange.refilling import awaited, take_view
from tocsin.exchange.server.gate import Call, Gate, answer
from tocsin.exchange.server.media import HttpError, json_object
from tocsin.exchange.server.noted import noted
from tocsin.exchange.server.receipts import receipts_of
from tocsin.foundation import Clock, Entropy, JsonObject, TrustError, rfc3339
from tocsin.policy import Action
from tocsin.records import Member
from tocsin.trust import VerifyKey, read_note, verify_cosignature
from tocsin.vault import DeliveryState, Home, Transaction

PREFIX: Final = "/tocsin/v1/"


@frozen
class OwnEndpoints:
    """The endpoints over one exchange."""

    home: Home
    clock: Clock
    entropy: Entropy

    def routes(self, gate: Gate) -> Sequence[BaseRoute]:
        """Return all routes."""
        guard = gate.member
        return (
            Route(PREFIX + "clock", gate.open(self.time), methods=["GET"]),
            Route(PREFIX + "join", gate.open(self.join), methods=["POST"]),
            Route(PREFIX + "refill", gate.open(self.refill), methods=["POST"]),
            Route(PREFIX + "directory", guard(self.directory, Action.READ), methods=["GET"]),
            Route(PREFIX + "keys", guard(self.keys, Action.ADMINISTER), methods=["PUT"]),
            Route(PREFIX + "checkpoint", guard(self.checkpoint, Action.READ), methods=["GET"]),
            Route(PREFIX + "consistency", guard(self.consistency, Action.READ), methods=["GET"]),
            Route(PREFIX + "witness", guard(self.witness, Action.READ), methods=["POST"]),
            Route(PREFIX + "receipts", guard(self.receipts, Action.READ), methods=["POST"]),
            Route(PREFIX + "receipts/{object_id}", guard(self.got, Action.READ), methods=["GET"]),
        )

    def time(self, request: Request, body: bytes) -> Response:
        """Return the time, and after a restore its number, so that nodes come to refill."""
        del request, body
        with self.home.vault.read() as view:
            epoch = roster.restore_epoch(view)
        said: JsonObject = {"now": rfc3339(self.clock.now())}
        return answer({**said, "epoch": epoch} if epoch else said)

    def refill(self, request: Request, body: bytes) -> Response:
        del request
        return answer(take_view(self.home, self.clock, json_object(body, "refill")).to_json())

    def join(self, request: Request, body: bytes) -> Response:
        del request
        admitted = admit(
            self.home, json_object(body, "join"), clock=self.clock, entropy=self.entropy
        )
        said = self._directories(admitted.member)
        return answer({"credential": admitted.credential, **said}, 201)

    def directory(self, call: Call) -> Response:
        """Return both directories, and whether a restored exchange still waits for members."""
        with self.home.vault.read() as view:
            left = len(awaited(view, convened_by(self.home)))
        said = self._directories(call.member)
        return answer({**said, "awaited": left} if left else said)

    def keys(self, call: Call) -> Response:
        request = json_object(call.body, "keys")
        return answer(self._directories(change_keys(self.home, call.member.id, request)))

    def checkpoint(self, call: Call) -> Response:
        del call
        with self.home.vault.read() as view:
            return answer({"note": view.log.latest_checkpoint()})

    def consistency(self, call: Call) -> Response:
        """Return the proof that the log of `to` entries continues that of `from`."""
        old, new = _count(call.request, "from"), _count(call.request, "to")
        with self.home.vault.read() as view:
            if not old <= new <= view.log.size:
                raise HttpError(422, f"the log has {view.log.size} entries")
            proof = view.log.consistency(old, new)
        return answer({"from": old, "to": new, "proof": [each.hex() for each in proof]})

    def witness(self, call: Call) -> Response:
        """Keep a member's cosignature of a checkpoint of ours, for whoever audits the log."""
        note = str(json_object(call.body, "cosignature").get("note"))
        claim = read_note(note)
        if claim.origin != self.home.vault.origin:
            raise HttpError(422, "the checkpoint is of another log")
        _check_cosignature(note, call.member)

        def work(tx: Transaction) -> None:
            if claim.size > tx.log.size or tx.log.root(claim.size) != claim.root:
                raise HttpError(422, "this log never had that checkpoint")
            tx.log.witness(note, received_from=call.member.id)

        self.home.vault.write(work)
        return answer({"size": claim.size})

    def receipts(self, call: Call) -> Response:
        """Note what a member says it has; of what it never saw, only what it proves to hold."""
        wanted = json_object(call.body, "receipts").get("objects")
        if not isinstance(wanted, list) or len(wanted) > MAX_OBJECTS:
            raise HttpError(422, f"objects: a list of at most {MAX_OBJECTS} is expected")
        said = [each for each in wanted if isinstance(each, dict)]
        digests = digests_in(said)

        def work(tx: Transaction) -> tuple[int, list[datetime], list[str]]:
            count, since = _acknowledge(tx, call.member, said)
            return count, since, self._holder(tx, call.member).show(tx, digests)

        count, since, held = self.home.vault.write(work)
        now = self.clock.now()
        noted(call.request.scope).waited_s = [(now - each).total_seconds() for each in since]
        return answer({"acknowledged": count, **({"held": [*held]} if digests else {})})

    def _holder(self, tx: Transaction, member: Member) -> Holder:
        return Holder(
            member=member.id,
            community=roster.community_of(tx, convened_by(self.home)),
            key=self.home.keyring.signing,
            now=self.clock.now(),
        )

    def got(self, call: Call) -> Response:
        """Tell an author who has acknowledged which version of what it sent."""
        convened = convened_by(self.home)
        object_id = call.request.path_params["object_id"]
        with self.home.vault.read() as view:
            return answer(receipts_of(view, object_id, call.principal, convened, self.clock.now()))

    def _directories(self, member: Member) -> JsonObject:
        convened, now = convened_by(self.home), self.clock.now()
        vault, key = self.home.vault, self.home.keyring.signing
        return {
            "directory": roster.directory_for(vault, convened, member.id, now).sign(key),
            "roster": roster.directory_for(vault, convened, None, now).sign(key),
        }


def _check_cosignature(note: str, member: Member) -> None:
    """Make sure that a member cosigned, by any key of its own: it may rotate them meanwhile.

    Raises:
        TrustError: when none of them did.
    """
    *earlier, current = map(VerifyKey.from_text, member.verify_keys)
    for key in earlier:
        with suppress(TrustError):
            verify_cosignature(note, member.id, key)
            return
    verify_cosignature(note, member.id, current)


def _acknowledge(
    tx: Transaction, member: Member, wanted: Sequence[JsonObject]
) -> tuple[int, list[datetime]]:
    """Note what a member has; returns how much, and since when it could fetch each."""
    said = [(str(each.get("id")), str(each.get("version"))) for each in wanted]
    numbers = tx.shared.numbers(object_id for object_id, _ in said)
    meant = [numbers[each] for each in said if each in numbers]
    seen = tx.visibility.seen_by(member.id, meant)
    got = [(seq, member.id) for seq in meant if seq in seen]
    tx.deliveries.record_all(got, DeliveryState.ACKNOWLEDGED)
    return len(got), tx.figures.since(member.id, [seq for seq, _ in got])


def _count(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise HttpError(400, f"{name} is no number")
    return int(text)
