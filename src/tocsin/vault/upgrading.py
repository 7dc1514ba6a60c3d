"""Bringing a home's vault to this version's schema, with a backup of what was there before."""

from pathlib import Path

from attrs import frozen

from tocsin.foundation import StorageError
from tocsin.vault import migrate
from tocsin.vault.backup import backup
from tocsin.vault.card import CARD, Card
from tocsin.vault.engine import begun, open_engine, storage_errors
from tocsin.vault.schema import REVISIONS
from tocsin.vault.whereabouts import place_of


@frozen
class Upgraded:
    """What was done.

    Attributes:
        before: the schema that was found.
        after: the schema that it has now.
        backup: where the backup of before lies; None where none was made.
    """

    before: str
    after: str
    backup: Path | None

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


def upgrade(folder: Path, backup_to: Path | None = None) -> Upgraded:
    """Bring a home's vault to this version's schema, after a backup; nothing where it is there.

    A vault in a PostgreSQL database has its backups there: none is made of it here.

    Args:
        backup_to: where to; beside the folder when it is not said.

    Raises:
        StorageError: when it is no home, was written by a newer version of tocsin, or there is no
            room for the backup; the vault is as it was.
        RefusedError: when there is something in the backup's place.
    """
    Card.read(folder / CARD)
    place = place_of(folder)
    if isinstance(place, Path) and not place.is_file():  # to connect would make an empty one
        raise StorageError(f"there is no vault at {place}", hint="make one with `tocsin init`")
    engine = open_engine(place)
    try:
        with storage_errors(place), begun(engine) as connection:
            found = migrate.revision(connection)
            if found is None or found not in REVISIONS[:-1]:
                migrate.check(connection, place)
                return Upgraded(REVISIONS[-1], REVISIONS[-1], None)
        kept = None
        if isinstance(place, Path):
            kept = backup_to or _beside(folder, found)
            backup(folder, kept)
        with storage_errors(place):
            migrate.upgrade_if_older(engine, place)
    finally:
        engine.dispose()
    return Upgraded(found, REVISIONS[-1], kept)


def _beside(folder: Path, schema: str) -> Path:
    where = folder.resolve()
    name = f"{where.name}-before-upgrade-from-{schema}"
    number = 1
    while (file := where.parent / f"{name}{f'-{number}' if number > 1 else ''}.backup").exists():
        number += 1
    return file
