"""The tables, in three families: private, shared, and the log that covers both.

No foreign key leads from the shared family to the private one: what an organisation merely holds
has no row that a delivery could name. Times are integers, microseconds since 1970 in UTC; JSON is
kept as canonical bytes, so that what was hashed is what is stored. Private objects are known by
a number of this vault's own: the log names the number, never the id, because the deterministic id
of an observable can be guessed back to its value.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

REVISIONS: Final = ("0001", "0002")
"""The schema's revisions, oldest first; the last one is what this version of Tocsin writes."""

# An autoincrementing key must be INTEGER on SQLite to be the row id itself.
_Number = BigInteger().with_variant(Integer, "sqlite")

# Compared byte by byte on both databases, whatever language PostgreSQL was set up in: a range of
# keys and the order of ids must not depend on it.
_Text = Text().with_variant(Text(collation="C"), "postgresql")

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _entry(*, unique: bool = False) -> "Column[int]":
    """The log entry that covers the row; the two are written in one transaction."""
    return Column("entry", BigInteger, ForeignKey("log_entries.idx"), nullable=False, unique=unique)


meta = Table(
    "meta",
    metadata,
    Column("name", _Text, primary_key=True),
    Column("value", _Text, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", _Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

# -- the log ---------------------------------------------------------------------------------

log_entries = Table(
    "log_entries",
    metadata,
    Column("idx", _Number, primary_key=True, autoincrement=False),
    Column("kind", _Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("event", LargeBinary),
    Column("nonce", LargeBinary),
    Column("leaf", LargeBinary, nullable=False),
    Index("ix_log_entries_kind_idx", "kind", "idx"),
)

log_nodes = Table(
    "log_nodes",
    metadata,
    Column("level", Integer, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", _Number, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", _Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

witnessed = Table(
    "witnessed",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("origin", _Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", _Text, nullable=False),
    Column("received_from", _Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_witnessed_origin_size", "origin", "size"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("what", _Text, primary_key=True),
    _entry(),
)

# -- private ---------------------------------------------------------------------------------

sources = Table(
    "sources",
    metadata,
    Column("source_id", _Number, primary_key=True),
    Column("name", _Text, nullable=False),
    Column("digest", _Text, nullable=False),
    Column("format", _Text, nullable=False),
    Column("by", _Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("counts", LargeBinary, nullable=False),
    _entry(),
    UniqueConstraint("digest", "name", "format"),
)

private_objects = Table(
    "private_objects",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("object_id", _Text, nullable=False, unique=True),
    Column("type", _Text, nullable=False, index=True),
    Column("revision", Integer, nullable=False),
)

private_versions = Table(
    "private_versions",
    metadata,
    # In the order of the log, so that reading by it walks rows and entries side by side.
    Column("version_id", _Number, primary_key=True),
    Column("number", BigInteger, ForeignKey("private_objects.number"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", LargeBinary),
    Column("nonce", LargeBinary),
    Column("commitment", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    _entry(),
    UniqueConstraint("number", "revision"),
)

private_keys = Table(
    "private_keys",
    metadata,
    Column("key", _Text, primary_key=True),
    Column("number", BigInteger, ForeignKey("private_objects.number"), primary_key=True),
    Index("ix_private_keys_number", "number"),
    sqlite_with_rowid=False,
)

provenance = Table(
    "provenance",
    metadata,
    Column("trace_id", _Number, primary_key=True),
    Column("number", BigInteger, ForeignKey("private_objects.number"), nullable=False),
    Column("source_id", BigInteger, ForeignKey("sources.source_id"), nullable=False),
    Column("locator", _Text, nullable=False),
    Column("said", LargeBinary),
    Column("nonce", LargeBinary),
    Column("commitment", LargeBinary, nullable=False),
    _entry(),
    Index("ix_provenance_number", "number"),
    Index("ix_provenance_source_id_number", "source_id", "number"),
)

documents = Table(
    "documents",
    metadata,
    Column("kind", _Text, primary_key=True),
    Column("id", _Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("current", Boolean, nullable=False),
    Column("body", LargeBinary),
    Column("nonce", LargeBinary),
    Column("commitment", LargeBinary, nullable=False),
    Column("by", _Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    _entry(unique=True),
)

settings = Table(
    "settings",
    metadata,
    Column("key", _Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

# -- shared ----------------------------------------------------------------------------------

shared_objects = Table(
    "shared_objects",
    metadata,
    Column("seq", _Number, primary_key=True),
    Column("object_id", _Text, nullable=False),
    Column("author", _Text, nullable=False),
    Column("version", _Text, nullable=False),
    Column("version_at", BigInteger, nullable=False),
    Column("type", _Text, nullable=False),
    Column("tlp", _Text, nullable=False),
    Column("body", LargeBinary),
    Column("nonce", LargeBinary),
    Column("commitment", LargeBinary, nullable=False),
    Column("added", BigInteger, nullable=False, unique=True),
    Column("standing", _Text, nullable=False),
    Column("received_from", _Text),
    Column("revoked", Boolean, nullable=False),
    _entry(),
    UniqueConstraint("object_id", "author", "version"),
    Index("ix_shared_objects_version_at", "version_at"),
)

shared_keys = Table(
    "shared_keys",
    metadata,
    Column("key", _Text, primary_key=True),
    Column("seq", BigInteger, ForeignKey("shared_objects.seq"), primary_key=True),
    Index("ix_shared_keys_seq", "seq"),
    sqlite_with_rowid=False,
)

visibility = Table(
    "visibility",
    metadata,
    Column("member", _Text, primary_key=True),
    Column("seq", BigInteger, ForeignKey("shared_objects.seq"), primary_key=True),
    # When it became visible to this member: what TAXII calls date added, for this reader.
    Column("added", BigInteger, nullable=False),
    UniqueConstraint("member", "added"),
    Index("ix_visibility_seq", "seq"),
    sqlite_with_rowid=False,
)

# The groups that an object's audience names; from the body, so that SQL can ask.
addressed = Table(
    "addressed",
    metadata,
    Column("seq", BigInteger, ForeignKey("shared_objects.seq"), primary_key=True),
    Column("group_id", _Text, primary_key=True),
    sqlite_with_rowid=False,
)

# Rows of visibility again, by type and by group named (a type is never a group's id), so that
# the next page of one kind does not depend on how much of other kinds lies between.
lanes = Table(
    "lanes",
    metadata,
    Column("member", _Text, primary_key=True),
    Column("lane", _Text, primary_key=True),
    Column("added", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, ForeignKey("shared_objects.seq"), nullable=False),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger, ForeignKey("shared_objects.seq"), primary_key=True),
    Column("not_before", BigInteger, nullable=False, index=True),
    Column("sent_at", BigInteger),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("member", _Text, primary_key=True),
    Column("seq", BigInteger, ForeignKey("shared_objects.seq"), primary_key=True),
    Column("state", _Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_deliveries_seq", "seq"),
    sqlite_with_rowid=False,
)

derivations = Table(
    "derivations",
    metadata,
    Column("source_id", _Text, primary_key=True),
    Column("object_id", _Text, primary_key=True),
    Index("ix_derivations_object_id", "object_id"),
    sqlite_with_rowid=False,
)

flags = Table(
    "flags",
    metadata,
    Column("object_id", _Text, primary_key=True),
    Column("because_id", _Text, primary_key=True),
    Column("kind", _Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("acknowledged_at", BigInteger),
)

PRIVATE: Final = frozenset(
    {sources, private_objects, private_versions, private_keys, provenance, documents, settings}
)
SHARED: Final = frozenset(
    {
        shared_objects,
        shared_keys,
        visibility,
        addressed,
        lanes,
        outbox,
        deliveries,
        derivations,
        flags,
    }
)
