"""A desk for tests: a platform's node with a case, among a lab and a ministry."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from tests.unit.grounds import grounded
from tocsin.cases import Case, Casebook, Verdict
from tocsin.foundation import JsonObject, ManualClock, SeededEntropy
from tocsin.records import Community, Group, Member, MemberKind, StixObject
from tocsin.records.observables import read_value
from tocsin.trust import KeyRing
from tocsin.vault import Holding, Provenance, Source, Transaction, Vault

START = datetime(2026, 11, 3, 19, 42, 7, tzinfo=UTC)
SECRET_COMMENT = "our informant at the registrar said so"


def member(number: int, name: str, kind: str, keyring: KeyRing) -> Member:
    return Member(
        id=f"identity--0000000{number}-0000-4000-8000-000000000000",
        name=name,
        kind=MemberKind(kind),
        verify_keys=(keyring.public.signing.to_text(),),
        sealing_key=keyring.public.sealing.to_text(),
    )


@frozen
class Desk:
    """What a test of release works with."""

    vault: Vault
    clock: ManualClock
    entropy: SeededEntropy
    keyring: KeyRing
    lab_keyring: KeyRing
    author: Member
    lab: Member
    ministry: Member
    community: Community
    book: Casebook

    def case(self, *written: str, title: str = "Borrowed voices") -> Case:
        """Hold what `written` names and put it into a case that `ada` opened."""
        held = [self._hold(text) for text in written]
        return self.book.open(title, by="ada", items=held)

    def grounded(self, case: Case) -> Case:
        """Put into a case what a release about people rests on, but for the review."""
        return grounded(self.book, case)

    def approved(self, case: Case) -> Case:
        return self.book.review(case, by="bo", verdict=Verdict.APPROVED, why="checked")

    def _hold(self, text: str) -> str:
        (observable,) = read_value(text).observables
        item = StixObject.of(observable.to_sco())

        def work(tx: Transaction) -> None:
            source = tx.private.add_source(
                Source(name="partner.csv", digest="00", format="list", by="ada")
            )
            said: JsonObject = {"comment": SECRET_COMMENT, "technique": "T0146 Inauthentic Account"}
            holding = Holding(item, (observable.key,), Provenance(source, "row 1", said))
            tx.private.hold([holding], by="ada")

        self.vault.write(work)
        return item.id


@contextmanager
def open_desk(folder: Path) -> Iterator[Desk]:
    """Open a desk whose vault lies in `folder`."""
    clock, entropy = ManualClock(START), SeededEntropy(6)
    mine, labs = KeyRing.generate(START), KeyRing.generate(START)
    author = member(1, "Pigeon", "platform", mine)
    lab = member(2, "Example Lab", "research", labs)
    ministry = member(3, "Ministry", "government", KeyRing.generate(START))
    group = Group(id="g1", name="Core", members=frozenset({author.id, lab.id}))
    community = Community.of(
        "identity--99999999-0000-4000-8000-000000000000", "Town", [author, lab, ministry], [group]
    )
    with Vault.create(folder / "v.db", origin="test", clock=clock, entropy=entropy) as vault:
        yield Desk(
            vault, clock, entropy, mine, labs, author, lab, ministry, community,
            Casebook(vault, clock, entropy),
        )  # fmt: skip
