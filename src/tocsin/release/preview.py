"""Who will see it, who will not and why, and what leaves: decided before anything is sent."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from attrs import evolve, frozen

from tocsin.cases import Case, case_in
from tocsin.foundation import Clock, JsonObject, RefusedError
from tocsin.policy import (
    TOLD_TYPES,
    Decision,
    PersonalItems,
    attribution_refusals,
    derived_limit,
    people_refusals,
    recipients,
)
from tocsin.records import Community, Member, Review, Sharing, StixObject, Tlp
from tocsin.records.observables import Observable
from tocsin.release.drafts import Draft, Going, Held, drafts_of
from tocsin.release.terms import Terms
from tocsin.vault import Vault


@frozen(kw_only=True)
class Preview:
    """Everything a person needs to decide, and all that `commit` acts on.

    Attributes:
        reach: for every member, whether it receives anything, with the deciding sentence.
        refusals: why the release may not go out as it stands; empty when it may.
    """

    case: Case
    terms: Terms
    author: Member
    drafts: tuple[Draft, ...]
    held: tuple[Held, ...]
    reach: dict[str, Decision]
    names: dict[str, str]
    refusals: tuple[Decision, ...]
    review: Review | None
    now: datetime

    def to_json(self) -> JsonObject:
        """Return the interface's form, without objects."""
        return {
            "recipients": [self._said(member) for member in self._members(allowed=True)],
            "not_recipients": [self._said(member) for member in self._members(allowed=False)],
            "leaves": [
                {
                    "of": draft.of,
                    "type": draft.type,
                    "what": draft.label,
                    "fields": [*sorted(draft.fields)],
                }
                for draft in self.drafts
            ],
            "stays": [{"id": each.id, "what": each.name, "why": each.why} for each in self.held],
            "refusals": [{"rule": each.rule, "why": each.why} for each in self.refusals],
            "in_no_finding": [*self.in_no_finding],
        }

    def sharing_of(self, draft: Draft) -> Sharing:
        """Return the sharing extension that `draft` would carry."""
        origins = frozenset(
            origin
            for source in draft.sources
            if source.sharing
            for origin in source.sharing.origins
        )
        return self.terms.sharing(
            kind=self.author.kind,
            origins=origins,
            derived_from=tuple(source.id for source in draft.sources),
            review=self.review if self._rests_on_review(draft) else None,
        )

    @property
    def rests_on_review(self) -> bool:
        """Whether anything in it may leave only because a second person reviewed the case."""
        return any(self._rests_on_review(draft) for draft in self.drafts)

    @property
    def in_no_finding(self) -> tuple[str, ...]:
        """Items that name people whom none of the case's findings names; the reviewer decides.

        It is told, not refused: detectors name accounts as their data does.
        """
        subjects = {
            subject.casefold().removeprefix("@")
            for found in self.case.findings.values()
            for subject in found.subjects
        }
        return tuple(
            draft.of
            for draft in self.drafts
            if any(subjects.isdisjoint(_spellings(each)) for each in draft.personal)
        )

    def _rests_on_review(self, draft: Draft) -> bool:
        is_told = draft.type in TOLD_TYPES and self.terms.marking.tlp is Tlp.CLEAR
        return is_told or bool(draft.personal)

    def _members(self, *, allowed: bool) -> list[str]:
        return [member for member, each in self.reach.items() if each.allowed is allowed]

    def _said(self, member: str) -> JsonObject:
        decision = self.reach[member]
        return {
            "member": self.names[member],
            "id": member,
            "why": decision.why,
            "rule": decision.rule,
        }


def _spellings(person: Observable) -> set[str]:
    """Return the ways in which a detector may name an account, an address or a phone."""
    said = (person.key, person.value, person.handle, person.user_id, person.display)
    return {each.casefold().removeprefix("@") for each in said if each}


