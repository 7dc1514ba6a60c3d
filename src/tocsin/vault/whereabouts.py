"""Where the vault of a home lies: in its own file, or where `database.json` says."""

from pathlib import Path
from typing import Final

from tocsin.foundation import BadInputError, StorageError, UsageError, canonical, parse_json
from tocsin.vault.address import Place, PostgresAddress
from tocsin.vault.card import DATABASE
from tocsin.vault.files import check_private, read_private, sync_folder, write_atomically

SETTING: Final = "database.json"
_FORMAT: Final = "tocsin-database"
_VERSION: Final = 1


def place_of(folder: Path) -> Place:
    """Return where the vault of the home in `folder` lies.

    Raises:
        StorageError: when the setting or the file may be read by others, or is damaged.
    """
    setting = folder / SETTING
    if not setting.exists():
        if (folder / DATABASE).exists():
            check_private(folder / DATABASE)
        return folder / DATABASE
    try:
        said = parse_json(read_private(setting), source=str(setting))
        url = said.get("url") if isinstance(said, dict) and said.get("format") == _FORMAT else ""
        return PostgresAddress.parse(str(url))
    except (BadInputError, UsageError) as error:
        raise StorageError(f"{setting} is damaged: {error.message}", hint=error.hint) from None


def keep_place(folder: Path, place: Place) -> None:
    """Let the home in `folder` find its vault at `place` from now on.

    A password in the address stays in a file that only its owner may read.
    """
    setting = folder / SETTING
    if isinstance(place, PostgresAddress):
        said = {"format": _FORMAT, "version": _VERSION, "url": place.whole}
        write_atomically(setting, canonical(dict(said)))
    elif setting.exists():
        setting.unlink()
        sync_folder(folder)
