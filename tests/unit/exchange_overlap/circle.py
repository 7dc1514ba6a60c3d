"""A circle inside the process: a desk, its members with what they hold, one clock."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from attrs import define, field

from tocsin.exchange.overlap import (
    Asker,
    Change,
    LocalMailbox,
    Mailbox,
    MemoryBlobs,
    OverlapDesk,
    Party,
    Record,
    step,
)
from tocsin.exchange.overlap.book import all_records
from tocsin.foundation import JsonObject, ManualClock, SeededEntropy
from tocsin.records import Community, Member, MemberKind, StixObject
from tocsin.records.observables import read_value
from tocsin.trust import KeyRing
from tocsin.vault import Holding, Provenance, Source, Transaction, Vault

START = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
"""A Tuesday: the epoch changes on Thursday, 5 November."""


def domains(*numbers: int) -> list[str]:
    return [f"site{number}.example" for number in numbers]


def holding(value: str, source: int, said: JsonObject) -> Holding:
    """What importing one value comes to."""
    (observable,) = read_value(value).observables
    sco = StixObject.of(observable.to_sco())
    keys = (observable.key, *observable.also_keys)
    return Holding(sco, keys, Provenance(source, "row 1", said))


def hold(vault: Vault, seen: Mapping[str, str | None], *, name: str = "list") -> None:
    """Hold values with the time of their first recorded observation, if any."""

    def work(tx: Transaction) -> None:
        digest = f"{abs(hash((name, *seen))):064x}"[:64]
        source = tx.private.add_source(Source(name=name, digest=digest, format="test", by="ana"))
        rows = [
            holding(value, source, {} if at is None else {"first_observed": at})
            for value, at in seen.items()
        ]
        tx.private.hold(rows, by="ana")

    vault.write(work)


@define
class Circle:
    """Members by name, and the exchange's desk. Close it, or use it as a context manager."""

    folder: Path
    clock: ManualClock = field(factory=lambda: ManualClock(START))
    blobs: MemoryBlobs = field(factory=MemoryBlobs)
    members: dict[str, Member] = field(factory=dict)
    keyrings: dict[str, KeyRing] = field(factory=dict)
    vaults: dict[str, Vault] = field(factory=dict)
    askers: dict[str, Asker] = field(factory=dict)
    desk: OverlapDesk = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.desk = OverlapDesk(self._vault("exchange"), self.blobs, self.clock, self.community)

    def __enter__(self) -> "Circle":
        return self

    def __exit__(self, *_: object) -> None:
        for vault in self.vaults.values():
            vault.close()

    def join(
        self, name: str, values: Iterable[str] = (), kind: MemberKind = MemberKind.PLATFORM
    ) -> "Circle":
        """Add a member that holds `values`, never observed by it."""
        keyring = KeyRing.generate(self.clock.now())
        self.keyrings[name] = keyring
        self.members[name] = Member(
            id=f"identity--{len(self.members) + 1:08d}-0000-4000-8000-000000000000",
            name=name,
            kind=kind,
            verify_keys=(keyring.public.signing.to_text(),),
            sealing_key=keyring.public.sealing.to_text(),
        )
        hold(self._vault(name), dict.fromkeys(values))
        self.askers[name] = Asker()
        return self

    def community(self) -> Community:
        convenor = "identity--99999999-0000-4000-8000-000000000000"
        return Community.of(convenor, "Hub", self.members.values())

    def party(self, name: str, by: str = "tocsin") -> Party:
        return Party(
            id=self.members[name].id,
            vault=self.vaults[name],
            keyring=self.keyrings[name],
            community=self.community(),
            clock=self.clock,
            entropy=SeededEntropy(len(self.vaults[name].origin) + len(self.records(name))),
            by=by,
        )

    def mailbox(self, name: str) -> LocalMailbox:
        return LocalMailbox(self.desk, self.members[name].id)

    def step(self, name: str, mailbox: Mailbox | None = None) -> list[Change]:
        return step(self.party(name), mailbox or self.mailbox(name), asker=self.askers[name])

    def steps(self, *names: str) -> None:
        for name in names:
            self.step(name)

    def records(self, name: str) -> list[Record]:
        with self.vaults[name].read() as snapshot:
            return all_records(snapshot)

    def record(self, name: str) -> Record:
        (record,) = self.records(name)
        return record

    def _vault(self, name: str) -> Vault:
        self.vaults[name] = Vault.create(
            self.folder / f"{name}.db",
            origin=f"test/{name}",
            clock=self.clock,
            entropy=SeededEntropy(len(self.vaults)),
        )
        return self.vaults[name]