def prepare(
    case: Case,
    terms: Terms,
    *,
    author: Member,
    community: Community,
    vault: Vault,
    clock: Clock,
    by: str,
    without_people: bool = False,
) -> Preview:
    """Work out what releasing `case` on `terms` would do; nothing is written.

    Args:
        case: read anew, so that its review is held against the very versions that would leave.
        by: the person who releases; the second person is one of the case's reviewers.
        without_people: leave personal identifiers out instead of asking for their approval.

    Raises:
        RefusedError: when the case holds nothing that can leave.
    """
    now = clock.now()
    with vault.read() as snapshot:
        case = case_in(snapshot, case.id)
        going = Going(tlp=terms.marking.tlp, me=author.id, now=now)
        drafts, held = drafts_of(case.items, snapshot, going)
    if without_people:
        drafts, held = _without_people(drafts, held)
    if not drafts:
        why = held[0].why if held else "the case is empty"
        raise RefusedError(
            f"nothing in {case.title!r} can leave: {why}", hint="add indicators with `case add`"
        )
    made = Preview(
        case=case,
        terms=terms,
        author=author,
        drafts=tuple(drafts),
        held=tuple(held),
        reach={},
        names={each.id: each.name for each in community.members.values()},
        refusals=(),
        review=case.review_for(by, terms.contact),
        now=now,
    )
    return _decided(made, community)


def _without_people(
    drafts: Sequence[Draft], held: Sequence[Held]
) -> tuple[list[Draft], list[Held]]:
    why = "left out: a personal identifier"
    people = [Held(each.of, each.label, why) for each in drafts if each.personal]
    return [each for each in drafts if not each.personal], [*held, *people]


def _decided(preview: Preview, community: Community) -> Preview:
    refusals = list(dict.fromkeys(_refusals(preview, community)))
    reach: dict[str, Decision] = {}
    for draft in _distinct_reach(preview.drafts):
        outline = _outline(preview, draft)
        found = recipients(
            outline, community, now=preview.now, sender=preview.author.id, sources=draft.sources
        )
        for member, decision in found.decisions.items():
            if member not in reach or (decision.allowed and not reach[member].allowed):
                reach[member] = decision
    if not any(decision.allowed for decision in reach.values()):
        refusals.append(Decision.no("nobody", "nobody would receive it"))
    return evolve(preview, reach=reach, refusals=tuple(refusals))


def _distinct_reach(drafts: Sequence[Draft]) -> Iterable[Draft]:
    """One draft per set of sources: drafts of the same sources reach the same members."""
    return {tuple(source.id for source in draft.sources): draft for draft in drafts}.values()


def _outline(preview: Preview, draft: Draft) -> StixObject:
    """The object as far as `recipients` looks at it; the real one differs only in its content."""
    body: JsonObject = {
        "type": draft.type,
        "id": f"{draft.type}--00000000-0000-4000-8000-000000000000",
        "object_marking_refs": [*preview.terms.marking.refs],
    }
    return StixObject.of(body).with_sharing(preview.sharing_of(draft))


def _refusals(preview: Preview, community: Community) -> Iterable[Decision]:
    yield from _people(preview)
    for draft in preview.drafts:
        yield from _attribution(draft, preview)
    yield from _sources(preview, community)


def _people(preview: Preview) -> Iterable[Decision]:
    counts = Counter(str(each.kind) for draft in preview.drafts for each in draft.personal)
    items = PersonalItems(
        dict(counts),
        is_reviewed=preview.case.is_reviewed,
        grounds=preview.case.grounds,
        contact=preview.terms.contact,
    )
    sharing = preview.terms.sharing(
        kind=preview.author.kind, origins=frozenset(), derived_from=(), review=preview.review
    )
    return people_refusals(items, sharing)


def _attribution(draft: Draft, preview: Preview) -> Iterable[Decision]:
    if draft.observable is not None:
        return ()
    return attribution_refusals(
        StixObject.of({**draft.fields, "type": draft.type, "id": draft.of}),
        preview.terms.marking.tlp,
        preview.review,
        recorded_by=draft.recorded_by,
    )


def _sources(preview: Preview, community: Community) -> Iterable[Decision]:
    tlp, expires = preview.terms.marking.tlp, preview.terms.expires
    sources = [source for draft in preview.drafts for source in draft.sources]
    limit = derived_limit(sources, community, preview.now)
    if tlp.rank < limit.tlp.rank:
        yield Decision.no(
            "derived-marking", f"a source is {limit.tlp.label}; {tlp.label} would be laxer"
        )
    if limit.expires and (expires is None or expires > limit.expires):
        yield Decision.no("derived-expiry", f"a source expires at {limit.expires.isoformat()}")
