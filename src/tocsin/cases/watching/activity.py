"""The activity of a node as a feed: accounts, links and posts that its loads brought.

New is what a load brought after the last one that a watch has seen, whenever it was posted; an
account, under a handle, or a link that earlier loads have is not new.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
from attrs import evolve, frozen

from tocsin.activity import Dataset
from tocsin.activity.dataset import Load, quoted, relation
from tocsin.activity.failing import asking
from tocsin.cases.watching.arrivals import Arrival
from tocsin.cases.watching.feeds import Feed, Visit
from tocsin.cases.watching.query import Query
from tocsin.foundation import BadInputError, JsonValue
from tocsin.vault import Snapshot

_PAGE: Final = 10_000
_TABLES: Final = ("posts", "ads")


@frozen
class ActivityFeed:
    """Accounts, links and posts in the order of loading.

    All loads behind the cursor are one stretch. The cursor is the number of the last load and its
    digest, as loads of earlier versions have no number.

    Attributes:
        query: what is looked for, so that posts are read only where it speaks of posts; None to
            read nothing and only move on.
    """

    dataset: Dataset
    query: Query | None = None
    name: str = "activity"

    def narrowed(self, query: Query | None) -> Feed:
        """See `Feed`."""
        return evolve(self, query=query)

    @asking()
    def advance(self, view: Snapshot, cursor: JsonValue, visit: Visit) -> JsonValue:
        """See `Feed`."""
        del view  # activity is no part of the vault
        after = _read_cursor(cursor)
        loads = sorted(self.dataset.loads(), key=_place)
        new = [each for each in loads if _place(each) > after]
        if not new:
            return None
        if self.query is not None:
            seen = [each for each in loads if _place(each) <= after]
            for arrival in self._arrivals(new, seen, self.query):
                visit(arrival)
        return [*_place(new[-1])]

    @asking()
    def look_up(self, view: Snapshot, ids: Iterable[str]) -> dict[str, Arrival]:
        """See `Feed`."""
        del view
        wanted = [each for each in ids if each.partition("--")[0] in _WANTED]
        if not wanted:
            return {}
        listed = ", ".join(map(quoted, wanted))
        loads = self.dataset.loads()
        found: dict[str, Arrival] = {}
        with self._connected(loads, ()) as connection:
            for kind in sorted({each.partition("--")[0] for each in wanted}):
                rows = f"SELECT * FROM ({_WANTED[kind]}) WHERE id IN ({listed})"  # noqa: S608 - ours
                for row in _rows(connection, rows):
                    arrival = _MADE[kind](row, _names(loads))
                    found.setdefault(arrival.id, arrival)
        return found

    def _arrivals(
        self, new: Sequence[Load], seen: Sequence[Load], query: Query
    ) -> Iterator[Arrival]:
        names = _names(new)
        with self._connected(new, seen) as connection:
            for kind, sql in _NEW.items():
                if kind != _POST or query.asks_for_posts:
                    for row in _rows(connection, sql):
                        yield _MADE[kind](row, names)

    def _connected(self, new: Iterable[Load], seen: Iterable[Load]) -> duckdb.DuckDBPyConnection:
        connection = self.dataset.open_duckdb()
        for view, loads in (("new", new), ("seen", seen)):
            for table in _TABLES:
                rows = relation(table, self._files(loads, table), origin="file")
                connection.execute(f"CREATE VIEW {view}_{table} AS {rows}")
            connection.execute(_ACCOUNTS.format(view=view))
            connection.execute(_LINKS.format(view=view))
        return connection

    def _files(self, loads: Iterable[Load], table: str) -> list[Path]:
        named = sorted(name for each in loads for name in each.files)
        return [self.dataset.folder / name for name in named if name.startswith(f"{table}/")]


_ACCOUNT, _LINK, _POST = "activity-account", "activity-link", "activity-post"

# Ids say nothing: a watch keeps them, and what is erased must be gone from it too.
_ACCOUNTS: Final = f"""
CREATE VIEW {{view}}_accounts AS
SELECT '{_ACCOUNT}--' || left(sha256(concat_ws(
        chr(31), coalesce(platform, ''), account, coalesce(handle, ''))), 32) AS id,
    platform, account, handle, min(name) AS name, min(file) AS file
