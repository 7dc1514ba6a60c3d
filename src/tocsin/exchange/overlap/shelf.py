"""What the exchange keeps of the askings: the notices in the vault, the bulk in blobs."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from attrs import evolve, field, frozen

from tocsin.exchange.overlap.blobs import Blobs
from tocsin.exchange.overlap.epochs import LIFETIME
from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.exchange.overlap.mailbox import TagSet
from tocsin.exchange.overlap.notices import Notice, Stage
from tocsin.foundation import JsonObject, canonical, parse_json, parse_time, rfc3339
from tocsin.vault import Document, Snapshot, Transaction

LOG_KIND: Final = "overlap"
_KIND: Final = "overlap-notice"
_TAGS_KEY: Final = "overlap.tags"
_SEALED: Final = frozenset({LetterKind.DISCLOSURE, LetterKind.REPLY})


@frozen
class Shelved:
    """An asking with what only the exchange needs to know of it.

    Attributes:
        tags: the tag set that the holder answered with.
        is_cleared: True once nothing of it is left in the blobs.
        changes: by member of the two, the number of its latest change: each member's changes
            count from 1, so that the numbers tell nothing of what others ask.
    """

    notice: Notice
    tags: TagSet | None = None
    is_cleared: bool = False
    changes: Mapping[str, int] = field(factory=dict)

    def change_for(self, member: str) -> int:
        """Return the number of the last change by this member's count."""
        return self.changes.get(member, 0)

    def to_json(self) -> JsonObject:
        """Return the form that the vault keeps."""
        tags: JsonObject | None = None
        if self.tags is not None:
            tags = {"name": self.tags.name, "parts": self.tags.parts}
        return {
            "notice": self.notice.to_json(),
            "tags": tags,
            "is_cleared": self.is_cleared,
            "changes": {**self.changes},
        }

    @classmethod
    def of(cls, document: Document) -> "Shelved":
        """Read what `to_json` wrote."""
        said, tags = document.body["notice"], document.body["tags"]
        notice = Notice.from_json(said if isinstance(said, dict) else {})
        kept = None
        if isinstance(tags, dict):
            parts = int(str(tags["parts"]))
            kept = TagSet(notice.holder, notice.asker, str(tags["name"]), parts)
        # Askings of before changes were counted for each member have the log's numbers.
        counted = document.body.get("changes")
        changes = counted if isinstance(counted, dict) else {}
        numbers = {
            member: int(str(changes.get(member, document.entry + 1)))
            for member in (notice.asker, notice.holder)
        }
        return cls(notice, kept, document.body["is_cleared"] is True, numbers)

    def at(self, stage: Stage) -> "Shelved":
        """Return it at another stage."""
        return evolve(self, notice=evolve(self.notice, stage=stage))


