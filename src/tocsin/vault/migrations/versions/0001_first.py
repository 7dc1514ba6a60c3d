"""The first schema. Frozen: a change of `schema.py` is another revision.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create every table."""
    _create_base()
    _create_log()
    _create_private()
    _create_private_links()
    _create_own_documents()
    _create_shared()
    _create_delivery()


def _create_base() -> None:
    op.create_table(
        "meta",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
    )
    op.create_table(
        "counters",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )


def _create_log() -> None:
    op.create_table(
        "log_entries",
        sa.Column("idx", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=True),
        sa.Column("nonce", sa.LargeBinary(), nullable=True),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("idx", name="pk_log_entries"),
    )
    op.create_index("ix_log_entries_kind_idx", "log_entries", ["kind", "idx"], unique=False)
    op.create_table(
        "log_nodes",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name="pk_log_nodes"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_checkpoints"),
    )
    op.create_table(
        "witnessed",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("origin", _TEXT, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", _TEXT, nullable=False),
        sa.Column("received_from", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_witnessed"),
    )
    op.create_index("ix_witnessed_origin_size", "witnessed", ["origin", "size"], unique=False)
    op.create_table(
        "erasures",
        sa.Column("what", _TEXT, nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["log_entries.idx"], name="fk_erasures_entry"),
        sa.PrimaryKeyConstraint("what", name="pk_erasures"),
    )


def _create_private() -> None:
    op.create_table(
        "sources",
        sa.Column("source_id", _NUMBER, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("format", _TEXT, nullable=False),
        sa.Column("by", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["log_entries.idx"], name="fk_sources_entry"),
        sa.PrimaryKeyConstraint("source_id", name="pk_sources"),
        sa.UniqueConstraint("digest", "name", "format", name="uq_sources_digest_name_format"),
    )
    op.create_table(
        "private_objects",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("object_id", _TEXT, nullable=False),
        sa.Column("type", _TEXT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_private_objects"),
        sa.UniqueConstraint("object_id", name="uq_private_objects_object_id"),
    )
    op.create_index("ix_private_objects_type", "private_objects", ["type"], unique=False)
    op.create_table(
        "private_versions",
        sa.Column("version_id", _NUMBER, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("nonce", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["log_entries.idx"], name="fk_private_versions_entry"),
        sa.ForeignKeyConstraint(
            ["number"], ["private_objects.number"], name="fk_private_versions_number"
        ),
        sa.PrimaryKeyConstraint("version_id", name="pk_private_versions"),
        sa.UniqueConstraint("number", "revision", name="uq_private_versions_number_revision"),
    )


def _create_private_links() -> None:
    op.create_table(
        "private_keys",
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["private_objects.number"], name="fk_private_keys_number"
        ),
        sa.PrimaryKeyConstraint("key", "number", name="pk_private_keys"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_private_keys_number", "private_keys", ["number"], unique=False)
    op.create_table(
        "provenance",
        sa.Column("trace_id", _NUMBER, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("locator", _TEXT, nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.Column("nonce", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["log_entries.idx"], name="fk_provenance_entry"),
        sa.ForeignKeyConstraint(
            ["number"], ["private_objects.number"], name="fk_provenance_number"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.source_id"], name="fk_provenance_source_id"
        ),
        sa.PrimaryKeyConstraint("trace_id", name="pk_provenance"),
    )
    op.create_index("ix_provenance_number", "provenance", ["number"], unique=False)
    op.create_index(
        "ix_provenance_source_id_number", "provenance", ["source_id", "number"], unique=False
    )


def _create_own_documents() -> None:
    op.create_table(
        "documents",
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("nonce", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("by", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["log_entries.idx"], name="fk_documents_entry"),
        sa.PrimaryKeyConstraint("kind", "id", "revision", name="pk_documents"),
        sa.UniqueConstraint("entry", name="uq_documents_entry"),
    )
    op.create_table(
        "settings",
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_settings"),
    )


def _create_shared() -> None:
    op.create_table(
        "shared_objects",
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("object_id", _TEXT, nullable=False),
        sa.Column("author", _TEXT, nullable=False),
        sa.Column("version", _TEXT, nullable=False),
        sa.Column("version_at", sa.BigInteger(), nullable=False),
        sa.Column("type", _TEXT, nullable=False),
        sa.Column("tlp", _TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("nonce", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("standing", _TEXT, nullable=False),
        sa.Column("received_from", _TEXT, nullable=True),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["log_entries.idx"], name="fk_shared_objects_entry"),
        sa.PrimaryKeyConstraint("seq", name="pk_shared_objects"),
        sa.UniqueConstraint("added", name="uq_shared_objects_added"),
        sa.UniqueConstraint(
            "object_id", "author", "version", name="uq_shared_objects_object_id_author_version"
        ),
    )
    op.create_table(
        "shared_keys",
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["shared_objects.seq"], name="fk_shared_keys_seq"),
        sa.PrimaryKeyConstraint("key", "seq", name="pk_shared_keys"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_shared_keys_seq", "shared_keys", ["seq"], unique=False)
    op.create_table(
        "visibility",
        sa.Column("member", _TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["shared_objects.seq"], name="fk_visibility_seq"),
        sa.PrimaryKeyConstraint("member", "seq", name="pk_visibility"),
        sa.UniqueConstraint("member", "added", name="uq_visibility_member_added"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_visibility_seq", "visibility", ["seq"], unique=False)


def _create_delivery() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["seq"], ["shared_objects.seq"], name="fk_outbox_seq"),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
    )
    op.create_index("ix_outbox_not_before", "outbox", ["not_before"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("member", _TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["shared_objects.seq"], name="fk_deliveries_seq"),
        sa.PrimaryKeyConstraint("member", "seq", name="pk_deliveries"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_deliveries_seq", "deliveries", ["seq"], unique=False)
    op.create_table(
        "derivations",
        sa.Column("source_id", _TEXT, nullable=False),
        sa.Column("object_id", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source_id", "object_id", name="pk_derivations"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_derivations_object_id", "derivations", ["object_id"], unique=False)
    op.create_table(
        "flags",
        sa.Column("object_id", _TEXT, nullable=False),
        sa.Column("because_id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("object_id", "because_id", "kind", name="pk_flags"),
    )
