"""Checkpoints: other implementations' notes verify, ours are theirs byte for byte."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import BadInputError, TrustError, UsageError
from tocsin.trust import (
    Checkpoint,
    SigningKey,
    VerifyKey,
    cosign,
    read_note,
    sign_checkpoint,
    verify_cosignature,
    verify_note,
)

# A checkpoint of the Go checksum database as fetched on 2023-01-09 (google/trillian-examples,
# witness/golang/cmd/addrwitness/README.md); its key is built into the go command
# (golang/go, src/cmd/go/internal/modfetch/key.go).
GO_SUM = (
    "go.sum database tree\n"
    "15067302\n"
    "gJyioq6dwR9n+NjEWORfYmH+ubeYm3kH42BBQ0bTpYI=\n"
    "\n"
    "\u2014 sum.golang.org Az3grp1rvWOs5NKlr/xR4GLN/CDyzzakmt1o61uSxYKp"
    "K1SerqOP2ClbX/peKUZjYnyomH5Xz7GZG3TpB7OeKn4E2ww=\n"
    "\u2014 test.example.com qTGhC/xIPQ0AXKHK6Y+9ypRfuvMZWPjRXM8NiOg5M1WR"
    "En07VQXyuIXM3NRNav3ieVFLUqDRK77PWDmL6w8w84UqeAw=\n"
)
GO_SUM_KEY = "Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

# Log and witness lines as github.com/transparency-dev/formats v0.1.1 (NewSignerForCosignatureV1)
# and golang.org/x/mod/sumdb/note write them from fixed seeds.
WITNESSED = (
    "example.com/vector-log\n"
    "1234\n"
    "SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n"
    "\n"
    "\u2014 example.com/vector-log RRah2qlLrSlk6J8DA1HmNewppUM15Quhs5cAIb1KjBsV"
    "3otVirJTW8AFVsQtJkTW1Zny7GuoAxZpI6bUPcpM68QOIgE=\n"
    "\u2014 witness.example.com/vector QW8QPQAAAABqwLUbDdj7sDNRIVjmjYgqFI6y4UJhPg/U"
    "AA8J8wAdqSd3q4PedRhkgXA4xFN/Jg5uWn7ZkBA+H/UHQs5d9hITdXmQAA==\n"
)
LOG = "example.com/vector-log"
LOG_KEY = "ARGkVJ4QEa2MOOLGBO6i7NVSJ1FQ97tIX+w+Ku0RZ6Em"
WITNESS = "witness.example.com/vector"
WITNESS_SEED = "BJEX3xv88eoQIKT4E+GkxZcXaJCYlQfi/GJ3NDFmZIW8"
WITNESSED_AT = datetime.fromtimestamp(1791014171, UTC)

KEY = SigningKey.from_raw(bytes(range(32)))
CHECKPOINT = Checkpoint("exchange.example/log", 7, bytes(range(32)))
NOTE = sign_checkpoint(CHECKPOINT, CHECKPOINT.origin, KEY)


def _vkey(text: str) -> VerifyKey:
    """Read the last part of a C2SP verifier key: algorithm byte and raw key."""
    return VerifyKey.from_raw(base64.b64decode(text)[1:])


def test_a_checkpoint_of_the_go_checksum_database_verifies() -> None:
    assert verify_note(GO_SUM, "sum.golang.org", _vkey(GO_SUM_KEY)) == Checkpoint(
        "go.sum database tree",
        15067302,
        base64.b64decode("gJyioq6dwR9n+NjEWORfYmH+ubeYm3kH42BBQ0bTpYI="),
    )


def test_another_implementations_log_and_witness_verify() -> None:
    witness = SigningKey.from_raw(base64.b64decode(WITNESS_SEED)[1:])

    assert verify_note(WITNESSED, LOG, _vkey(LOG_KEY)).size == 1234
    assert verify_cosignature(WITNESSED, WITNESS, witness.public) == WITNESSED_AT


def test_our_cosignature_is_another_implementations_byte_for_byte() -> None:
    witness = SigningKey.from_raw(base64.b64decode(WITNESS_SEED)[1:])
    unwitnessed = "".join(WITNESSED.splitlines(keepends=True)[:5])

    assert unwitnessed + cosign(unwitnessed, WITNESS, witness, WITNESSED_AT) == WITNESSED


def test_our_note_is_the_go_reference_implementations_byte_for_byte() -> None:
    # golang.org/x/mod/sumdb/note, note_test.go: the key "PeterNeumann". Its text is no checkpoint,
    # so only key id and signature line can be compared, on a text of the same signer.
    key = SigningKey.from_raw(base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:])
    line = sign_checkpoint(CHECKPOINT, "PeterNeumann", key).splitlines()[-1]

    assert key.public == _vkey("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    assert base64.b64decode(line.split(" ")[2])[:4].hex() == "c74f20a3"


def test_a_note_is_three_lines_an_empty_one_and_a_signature() -> None:
    lines = NOTE.split("\n")

    assert lines[:4] == [
        "exchange.example/log",
        "7",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "",
    ]
    assert lines[4].startswith("\u2014 exchange.example/log ")
    assert lines[5:] == [""]


origins = st.text(st.characters(min_codepoint=33, exclude_categories=["Cs", "Cc", "Z"]), min_size=1)


@given(origins, st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_what_is_signed_is_read_back(origin: str, size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin, size, root)
    note = sign_checkpoint(checkpoint, "log.example", KEY)

    assert read_note(note) == verify_note(note, "log.example", KEY.public) == checkpoint


@given(st.integers(0, 253402300799), st.integers(0, 999_999))
def test_a_cosignature_tells_its_time_to_the_second(seconds: int, microsecond: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=microsecond)
    note = NOTE + cosign(NOTE, "w.example", KEY, at)

    assert verify_cosignature(note, "w.example", KEY.public) == at.replace(microsecond=0)


def test_of_several_cosignatures_by_one_witness_the_latest_counts() -> None:
    early, late = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    note = NOTE + cosign(NOTE, "w.example", KEY, late) + cosign(NOTE, "w.example", KEY, early)

    assert verify_cosignature(note, "w.example", KEY.public) == late


@pytest.mark.parametrize(
    ("there", "instead"),
    [("7\n", "8\n"), ("exchange.", "Exchange."), ("AAEC", "AAED"), ("/log\n7", "/log \n7")],
)
def test_a_changed_checkpoint_is_refused(there: str, instead: str) -> None:
    note = NOTE + cosign(NOTE, "w.example", KEY, WITNESSED_AT)
    changed = note.replace(there, instead, 1)
    assert changed != note

    with pytest.raises(TrustError, match="does not hold"):
        verify_note(changed, CHECKPOINT.origin, KEY.public)
    with pytest.raises(TrustError, match="does not hold"):
        verify_cosignature(changed, "w.example", KEY.public)


def test_a_changed_cosigning_time_is_refused() -> None:
    line = cosign(NOTE, "w.example", KEY, WITNESSED_AT)
    blob = bytearray(base64.b64decode(line.split(" ")[2]))
    blob[11] ^= 1
    forged = f"\u2014 w.example {base64.b64encode(blob).decode()}\n"

    with pytest.raises(TrustError, match="does not hold"):
        verify_cosignature(NOTE + forged, "w.example", KEY.public)


def test_one_bad_signature_of_a_known_key_spoils_the_note() -> None:
    good = NOTE.split("\n\n")[1]
    blob = bytearray(base64.b64decode(good.split(" ")[2]))
    blob[-1] ^= 1
    bad = f"\u2014 {CHECKPOINT.origin} {base64.b64encode(blob).decode()}\n"

    with pytest.raises(TrustError, match="does not hold"):
        verify_note(NOTE + bad, CHECKPOINT.origin, KEY.public)


def test_signatures_of_unknown_keys_are_ignored() -> None:
    stranger = SigningKey.generate()
    line = sign_checkpoint(CHECKPOINT, CHECKPOINT.origin, stranger).split("\n\n")[1]

    assert verify_note(NOTE + line, CHECKPOINT.origin, KEY.public) == CHECKPOINT


@pytest.mark.parametrize("name", ["other.example/log", "exchange.example"])
def test_a_signature_under_another_name_does_not_count(name: str) -> None:
    with pytest.raises(TrustError, match="no signature by"):
        verify_note(NOTE, name, KEY.public)


def test_a_logs_signature_is_no_cosignature_and_the_other_way_round() -> None:
    with pytest.raises(TrustError, match="no signature by"):
        verify_cosignature(NOTE, CHECKPOINT.origin, KEY.public)
    body = NOTE.split("\n\n")[0]
    only_witness = f"{body}\n\n{cosign(NOTE, 'w.example', KEY, WITNESSED_AT)}"
    with pytest.raises(TrustError, match="no signature by"):
        verify_note(only_witness, "w.example", KEY.public)


def test_another_key_under_the_right_name_does_not_count() -> None:
    with pytest.raises(TrustError, match="no signature by"):
        verify_note(NOTE, CHECKPOINT.origin, SigningKey.generate().public)


SIGNATURE_LINE = NOTE.split("\n\n")[1]
ROOT_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        NOTE[:-1],
        NOTE.split("\n\n")[0],
        f"a\n7\n{ROOT_TEXT}\n{SIGNATURE_LINE}",
        f"a\n07\n{ROOT_TEXT}\n\n{SIGNATURE_LINE}",
        f"a\n-7\n{ROOT_TEXT}\n\n{SIGNATURE_LINE}",
        f"a\n+7\n{ROOT_TEXT}\n\n{SIGNATURE_LINE}",
        f"a\n\u0667\n{ROOT_TEXT}\n\n{SIGNATURE_LINE}",
        f"a\n{2**63}\n{ROOT_TEXT}\n\n{SIGNATURE_LINE}",
        f"a\n{'9' * 5000}\n{ROOT_TEXT}\n\n{SIGNATURE_LINE}",
        f"a\n\n{ROOT_TEXT}\n\n{SIGNATURE_LINE}",
        f"\n7\n{ROOT_TEXT}\n\n{SIGNATURE_LINE}",
        f"a\n7\n{ROOT_TEXT[:-4]}\n\n{SIGNATURE_LINE}",
        f"a\n7\n{ROOT_TEXT}\nextension\n\n{SIGNATURE_LINE}",
        f"a\n7\n{ROOT_TEXT}\n\n{SIGNATURE_LINE}more\n",
        f"a\n7\n{ROOT_TEXT}\n\n-- x AAAAAAA=\n",
        f"a\n7\n{ROOT_TEXT}\n\n\u2014 x AAAAAA==\n",
        f"a\n7\n{ROOT_TEXT}\n\n\u2014 x+y AAAAAAA=\n",
        f"a\n7\n{ROOT_TEXT}\n\n" + SIGNATURE_LINE * 101,
        f"a\r\n7\n{ROOT_TEXT}\n\n{SIGNATURE_LINE}",
        f"\ud800\n7\n{ROOT_TEXT}\n\n{SIGNATURE_LINE}",
        "a" * (1 << 20) + f"\n7\n{ROOT_TEXT}\n\n{SIGNATURE_LINE}",
    ],
)
def test_what_is_no_signed_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(BadInputError):
        read_note(note)


@given(st.text())
def test_no_text_makes_the_reader_fail_otherwise(note: str) -> None:
    try:
        read_note(note)
    except BadInputError as error:
        assert error.hint  # noqa: PT017 - any text may be refused, none may crash


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [("", 1, bytes(32)), ("a\nb", 1, bytes(32)), ("a", -1, bytes(32)), ("a", 1, bytes(31))],
)
def test_an_impossible_checkpoint_is_not_made(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(BadInputError):
        Checkpoint(origin, size, root)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb"])
def test_a_name_that_would_break_the_form_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="can't name a key"):
        sign_checkpoint(CHECKPOINT, name, KEY)


@pytest.mark.parametrize(
    "at",
    [datetime(2026, 1, 1), datetime(1969, 1, 1, tzinfo=UTC)],  # noqa: DTZ001 - the point
)
def test_a_cosignature_needs_a_real_time(at: datetime) -> None:
    with pytest.raises(UsageError, match="time"):
        cosign(NOTE, "w.example", KEY, at)


@pytest.mark.parametrize("code", [0x00, 0x1F, 0xD800, 0xDFFF])
def test_a_note_with_a_control_character_or_half_a_character_is_refused(code: int) -> None:
    with pytest.raises(BadInputError, match="control characters"):
        read_note(NOTE.replace("/", chr(code), 1))


def test_a_note_whose_text_has_an_empty_line_of_its_own_is_parted_at_the_last_one() -> None:
    """C2SP signed-note: the text may hold empty lines; a witness signs all of it."""
    text, _, signature = NOTE.rpartition("\n\n")
    longer = f"{text}\n\nmore\n\n{signature}"
    line = cosign(longer, "w.example", KEY, datetime(2026, 1, 1, tzinfo=UTC))
    at = verify_cosignature(longer + line, "w.example", KEY.public)
    assert at == datetime(2026, 1, 1, tzinfo=UTC)
