"""What a node notes beside shared objects: flags, and which versions count no more."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, insert, select, update

from tocsin.vault import schema
from tocsin.vault.deliverables import Standing
from tocsin.vault.log import REINSTATED, VOIDED, Log
from tocsin.vault.rows import chunks
from tocsin.vault.session import Session
from tocsin.vault.shared_reads import SharedReads

_shared = schema.shared_objects


class SharedMarks(SharedReads):
    """The marks, with a pen."""

    def __init__(self, session: Session, log: Log) -> None:
        super().__init__(session)
        self._log = log

    def make_void(self, seqs: Sequence[int], *, why: str, by: str) -> None:
        """Let versions count no more, by number: those before them stand again. Logged.

        Bodies, leaves and deliveries stay as they are, so the log verifies as before.
        """
        self._set_standing(seqs, Standing.VOID, kind=VOIDED, why=why, by=by)

    def reinstate(self, seqs: Sequence[int], standing: Standing, *, why: str, by: str) -> None:
        """Let void versions count again, as what they were. Logged."""
        self._set_standing(seqs, standing, kind=REINSTATED, why=why, by=by)

    def _set_standing(
        self, seqs: Sequence[int], standing: Standing, *, kind: str, why: str, by: str
    ) -> None:
        for chunk in chunks(seqs):
            self._connection.execute(
                update(_shared).where(_shared.c.seq.in_(chunk)).values(standing=str(standing))
            )
            self._log.append_stored(kind, by=by, said={"shared": [*chunk], "why": why})

    def flag(self, object_id: str, *, because_id: str, kind: str, anew: bool = False) -> bool:
        """Flag an object because of another; False when that flag was there before.

        Args:
            anew: a flag that a person has closed is opened again, and counts as new.
        """
        table = schema.flags
        same = (
            table.c.object_id == object_id,
            table.c.because_id == because_id,
            table.c.kind == kind,
        )
        if self._connection.scalar(select(func.count()).where(*same)):
            reopened = update(table).where(*same, table.c.acknowledged_at.is_not(None))
            values = {"at": self._session.now(), "acknowledged_at": None}
            return anew and self._connection.execute(reopened.values(**values)).rowcount > 0
        self._connection.execute(
            insert(table).values(
                object_id=object_id, because_id=because_id, kind=kind, at=self._session.now()
            )
        )
        return True

    def lift_flags(self, because_ids: Iterable[str], *, kind: str) -> int:
        """Close the open flags that were raised because of these; returns how many there were."""
        table, count = schema.flags, 0
        for chunk in chunks(because_ids):
            done = self._connection.execute(
                update(table)
                .where(
                    table.c.because_id.in_(chunk),
                    table.c.kind == kind,
                    table.c.acknowledged_at.is_(None),
                )
                .values(acknowledged_at=self._session.now())
            )
            count += done.rowcount
        return count

    def acknowledge_flags(self, object_id: str) -> int:
        """Close the open flags of an object; returns how many there were."""
        table = schema.flags
        done = self._connection.execute(
            update(table)
            .where(table.c.object_id == object_id, table.c.acknowledged_at.is_(None))
            .values(acknowledged_at=self._session.now())
        )
        return done.rowcount
