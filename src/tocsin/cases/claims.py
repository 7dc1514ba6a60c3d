"""Claims of a case: recorded beside what they replace, and told from what replaces them."""

from contextlib import suppress

from attrs import frozen

from tocsin.cases.case import Case
from tocsin.foundation import BadInputError, RefusedError
from tocsin.records import CLAIM_TYPE, Claim, StixObject, person_key, persons, superseded
from tocsin.vault import Snapshot


@frozen
class Claims:
    """The claims of one case, in the order in which they were added.

    Attributes:
        standing: by id, those that no later word of the same claimant replaces.
        replaced: the others.
        garbled: by id, why an object that says it is a claim cannot be read.
    """

    objects: tuple[StixObject, ...]
    standing: dict[str, Claim]
    replaced: dict[str, Claim]
    garbled: dict[str, str]


def claims_of(case: Case, view: Snapshot) -> Claims:
    """Return the claims that a case holds."""
    wanted = [item for item in case.items if item.startswith(f"{CLAIM_TYPE}--")]
    held = {each.id: each.object for each in view.private.iterate(ids=wanted)}
    gone = frozenset().union(*superseded_claims(view).values())
    found = Claims(tuple(held[item] for item in wanted if item in held), {}, {}, {})
    for item in found.objects:
        try:
            claim = Claim.read(item)
        except BadInputError as error:
            found.garbled[item.id] = error.message
            continue
        (found.replaced if item.id in gone else found.standing)[item.id] = claim
    return found


def claims_recorded_by(person: str, case: Case, view: Snapshot) -> tuple[str, ...]:
    """Return the ids of a case's claims whose second person `person` cannot be."""
    return tuple(
        item.id
        for item in claims_of(case, view).objects
        if person_key(person) in persons(view.private.recorded_by(item.id))
    )


def superseded_claims(view: Snapshot) -> dict[str, frozenset[str]]:
    """Return, by id, which claims of this node each replaces, in whatever case they are."""
    claims: dict[str, Claim] = {}
    for each in view.private.iterate(type=CLAIM_TYPE):
        with suppress(BadInputError):  # what cannot be read replaces nothing
            claims[each.id] = Claim.read(each.object)
    return superseded(claims)


def check_superseded(claim: Claim, view: Snapshot) -> None:
    """Refuse a claim that would replace what is no claim of its own claimant.

    Raises:
        BadInputError: when one of them is no claim that this node holds.
        RefusedError: when another claimant made it: two that disagree are both kept.
    """
    for before in claim.supersedes:
        held = view.private.get(before) if before.startswith(f"{CLAIM_TYPE}--") else None
        if held is None:
            raise BadInputError(
                f"{before!r} is no claim of this node",
                hint="`tocsin claim list CASE --json` shows their ids",
            )
        earlier = Claim.read(held.object)
        if not superseded({before: earlier, "": claim}):
            raise RefusedError(
                f"{before} is a claim of {earlier.claimant}, which {claim.claimant} cannot replace",
                hint="leave out --supersedes: claims that disagree are both kept",
            )
