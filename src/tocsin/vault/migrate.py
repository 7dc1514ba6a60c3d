"""The schema's version: made, asked, raised."""

from importlib import resources

from sqlalchemy import Connection, Engine, Text, column, insert, inspect, select, table

from tocsin.foundation import RefusedError, StorageError
from tocsin.vault import schema
from tocsin.vault.address import Place
from tocsin.vault.engine import WRITING, begun
from tocsin.vault.schema import REVISIONS

_VERSION_TABLE = "alembic_version"


def create(engine: Engine, place: Place, *, origin: str) -> None:
    """Make the tables of a new vault, under the write lock, in one transaction.

    Raises:
        RefusedError: when there is a vault already.
    """
    with begun(engine, **{WRITING: True}) as connection:
        create_empty(connection, place)
        connection.execute(insert(schema.meta).values(name="origin", value=origin))
        connection.execute(insert(schema.counters).values(name="tick", value=0))


def create_empty(connection: Connection, place: Place) -> None:
    """Make the tables alone, in the transaction that is open.

    Raises:
        RefusedError: when there is a vault already.
    """
    if revision(connection) is not None:
        raise RefusedError(
            f"{place} holds an exchange or node already", hint="choose an empty database"
        )
    _migrate(connection)


def upgrade(engine: Engine) -> None:
    """Bring the schema to the revision that this version of Tocsin writes."""
    with begun(engine, **{WRITING: True}) as connection:
        _migrate(connection)


def upgrade_if_older(engine: Engine, place: Place) -> bool:
    """Upgrade a vault of an earlier version; False when there is nothing to do.

    Raises:
        StorageError: when it is no vault, or of a newer version.
    """
    with begun(engine) as connection:
        found = revision(connection)
        if found not in REVISIONS[:-1]:
            check(connection, place)
            return False
    upgrade(engine)
    return True


def revision(connection: Connection) -> str | None:
    """Return the schema's revision, None for a database that is no vault."""
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    statement = select(column("version_num", Text)).select_from(table(_VERSION_TABLE))
    return connection.scalar(statement)


def origin_of(connection: Connection) -> str | None:
    """Return the name of the vault's log, None where the vault was not made to the end."""
    return connection.scalar(select(schema.meta.c.value).where(schema.meta.c.name == "origin"))


def check(connection: Connection, place: Place) -> None:
    """Make sure that this version of Tocsin can use the vault.

    Raises:
        StorageError: when it can't, saying whether vault or program is behind.
    """
    found = revision(connection)
    if found is None:
        raise StorageError(f"{place} is no vault", hint="make one with `tocsin init`")
    if found not in REVISIONS:
        raise StorageError(
            f"{place} was written by a newer version of tocsin (schema {found})",
            hint="install that version, or restore a backup made before it was upgraded",
        )
    if found != REVISIONS[-1]:
        raise StorageError(
            f"{place} has the older schema {found}",
            hint="back it up, then run `tocsin upgrade`",
        )


def _migrate(connection: Connection) -> None:
    # Imported here: Alembic costs a tenth of a second that no other command should pay.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    with resources.as_file(resources.files("tocsin.vault").joinpath("migrations")) as scripts:
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, REVISIONS[-1])
