"""Saying in public who is behind an operation needs a second person and the right of reply."""

from tocsin.policy.decision import Decision
from tocsin.records.claims import Claim
from tocsin.records.markings import Tlp


def attribution_refusal(claim: Claim, tlp: Tlp) -> Decision | None:
    """Return why a claim may not be released at `tlp`, None when it may.

    Only a claim that names a person or an organisation as operator and is marked TLP:CLEAR is
    held to it.
    """
    if claim.operator is None or tlp is not Tlp.CLEAR:
        return None
    if len(set(claim.approved_by)) < 2:
        return Decision.no(
            "attribution-second", f"naming {claim.operator} in public needs a second person"
        )
    if claim.right_of_reply is None:
        return Decision.no(
            "attribution-reply", f"no record that {claim.operator} was offered a reply"
        )
    return None
