"""What is known of accounts and sites beside who shared what: from tables, labels, and posts.

Posts tell what an account calls itself and when it was created, and of a repost whose post it was
and when that came out. What a table says goes before it.

A table is a CSV with a header. Of accounts: `account`, and any of `owner`, `kind`, `description`,
`name`, `created`; of sites: `domain`, and any of `owner`, `warns` (yes for official warnings); of
objects: `object`, and `published`.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa
from attrs import field, frozen

from tocsin.activity import Dataset, originals, profiles
from tocsin.activity.links import link_of
from tocsin.detect.coordination.arrays import Int64s
from tocsin.detect.coordination.detection import Detection
from tocsin.detect.coordination.innocent import Surroundings
from tocsin.detect.coordination.parting import MOST_GROUPS
from tocsin.foundation import BadInputError, StorageError, parse_time

_YES: Final = frozenset({"yes", "true", "1"})
_LONGEST: Final = 10_000


def surroundings_of(
    found: Detection,
    accounts: Path | None = None,
    sites: Path | None = None,
    objects: Path | None = None,
    *,
    posts: Dataset | Sequence[Path] | None = None,
) -> Surroundings:
    """Return what the tables and the posts say of the groups, and the domains of what they shared.

    Raises:
        BadInputError: when a table lacks its first column or a row says no time.
        StorageError: when a table cannot be read.
    """
    people = list(_rows(accounts, "account")) if accounts else []
    places = list(_rows(sites, "domain")) if sites else []
    things = list(_rows(objects, "object")) if objects else []
    told = _Told.of(found, posts) if posts is not None and found.groups else _Told()
    return Surroundings(
        owner=_column(people, "account", "owner"),
        kind=_column(people, "account", "kind"),
        description=_column(people, "account", "description"),
        name={**told.name, **_column(people, "account", "name")},
        created={**told.created, **_moments(people, "account", "created", accounts)},
        published={**told.published, **_moments(things, "object", "published", objects)},
        domain={**told.author, **dict(_domains(found))},
        domain_owner=_column(places, "domain", "owner"),
        alert_domains=frozenset(
            row["domain"] for row in places if row.get("warns", "").casefold() in _YES
        ),
    )


@frozen(kw_only=True)
class _Told:
    """What posts say: of accounts by label, of reposted objects by label."""

    name: Mapping[str, str] = field(factory=dict)
    created: Mapping[str, int] = field(factory=dict)
    author: Mapping[str, str] = field(factory=dict)
    published: Mapping[str, int] = field(factory=dict)

    @classmethod
    def of(cls, found: Detection, posts: Dataset | Sequence[Path]) -> Self:
        shares = found.shares
        members = np.unique(np.concatenate([each.accounts for each in found.groups[:MOST_GROUPS]]))
        accounts = profiles(posts, [*map(str, shares.accounts.take(members).to_pylist())])
        label = {
            each.removeprefix("fast-").removeprefix("repost:"): each
            for each in map(str, shares.objects.take(pa.array(_shared(found))).to_pylist())
        }
        reposted = originals(posts, [*label]).to_pylist()
        return cls(
            name=_known(accounts.to_pylist(), "account", "name"),
            created=_known(accounts.to_pylist(), "account", "created"),
            author={label[each["object"]]: each["author"] for each in reposted},
            published={
                label[each["object"]]: each["published"]
                for each in reposted
                if each["published"] is not None
            },
        )


def _known(rows: Sequence[Mapping[str, Any]], key: str, name: str) -> dict[str, Any]:
    return {row[key]: row[name] for row in rows if row[name] is not None}


def _domains(found: Detection) -> Iterator[tuple[str, str]]:
    """Yield the domain of each link among what the groups shared; a trace may stand before it."""
    for label in map(str, found.shares.objects.take(pa.array(_shared(found))).to_pylist()):
        start = label.find("http")
        link = link_of(label[start:]) if start >= 0 else None
        if link is not None:
            yield label, link[1]
        elif label.startswith("domain:"):
            yield label, label.removeprefix("domain:")


def _shared(found: Detection) -> Int64s:
    """Return the objects that two accounts of one group shared, met or not, ascending."""
    shares = found.shares
    group = np.full(shares.n_accounts, -1, np.int64)
    for number, each in enumerate(found.groups[:MOST_GROUPS]):
        group[each.accounts] = number
    rows = np.flatnonzero(group[shares.acc] >= 0)
    shared = np.unique(shares.obj[rows].astype(np.int64) * shares.n_accounts + shares.acc[rows])
    obj, acc = np.divmod(shared, max(shares.n_accounts, 1))
    of_group, accounts = np.unique(obj * MOST_GROUPS + group[acc], return_counts=True)
    objects: Int64s = np.unique(of_group[accounts > 1] // MOST_GROUPS)
    return objects


def _column(rows: Iterable[Mapping[str, str]], key: str, name: str) -> dict[str, str]:
    return {row[key]: row[name] for row in rows if name in row}


def _moments(
    rows: Iterable[Mapping[str, str]], key: str, name: str, path: Path | None
) -> dict[str, int]:
    return {
        row[key]: int(parse_time(row[name], field=f"{path}: {name}").timestamp())
        for row in rows
        if row.get(name)
    }


def _rows(path: Path, key: str) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            if key not in (rows.fieldnames or ()):
                raise BadInputError(
                    f"{path}: there is no column {key}",
                    hint=f"its header names {', '.join(rows.fieldnames or ()) or 'nothing'}",
                )
            for row in rows:
                if row.get(key):
                    yield {name: str(value or "")[:_LONGEST] for name, value in row.items() if name}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StorageError(
            f"{path}: cannot be read: {error}", hint="give a CSV in UTF-8"
        ) from error
