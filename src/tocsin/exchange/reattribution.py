"""Part of a list turns out to belong to another operation.

To what something belongs is a claim, never a property of it: the author's claim goes out beside
new versions of the objects concerned, which name it; a list that names them gets a version
without them. Nothing else of the list is touched or sent again. Not for the exchange's server.
"""

from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from tocsin.cases import Case, case_in, move_items
from tocsin.exchange.correction import OPERATION, Corrected, CorrectionDesk, Reason
from tocsin.exchange.membership import membership_of
from tocsin.exchange.next_version import checked_why, waiting_rows
from tocsin.exchange.republish import sharing_of
from tocsin.foundation import (
    BadInputError,
    Clock,
    Entropy,
    JsonObject,
    JsonValue,
    RefusedError,
    canonical,
)
from tocsin.policy import border_refusals, is_withdrawn
from tocsin.records import (
    Authorship,
    Claim,
    EvidenceClass,
    Marking,
    Review,
    Sharing,
    StixObject,
    Tlp,
    new_id,
)
from tocsin.release import Terms
from tocsin.release.correction import KeptMove, Left, keep_move, left_of
from tocsin.release.naming import derived_claim_id, finding_of, findings_of, seed_of
from tocsin.vault import Home, Lens, Standing, Transaction

_LISTS = ("grouping", "report")
_UNNAMED = {Authorship.MEMBER: "a member of the community", Authorship.NONE: "not named"}


@frozen
class Move:
    """What is to move, and on what ground.

    Attributes:
        objects: items of the case `source`, or the ids under which they were released.
        confidence: 0 to 100, None when not assessed.
    """

    objects: tuple[str, ...]
    source: Case
    target: Case
    why: str
    evidence: EvidenceClass
    confidence: int | None = None


@frozen
class Moved:
    """What a re-attribution sets going.

    Attributes:
        items: what moved between this node's cases; none where all of it had moved before.
        corrected: the released objects concerned, then the lists that named them.
        claims: ids of the claims that say so, one for each release that had them.
    """

    items: tuple[str, ...] = ()
    corrected: tuple[Corrected, ...] = ()
    claims: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """Return the command's form."""
        return {
            "moved": [*self.items],
            "corrected": [each.to_json() for each in self.corrected],
            "claims": [*self.claims],
        }


def reattribute(home: Home, move: Move, clock: Clock, entropy: Entropy, *, by: str) -> Moved:
    """Move items to another case, and tell whoever had them as the first one's.

    All of it or nothing, in one transaction; safe to repeat.

    Raises:
        BadInputError: when an object is in neither case, or no reason is given.
        RefusedError: when what names people, or is told in public, was not reviewed by a second
            person as part of the other case, or a list would be left with nothing.
    """
    reason = checked_why(move.why, "a correction")
    membership_of(home)

    def work(tx: Transaction) -> Moved:
        now = clock.now()
        current = evolve(
            move, source=case_in(tx, move.source.id), target=case_in(tx, move.target.id), why=reason
        )
        desk = CorrectionDesk.open(tx, home, now, by=by)
        return _Mover(desk, current, home.card.name, entropy).run()

    return home.vault.write(work)


