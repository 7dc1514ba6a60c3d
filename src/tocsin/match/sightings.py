"""Answers: a sighting goes back to the author of an indicator that matched."""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from tocsin.foundation import Clock, Entropy, JsonValue
from tocsin.match.matching import Match
from tocsin.policy import derived_limit, recipients
from tocsin.records import (
    Audience,
    Community,
    Marking,
    Member,
    Sharing,
    StixObject,
    Tlp,
    new_object,
    stix_time,
)
from tocsin.release import Outgoing
from tocsin.trust import KeyRing
from tocsin.vault import Transaction, Vault

_KIND: Final = "answer"


@frozen
class Answered:
    """Sightings that were queued, and matches that could not be answered, with the reason."""

    sightings: tuple[str, ...]
    known: int
    unanswered: tuple[tuple[str, str], ...]


def answer(
    matches: Sequence[Match],
    *,
    member: Member,
    community: Community,
    vault: Vault,
    keyring: KeyRing,
    clock: Clock,
    entropy: Entropy,
    by: str,
) -> Answered:
    """Queue one sighting per match, to the indicator's author alone.

    Repeating adds nothing: an indicator is answered once.
    """
    outgoing = Outgoing(community=community, keyring=keyring, entropy=entropy, by=by)

    def work(tx: Transaction) -> Answered:
        made: list[str] = []
        known = 0
        unanswered: list[tuple[str, str]] = []
        for match in matches:
            author = match.object.author
            if author is None or author not in community.members:
                unanswered.append((match.object.id, "its author is not named"))
                continue
            if tx.documents.get(_KIND, match.object.id) is not None:
                known += 1
                continue
            sighting = _sighting(match, member, author, outgoing, clock)
            reach = recipients(
                sighting, community, now=clock.now(), sender=member.id, sources=(match.object,)
            )
            if author not in reach.receivers:
                unanswered.append((match.object.id, reach.decisions[author].why))
                continue
            outgoing.queue(tx, sighting, reach, opens_at=clock.now())
            tx.documents.put(_KIND, match.object.id, {"sighting": sighting.id}, by=by)
            made.append(sighting.id)
        return Answered(tuple(made), known, tuple(unanswered))

    return vault.write(work)


def _sighting(
    match: Match, member: Member, author: str, outgoing: Outgoing, clock: Clock
) -> StixObject:
    now = clock.now()
    limit = derived_limit((match.object,), outgoing.community, now)
    tlp = max(Tlp.AMBER, limit.tlp, key=lambda each: each.rank)
    seen = match.first_observed
    fields: dict[str, JsonValue] = {
        "sighting_of_ref": match.object.id,
        "where_sighted_refs": [member.id],
        "count": len({each.record for each in match.evidence}),
        "first_seen": stix_time(seen) if seen else None,
    }
    return new_object(
        "sighting",
        now=now,
        entropy=outgoing.entropy,
        author=member.id,
        marking=Marking(tlp),
        fields=fields,
    ).with_sharing(
        Sharing(
            audience=Audience(members=frozenset({author})),
            purpose=f"answer to {match.object.id}",
            expires=limit.expires,
            origins=limit.origins | {member.kind},
            derived_from=(match.object.id,),
        )
    )
