"""From a preview to signed objects in the outbox, in one transaction per batch."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from attrs import evolve, frozen

from tocsin.cases import case_in
from tocsin.foundation import Entropy, NoProgress, Progress, RefusedError
from tocsin.policy import Reaches
from tocsin.records import Authorship, Community, Sharing, StixObject, new_object
from tocsin.release.drafts import Draft
from tocsin.release.naming import finding_of, identify, seed_of
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
    """

    objects: tuple[str, ...]
    known: int
    opens_at: datetime


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
    ids: list[str] = []
    known = 0
    with (progress or NoProgress()).task("signing", len(preview.drafts)) as advance:
        for batch in _batches(preview.drafts):
            for object_id, was_known in _commit_batch(vault, desk, batch):
                ids.append(object_id)
                known += was_known
            advance(len(batch))
    return Released(tuple(ids), known, desk.opens_at)


def _commit_batch(vault: Vault, desk: _Desk, batch: Sequence[Draft]) -> list[tuple[str, bool]]:
    def work(tx: Transaction) -> list[tuple[str, bool]]:
        _check_review(tx, desk.preview)
        named = identify(tx, batch, desk.seed)
        leaving = [
            _leaving(draft, object_id, desk)
            for draft, (object_id, is_known) in zip(batch, named, strict=True)
            if not is_known
        ]
        desk.outgoing.queue_all(tx, leaving, opens_at=desk.opens_at)
        return named

    return vault.write(work)


def _check_review(tx: Transaction, preview: Preview) -> None:
    """Refuse when the review that the preview rests on was taken back, or the case changed."""
    if not preview.rests_on_review:
        return
    now = case_in(tx, preview.case.id)
    if (now.items_digest, now.reviewers) != (preview.case.items_digest, preview.case.reviewers):
        raise RefusedError(
            f"{preview.case.title!r} or its review changed after the preview",
            hint="look at it with `tocsin case show`, then release it anew",
        )


def _leaving(draft: Draft, object_id: str, desk: _Desk) -> Leaving:
    preview = desk.preview
    item = _object(draft, desk, object_id)
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
            "have a second person review the case (`tocsin case review`), give --purpose, "
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
