"""Checkpoints of a log and their witnesses' cosignatures, in the C2SP text forms.

Sources: c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature (Ed25519,
`cosignature/v1`). Any C2SP witness or monitor can read and check them.
"""

import hashlib
import re
from datetime import UTC, datetime

import attrs

from tocsin.foundation import BadInputError, TrustError, UsageError
from tocsin.trust._encoding import from_base64, to_base64
from tocsin.trust.keys import SigningKey, VerifyKey

_ED25519 = 0x01
_COSIGNATURE_V1 = 0x04
_DASH = "\u2014"
_HASH_BYTES = 32
_KEY_ID_BYTES = 4
_TIME_BYTES = 8
_MOST_BYTES = 1 << 20
_MOST_SIGNATURES = 100
_MOST_LEAVES = (1 << 63) - 1
_LAST_SECOND = 253402300799  # 9999-12-31T23:59:59Z, the last that a datetime can tell
_NOT_PLAIN = re.compile("[\x00-\x1f\ud800-\udfff]")


@attrs.frozen
class Checkpoint:
    """A log's head: which log, how many leaves, which root.

    Raises:
        BadInputError: when it can't be written as a checkpoint.
    """

    origin: str = attrs.field()
    size: int = attrs.field()
    root: bytes = attrs.field()

    @origin.validator
    def _origin_is_a_line(self, _: object, value: str) -> None:
        if not value or not _is_plain(value):
            raise _malformed("the origin must be one line of text")

    @size.validator
    def _size_is_a_count(self, _: object, value: int) -> None:
        if not 0 <= value <= _MOST_LEAVES:
            raise _malformed(f"a log can't have {value} leaves")

    @root.validator
    def _root_is_a_hash(self, _: object, value: bytes) -> None:
        if len(value) != _HASH_BYTES:
            raise _malformed(f"root of {len(value)} bytes where {_HASH_BYTES} belong")

    @property
    def text(self) -> str:
        """The three lines that are signed, with the final newline."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


def sign_checkpoint(checkpoint: Checkpoint, name: str, key: SigningKey) -> str:
    """Return the signed note of a log's own key.

    Args:
        checkpoint: what is signed. Never sign two that are not consistent.
        name: the key's name, by custom the origin; without spaces and plus signs.
        key: the log's key.
    """
    signature = key.sign(checkpoint.text.encode())
    key_id = _note_key_id(name, _ED25519, key.public)
    return f"{checkpoint.text}\n{_signature_line(name, key_id + signature)}"


def cosign(note: str, name: str, key: SigningKey, at: datetime) -> str:
    """Return a witness's signature line for a note; append it to the note as it is.

    It states that at this time the checkpoint is the largest that the witness has seen of this
    log, and consistent with all before: check that first, and use one key for one witness only.

    Args:
        note: a signed checkpoint that the witness has verified.
        name: the witness's name, without spaces and plus signs.
        key: the witness's key.
        at: the time of the statement; fractions of a second are cut off.
    """
    if at.tzinfo is None:
        raise UsageError("a cosignature needs an aware time", hint="give a time zone")
    text, _ = _split_note(note)
    seconds = int(at.timestamp())
    if not 0 <= seconds <= _LAST_SECOND:
        raise UsageError("a cosignature's time must lie after 1970")
    blob = (
        _note_key_id(name, _COSIGNATURE_V1, key.public)
        + seconds.to_bytes(_TIME_BYTES, "big")
        + key.sign(_cosigned(text, seconds))
    )
    return _signature_line(name, blob)


def read_note(note: str) -> Checkpoint:
    """Parse a signed checkpoint without verifying anything: the text is only a claim.

    Raises:
        BadInputError: when it is no signed note with a checkpoint. Extension lines are refused:
            nobody can audit what they say.
    """
    text, _ = _split_note(note)
    lines = text.split("\n")
    if len(lines) != 4:  # three lines and what follows the last newline
        raise _malformed("expected origin, size and root, and no extension lines")
    origin, size, encoded, _ = lines
    if not (size.isascii() and size.isdigit() and len(size) <= 19) or str(int(size)) != size:
        raise _malformed("the size is not a plain decimal")
    return Checkpoint(origin, int(size), from_base64(encoded, what="checkpoint: root"))


def verify_note(note: str, name: str, key: VerifyKey) -> Checkpoint:
    """Check that the named key signed the note, and return what it says.

    Raises:
        TrustError: when that key did not sign it, or a signature that claims to be its does not
            hold.
        BadInputError: when it is no signed checkpoint.
    """
    text, signatures = _split_note(note)
    wanted = _note_key_id(name, _ED25519, key)
    found = [blob[_KEY_ID_BYTES:] for who, blob in signatures if (who, blob[:4]) == (name, wanted)]
    if not found:
        raise _unsigned(name, key)
    for signature in found:
        key.verify(signature, text.encode())
    return read_note(note)


def verify_cosignature(note: str, name: str, key: VerifyKey) -> datetime:
    """Check that the named witness cosigned the note, and return when it says it did.

    The time is the witness's word: compare it with your own clock.

    Raises:
        TrustError: when that witness did not cosign it, or its cosignature does not hold.
        BadInputError: when it is no signed note.
    """
    text, signatures = _split_note(note)
    wanted = _note_key_id(name, _COSIGNATURE_V1, key)
    found = [blob[_KEY_ID_BYTES:] for who, blob in signatures if (who, blob[:4]) == (name, wanted)]
    if not found:
        raise _unsigned(name, key)
    times: list[int] = []
    for stamped in found:
        seconds = int.from_bytes(stamped[:_TIME_BYTES], "big")
        key.verify(stamped[_TIME_BYTES:], _cosigned(text, seconds))
        times.append(seconds)
    if max(times) > _LAST_SECOND:
        raise TrustError(f"the cosignature by {name} bears an impossible time")
    return datetime.fromtimestamp(max(times), UTC)


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _note_key_id(name: str, algorithm: int, key: VerifyKey) -> bytes:
    if not name or "+" in name or any(char.isspace() or char < " " for char in name):
        raise UsageError(
            f"{name!r} can't name a key", hint="use letters, digits, dots, dashes and slashes"
        )
    whole = hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + key.raw)
    return whole.digest()[:_KEY_ID_BYTES]


def _signature_line(name: str, blob: bytes) -> str:
    return f"{_DASH} {name} {to_base64(blob)}\n"


def _split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the text with its final newline, and the signatures as (name, key id + bytes)."""
    if len(note) > _MOST_BYTES or not _is_plain(note.replace("\n", "")):
        raise _malformed("too long, or it holds control characters")
    # The last empty line parts them: the text may have empty lines of its own.
    text, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise _malformed("text, an empty line and signature lines are expected")
    lines = tail[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise _malformed(f"more than {_MOST_SIGNATURES} signatures")
    return text + "\n", [_parse_signature(line) for line in lines]


def _is_plain(text: str) -> bool:
    """Tell whether text is valid Unicode without ASCII control characters."""
    return _NOT_PLAIN.search(text) is None


def _parse_signature(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != _DASH or not parts[1] or "+" in parts[1]:
        raise _malformed("a signature line is broken")
    blob = from_base64(parts[2], what="signed note: signature")
    if len(blob) <= _KEY_ID_BYTES:
        raise _malformed("a signature is too short")
    return parts[1], blob


def _malformed(why: str) -> BadInputError:
    return BadInputError(f"checkpoint: {why}", hint="fetch the checkpoint again")


def _unsigned(name: str, key: VerifyKey) -> TrustError:
    return TrustError(
        f"the checkpoint bears no signature by {name} ({key.key_id})",
        hint="fetch the latest checkpoint, and check that the name and key are the right ones",
    )
