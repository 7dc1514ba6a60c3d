"""`tocsin exchange members|groups|tokens|revoke`: who takes part, and by which token."""

import hashlib
import ssl
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tocsin.cli.exchange_keys import Stolen, keys_json, revoke_key
from tocsin.cli.options import common
from tocsin.cli.shell import Shell, passphrase
from tocsin.exchange import Convenor, Issued, Token, TokenDesk
from tocsin.foundation import BadInputError, JsonObject, JsonValue, UsageError, rfc3339
from tocsin.policy import RIGHTS, Action, Role
from tocsin.records import Compartment, Member, Tlp
from tocsin.vault import Home

FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


@click.command("members")
@FOLDER
@common
def exchange_members(shell: Shell, folder: Path) -> None:
    """List the members and guests."""
    with home_of(shell, folder) as home:
        members = convenor_of(shell, home).members()

    def render(out: Console) -> None:
        table = Table("name", "kind", "guest", "active", "id")
        for each in members:
            guest, active = _said(each.is_guest), _said(each.active)
            table.add_row(each.name, each.kind, guest, active, each.id)
        out.print(table)

    rows: list[JsonValue] = [_member(each) for each in members]
    shell.show({"members": rows}, render)


@click.command("groups")
@FOLDER
@click.option("--create", metavar="NAME", help="Make a group.")
@click.option(
    "--compartment",
    type=click.Choice([str(each) for each in Compartment]),
    default="mixed",
    show_default=True,
    help="Whom the new group admits: every kind, or platforms alone.",
)
@click.option("--add", nargs=2, multiple=True, metavar="GROUP MEMBER", help="Let one in.")
@click.option("--remove", nargs=2, multiple=True, metavar="GROUP MEMBER", help="Take one out.")
@click.option("--delete", metavar="GROUP", help="End a group and what was said to it alone.")
@common
def exchange_groups(
    shell: Shell,
    folder: Path,
    create: str | None,
    compartment: str,
    add: tuple[tuple[str, str], ...],
    remove: tuple[tuple[str, str], ...],
    delete: str | None,
) -> None:
    """List the groups, after making or changing some."""
    if delete:
        shell.confirm(f"end the group {delete}?")
    with home_of(shell, folder) as home:
        convenor = convenor_of(shell, home)
        if create:
            convenor.create_group(create, compartment=Compartment(compartment))
        for group, member in add:
            convenor.add_to_group(group, member)
        for group, member in remove:
            convenor.remove_from_group(group, member)
        if delete:
            convenor.delete_group(delete)
        groups = convenor.groups()
        names = {each.id: each.name for each in convenor.members()}
    rows: list[JsonValue] = [
        {
            "id": each.id,
            "name": each.name,
            "compartment": str(each.compartment),
            "members": [*sorted(names.get(member, member) for member in each.members)],
        }
        for each in groups
    ]

    def render(out: Console) -> None:
        table = Table("group", "admits", "members")
        for each in groups:
            inside = ", ".join(sorted(names.get(member, member) for member in each.members))
            table.add_row(each.name, each.compartment, inside)
        out.print(table)

    shell.show({"groups": rows}, render)


@click.command("tokens")
@FOLDER
@click.option("--issue", metavar="MEMBER", help="Issue one for somebody at this member.")
@click.option("--person", "holder", metavar="NAME", help="Whom or which program it is for.")
@click.option(
    "--role",
    type=click.Choice([str(each) for each in Role]),
    default="analyst",
    show_default=True,
    help="What that person does there.",
)
@click.option(
    "--may",
    multiple=True,
    type=click.Choice(sorted(map(str, RIGHTS))),
    help="Only this of what the role may.",
)
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only this STIX type.")
@click.option("--tlp", default="red", show_default=True, help="The strictest marking it may see.")
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="Lasts.")
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Works only with this client certificate (PEM).",
)
@common
def exchange_tokens(
    shell: Shell,
    folder: Path,
    issue: str | None,
    holder: str | None,
    role: str,
    may: tuple[str, ...],
    types: tuple[str, ...],
    tlp: str,
    days: int,
    certificate: Path | None,
) -> None:
    """List invitations and tokens, after issuing one; of secrets only hashes are kept."""
    if (issue is None) != (holder is None):
        raise UsageError("--issue and --person go together", hint="give both, or neither")
    with home_of(shell, folder) as home:
        desk = TokenDesk(home, shell.clock, shell.entropy, by=shell.person)
        issued: Issued | None = None
        if issue is not None:
            issued = desk.issue(
                issue,
                person=holder or "",
                role=Role(role),
                rights=map(Action, may) if may else None,
                types=types or None,
                tlp=Tlp.read(tlp),
                lasts=timedelta(days=days),
                certificate=_fingerprint(certificate) if certificate else None,
            )
        tokens = desk.list()

    def render(out: Console) -> None:
        table = Table("id", "what", "for", "person", "may", "until", "last used", "open")
        for each in tokens:
            table.add_row(*_columns(each))
        out.print(table)
        if issued is not None:
            out.print("shown this once:", markup=False)
            out.print(issued.secret, markup=False, soft_wrap=True)

    rows: list[JsonValue] = [_token(each) for each in tokens]
    shown: JsonObject = {"tokens": rows}
    if issued is not None:
        shown |= {"issued": issued.token.id, "token": issued.secret}
    shell.show(shown, render)


