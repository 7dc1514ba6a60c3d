"""The reveal: each side proves item by item that it knows the item, and says when it saw it.

An output of the VOPRF is known to who holds the key and the item, and to who asked for the item.
Its first 10 bytes are the tag, which the exchange sees too; the next 16 are the holder's proof,
the 16 after these the asker's. So an exchange that names too much as "in common" gains nothing
for either side: the holder cannot show its proof for an item that it does not hold, the asker
cannot show its proof for one that it never asked, and no item travels as text.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from attrs import frozen

from tocsin.exchange.overlap import reading
from tocsin.exchange.overlap.book import PROOF_BYTES
from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.exchange.overlap.notices import Notice
from tocsin.exchange.overlap.party import Party
from tocsin.foundation import BadInputError, JsonObject, canonical, parse_json, rfc3339
from tocsin.trust import TAG_BYTES, SealedBytes, open_sealed, seal

_PROOFS: Final = {
    LetterKind.DISCLOSURE: slice(TAG_BYTES, TAG_BYTES + PROOF_BYTES),
    LetterKind.REPLY: slice(TAG_BYTES + PROOF_BYTES, TAG_BYTES + 2 * PROOF_BYTES),
}


@frozen
class Shown:
    """One entry of a reveal: that its author knows the item, and its first observation."""

    tag: bytes
    proof: bytes
    first_seen: datetime | None

    @classmethod
    def of(cls, output: bytes, kind: LetterKind, first_seen: datetime | None) -> "Shown":
        """Make the entry for an item whose output is known here."""
        return cls(output[:TAG_BYTES], output[_PROOFS[kind]], first_seen)

    def proves(self, output: bytes, kind: LetterKind) -> bool:
        """Tell whether its author knew the item that has this output."""
        return (self.tag, self.proof) == (output[:TAG_BYTES], output[_PROOFS[kind]])


def write_sealed(
    party: Party, kind: LetterKind, notice: Notice, to: str, entries: Iterable[Shown]
) -> Letter:
    """Return a DISCLOSURE or REPLY that only `to` can open."""
    rows: list[JsonObject] = [
        {
            "tag": each.tag.hex(),
            "proof": each.proof.hex(),
            "first_seen": None if each.first_seen is None else rfc3339(each.first_seen),
        }
        for each in sorted(entries, key=lambda entry: entry.tag)
    ]
    sealed = seal(
        canonical({"items": [*rows]}), {to: party.sealing_key(to)}, _context(kind, notice)
    )
    data = canonical(sealed.to_json())
    return Letter.write(kind, notice.attempt_terms, data, party.keyring.signing)


def read_sealed(party: Party, letter: Letter, notice: Notice, author: str) -> list[Shown]:
    """Check and open a DISCLOSURE or REPLY.

    Raises:
        TrustError: when it is not its author's, not for us or not of this asking.
        BadInputError: when what was sealed is malformed.
    """
    letter.check(party.verify_keys(author))
    letter.check_belongs(notice.attempt_terms)
    sealed = SealedBytes.from_json(parse_json(letter.data, source=f"overlap {letter.kind}"))
    plain = open_sealed(sealed, party.keyring, _context(letter.kind, notice))
    said = parse_json(plain, source=f"sealed overlap {letter.kind}")
    if not isinstance(said, dict):
        raise BadInputError(f"sealed overlap {letter.kind}: no object", hint="tell the sender")
    return [
        Shown(
            reading.raw_bytes(row, "tag", size=TAG_BYTES),
            reading.raw_bytes(row, "proof", size=PROOF_BYTES),
            reading.time_or_none(row, "first_seen"),
        )
        for row in reading.objects(said, "items")
    ]


def matched(
    shown: Iterable[Shown], outputs: Mapping[bytes, str], kind: LetterKind
) -> tuple[dict[str, Shown], str]:
    """Tell which of our items the other side proved to know.

    Args:
        outputs: our items' keys by their outputs.

    Returns:
        The proven entries by the item's key, and what to tell a person where one entry names an
        item that its author does not know (empty otherwise).
    """
    by_tag = {output[:TAG_BYTES]: output for output in outputs}
    proven: dict[str, Shown] = {}
    unproven = 0
    for each in shown:
        output = by_tag.get(each.tag, b"")
        if output and each.proves(output, kind):
            proven[outputs[output]] = each
        else:
            unproven += 1
    why = f"{unproven} items were named as common without a proof and left out" if unproven else ""
    return proven, why


def _context(kind: LetterKind, notice: Notice) -> bytes:
    return canonical({"overlap": str(kind), **notice.attempt_terms})
