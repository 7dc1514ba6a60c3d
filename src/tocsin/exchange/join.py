"""Joining a community with an invitation."""

from attrs import frozen

from tocsin.exchange.admission import JOIN_PAYLOAD, join_request, signed_request
from tocsin.exchange.client import Connect, ExchangeClient, checked_url, open_http
from tocsin.exchange.credentials import Invitation
from tocsin.exchange.directory import Directory
from tocsin.exchange.membership import (
    Membership,
    find_membership,
    keep_directories,
    keep_membership,
    pinned_key,
)
from tocsin.foundation import RefusedError, TrustError
from tocsin.vault import Home, Transaction


@frozen
class Joined:
    """Where the node is a member from now on, and under which id."""

    community: str
    member: str


def join(
    home: Home,
    url: str,
    token: str,
    *,
    by: str = "operator",
    connect: Connect = open_http,
) -> Joined:
    """Join; safe to repeat with the same token when the answer was lost.

    The convenor's key is pinned: it must be the one whose fingerprint the token carries.

    Raises:
        RefusedError: when the exchange does not admit the node, or it is a member elsewhere.
        TrustError: when another exchange answers than the one that issued the token.
        ConnectionFailedError: when none answers.
    """
    invitation = Invitation.from_text(token)
    address = checked_url(url)
    _check_free_for(home, address)
    keys = home.keyring
    said = join_request(
        invitation.secret, home.identity, str(home.card.kind), keys.public, invitation.convenor
    )
    with ExchangeClient(address, connect=connect) as client:
        answer = client.post("/tocsin/v1/join", signed_request(JOIN_PAYLOAD, said, keys.signing))
    claimed = Directory.read_unverified(answer.get("directory"))
    membership = Membership(
        url=address,
        community_id=claimed.community.id,
        community=claimed.community.name,
        member_id=home.id,
        convenor_key=pinned_key(claimed, invitation.convenor).to_text(),
        credential=str(answer.get("credential")),
    )

    def work(tx: Transaction) -> None:
        directory = keep_directories(tx, membership, answer)
        if home.id not in directory.community.members:
            raise TrustError("the exchange admitted this node, yet does not list it")
        keep_membership(tx, membership, by=by)

    home.vault.write(work)
    return Joined(membership.community, membership.member_id)


def _check_free_for(home: Home, address: str) -> None:
    with home.vault.read() as view:
        known = find_membership(view)
    if known is not None and known.url != address:
        raise RefusedError(
            f"this node is a member of {known.community} at {known.url} already",
            hint="make another node for another community",
        )
