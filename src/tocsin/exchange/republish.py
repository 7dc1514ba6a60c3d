"""Unnamed authors: the convenor signs in their place, as "a member" or as nobody.

What leaves the exchange holds neither the author's signature nor its id; who it was stands only
in a private document of the exchange. It does not hide the author from whoever runs the exchange.
"""

from attrs import evolve

from tocsin.exchange.directory import a_member_id
from tocsin.foundation import BadInputError
from tocsin.records import Authorship, Sharing, StixObject
from tocsin.trust import SigningKey, sign_object


def republished(item: StixObject, community_id: str, key: SigningKey) -> StixObject:
    """Return the object as recipients get it: without the author's signature, signed by `key`."""
    sharing = sharing_of(item)
    author = a_member_id(community_id) if sharing.authorship is Authorship.MEMBER else None
    bare = item.replaced(created_by_ref=author).with_sharing(evolve(sharing, signatures=()))
    return sign_object(bare, key)


def as_submitted(item: StixObject) -> StixObject:
    """Return a republished object in the form its author sent it, without signatures."""
    sharing = sharing_of(item)
    if sharing.authorship is not Authorship.NAMED:
        item = item.replaced(created_by_ref=None)
    return item.with_sharing(evolve(sharing, signatures=()))


def is_same_submission(stored: StixObject, item: StixObject) -> bool:
    """Tell whether two versions differ in their signatures at most."""
    return as_submitted(stored).to_json() == as_submitted(item).to_json()


def sharing_of(item: StixObject) -> Sharing:
    """Return the sharing extension.

    Raises:
        BadInputError: when there is none.
    """
    if item.sharing is None:
        raise BadInputError(
            f"{item.id}: carries no audience", hint="release it with `tocsin release`"
        )
    return item.sharing
