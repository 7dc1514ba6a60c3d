"""Private overlap: a VOPRF over ristretto255 with SHA-512 (RFC 9497, mode VOPRF).

The holder turns its own items into tags with a key that exists for one holder, one asker and one
epoch. The asker blinds its items, the holder evaluates them without seeing them and proves that
it used that key, the asker unblinds and gets the tags of its own items. Tags that are equal are
items in common. Who compares the tags is not decided here.

What it does not protect against: an asker may guess items, one evaluation each. The limit on
evaluations is the defence, and belongs to the caller: count `element_count(wire)` before
answering.

Wire forms carry no header, their lengths say it all. Asked: 32 bytes an element. Answered: for
each batch of up to `BATCH` elements, in order, a 64-byte proof and 32 bytes an element.
"""

from collections.abc import Iterable, Iterator, Sequence

import attrs
from voprf import ristretto

from tocsin.foundation import BadInputError, Progress, TrustError, UsageError
from tocsin.trust._encoding import prefixed
from tocsin.trust._tagging import TAG_BYTES, tag_all

__all__ = [
    "BATCH",
    "ELEMENT_BYTES",
    "TAG_BYTES",
    "Asking",
    "HolderKey",
    "element_count",
    "split_tags",
    "tag_set",
]

BATCH = 1000
ELEMENT_BYTES = 32

_PROOF_BYTES = 64
_SEED_BYTES = 32
_LONGEST_ITEM = 65535
_LABEL = b"tocsin/overlap/v1"


@attrs.frozen(init=False, repr=False, eq=False)
class HolderKey:
    """The holder's key towards one asker in one epoch.

    Derived (RFC 9497 section 3.2.1) from the key ring's overlap seed, so nothing but the seed
    needs keeping, and tags of different askers or epochs can't be linked.
    """

    holder: str
    asker: str
    epoch: str
    _seed: bytes
    _info: bytes
    _evaluator: ristretto.Evaluator

    def __init__(self, seed: bytes, holder: str, asker: str, epoch: str) -> None:
        """Derive the key.

        Args:
            seed: the key ring's 32-byte overlap seed.
            holder: who holds the items.
            asker: who may ask with this key.
            epoch: for how long, by any name; a new one makes all tags new.
        """
        if len(seed) != _SEED_BYTES:
            raise UsageError(f"an overlap seed has {_SEED_BYTES} bytes, not {len(seed)}")
        info = prefixed(_LABEL, holder.encode(), asker.encode(), epoch.encode())
        self.__attrs_init__(
            holder, asker, epoch, bytes(seed), info, ristretto.Evaluator.from_seed(seed, info)
        )

    @property
    def public_key(self) -> bytes:
        """32 bytes; the asker needs them from a signed record, not from the answer itself."""
        return bytes(self._evaluator.public_key.serialize())

    def evaluate(self, blinded: bytes) -> bytes:
        """Answer an asking (RFC 9497 section 3.3.2, BlindEvaluate) without seeing the items.

        Args:
            blinded: the asker's `Asking.wire`.

        Raises:
            BadInputError: for a wrong length, or an element that is none of the group or is its
                identity.
        """
        element_count(blinded)
        return b"".join(
            bytes(self._evaluator.evaluate_batch(list(_elements(blinded, at))).serialize())
            for at in range(0, len(blinded), BATCH * ELEMENT_BYTES)
        )

    def tag(self, item: bytes) -> bytes:
        """Return the tag of one item of one's own, `TAG_BYTES` long."""
        return self.tags([item])

    def output(self, item: bytes) -> bytes:
        """Return the whole output of one item of one's own, 64 bytes; see `Asking.outputs`."""
        return bytes(self._evaluator.evaluate_known_input(_checked(item, 0)))

    def tags(
        self, items: Iterable[bytes], *, workers: int = 1, progress: Progress | None = None
    ) -> bytes:
        """Return the tags of one's own items, joined, in the order of the items.

        The order would tell how the items sort: before tags leave the node, pass them through
        `tag_set`. About 22,000 items a second and core.

        Args:
            items: canonical bytes such as `b"domain:example.org"`; read as they are needed, in
                this thread.
            workers: processes to use where there are more than 50,000 items.
            progress: where to tell how far it is.

        Raises:
            BadInputError: for an item that is empty or longer than 65,535 bytes.
        """
        checked = (_checked(item, at) for at, item in enumerate(items))
        return tag_all(self._seed, self._info, checked, workers=workers, progress=progress)

    def __repr__(self) -> str:
        return f"HolderKey({self.holder!r}, {self.asker!r}, {self.epoch!r})"


