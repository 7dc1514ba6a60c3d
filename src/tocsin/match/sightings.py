"""Answers: a sighting goes back to the author of an indicator that matched."""

from collections.abc import Sequence
from typing import Final

from attrs import evolve, frozen

from tocsin.foundation import Clock, Entropy, JsonObject, JsonValue
from tocsin.match.matching import Match
from tocsin.policy import Decision, derived_limit, recipients
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
from tocsin.release import Leaving, Outgoing
from tocsin.trust import KeyRing
from tocsin.vault import Transaction, Vault

_KIND: Final = "answer"
_BATCH: Final = 500


@frozen
class Answered:
    """Sightings that were queued, and matches that could not be answered, with the reason."""

    sightings: tuple[str, ...]
    known: int
    unanswered: tuple[tuple[str, str], ...]

    def __add__(self, other: "Answered") -> "Answered":
        return Answered(
            self.sightings + other.sightings,
            self.known + other.known,
            self.unanswered + other.unanswered,
        )


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
    """Queue one sighting per indicator that matched, to the indicator's author alone.

    Repeating adds nothing: an indicator is answered once.
    """
    matches = _by_indicator(matches)
    outgoing = Outgoing(community=community, keyring=keyring, entropy=entropy, by=by)
    desk = _Desk(member, outgoing, clock)
    answered = Answered((), 0, ())
    for start in range(0, len(matches), _BATCH):
        batch = matches[start : start + _BATCH]
        answered += vault.write(lambda tx, batch=batch: desk.answer(tx, batch))  # type: ignore[misc]
    return answered


def _by_indicator(matches: Sequence[Match]) -> list[Match]:
    """Return one match an indicator, with the evidence for all identifiers that it asks for."""
    found: dict[str, Match] = {}
    for match in matches:
        earlier = found.get(match.object.id)
        more = (*earlier.evidence, *match.evidence) if earlier else match.evidence
        found[match.object.id] = evolve(match, evidence=more)
    return list(found.values())


@frozen
class _Desk:
    """Who answers, and how it leaves."""

    member: Member
    outgoing: Outgoing
    clock: Clock

    def answer(self, tx: Transaction, matches: Sequence[Match]) -> Answered:
        before = tx.documents.get_all(_KIND, (match.object.id for match in matches))
        leaving: dict[str, Leaving] = {}
        known = 0
        unanswered: list[tuple[str, str]] = []
        for match in matches:
            if match.object.author not in self.outgoing.community.members:
                unanswered.append((match.object.id, "its author is not named"))
            elif match.object.id in before or match.object.id in leaving:
                known += 1
            else:
                made = self._leaving(match, match.object.author)
                if isinstance(made, Leaving):
                    leaving[match.object.id] = made
                else:
                    unanswered.append((match.object.id, made.why))
        self.outgoing.queue_all(tx, list(leaving.values()), opens_at=self.clock.now())
        said: list[tuple[str, JsonObject]] = [
            (of, {"sighting": each.item.id}) for of, each in leaving.items()
        ]
        tx.documents.put_all(_KIND, said, by=self.outgoing.by)
        sightings = tuple(each.item.id for each in leaving.values())
        return Answered(sightings, known, tuple(unanswered))

    def _leaving(self, match: Match, author: str) -> Leaving | Decision:
        """Return the sighting, or why it may not go to the author."""
        sighting = _sighting(match, self.member, author, self.outgoing, self.clock)
        reach = recipients(
            sighting,
            self.outgoing.community,
            now=self.clock.now(),
            sender=self.member.id,
            sources=(match.object,),
        )
        decision = reach.decisions[author]
        return Leaving(sighting, reach) if decision.allowed else decision


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
