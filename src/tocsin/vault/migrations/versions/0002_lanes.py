"""Lanes: each reader's feed by type and by group; groups that objects name; versions by time.

Revision ID: 0002
"""

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_PAGE = 500
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_addressed = sa.table("addressed", sa.column("seq"), sa.column("group_id"))
_lanes = sa.table(
    "lanes", sa.column("member"), sa.column("lane"), sa.column("added"), sa.column("seq")
)
_shared = sa.table("shared_objects", sa.column("seq"), sa.column("type"), sa.column("body"))
_visibility = sa.table("visibility", sa.column("member"), sa.column("seq"), sa.column("added"))


def upgrade() -> None:
    """Create both tables and fill them from what is there."""
    op.create_index("ix_shared_objects_version_at", "shared_objects", ["version_at"], unique=False)
    op.create_table(
        "addressed",
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("group_id", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["shared_objects.seq"], name="fk_addressed_seq"),
        sa.PrimaryKeyConstraint("seq", "group_id", name="pk_addressed"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lanes",
        sa.Column("member", _TEXT, nullable=False),
        sa.Column("lane", _TEXT, nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["shared_objects.seq"], name="fk_lanes_seq"),
        sa.PrimaryKeyConstraint("member", "lane", "added", name="pk_lanes"),
        sqlite_with_rowid=False,
    )
    _fill_addressed(op.get_bind())
    _fill_lanes()


def _fill_addressed(connection: sa.Connection) -> None:
    after = -1
    while True:
        rows = connection.execute(
            sa.select(_shared.c.seq, _shared.c.body)
            .where(_shared.c.seq > after)
            .order_by(_shared.c.seq)
            .limit(_PAGE)
        ).all()
        if not rows:
            return
        after = rows[-1].seq
        named = [
            {"seq": row.seq, "group_id": group}
            for row in rows
            if row.body is not None and b'"group:' in row.body
            for group in _groups(orjson.loads(row.body))
        ]
        if named:
            connection.execute(sa.insert(_addressed), named)


def _groups(body: dict[str, object]) -> list[str]:
    """Return the groups in the audience of the sharing extension, as version 0.1 wrote it."""
    extensions = body.get("extensions")
    found: set[str] = set()
    for each in extensions.values() if isinstance(extensions, dict) else ():
        audience = each.get("audience") if isinstance(each, dict) else None
        if isinstance(audience, list):
            entries = (str(entry).partition(":") for entry in audience)
            found |= {name for scope, _, name in entries if scope == "group" and name}
    return sorted(found)


def _fill_lanes() -> None:
    seen = _visibility.c
    for lane, table in ((_shared.c.type, _shared), (_addressed.c.group_id, _addressed)):
        rows = sa.select(seen.member, lane, seen.added, seen.seq).join(
            table, table.c.seq == seen.seq
        )
        op.execute(sa.insert(_lanes).from_select(["member", "lane", "added", "seq"], rows))