class Shelf:
    """Reads and writes of one transaction and of the blobs."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def get(self, snapshot: Snapshot, asking_id: str) -> Shelved | None:
        """Return one asking."""
        document = snapshot.documents.get(_KIND, asking_id)
        return None if document is None else Shelved.of(document)

    def all(self, snapshot: Snapshot) -> Iterator[Shelved]:
        """Yield all askings, the oldest change first."""
        yield from map(Shelved.of, snapshot.documents.list(_KIND))

    def put(self, tx: Transaction, shelved: Shelved, *, by: str) -> Notice:
        """Keep an asking and log what became of it."""
        notice = shelved.notice
        others = list(self.all(tx))
        numbers = {
            member: 1 + max((each.change_for(member) for each in others), default=0)
            for member in (notice.asker, notice.holder)
        }
        counted = evolve(shelved, changes=numbers)
        tx.documents.put(_KIND, notice.id, counted.to_json(), by=by)
        tx.log.append(LOG_KIND, by=by, said=notice.to_json())
        return notice

    def put_letter(self, letter: Letter, notice: Notice) -> None:
        """Keep a letter; the same letter of a later attempt stands beside it."""
        self._blobs.put(
            _folder(notice, letter.kind),
            f"{letter.kind}-{notice.attempt}",
            canonical(letter.to_json()),
        )

    def drop_old_attempts(self, notice: Notice) -> None:
        """Delete letters of attempts before the last one; that one may be read this moment."""
        for name in self._blobs.names(_folder(notice)):
            if int(name.rpartition("-")[2]) < notice.attempt - 1:
                self._blobs.drop(_folder(notice), name)

    def letter(self, notice: Notice, kind: LetterKind) -> Letter | None:
        """Return a letter of the present attempt."""
        raw = self._blobs.get(_folder(notice, kind), f"{kind}-{notice.attempt}")
        return None if raw is None else Letter.from_json(parse_json(raw, source=f"kept {kind}"))

    def put_outputs(self, notice: Notice, outputs: bytes) -> None:
        """Keep the asker's outputs."""
        self._blobs.put(_folder(notice), f"outputs-{notice.attempt}", outputs)

    def outputs(self, notice: Notice) -> bytes:
        """Return the asker's outputs of the present attempt."""
        return self._blobs.get(_folder(notice), f"outputs-{notice.attempt}") or b""

    def put_tags(
        self, tx: Transaction, tags: TagSet, part: int, data: bytes, now: datetime
    ) -> None:
        """Keep one part of a tag set."""
        self._blobs.put(_tag_folder(tags), f"{part}-of-{tags.parts}", data)
        tx.settings.set(_tags_key(tags), [tags.parts, rfc3339(now)])

    def tag_parts(self, tags: TagSet) -> frozenset[int]:
        """Return which parts of a tag set are there."""
        found = (name.partition("-of-") for name in self._blobs.names(_tag_folder(tags)))
        return frozenset(int(part) for part, _, _ in found)

    def tags(self, tags: TagSet) -> bytes:
        """Return a whole tag set."""
        folder = _tag_folder(tags)
        return b"".join(
            self._blobs.get(folder, f"{part}-of-{tags.parts}") or b"" for part in range(tags.parts)
        )

    def clear(self, tx: Transaction, shelved: Shelved) -> None:
        """Delete elements, outputs and, unless another open asking needs them, tags."""
        self._blobs.drop(_folder(shelved.notice))
        tags = shelved.tags
        if tags is not None and not self._is_needed(tx, tags, but=shelved.notice.id):
            self._drop_tags(tx, tags)

    def clear_sealed(self, shelved: Shelved) -> None:
        """Delete the sealed letters."""
        self._blobs.drop(_folder(shelved.notice, LetterKind.REPLY))

    def clear_old_tags(self, tx: Transaction, now: datetime) -> None:
        """Delete tag sets that were uploaded long ago and that no open asking needs."""
        for key, value in tx.settings.all(f"{_TAGS_KEY}/").items():
            _, holder, asker, name = key.split("/")
            parts, at = value if isinstance(value, list) else (0, "")
            tags = TagSet(holder, asker, name, int(str(parts)))
            is_old = parse_time(str(at)) + LIFETIME <= now
            if is_old and not self._is_needed(tx, tags):
                self._drop_tags(tx, tags)

    def _drop_tags(self, tx: Transaction, tags: TagSet) -> None:
        self._blobs.drop(_tag_folder(tags))
        tx.settings.set(_tags_key(tags), None)

    def _is_needed(self, snapshot: Snapshot, tags: TagSet, but: str = "") -> bool:
        return any(
            each.tags == tags and each.notice.stage.is_open and each.notice.id != but
            for each in self.all(snapshot)
        )


def _folder(notice: Notice, kind: LetterKind | None = None) -> str:
    return f"{'sealed' if kind in _SEALED else 'open'}/{notice.id}"


def _tag_folder(tags: TagSet) -> str:
    return f"tags/{tags.holder}/{tags.asker}/{tags.name}"


def _tags_key(tags: TagSet) -> str:
    return f"{_TAGS_KEY}/{tags.holder}/{tags.asker}/{tags.name}"
