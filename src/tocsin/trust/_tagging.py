"""Tags for many items, on one core or on several."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from multiprocessing import get_context

from voprf import ristretto

from tocsin.foundation import NoProgress, Progress

TAG_BYTES = 10
"""80 bits: 10,000 items asked of 1,000,000 held give a false match once in 10^14 askings."""

_CHUNK = 10_000
_WORTH_PROCESSES = 50_000


def tag_all(
    seed: bytes,
    info: bytes,
    items: Iterable[bytes],
    *,
    workers: int,
    progress: Progress | None,
) -> bytes:
    """Return the joined tags in the order of the items.

    The items are read in the caller's thread and only a few chunks ahead: they may come from a
    database cursor, and need not fit into memory.
    """
    chunks = _chunks(items)
    first = list(islice(chunks, _WORTH_PROCESSES // _CHUNK))
    more = next(chunks, None)
    made = bytearray()
    with (progress or NoProgress()).task("tags for the private overlap") as advance:
        everything = chain(first, [] if more is None else [more], chunks)
        alone = workers < 2 or more is None
        results = (
            (tag_chunk(seed, info, chunk) for chunk in everything)
            if alone
            else _in_processes(seed, info, everything, workers)
        )
        for tags in results:
            made += tags
            advance(len(tags) // TAG_BYTES)
    return bytes(made)


def tag_chunk(seed: bytes, info: bytes, items: list[bytes]) -> bytes:
    """Return the joined tags of a list; at top level so that a spawned process finds it."""
    evaluate = ristretto.Evaluator.from_seed(seed, info).evaluate_known_input
    return b"".join([evaluate(item)[:TAG_BYTES] for item in items])


def _in_processes(
    seed: bytes, info: bytes, chunks: Iterable[list[bytes]], workers: int
) -> Iterator[bytes]:
    waiting: deque[Future[bytes]] = deque()
    # Spawned, never forked: a fork would copy the threads' locks of the web server or the vault.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for chunk in chunks:
            waiting.append(pool.submit(tag_chunk, seed, info, chunk))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _chunks(items: Iterable[bytes]) -> Iterator[list[bytes]]:
    source = iter(items)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk
