"""`tocsin key escrow`, `escrow open|show`, `exchange escrow|opened`: authorship in escrow."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tocsin.cli.exchange_members import FOLDER, home_of
from tocsin.cli.options import common
from tocsin.cli.shell import Shell, passphrase
from tocsin.exchange import (
    Disclosure,
    EscrowDesk,
    Opened,
    OpeningDesk,
    Shown,
    show_disclosure,
)
from tocsin.foundation import (
    JsonObject,
    JsonValue,
    RefusedError,
    StorageError,
    UsageError,
    canonical,
    parse_json,
    rfc3339,
)
from tocsin.records import EscrowPerson
from tocsin.trust import KeyRing, PublicKeys
from tocsin.vault.files import read_private, write_atomically

_PATH = click.Path(path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("escrow")
@click.argument("file", type=_PATH)
@common
def key_escrow(shell: Shell, file: Path) -> None:
    """Make the keys of a person who is to open authorship: FILE is yours alone.

    FILE.pub beside it goes to the convenor, by a way on which you recognise one another.
    """
    public = _public_of(file)
    for each in (file, public):
        if each.exists():
            raise RefusedError(f"{each} is there already", hint="choose another name")
    ring = KeyRing.generate(shell.clock.now())
    write_atomically(file, ring.to_bytes(passphrase()))
    _write(public, ring.public.to_json())
    document: JsonObject = {
        "path": str(file),
        "public": str(public),
        "key_ids": [ring.public.signing.key_id, ring.public.sealing.key_id],
    }
    said = f"{file} is yours alone; give {public} to the convenor"
    shell.show(document, lambda out: out.print(said, markup=False))


@click.group("escrow")
def escrow() -> None:
    """Open, two persons together, who wrote what an unnamed author released."""


@escrow.command("open")
@click.argument("what", metavar="OBJECT|FILE")
@click.option("--key", type=_FILE, required=True, help="Your own keys, by `tocsin key escrow`.")
@click.option("--why", required=True, help="For the log and the author to read.")
@click.option("-o", "--out", type=_PATH, required=True, help="Where to write what you opened.")
@common
def escrow_open(shell: Shell, what: str, key: Path, why: str, out: Path) -> None:
    """Open your layer: of OBJECT as the first person, of the first one's FILE as the second."""
    shell.confirm("open your layer of who wrote this? The author will be told")
    ring = KeyRing.from_bytes(read_private(key), passphrase())
    with shell.home() as home:
        desk = OpeningDesk(home, ring, shell.clock, shell.person)
        if Path(what).is_file():
            made = desk.finish(_read(Path(what)), why)
        else:
            made = desk.begin(what, why)
        _write(out, made.to_json())
        shown = show_disclosure(home, made)
    _show(shell, made, shown, out)


@escrow.command("show")
@click.argument("file", type=_FILE)
@common
def escrow_show(shell: Shell, file: Path) -> None:
    """Check what was opened, against the directory and the object where it is held here."""
    made = _read(file)
    with shell.home() as home:
        shown = show_disclosure(home, made)
    _show(shell, made, shown, file)


@click.command("escrow")
@FOLDER
@click.option("--appoint", metavar="NAME", help="Let this person open, together with another.")
@click.option("--of", "organisation", metavar="ORGANISATION", help="Where that person works.")
@click.option("--key", type=_FILE, help="That person's FILE.pub.")
@click.option("--dismiss", metavar="NAME", help="Seal nothing more to this person.")
@common
def exchange_escrow(
    shell: Shell,
    folder: Path,
    appoint: str | None,
    organisation: str | None,
    key: Path | None,
    dismiss: str | None,
) -> None:
    """List who opens unnamed authorship, after appointing or dismissing somebody."""
    if len({appoint is None, organisation is None, key is None}) > 1:
        raise UsageError("--appoint, --of and --key go together", hint="give all three, or none")
    if dismiss:
        shell.confirm(f"seal nothing more to {dismiss}?")
    with home_of(shell, folder) as home:
        desk = EscrowDesk(home, shell.clock, by=shell.person)
        if dismiss:
            desk.dismiss(dismiss)
        if appoint and organisation and key:
            desk.appoint(appoint, organisation, PublicKeys.from_json(_json(key)))
        persons = desk.persons()

    def render(out: Console) -> None:
        table = Table("name", "organisation", "active")
        for each in persons:
            table.add_row(each.name, each.organisation, "yes" if each.active else "no")
        out.print(table)
        if sum(each.active for each in persons) == 1:
            out.print("one person is not enough: appoint another, of another organisation")

    rows: list[JsonValue] = [_person(each) for each in persons]
    shell.show({"persons": rows}, render)


@click.command("opened")
@FOLDER
@click.argument("file", type=_FILE)
@common
def exchange_opened(shell: Shell, folder: Path, file: Path) -> None:
    """Log what one or both persons opened; once it was both, the author is told."""
    made = _read(file)
    with home_of(shell, folder) as home:
        opened = EscrowDesk(home, shell.clock, by=shell.person).hand_in(made)
    _show(shell, made, opened, file)


ESCROW = (exchange_escrow, exchange_opened)
COMMANDS = {"escrow": escrow}


def _show(shell: Shell, made: Disclosure, shown: Shown | Opened, path: Path) -> None:
    steps: list[JsonValue] = [
        {
            "person": each.person,
            "organisation": each.organisation,
            "why": each.why,
            "at": rfc3339(each.at),
        }
        for each in made.steps
    ]
    document: JsonObject = {
        "object": made.object_id,
        "version": made.version,
        "author": shown.member,
        "name": shown.name,
        "content_checked": shown.is_content_checked,
        "steps": steps,
        "path": str(path),
    }

    def render(out: Console) -> None:
        for each in made.steps:
            out.print(f"{each.person} ({each.organisation}): {each.why}", markup=False)
        if shown.member is None:
            out.print(f"half open: the other person goes on with {path}", markup=False)
            return
        out.print(f"proven: {shown.name} wrote {made.object_id}", markup=False)
        if not shown.is_content_checked:
            out.print("its content could not be compared here", markup=False)

    shell.show(document, render)


def _person(person: EscrowPerson) -> JsonObject:
    return {"name": person.name, "organisation": person.organisation, "active": person.active}


def _public_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.pub")


def _read(path: Path) -> Disclosure:
    return Disclosure.from_json(_json(path))


def _json(path: Path) -> JsonValue:
    try:
        return parse_json(path.read_bytes(), source=str(path))
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}", hint="check the path") from error


def _write(path: Path, document: JsonObject) -> None:
    write_atomically(path, canonical(document) + b"\n")
