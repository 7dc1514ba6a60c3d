"""A view of the vault at one moment, and the same view with a pen."""

from functools import cached_property

from tocsin.foundation import Entropy
from tocsin.vault.delivery import (
    Deliveries,
    DeliveryReads,
    Outbox,
    OutboxReads,
    Visibility,
    VisibilityReads,
)
from tocsin.vault.documents import DocumentReads, Documents
from tocsin.vault.figures import FigureReads
from tocsin.vault.log import Log, LogReads
from tocsin.vault.private import Private
from tocsin.vault.private_reads import PrivateReads
from tocsin.vault.session import Session
from tocsin.vault.settings import SettingReads, Settings
from tocsin.vault.shared import SharedObjects
from tocsin.vault.shared_reads import SharedReads
from tocsin.vault.tombstones import TombstoneReads, Tombstones


class Snapshot:
    """The vault as one transaction sees it; good only inside `Vault.read`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @cached_property
    def private(self) -> PrivateReads:
        return PrivateReads(self._session)

    @cached_property
    def documents(self) -> DocumentReads:
        return DocumentReads(self._session)

    @cached_property
    def settings(self) -> SettingReads:
        return SettingReads(self._session)

    @cached_property
    def shared(self) -> SharedReads:
        return SharedReads(self._session)

    @cached_property
    def visibility(self) -> VisibilityReads:
        return VisibilityReads(self._session)

    @cached_property
    def outbox(self) -> OutboxReads:
        return OutboxReads(self._session)

    @cached_property
    def deliveries(self) -> DeliveryReads:
        return DeliveryReads(self._session)

    @cached_property
    def log(self) -> LogReads:
        return LogReads(self._session)

    @cached_property
    def figures(self) -> FigureReads:
        return FigureReads(self._session)

    @cached_property
    def tombstones(self) -> TombstoneReads:
        return TombstoneReads(self._session)


class Transaction(Snapshot):
    """The vault under the write lock; good only inside the work given to `Vault.write`."""

    @property
    def entropy(self) -> Entropy:
        """The vault's source of random bytes."""
        return self._session.entropy

    @cached_property
    def log(self) -> Log:
        return Log(self._session)

    @cached_property
    def private(self) -> Private:
        return Private(self._session, self.log)

    @cached_property
    def documents(self) -> Documents:
        return Documents(self._session, self.log)

    @cached_property
    def tombstones(self) -> Tombstones:
        return Tombstones(self._session, self.documents)

    @cached_property
    def settings(self) -> Settings:
        return Settings(self._session)

    @cached_property
    def shared(self) -> SharedObjects:
        return SharedObjects(self._session, self.log)

    @cached_property
    def visibility(self) -> Visibility:
        return Visibility(self._session)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self._session)

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self._session)
