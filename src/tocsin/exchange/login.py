"""What a TAXII client other than Tocsin needs to read in a member's name."""

from attrs import field, frozen

from tocsin.exchange.membership import membership_of
from tocsin.exchange.server.catalogue import EVERYTHING, open_id
from tocsin.exchange.server.taxii import COLLECTIONS, DISCOVERY
from tocsin.vault import Home


@frozen
class TaxiiLogin:
    """Addresses, and name and password for HTTP Basic.

    Attributes:
        password: the member's credential, which is this node's as well: keep it as a secret.
    """

    discovery: str
    collection: str
    user: str
    password: str = field(repr=False)


def taxii_login(home: Home) -> TaxiiLogin:
    """Return the login of a home that is a member.

    Raises:
        RefusedError: when it has joined no community.
    """
    membership = membership_of(home)
    # By id: taxii2-client takes no collection whose address is an alias.
    everything = open_id(membership.community_id, EVERYTHING)
    return TaxiiLogin(
        discovery=membership.url + DISCOVERY,
        collection=f"{membership.url}{COLLECTIONS}{everything}/",
        user=membership.member_id,
        password=membership.credential,
    )
