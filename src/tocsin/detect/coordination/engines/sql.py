"""The definition of an edge as SQL that DuckDB and Spark read alike.

Tables have the columns account, object, ts (whole seconds). Only what both dialects share is used:
no ASOF join, no range frame over seconds, no dialect's hash.
"""


def first_shares(source: str) -> str:
    """Each account's first share of each object."""
    return f"SELECT account, object, min(ts) AS ts FROM {source} GROUP BY account, object"  # noqa: S608 - names of our own


def all_shares(source: str) -> str:
    """Every share once."""
    return f"SELECT DISTINCT account, object, ts FROM {source}"  # noqa: S608


def pruned(source: str, window_s: int, least: int) -> str:
    """One round of pruning: shares with a neighbour in time, of accounts with enough of these.

    Weaker than the kernel's own pruning, which runs after it, and exact for the same reason: no
    share that an edge rests on is dropped.
    """
    return f"""
    SELECT account, object, ts FROM (
      SELECT account, object, ts, count(*) OVER (PARTITION BY account) AS shares FROM (
        SELECT account, object, ts,
               ts - lag(ts) OVER (PARTITION BY object ORDER BY ts) AS since,
               lead(ts) OVER (PARTITION BY object ORDER BY ts) - ts AS until
        FROM {source}) near
      WHERE since <= {int(window_s)} OR until <= {int(window_s)}) met
    WHERE shares >= {int(least)}"""  # noqa: S608


def edges(source: str, window_s: int, least: int) -> str:
    """Pairs (a before b) and the objects they met on.

    A share looks for others in its own stretch of time and the one before it, so that the join
    is on equal values: a range join alone would compare all shares of an object.
    """
    width = int(window_s) + 1
    return f"""
    SELECT a, b, count(DISTINCT object) AS n FROM (
      SELECT least(i.account, j.account) AS a, greatest(i.account, j.account) AS b, i.object
      FROM (SELECT account, object, ts, CAST(floor(ts / {width}) AS BIGINT) + back AS stretch
            FROM {source} CROSS JOIN (SELECT 0 AS back UNION ALL SELECT 1) AS stretches) i
      JOIN (SELECT account, object, ts, CAST(floor(ts / {width}) AS BIGINT) AS stretch
            FROM {source}) j
        ON i.object = j.object AND i.stretch = j.stretch
      WHERE j.ts - i.ts BETWEEN 0 AND {int(window_s)} AND i.account <> j.account
    ) met
    GROUP BY a, b HAVING count(DISTINCT object) >= {int(least)}"""  # noqa: S608