@click.command("revoke")
@FOLDER
@click.argument("member", required=False)
@click.option("--token", metavar="ID", help="End this token or invitation, not a membership.")
@click.option("--key", metavar="ID", help="This key of the member was stolen.")
@click.option("--since", metavar="TIME", help="With --key: what came later is rolled back.")
@click.option("--why", help="With --key: for every member to read.")
@click.option("--with-unnamed", is_flag=True, help="With --key: also what came without a name.")
@click.option("--list", "only_list", is_flag=True, help="With --key: list it, and change nothing.")
@common
def exchange_revoke(
    shell: Shell,
    folder: Path,
    member: str | None,
    token: str | None,
    key: str | None,
    since: str | None,
    why: str | None,
    with_unnamed: bool,
    only_list: bool,
) -> None:
    """End a membership, one token, or what a stolen key says since a time.

    Of a stolen key everything it signed is listed, with when this exchange took it and who
    received it. What came after the theft counts no more, here and at every member; what came
    before stays. `exchange members --json` names the keys of each member.
    """
    if (member is None) == (token is None):
        raise UsageError("say what ends", hint="give a member, or --token ID")
    if key is not None and member is not None:
        theft = Stolen(key, since, why, with_unnamed=with_unnamed, only_list=only_list)
        revoke_key(shell, folder, member, theft)
        return
    if since or why or with_unnamed or only_list:
        raise UsageError("these speak of a stolen key", hint="name it with --key")
    if token is not None:
        shell.confirm(f"end the token {token}?")
        with home_of(shell, folder) as home:
            ended = TokenDesk(home, shell.clock, shell.entropy, by=shell.person).revoke(token)
        said = f"the token {ended.id} has ended"
        shell.show(_token(ended), lambda out: out.print(said, markup=False))
        return
    shell.confirm(f"end the membership of {member}?")
    with home_of(shell, folder) as home:
        gone = convenor_of(shell, home).revoke(member or "")
    said = f"{gone.name} is no member any more"
    shell.show(_member(gone), lambda out: out.print(said, markup=False))


MEMBERSHIP = (exchange_members, exchange_groups, exchange_tokens, exchange_revoke)


def home_of(shell: Shell, folder: Path) -> Home:
    """Open an exchange's folder."""
    return Home.open(folder, clock=shell.clock, entropy=shell.entropy, passphrase=passphrase())


def convenor_of(shell: Shell, home: Home) -> Convenor:
    """Return the convenor, acting as the person at the keyboard."""
    return Convenor(home, shell.clock, shell.entropy, by=shell.person)


def _fingerprint(path: Path) -> str:
    try:
        raw = ssl.PEM_cert_to_DER_cert(path.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise BadInputError(f"{path}: no PEM certificate: {error}") from error
    return hashlib.sha256(raw).hexdigest()


def _member(member: Member) -> JsonObject:
    return {
        "id": member.id,
        "name": member.name,
        "kind": str(member.kind),
        "guest": member.is_guest,
        "active": member.active,
        "keys": keys_json(member),
    }


def _token(token: Token) -> JsonObject:
    said: JsonObject = {
        "id": token.id,
        "what": token.what,
        "name": token.name,
        "member": token.member,
        "expires": rfc3339(token.expires) if token.expires else None,
        "open": token.is_open,
        "last_used": rfc3339(token.last_used) if token.last_used else None,
    }
    grant = token.grant
    if grant is not None:
        said |= {
            "person": grant.person,
            "role": str(grant.role) if grant.role else None,
            "may": [*sorted(map(str, grant.rights))],
            "types": None if grant.scope.types is None else [*sorted(grant.scope.types)],
            "tlp": str(grant.scope.tlp),
            "certificate": grant.certificate,
        }
    return said


def _columns(token: Token) -> tuple[str, ...]:
    grant = token.grant
    return (
        token.id,
        token.what,
        token.name or "",
        (grant and grant.person) or "",
        ", ".join(sorted(map(str, grant.rights))) if grant else "",
        rfc3339(token.expires)[:10] if token.expires else "",
        rfc3339(token.last_used)[:13] if token.last_used else "",
        _said(token.is_open),
    )


def _said(is_so: bool) -> str:
    return "yes" if is_so else "no"
