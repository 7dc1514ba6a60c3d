"""Vault: what a node holds, what it shares, and the log that covers both, in one SQLite file.

An exchange that outgrows one process keeps the same tables in a PostgreSQL database.

Takes records and gives stored versions, provenance, deliveries and the Merkle log.

Invariants:
- An acknowledged write survives kill -9 and a power cut (WAL, synchronous=FULL; PostgreSQL:
  fsync, full_page_writes, synchronous_commit; asserted at each connection).
- One writer: `Vault.write` runs a piece of work under the write lock; many pieces share a commit,
  each in its own savepoint. Several processes may open the same vault: the lock is the
  database's.
- An object and its log entry are written in one transaction; every version is kept.
- Private and shared rows are two families of tables; no foreign key leads from what can be
  delivered to what is private, and deliveries name shared objects only.
- What is logged is salted: the log alone tells nobody what it is about; erasure drops bodies and
  salts and leaves every proof intact.
- `added` rises strictly in the order of commits, so a feed read by cursor loses nothing.

May import `foundation`, `records`, `trust` and `policy`. SQL is written in this room only (and,
for activity tables, in `activity` and `detect`).
"""

from tocsin.vault.address import Place, PostgresAddress
from tocsin.vault.backup import backup, restore
from tocsin.vault.card import Card, Role
from tocsin.vault.copying import move_vault
from tocsin.vault.deliverables import (
    Accepted,
    Delivery,
    DeliveryState,
    Flag,
    Offered,
    Outgoing,
    Shared,
    Standing,
)
from tocsin.vault.documents import Document
from tocsin.vault.guarded import guard_lists, keep_allowed, keep_own, keep_popular
from tocsin.vault.holdings import Held, HeldObject, Holding, Provenance, Source, Traced
from tocsin.vault.home import Home
from tocsin.vault.lens import EVERYTHING, Lens
from tocsin.vault.log import Commitment, Entry, NewEntry
from tocsin.vault.lost_keys import replace_keys
from tocsin.vault.private import BATCH
from tocsin.vault.tombstones import Graveyard, Tombstone
from tocsin.vault.transaction import Snapshot, Transaction
from tocsin.vault.upgrading import Upgraded, upgrade
from tocsin.vault.vault import Vault
from tocsin.vault.whereabouts import keep_place, place_of

__all__ = [
    "BATCH",
    "EVERYTHING",
    "Accepted",
    "Card",
    "Commitment",
    "Delivery",
    "DeliveryState",
    "Document",
    "Entry",
    "Flag",
    "Graveyard",
    "Held",
    "HeldObject",
    "Holding",
    "Home",
    "Lens",
    "NewEntry",
    "Offered",
    "Outgoing",
    "Place",
    "PostgresAddress",
    "Provenance",
    "Role",
    "Shared",
    "Snapshot",
    "Source",
    "Standing",
    "Tombstone",
    "Traced",
    "Transaction",
    "Upgraded",
    "Vault",
    "backup",
    "guard_lists",
    "keep_allowed",
    "keep_own",
    "keep_place",
    "keep_popular",
    "move_vault",
    "place_of",
    "replace_keys",
    "restore",
    "upgrade",
]
