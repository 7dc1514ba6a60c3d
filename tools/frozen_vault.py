"""Write a small vault of this version as SQL text, to be upgraded by every later version.

Run `python tools/frozen_vault.py tests/fixtures/vaults/VERSION.sql` once for each release, and
never again: what a version wrote does not change. Everything in it is made up.
"""

import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_DNS, uuid5

from tocsin.foundation import ManualClock, SeededEntropy
from tocsin.records import Audience, MemberKind, Sharing, StixObject
from tocsin.trust import SigningKey
from tocsin.vault import (
    DeliveryState,
    Holding,
    Provenance,
    Source,
    Standing,
    Transaction,
    Vault,
)

START: Final = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
GROUP: Final = "identity--00000000-0000-4000-8000-00000000000f"


def domain(name: str) -> StixObject:
    """Return a domain name with its deterministic-looking id."""
    return StixObject.of(
        {
            "type": "domain-name",
            "spec_version": "2.1",
            "id": f"domain-name--{uuid5(NAMESPACE_DNS, name)}",
            "value": name,
        }
    )


def indicator(number: int, version: int) -> StixObject:
    """Return a version of an indicator for one group."""
    modified = START + timedelta(seconds=version)
    body = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--00000000-0000-4000-8000-{number:012d}",
        "created_by_ref": "identity--00000000-0000-4000-8000-00000000000a",
        "created": "2026-11-01T12:00:00.000Z",
        "modified": modified.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "pattern": f"[domain-name:value = 'n{number}v{version}.example']",
        "pattern_type": "stix",
        "valid_from": "2026-11-01T12:00:00Z",
    }
    audience = Audience(groups=frozenset({GROUP}))
    sharing = Sharing(audience=audience, origins=frozenset({MemberKind.PLATFORM}))
    return StixObject.of(body).with_sharing(sharing)


def fill(vault: Vault, clock: ManualClock) -> None:
    """Put something into each family of tables."""

    def private(tx: Transaction) -> None:
        source = tx.private.add_source(
            Source(name="list.csv", digest="00" * 32, format="csv", by="ada")
        )
        rows = [
            Holding(
                domain(name), (f"domain:{name}",), Provenance(source, f"row {at}", {"as": name})
            )
            for at, name in enumerate(("one.example", "two.example", "drei.example"))
        ]
        tx.private.hold(rows, by="ada")
        tx.documents.put("case", "case--1", {"title": "First"}, by="ada")
        tx.documents.put("case", "case--1", {"title": "First, renamed"}, by="ada")
        tx.settings.set("a-setting", {"n": 1})

    vault.write(private)
    for number in range(3):
        for version in range(2):
            clock.advance(minutes=1)
            item = indicator(number, version)

            def shared(tx: Transaction, item: StixObject = item) -> None:
                kept = tx.shared.accept(item, standing=Standing.OWN, by="ada")
                tx.visibility.set(kept.seq, ["identity--m1", "identity--m2"])
                tx.outbox.add(kept.seq, not_before=START)
                tx.deliveries.record(kept.seq, "identity--m1", DeliveryState.ACKNOWLEDGED)

            vault.write(shared)


def main() -> int:
    """Write the dump that is named; return the exit code."""
    target = Path(sys.argv[1])
    if target.exists():
        print(f"{target} is there already, and what a version wrote stays", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vault.db"
        clock = ManualClock(START)
        signer = SigningKey.from_raw(bytes(range(32)))
        vault = Vault.create(
            path, origin="example.org/vault", clock=clock, entropy=SeededEntropy(1), signer=signer
        )
        with vault:
            fill(vault, clock)
        with closing(sqlite3.connect(path)) as raw:
            target.write_text("\n".join(raw.iterdump()) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