FROM (
    SELECT platform, account, handle, name, file FROM {{view}}_posts
    UNION ALL SELECT platform, advertiser, NULL, advertiser_name, file FROM {{view}}_ads)
WHERE account <> '' GROUP BY platform, account, handle
"""  # noqa: S608 - names of our own, here and below
_LINKS: Final = f"""
CREATE VIEW {{view}}_links AS
SELECT '{_LINK}--' || left(sha256(link), 32) AS id, link, min(file) AS file
FROM (
    SELECT unnest(links) AS link, file FROM {{view}}_posts
    UNION ALL SELECT unnest(links), file FROM {{view}}_ads)
WHERE link <> '' GROUP BY link
"""  # noqa: S608
_POSTS: Final = f"""
SELECT '{_POST}--' || left(sha256(concat_ws(
        chr(31), coalesce(platform, ''), account,
        coalesce(post, concat(time, md5(coalesce(text, '')))))), 32) AS id,
    platform, account, handle, name, text, links, hashtags, file
FROM new_posts
"""  # noqa: S608
_WANTED: Final = {
    _ACCOUNT: "FROM new_accounts",
    _LINK: "FROM new_links",
    _POST: _POSTS,
}
_NEW: Final = {
    _ACCOUNT: "FROM new_accounts WHERE id NOT IN (SELECT id FROM seen_accounts) ORDER BY id",
    _LINK: "FROM new_links WHERE id NOT IN (SELECT id FROM seen_links) ORDER BY id",
    _POST: _POSTS,
}


def _account(row: dict[str, Any], names: dict[str, str]) -> Arrival:
    return Arrival(
        id=row["id"],
        type="account",
        names=_said(row["handle"], row["name"]) or (row["account"],),
        keys=(_account_key(row),),
        trace="handle",
        origin=names.get(row["file"], ""),
    )


def _link(row: dict[str, Any], names: dict[str, str]) -> Arrival:
    return Arrival(
        id=row["id"],
        type="url",
        names=(row["link"],),
        keys=(f"url:{row['link']}",),
        trace="url",
        origin=names.get(row["file"], ""),
    )


def _post(row: dict[str, Any], names: dict[str, str]) -> Arrival:
    links, hashtags = row["links"] or (), row["hashtags"] or ()
    return Arrival(
        id=row["id"],
        type="post",
        names=_said(row["handle"], row["name"]) or _said(row["account"]),
        keys=(
            _account_key(row),
            *(f"url:{each}" for each in links),
            *(f"hashtag:{each.lower()}" for each in hashtags),
        ),
        texts=_said(row["text"]),
        trace="text",
        origin=names.get(row["file"], ""),
    )


_MADE: Final = {_ACCOUNT: _account, _LINK: _link, _POST: _post}


def _account_key(row: dict[str, Any]) -> str:
    platform = row["platform"] or "unknown"
    if row["handle"]:
        return f"account:{platform}/@{row['handle'].removeprefix('@').lower()}"
    account = row["account"] or ""
    return f"account:{platform}/{'#' if account.isdigit() else '@'}{account}"


def _said(*values: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in values if each))


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[dict[str, Any]]:
    for batch in connection.sql(sql).to_arrow_reader(_PAGE):
        yield from batch.to_pylist()


def _names(loads: Iterable[Load]) -> dict[str, str]:
    """Return the name of the export by the name of a file that came of it."""
    return {Path(file).name: each.name for each in loads for file in each.files}


def _place(load: Load) -> tuple[int, str]:
    return load.number, load.digest


def _read_cursor(cursor: JsonValue) -> tuple[int, str]:
    if cursor is None:
        return -1, ""
    match cursor:
        case [int(number), str(digest)]:
            return number, digest
    raise BadInputError(
        f"a watch's place in the activity is garbled: {str(cursor)[:80]}",
        hint="remove the watch and add it again",
    )
