"""The schema's version: made, asked, raised."""

from importlib import resources
from pathlib import Path

from sqlalchemy import Connection, Engine, Text, column, inspect, select, table

from tocsin.foundation import StorageError
from tocsin.vault.engine import WRITING
from tocsin.vault.schema import REVISIONS

_VERSION_TABLE = "alembic_version"


def upgrade(engine: Engine) -> None:
    """Bring the schema to the revision that this version of Tocsin writes."""
    # Imported here: Alembic costs a tenth of a second that no other command should pay.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    with resources.as_file(resources.files("tocsin.vault").joinpath("migrations")) as scripts:
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        with engine.connect().execution_options(**{WRITING: True}) as connection:
            config.attributes["connection"] = connection
            with connection.begin():
                command.upgrade(config, REVISIONS[-1])


def upgrade_if_older(engine: Engine, path: Path) -> bool:
    """Upgrade a vault of an earlier version; False when there is nothing to do.

    Raises:
        StorageError: when it is no vault, or of a newer version.
    """
    with engine.connect() as connection:
        found = revision(connection)
        if found not in REVISIONS[:-1]:
            check(connection, path)
            return False
    upgrade(engine)
    return True


def revision(connection: Connection) -> str | None:
    """Return the schema's revision, None for a database that is no vault."""
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    statement = select(column("version_num", Text)).select_from(table(_VERSION_TABLE))
    return connection.scalar(statement)


def check(connection: Connection, path: Path) -> None:
    """Make sure that this version of Tocsin can use the vault.

    Raises:
        StorageError: when it can't, saying whether vault or program is behind.
    """
    found = revision(connection)
    if found is None:
        raise StorageError(f"{path} is no vault", hint="make one with `tocsin init`")
    if found not in REVISIONS:
        raise StorageError(
            f"{path} was written by a newer version of tocsin (schema {found})",
            hint="install that version, or restore a backup made before it was upgraded",
        )
    if found != REVISIONS[-1]:
        raise StorageError(
            f"{path} has the older schema {found}",
            hint="back it up, then run `tocsin upgrade`",
        )
