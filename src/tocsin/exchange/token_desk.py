"""The convenor's hand on tokens: list them without secrets, issue them once, end them."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from attrs import frozen

from tocsin.exchange import roster, tokens
from tocsin.exchange.convenor import convened_by
from tocsin.exchange.credentials import new_credential
from tocsin.exchange.tokens import ID_DIGITS, Grant
from tocsin.foundation import BadInputError, Clock, Entropy, RefusedError
from tocsin.policy import Action, Role, Scope, organisation_rights
from tocsin.records import Tlp
from tocsin.vault import Home, Transaction

TOKEN_LASTS: Final = timedelta(days=90)
LONGEST: Final = timedelta(days=366)
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,248}[a-z0-9]", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@frozen(kw_only=True)
class Token:
    """A secret that the exchange knows by its hash: an invitation, or a member's token.

    Attributes:
        id: the hash's first digits.
        what: `invitation` or `credential`.
        name: the convenor's note on an invitation, the name of a token's organisation.
        member: the organisation that a token speaks for, or that joined by an invitation.
        grant: what a token allows; None for an invitation.
        last_used: to the hour, None for never.
        is_open: an invitation may still be used, a token works.
    """

    id: str
    what: str
    name: str | None
    member: str | None
    expires: datetime | None
    is_open: bool
    grant: Grant | None = None
    last_used: datetime | None = None


@frozen
class Issued:
    """A new token; the secret is shown this once and kept nowhere."""

    token: Token
    secret: str


@frozen
class TokenDesk:
    """Acts on an exchange's tokens.

    Attributes:
        by: the person who acts, for the log.
    """

    home: Home
    clock: Clock
    entropy: Entropy
    by: str = "convenor"

    def list(self) -> list[Token]:
        """Return all invitations, then all tokens, ended ones as well."""
        now = self.clock.now()
        with self.home.vault.read() as view:
            community = roster.community_of(view, convened_by(self.home))
            used = tokens.last_uses(view)
            found = [
                Token(
                    id=key[:ID_DIGITS],
                    what="invitation",
                    name=each.name,
                    member=each.used_by,
                    expires=each.expires,
                    is_open=each.used_by is None and each.expires > now,
                )
                for key, each in roster.invitations(view)
            ]
            for key, grant in tokens.grants(view):
                member = community.members.get(grant.member)
                found.append(_token(key, grant, member.name if member else None, now, used))
        return found

    def issue(
        self,
        member: str,
        *,
        person: str,
        role: Role = Role.ANALYST,
        rights: Iterable[Action] | None = None,
        types: Iterable[str] | None = None,
        tlp: Tlp = Tlp.RED,
        lasts: timedelta = TOKEN_LASTS,
        certificate: str | None = None,
    ) -> Issued:
        """Issue a token for a person or a program at a member.

        Args:
            rights: fewer than the role has; None for all of them.
            certificate: SHA-256 in hex of the client certificate that it only works with.

        Raises:
            BadInputError: when the person has no name, the time is too long, or a type or the
                certificate's fingerprint is none.
            RefusedError: when nothing would be left that it may do.
        """
        if not person.strip() or len(person) > 200 or ":" in person:
            raise BadInputError(
                "a token is for somebody: a name of at most 200 characters, without a colon",
                hint="give --person NAME",
            )
        if not timedelta(0) < lasts <= LONGEST:
            raise BadInputError(f"a token lasts 1 to {LONGEST.days} days", hint="give --days")
        if certificate is not None and not _DIGEST.fullmatch(certificate):
            raise BadInputError("the certificate's fingerprint is no SHA-256 in hex")
        scope = Scope(
            rights=frozenset(rights) if rights is not None else Scope().rights,
            types=None if types is None else frozenset(map(_checked_type, types)),
            tlp=Tlp(tlp),
        )
        secret = new_credential(self.entropy)
        now = self.clock.now()

        def work(tx: Transaction) -> Token:
            found = roster.community_of(tx, convened_by(self.home)).find(member)
            grant = Grant(
                member=found.id,
                person=person.strip(),
                role=Role(role),
                scope=scope,
                expires=now + lasts,
                certificate=certificate,
            )
            if not found.active or not organisation_rights(found) & grant.rights:
                raise RefusedError(
                    f"{found.name} could do nothing with this token",
                    hint="compare the role and the rights with what the organisation may do",
                )
            key = tokens.keep_token(tx, secret, grant, by=self.by)
            return _token(key, grant, found.name, now, {})

        return Issued(self.home.vault.write(work), secret)

    def revoke(self, token_id: str) -> Token:
        """End a token, or an invitation that nobody has used yet.

        Raises:
            BadInputError: when there is none of this id.
        """
        now = self.clock.now()

        def work(tx: Transaction) -> None:
            if tokens.end_token(tx, token_id, by=self.by) is not None:
                return
            for key, invited in roster.invitations(tx):
                if key[:ID_DIGITS] == token_id and invited.used_by is None:
                    roster.end_invitation(tx, key, now, by=self.by)
                    return
            raise BadInputError(
                f"there is no open token {token_id!r}", hint="list them: tocsin exchange tokens DIR"
            )

        self.home.vault.write(work)
        return next(each for each in self.list() if token_id.startswith(each.id))


def _token(
    key: str, grant: Grant, name: str | None, now: datetime, used: dict[str, datetime]
) -> Token:
    return Token(
        id=key,
        what="credential",
        name=name,
        member=grant.member,
        expires=grant.expires,
        is_open=grant.holds(now, grant.certificate),
        grant=grant,
        last_used=used.get(key),
    )


def _checked_type(name: str) -> str:
    if not _TYPE.fullmatch(name):
        raise BadInputError(f"{name!r} is no STIX type", hint="such as indicator or report")
    return name
