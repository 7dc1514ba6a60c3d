"""Sizes and times for operations: numbers of rows, and since when a reader could fetch some."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from attrs import frozen
from sqlalchemy import bindparam, func, select

from tocsin.vault import schema
from tocsin.vault.deliverables import DeliveryState
from tocsin.vault.prepared import PreparedIn
from tocsin.vault.rows import from_micros
from tocsin.vault.session import Session

_visible = schema.visibility.c
_deliveries = schema.deliveries
_SINCE: Final = PreparedIn(
    lambda seqs: select(_visible.seq, _visible.added).where(
        _visible.member == bindparam("member"), _visible.seq.in_(seqs)
    )
)


@frozen
class Sizes:
    """How much a vault holds.

    Attributes:
        objects: versions of shared objects.
        visible: pairs of a reader and a version that it may fetch.
        acknowledged: pairs of a reader and a version that it said it has.
    """

    log: int
    objects: int
    visible: int
    acknowledged: int


class FigureReads:
    """Figures of one vault; `sizes` walks whole indexes, so ask for it once a minute."""

    def __init__(self, session: Session) -> None:
        self._connection = session.connection

    def sizes(self, log: int) -> Sizes:
        """Return what the vault holds beside a log of `log` entries."""
        acknowledged = _deliveries.c.state == str(DeliveryState.ACKNOWLEDGED)
        counts = (
            select(func.count()).select_from(schema.shared_objects),
            select(func.count()).select_from(schema.visibility),
            select(func.count()).select_from(_deliveries).where(acknowledged),
        )
        return Sizes(log, *(self._connection.scalar(each) or 0 for each in counts))

    def since(self, member: str, seqs: Iterable[int]) -> list[datetime]:
        """Return since when a member could fetch those of these objects that it sees."""
        rows = _SINCE.run(self._connection, seqs, member=member)
        return [from_micros(row.added) for row in rows]
