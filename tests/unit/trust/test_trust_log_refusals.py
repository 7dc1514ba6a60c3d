"""What a person is told when a log does not hold: golden, as in `test_trust_refusals.py`."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from tests.unit.trust.test_trust_refusals import COPY, KEY, NOW
from tocsin.foundation import BadInputError, TocsinError, TrustError, UsageError
from tocsin.trust import (
    Checkpoint,
    Frontier,
    consistency_proof,
    cosign,
    inclusion_proof,
    read_note,
    root,
    salted,
    sign_checkpoint,
    verify_consistency,
    verify_cosignature,
    verify_inclusion,
    verify_note,
)

LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
NOTE = sign_checkpoint(Checkpoint("exchange.example/log", 7, bytes(32)), "log.example", KEY)
TEXT, _, LINE = NOTE.partition("\n\n")
NO_PROOF: list[bytes] = []
FETCH = "fetch the checkpoint again"
COMPARE = "keep what you were shown and compare checkpoints with another member"
LATEST = "fetch the latest checkpoint, and check that the name and key are the right ones"


class Empty:
    """A log without a single node."""

    def node(self, level: int, index: int) -> bytes:
        raise AssertionError(f"nobody asks for {level}, {index}")


def stamped(name: str, seconds: int) -> str:
    """A cosignature's line, made by hand, for a time that `cosign` would refuse."""
    line = cosign(NOTE, name, KEY, NOW)
    blob = base64.b64decode(line.split(" ")[2])
    signed = KEY.sign(f"cosignature/v1\ntime {seconds}\n{TEXT}\n".encode())
    made = blob[:4] + seconds.to_bytes(8, "big") + signed
    return f"\u2014 {name} {base64.b64encode(made).decode()}\n"


