"""What the exchange keeps of tokens: of a secret only the hash, and what it lets its holder do.

A token is a member's own credential (its node's, from joining) or one that the convenor issued
for a person or a program at a member. Each is a private document, so every change is logged; the
hour of last use is a mere setting.
"""

from datetime import datetime
from typing import Final

from attrs import evolve, field, frozen

from tocsin.exchange.credentials import hashed
from tocsin.exchange.directory import read_member
from tocsin.foundation import JsonObject, JsonValue, RefusedError, parse_time, rfc3339
from tocsin.policy import Action, Principal, Role, Scope, role_rights
from tocsin.records import Tlp
from tocsin.vault import Snapshot, Transaction

ID_DIGITS: Final = 12
_CREDENTIAL: Final = "credential"
_MEMBER: Final = "member"
_USED: Final = "token-used:"


@frozen(kw_only=True)
class Grant:
    """What one token lets its holder do.

    Attributes:
        person: whom it is for, None for the organisation's own node.
        role: the person's; None for the organisation's own node.
        expires: None for a node's own credential, which a new joining replaces.
        certificate: SHA-256 of the client certificate, in hex, without which it does not work.
    """

    member: str
    person: str | None = None
    role: Role | None = None
    scope: Scope = field(factory=Scope)
    expires: datetime | None = None
    certificate: str | None = None
    is_active: bool = True

    @property
    def rights(self) -> frozenset[Action]:
        """What the role and the scope leave."""
        return role_rights(self.role) & self.scope.rights

    def holds(self, now: datetime, certificate: str | None) -> bool:
        """Tell whether it works now, over a connection with this client certificate."""
        is_bound = self.certificate is not None and self.certificate != certificate
        is_over = self.expires is not None and self.expires <= now
        return self.is_active and not is_over and not is_bound


def keep_credential(tx: Transaction, credential: str, member_id: str, *, by: str) -> None:
    """Let `credential` speak for a member's node; all tokens that the member had before end."""
    end_tokens(tx, member_id, by=by)
    keep_token(tx, credential, Grant(member=member_id), by=by)


def keep_token(tx: Transaction, secret: str, grant: Grant, *, by: str) -> str:
    """Keep a token under the hash of its secret; returns its id."""
    key = hashed(secret)
    tx.documents.put(_CREDENTIAL, key, _grant_json(grant), by=by)
    return key[:ID_DIGITS]


def is_known(view: Snapshot, secret: str) -> bool:
    """Tell whether a secret was ever a token here, ended ones included."""
    return view.documents.get(_CREDENTIAL, hashed(secret)) is not None


def end_tokens(tx: Transaction, member_id: str, *, by: str) -> int:
    """End every token of a member; returns how many worked until now."""
    ended = 0
    for key, grant in _all(tx):
        if grant.member == member_id and grant.is_active:
            tx.documents.put(_CREDENTIAL, key, _grant_json(evolve(grant, is_active=False)), by=by)
            ended += 1
    return ended


def end_all(tx: Transaction, *, by: str) -> dict[str, str]:
    """End every token.

    Returns:
        By the hash of each node's own that worked until now, its member.
    """
    ended = {}
    for key, grant in _all(tx):
        if grant.is_active:
            tx.documents.put(_CREDENTIAL, key, _grant_json(evolve(grant, is_active=False)), by=by)
            if grant == _plain(grant):
                ended[key] = grant.member
    return ended


def end_token(tx: Transaction, token_id: str, *, by: str) -> Grant | None:
    """End one token and return it; None when there is none of this id.

    Raises:
        RefusedError: when several begin like this.
    """
    found = [(key, grant) for key, grant in _all(tx) if key.startswith(token_id)]
    if len(token_id) < ID_DIGITS or not found:
        return None
    if len(found) > 1:
        raise RefusedError(f"{token_id} is the id of several tokens", hint="give more digits")
    ((key, grant),) = found
    ended = evolve(grant, is_active=False)
    tx.documents.put(_CREDENTIAL, key, _grant_json(ended), by=by)
    return ended


def bearer(
    view: Snapshot, secret: str, now: datetime, certificate: str | None = None
) -> Principal | None:
    """Return who a secret speaks for now, None for one that is unknown or has ended.

    Args:
        certificate: SHA-256 of the certificate that the client proved to hold, in hex.
    """
    key = hashed(secret)
    found = view.documents.get(_CREDENTIAL, key)
    if found is None:
        return None
    grant = _read_grant(found.body)
    kept = view.documents.get(_MEMBER, grant.member)
    if kept is None or not grant.holds(now, certificate):
        return None
    member = read_member(kept.body)
    if not member.active:
        return None
    return Principal(member, grant.person, grant.role, grant.scope, key[:ID_DIGITS])


def grants(view: Snapshot) -> list[tuple[str, Grant]]:
    """Return every token by its id, ended ones as well."""
    return [(key[:ID_DIGITS], grant) for key, grant in _all(view)]


def last_uses(view: Snapshot) -> dict[str, datetime]:
    """Return, by token id, when a token was last used, to the hour."""
    found = view.settings.all(_USED)
    return {key.removeprefix(_USED): parse_time(str(at)) for key, at in found.items()}


def note_use(tx: Transaction, token_id: str, hour: datetime) -> None:
    """Remember the hour in which a token was used."""
    tx.settings.set(_USED + token_id, rfc3339(hour))


def _all(view: Snapshot) -> list[tuple[str, Grant]]:
    return [(each.id, _read_grant(each.body)) for each in view.documents.list(_CREDENTIAL)]


def _grant_json(grant: Grant) -> JsonObject:
    said: JsonObject = {"member": grant.member, "active": grant.is_active}
    optional: dict[str, JsonValue] = {
        "person": grant.person,
        "role": grant.role and str(grant.role),
        "rights": [*sorted(map(str, grant.scope.rights))],
        "types": None if grant.scope.types is None else [*sorted(grant.scope.types)],
        "tlp": str(grant.scope.tlp),
        "expires": None if grant.expires is None else rfc3339(grant.expires),
        "certificate": grant.certificate,
    }
    return said if grant == _plain(grant) else {**said, **optional}


def _plain(grant: Grant) -> Grant:
    """Return a node's own credential of this member, which is kept in short form."""
    return Grant(member=grant.member, is_active=grant.is_active)


def _read_grant(said: JsonObject) -> Grant:
    plain = Grant(member=str(said["member"]), is_active=said["active"] is True)
    if "rights" not in said:
        return plain
    rights, types, role, expires = said["rights"], said["types"], said["role"], said["expires"]
    person, certificate = said["person"], said["certificate"]
    return evolve(
        plain,
        person=None if person is None else str(person),
        role=None if role is None else Role(str(role)),
        scope=Scope(
            rights=frozenset(Action(str(each)) for each in _list(rights)),
            types=None if types is None else frozenset(map(str, _list(types))),
            tlp=Tlp(str(said["tlp"])),
        ),
        expires=None if expires is None else parse_time(str(expires)),
        certificate=None if certificate is None else str(certificate),
    )


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