@attrs.frozen(repr=False, eq=False)
class Asking:
    """The asker's side of one asking.

    The blinding factors live in this object and nowhere else: the library gives no way to write
    them down. A process that ends between `begin` and `finish` has to ask anew.

    Attributes:
        wire: what goes to the holder; tells it the number of items and nothing else.
    """

    wire: bytes
    _clients: tuple[ristretto.Client, ...]

    @classmethod
    def begin(cls, items: Sequence[bytes]) -> "Asking":
        """Blind the items (RFC 9497 section 3.3.2, Blind); fresh randomness each time.

        Raises:
            BadInputError: for no items, or an item that is empty or longer than 65,535 bytes.
        """
        if not items:
            raise BadInputError("an asking needs at least one item", hint="choose what to ask for")
        clients: list[ristretto.Client] = []
        wire = bytearray()
        for at, item in enumerate(items):
            client, blinded = ristretto.Client.blind(_checked(item, at))
            clients.append(client)
            wire += blinded.serialize()
        return cls(bytes(wire), tuple(clients))

    def finish(self, evaluated: bytes, public_key: bytes) -> list[bytes]:
        """Check the holder's proof and return the tags in the order of the items.

        Args and errors are those of `outputs`.
        """
        return [made[:TAG_BYTES] for made in self.outputs(evaluated, public_key)]

    def outputs(self, evaluated: bytes, public_key: bytes) -> list[bytes]:
        """Check the holder's proof and return the whole outputs, 64 bytes an item.

        An output begins with the item's tag. What follows the tag is known to who holds the item
        and the key, and to who asked for the item; to whoever sees tags only it is random.

        Args:
            evaluated: what `HolderKey.evaluate` returned for `wire`.
            public_key: the holder's key for this asker and epoch, from a signed record.

        Raises:
            TrustError: when the answer has a wrong length, was altered, or was made with another
                key.
        """
        batches = -(-len(self._clients) // BATCH)
        if len(evaluated) != batches * _PROOF_BYTES + len(self._clients) * ELEMENT_BYTES:
            raise _bad_answer("its length does not fit what was asked")
        whole: list[bytes] = []
        offset = 0
        try:
            key = ristretto.PublicKey.deserialize(public_key)
            for first in range(0, len(self._clients), BATCH):
                clients = self._clients[first : first + BATCH]
                end = offset + _PROOF_BYTES + len(clients) * ELEMENT_BYTES
                output = ristretto.VerifiableBatchOutput.deserialize(evaluated[offset:end])
                whole += [bytes(made) for made in _finalized(clients, output, key)]
                offset = end
        except ValueError as error:
            raise _bad_answer("it or the key is malformed") from error
        return whole

    def __repr__(self) -> str:
        return f"Asking({len(self._clients)} items)"


def element_count(wire: bytes) -> int:
    """Return how many elements are asked for; what quotas count.

    Raises:
        BadInputError: when the length is not a positive multiple of 32.
    """
    if not wire or len(wire) % ELEMENT_BYTES:
        raise BadInputError(
            f"asking: {len(wire)} bytes are no list of {ELEMENT_BYTES}-byte elements",
            hint="the asker has to ask again",
        )
    return len(wire) // ELEMENT_BYTES


def split_tags(joined: bytes) -> Iterator[bytes]:
    """Cut joined tags apart.

    Raises:
        BadInputError: when the length is not a multiple of `TAG_BYTES`.
    """
    if len(joined) % TAG_BYTES:
        raise BadInputError(
            f"tags: {len(joined)} bytes are no list of {TAG_BYTES}-byte tags",
            hint="the sender has to send them again",
        )
    return (joined[at : at + TAG_BYTES] for at in range(0, len(joined), TAG_BYTES))


def tag_set(joined: bytes) -> bytes:
    """Return joined tags sorted and each once, which hides the order of the items."""
    return b"".join(sorted(set(split_tags(joined))))


def _elements(blinded: bytes, start: int) -> Iterator[ristretto.BlindedInput]:
    end = min(len(blinded), start + BATCH * ELEMENT_BYTES)
    for at in range(start, end, ELEMENT_BYTES):
        try:
            yield ristretto.BlindedInput.deserialize(blinded[at : at + ELEMENT_BYTES])
        except ValueError as error:
            raise BadInputError(
                f"asking: element {at // ELEMENT_BYTES} is no usable element of ristretto255",
                hint="the asker has to ask again",
            ) from error


def _finalized(
    clients: Sequence[ristretto.Client],
    output: ristretto.VerifiableBatchOutput,
    key: ristretto.PublicKey,
) -> list[bytes]:
    try:
        return ristretto.Client.finalize_batch(clients, output, key)
    except BaseException as error:
        # voprf 0.2.0 panics where a batch's proof does not hold (its `finalize` of a single
        # output raises ValueError). PyO3 makes of it a BaseException that can't be imported, and
        # that would otherwise run past every `except Exception` of a server.
        if type(error).__name__ != "PanicException":
            raise
        raise _bad_answer("its proof does not hold for the holder's key") from error


def _checked(item: bytes, at: int) -> bytes:
    if not 0 < len(item) <= _LONGEST_ITEM:
        raise BadInputError(
            f"overlap item {at}: {len(item)} bytes, where 1 to {_LONGEST_ITEM} are possible",
            hint="leave this item out",
        )
    return item


def _bad_answer(why: str) -> TrustError:
    return TrustError(
        f"the holder's answer is not to be trusted: {why}",
        hint="ask again; if it stays so, tell the holder",
    )