REFUSALS: list[tuple[Callable[[], object], type[TocsinError], str, str]] = [
    # the log's tree
    (lambda: salted(bytes(31), b""), UsageError, "a nonce has 32 bytes, not 31", ""),
    (lambda: Frontier().append(bytes(31)), UsageError, "a leaf hash has 32 bytes, not 31", ""),
    (
        lambda: Frontier.from_bytes(bytes(9)),
        BadInputError,
        "log frontier: its length does not fit its size",
        "rebuild it from the stored leaves, or restore a backup",
    ),
    (lambda: root(Empty(), -1), UsageError, "a log can't have -1 leaves", ""),
    (lambda: inclusion_proof(Empty(), 3, 3), UsageError, "leaf 3 is not in a log of 3", ""),
    (
        lambda: consistency_proof(Empty(), 4, 3),
        UsageError,
        "a log of 3 has no earlier size 4",
        "",
    ),
    (
        lambda: consistency_proof(Empty(), -1, 3),
        UsageError,
        "a log of 3 has no earlier size -1",
        "",
    ),
    *(
        (
            partial(verify_inclusion, *case),
            TrustError,
            f"not proven: that leaf {case[0]} is in the log of {case[1]}",
            COMPARE,
        )
        for case in (
            (3, 3, bytes(32), NO_PROOF, bytes(32)),
            (0, 1, bytes(32), [bytes(32)], bytes(32)),
            (0, 2, bytes(32), NO_PROOF, bytes(32)),
        )
    ),
    *(
        (
            partial(verify_consistency, *case),
            TrustError,
            f"not proven: that the log of {case[1]} continues the log of {case[0]}",
            COMPARE,
        )
        for case in (
            (4, 3, bytes(32), bytes(32), NO_PROOF),
            (0, 3, bytes(32), bytes(32), NO_PROOF),
            (2, 3, bytes(32), bytes(32), NO_PROOF),
        )
    ),
    # checkpoints
    (
        lambda: cosign(NOTE, "w", KEY, NOW.replace(tzinfo=None)),
        UsageError,
        "a cosignature needs an aware time",
        "give a time zone",
    ),
    (
        lambda: cosign(NOTE, "w", KEY, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        UsageError,
        "a cosignature's time must lie after 1970",
        "",
    ),
    (
        lambda: sign_checkpoint(Checkpoint("a", 1, bytes(32)), "a\x00", KEY),
        UsageError,
        "'a\\x00' can't name a key",
        "use letters, digits, dots, dashes and slashes",
    ),
    *(
        (
            partial(check, NOTE, "other", KEY.public),
            TrustError,
            f"the checkpoint bears no signature by other ({KEY.key_id})",
            LATEST,
        )
        for check in (verify_note, verify_cosignature)
    ),
    (
        lambda: verify_cosignature(NOTE + stamped("w", 253402300800), "w", KEY.public),
        TrustError,
        "the cosignature by w bears an impossible time",
        "",
    ),
    *(
        (partial(read_note, note), BadInputError, f"checkpoint: {why}", FETCH)
        for note, why in (
            ("\x00" + NOTE, "too long, or it holds control characters"),
            ("a" * (1 << 20) + NOTE, "too long, or it holds control characters"),
            (TEXT + "\n", "text, an empty line and signature lines are expected"),
            (NOTE[:-1], "text, an empty line and signature lines are expected"),
            (f"{TEXT}\n\n{LINE * 101}", "more than 100 signatures"),
            (f"{TEXT}\nmore\n\n{LINE}", "expected origin, size and root, and no extension lines"),
            (NOTE.replace("\n7\n", "\n07\n"), "the size is not a plain decimal"),
            (NOTE.replace("\n7\n", f"\n{2**63}\n"), f"a log can't have {2**63} leaves"),
            (NOTE.replace("exchange.example/log", ""), "the origin must be one line of text"),
            (NOTE.replace("A" * 43 + "=", "AAAA"), "root of 3 bytes where 32 belong"),
            (f"{NOTE}\u2014  AAAAAAA=\n", "a signature line is broken"),
            (f"{NOTE}\u2014 a \n", "a signature is too short"),
            (f"{NOTE}\u2014  a AAAAAAA=\n", "a signature line is broken"),
            (f"{NOTE}\u2014\u00a0a AAAAAAA=\n", "a signature line is broken"),
            (f"{NOTE}-- a AAAAAAA=\n", "a signature line is broken"),
            (f"{NOTE}\u2014 a+b AAAAAAA=\n", "a signature line is broken"),
            (f"{NOTE}\u2014 a AAAAAA==\n", "a signature is too short"),
        )
    ),
    (
        lambda: read_note(f"{NOTE}\u2014 a ?\n"),
        BadInputError,
        "signed note: signature: not base64",
        COPY,
    ),
    (
        lambda: read_note(NOTE.replace("A" * 43 + "=", "?")),
        BadInputError,
        "checkpoint: root: not base64",
        COPY,
    ),
]


@pytest.mark.parametrize(("call", "kind", "message", "hint"), REFUSALS)
def test_a_refusal_names_the_entry_or_line_and_says_what_to_do(
    call: Callable[[], object], kind: type[TocsinError], message: str, hint: str
) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    assert caught.value.hint == hint
    assert caught.value.message == message


def test_the_very_first_and_last_second_can_be_cosigned() -> None:
    for at in (datetime(1970, 1, 1, tzinfo=UTC), LAST):
        note = NOTE + cosign(NOTE, "w", KEY, at)
        assert verify_cosignature(note, "w", KEY.public) == at.replace(microsecond=0)


def test_a_note_may_be_as_long_and_as_often_signed_as_the_limits_say() -> None:
    many = f"{TEXT}\n\n{LINE * 100}"
    assert read_note(many).size == 7
    rest = (1 << 20) - len(NOTE)
    assert read_note("a" * rest + NOTE).size == 7
    assert read_note(NOTE + "\u2014 a AAAAAAA=\n").size == 7
    assert read_note(NOTE.replace("\n7\n", f"\n{2**63 - 1}\n")).size == 2**63 - 1