@frozen
class _Mover:
    desk: CorrectionDesk
    move: Move
    claimant: str
    entropy: Entropy

    @property
    def tx(self) -> Transaction:
        return self.desk.press.tx

    @property
    def by(self) -> str:
        return self.desk.press.by

    def run(self) -> Moved:
        source, target = self.move.source, self.move.target
        if source.id == target.id:
            raise BadInputError("both are the same case", hint="give another --to")
        everything = left_of(source, (*source.items, *target.items), self.tx)
        items = self._items(everything)
        if not items:
            return Moved()
        left = [each for each in everything if each.item in items]
        # Before the cases change: their reviews are held against what they hold.
        releases = [self._one_release(each, items) for each in self._by_release(left)]
        corrected = [each for _, done in releases for each in done]
        corrected += self._without_them({each.object for each in corrected})
        move_items(self.tx, source, target, items, by=self.by)
        kept = KeptMove(
            source=source.id,
            target=target.id,
            items=tuple(items),
            releases=tuple(sorted({each.release for each in left})),
            why=self.move.why,
        )
        keep_move(self.tx, new_id("x-tocsin-move", self.entropy), kept, by=self.by)
        return Moved(tuple(items), tuple(corrected), tuple(claim for claim, _ in releases if claim))

    def _items(self, left: Iterable[Left]) -> list[str]:
        """Return which items are to move; what has moved already is passed over."""
        source, target = self.move.source.items, self.move.target.items
        by_id = {each.id: each.item for each in left}
        found: dict[str, None] = {}
        for each in self.move.objects:
            item = by_id.get(each, each)
            if item in source:
                found[item] = None
            elif item not in target:
                raise BadInputError(
                    f"{each} is not in {self.move.source.title!r}",
                    hint="`tocsin case show CASE` lists what is",
                )
        return list(found)

    def _by_release(self, left: Iterable[Left]) -> list[list[Left]]:
        groups: dict[str, list[Left]] = {}
        for each in left:
            groups.setdefault(each.release, []).append(each)
        return [groups[key] for key in sorted(groups)]

    def _one_release(
        self, left: Sequence[Left], items: Sequence[str]
    ) -> tuple[str | None, list[Corrected]]:
        """Correct what one release took out; returns the claim that says so, if any left."""
        live = [item for each in left if (item := self._live(each.id)) is not None]
        if not live:
            return None, []
        review = self._review(live, items)
        out = [item for item in live if not waiting_rows(self.tx, item.id, self.desk.press.now)]
        claim = self._claim(out, left[0].seed, review) if out else None
        opens = max([self.desk.press.now, *(self.desk.opens(item.id) for item in out)])
        done = [
            self.desk.replaced(
                item,
                {},
                Reason(
                    self.move.why,
                    (OPERATION,),
                    claim.id if claim else None,
                    review if sharing_of(item).review else None,
                ),
            )
            for item in live
        ]
        if claim is not None:
            self.desk.press.queue(claim, opens_at=opens)
        return claim.id if claim else None, done

    def _live(self, object_id: str) -> StixObject | None:
        held = self.tx.shared.get(object_id)
        if held is None or held.standing is not Standing.OWN or is_withdrawn(held.object):
            return None
        expires = sharing_of(held.object).expires
        is_over = expires is not None and expires <= self.desk.press.now
        return None if is_over else held.object

    def _review(self, live: Sequence[StixObject], items: Sequence[str]) -> Review | None:
        """Return the second person's approval of the other case, None where none is needed."""
        sharings = [sharing_of(item) for item in live]
        before = next((each.review for each in sharings if each.review), None)
        first = live[0].marking or Marking(Tlp.AMBER)
        if before is None and first.tlp is not Tlp.CLEAR:
            return None
        target = self.move.target
        contact = before.contact if before else None
        review = target.review_for(self.by, contact)
        if review is None or not set(items) <= set(target.items):
            raise RefusedError(
                f"nobody has reviewed {target.title!r} with these objects in it, and what names "
                "people or is told in public needs a second person",
                hint="add them to it (`tocsin case add`), have it reviewed (`tocsin case review "
                "CASE --approve --why ... --as NAME`), then give this again",
            )
        sharing = sharings[0]
        terms = Terms(
            audience=sharing.audience,
            marking=first,
            authorship=sharing.authorship,
            purpose=sharing.purpose,
        )
        seed = seed_of(target, terms, self.tx, self.entropy, by=self.by)
        review = evolve(review, finding=finding_of(seed))
        is_named = sharing.authorship is Authorship.NAMED
        return review if is_named else review.without_names()

    def _claim(self, live: Sequence[StixObject], seed: bytes, review: Review | None) -> StixObject:
        """Return the claim that these belong to another operation, as unsigned as it is true."""
        ids = sorted(item.id for item in live)
        sharing, marking = sharing_of(live[0]), live[0].marking
        is_named = sharing.authorship is Authorship.NAMED
        now = self.desk.press.now
        if not is_named:
            now = now.replace(minute=0, second=0, microsecond=0)
        claim = Claim(
            statement=f"{len(ids)} of a list belong to another operation: {self.move.why}",
            claimant=self.claimant if is_named else _UNNAMED[sharing.authorship],
            evidence=self.move.evidence,
            stated_on=now,
            about=tuple(ids),
            confidence=self.move.confidence,
        )
        item = claim.to_object(
            now=now, entropy=self.entropy, author=self.desk.press.me if is_named else None,
            marking=marking,
        )  # fmt: skip
        named = canonical([*ids, self.move.target.id])
        item = item.replaced(id=derived_claim_id(self.tx, seed, named))
        item = item.with_sharing(_terms_of_all(live, review))
        refusals = border_refusals(item)
        if refusals:
            raise RefusedError(
                f"the claim may not go out: {'; '.join(each.why for each in refusals)}",
                hint="have somebody who does not release it review the other case",
            )
        return item

    def _without_them(self, moved: set[str]) -> list[Corrected]:
        """Take what moved out of this node's lists, but for those of the other case."""
        lens = Lens(standing=frozenset({Standing.OWN}), include_revoked=False)
        theirs = findings_of(self.move.target, self.tx)
        done: list[Corrected] = []
        for held in list(self.tx.shared.iterate(lens)):
            refs = held.object.body.get("object_refs")
            if held.type not in _LISTS or held.id in theirs or not isinstance(refs, list):
                continue
            kept: list[JsonValue] = [each for each in refs if each not in moved]
            if len(kept) == len(refs):
                continue
            if not kept:
                raise RefusedError(
                    f"nothing would be left of the list {held.id}", hint="withdraw it first"
                )
            self.desk.check(held.object)
            fields: JsonObject = {"object_refs": kept}
            reason = Reason(self.move.why, ("object_refs",))
            done.append(self.desk.replaced(held.object, fields, reason))
        return done


def _terms_of_all(live: Sequence[StixObject], review: Review | None) -> Sharing:
    """Return terms no laxer than those of any of these objects, which left on the same ones."""
    sharings = [sharing_of(item) for item in live]
    expiries = [each.expires for each in sharings if each.expires]
    return evolve(
        sharings[0],
        origins=frozenset().union(*(each.origins for each in sharings)),
        expires=min(expiries, default=None),
        derived_from=tuple(sorted(item.id for item in live)),
        correction=None,
        review=review,
        signatures=(),
    )
