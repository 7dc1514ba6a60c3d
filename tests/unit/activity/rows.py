"""Posts for tests, and a dataset that holds them."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from tocsin.activity import Ad, Dataset, Post, Stored
from tocsin.activity.dataset import Load
from tocsin.activity.storing import Staging


def put(dataset: Dataset, rows: Sequence[Post | Ad], name: str = "export") -> Stored:
    """Load records as one source; its bytes are its name."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    with Staging(dataset, digest) as staging:
        staging.add(rows)
        stored = staging.finish()
        staging.commit(
            Load(digest=digest, name=name, format="test", by="ana", at="", files=stored.files)
        )
    return stored


def held(folder: Path, rows: Sequence[Post]) -> Dataset:
    """Return a dataset of some posts."""
    dataset = Dataset(folder)
    put(dataset, rows)
    return dataset


def post(account: str, time: int | None = 0, **said: object) -> Post:
    """Return a post of an account."""
    return Post(account=account, time=time, **said)  # type: ignore[arg-type]
