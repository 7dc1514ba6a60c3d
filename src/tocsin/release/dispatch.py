"""From a preview to signed objects in the outbox, in one transaction per batch."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from attrs import evolve, frozen

from tocsin.cases import case_in
from tocsin.foundation import Entropy, NoProgress, Progress, RefusedError, parse_time
from tocsin.policy import Reaches
from tocsin.records import (
    CLAIM_TYPE,
    Authorship,
    Community,
    Sharing,
    StixObject,
    new_object,
    stix_time,
)
from tocsin.release.drafts import Draft
from tocsin.release.forms import says_the_same
from tocsin.release.naming import Named, finding_of, identify, replaced_ids, seed_of
from tocsin.release.outgoing import Leaving, Outgoing
from tocsin.release.preview import Preview
from tocsin.trust import KeyRing
from tocsin.vault import Transaction, Vault

_BATCH: Final = 500


@frozen
class Released:
    """What a release put into the outbox.

    Attributes:
        objects: ids in the order of the drafts.
        known: how many of them an equal release had already put there.
        opens_at: when the outbox lets them go.
        replaced: ids of earlier claims that these replace and that are not withdrawn.
    """

    objects: tuple[str, ...]
    known: int
    opens_at: datetime
    replaced: tuple[str, ...] = ()


@frozen
class _Desk:
    """What signing one release needs besides the transaction."""

    preview: Preview
    outgoing: Outgoing
    reaches: Reaches
    seed: bytes

    @property
    def opens_at(self) -> datetime:
        return self.preview.now + self.preview.terms.hold


def commit(
    preview: Preview,
    *,
    community: Community,
    vault: Vault,
    keyring: KeyRing,
    entropy: Entropy,
    by: str,
    progress: Progress | None = None,
) -> Released:
    """Sign what was previewed and queue it for its recipients.

    Safe to repeat: the same case on the same terms yields the same objects, so that a release cut
    off by a crash is completed by giving it again.

    Raises:
        RefusedError: when the preview holds a refusal; all of them are in the message.
    """
    if preview.refusals:
        reasons = "; ".join(each.why for each in preview.refusals)
        raise RefusedError(f"not released: {reasons}", hint=_hint(preview))
    case, terms = preview.case, preview.terms
    seed = vault.write(lambda tx: seed_of(case, terms, tx, entropy, by=by))
    outgoing = Outgoing(community=community, keyring=keyring, entropy=entropy, by=by)
    desk = _Desk(preview, outgoing, Reaches(community, preview.now), seed)
    done: list[_Done] = []
    with (progress or NoProgress()).task("signing", len(preview.drafts)) as advance:
        for batch in _batches(preview.drafts):
            done += _commit_batch(vault, desk, batch)
            advance(len(batch))
    return Released(
        objects=tuple(each.id for each in done),
        known=sum(each.is_known for each in done),
        opens_at=desk.opens_at,
        replaced=tuple(dict.fromkeys(before for each in done for before in each.replaced)),
    )


@frozen
class _Done:
    """What became of one draft; see `Released`."""

    id: str
    is_known: bool
    replaced: tuple[str, ...]


def _commit_batch(vault: Vault, desk: _Desk, batch: Sequence[Draft]) -> list[_Done]:
    def work(tx: Transaction) -> list[_Done]:
        _check_review(tx, desk.preview)
        leaving: list[Leaving] = []
        done: list[_Done] = []
        for draft, named in zip(batch, identify(tx, batch, desk.seed), strict=True):
            before = replaced_ids(draft, tx, desk.seed)
            replaced = tx.shared.get_all(before) if before else {}
            is_known = _is_known(draft, named)
            if not is_known:
                leaving.append(_leaving(draft, named, desk, sorted(replaced)))
            out = (each.id for each in replaced.values() if not each.revoked)
            done.append(_Done(named.id, is_known, tuple(out)))
        desk.outgoing.queue_all(tx, leaving, opens_at=desk.opens_at)
        return done

    return vault.write(work)


def _check_review(tx: Transaction, preview: Preview) -> None:
    """Refuse when the review that the preview rests on was taken back, or the case changed."""
    if not preview.rests_on_review:
        return
    now = case_in(tx, preview.case.id)
    before = preview.case
    if (now.items_digest, now.assessment_digest, now.reviewers) != (
        before.items_digest,
        before.assessment_digest,
        before.reviewers,
    ):
        raise RefusedError(
            f"{preview.case.title!r} or its review changed after the preview",
            hint="look at it with `tocsin case show`, then release it anew",
        )


def _is_known(draft: Draft, named: Named) -> bool:
    """Tell whether a draft is out already; of a claim that changed, a new version leaves."""
    if named.before is None or named.was_stopped:
        return False
    return draft.type != CLAIM_TYPE or says_the_same(draft.fields, named.before)


def _leaving(draft: Draft, named: Named, desk: _Desk, replaced: Sequence[str]) -> Leaving:
    preview = desk.preview
    item = _object(draft, desk, named.id)
    if replaced:
        item = item.replaced(supersedes_refs=[*replaced])
    if named.before is not None:
        item = _next_version(item, named.before)
    reach = desk.reaches.of(item, sender=preview.author.id, sources=draft.sources)
    return Leaving(item, reach, (draft.observable.key,) if draft.observable else ())


def _object(draft: Draft, desk: _Desk, object_id: str) -> StixObject:
    preview = desk.preview
    is_named = preview.terms.authorship is Authorship.NAMED
    # Unnamed: the hour is all that is told, so that times do not give the author away.
    now = preview.now if is_named else preview.now.replace(minute=0, second=0, microsecond=0)
    fields = dict(draft.fields)
    if not is_named and "valid_from" in fields:
        fields["valid_from"] = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return new_object(
        draft.type,
        now=now,
        entropy=desk.outgoing.entropy,
        author=preview.author.id if is_named else None,
        marking=preview.terms.marking,
        object_id=object_id,
        fields=fields,
    ).with_sharing(_sharing(draft, desk))


def _next_version(item: StixObject, before: StixObject) -> StixObject:
    earliest = parse_time(before.version, field="modified") + timedelta(milliseconds=1)
    modified = max(parse_time(item.version, field="modified"), earliest)
    return item.replaced(created=before.body.get("created"), modified=stix_time(modified))


def _sharing(draft: Draft, desk: _Desk) -> Sharing:
    """Return the sharing extension, the finding under an id of this release's own."""
    sharing = desk.preview.sharing_of(draft)
    if sharing.review is None:
        return sharing
    return evolve(sharing, review=evolve(sharing.review, finding=finding_of(desk.seed)))


def _batches(drafts: Sequence[Draft]) -> Iterator[Sequence[Draft]]:
    remaining = iter(drafts)
    while batch := tuple(islice(remaining, _BATCH)):
        yield batch


def _hint(preview: Preview) -> str:
    rules = {each.rule for each in preview.refusals}
    hints: list[str] = []
    if any(rule.startswith("people") for rule in rules):
        hints.append(
            "put a coordination finding into the case (`tocsin case add`), assess it (`tocsin "
            "case assess`), have a second person review it (`tocsin case review`), give --purpose, "
            "--expires and --contact, or leave them out with --without-people"
        )
    if "attribution-second" in rules:
        hints.append(
            "have somebody who neither recorded nor releases it review the case as it stands "
            "(`tocsin case review CASE --approve --why … --as NAME`), or take a stricter --tlp"
        )
    if "attribution-reply" in rules:
        hints.append("offer a reply, and record it in a new claim: --right-of-reply, --supersedes")
    if any(rule.startswith("derived") for rule in rules):
        hints.append("use a marking and an expiry at least as strict as the sources'")
    return "; ".join(hints) or "see `--preview` for who would receive it and why not"
