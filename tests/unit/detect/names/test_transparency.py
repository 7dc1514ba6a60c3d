"""Names come out of certificate logs in both forms, laid out as RFC 6962 and static-ct-api say."""

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tocsin.cli.root import cli
from tocsin.detect.names import Reading, hosts_in, hosts_in_tile, is_tile

START = datetime(2026, 11, 3, tzinfo=UTC)
STAMP = int(START.timestamp() * 1000).to_bytes(8)


@cache
def certificate(*names: str, common: str = "an organisation") -> bytes:
    key = Ed25519PrivateKey.generate()
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    made = (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=90))
    )
    if names:
        said = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
        made = made.add_extension(said, critical=False)
    return made.sign(key, None).public_bytes(Encoding.DER)


def vector(data: bytes, length_bytes: int) -> bytes:
    return len(data).to_bytes(length_bytes) + data


def timestamped(der: bytes, *, is_precertificate: bool) -> bytes:
    """RFC 6962 §3.4: timestamp, entry_type, signed_entry, extensions."""
    if is_precertificate:
        signed = b"\0\1" + bytes(32) + vector(b"to be signed, which nobody reads", 3)
    else:
        signed = b"\0\0" + vector(der, 3)
    return STAMP + signed + vector(b"", 2)


def entry(der: bytes, *, is_precertificate: bool = False) -> dict[str, str]:
    """§4.6: a MerkleTreeLeaf of version 0, and a chain."""
    leaf = b"\0\0" + timestamped(der, is_precertificate=is_precertificate)
    extra = (vector(der, 3) if is_precertificate else b"") + vector(vector(b"issuer", 3), 3)
    both = {"leaf_input": leaf, "extra_data": extra}
    return {name: base64.b64encode(data).decode() for name, data in both.items()}


def in_tile(der: bytes, *, is_precertificate: bool = False) -> bytes:
    """static-ct-api: TimestampedEntry, the precertificate, fingerprints of the chain."""
    own = vector(der, 3) if is_precertificate else b""
    entry = timestamped(der, is_precertificate=is_precertificate)
    return entry + own + vector(bytes(64), 2)


def listed(text: str) -> tuple[list[str], Reading]:
    reading = Reading()
    return list(hosts_in([text], "log", reading)), reading


@pytest.mark.parametrize("is_precertificate", [False, True])
def test_names_of_get_entries_are_read(is_precertificate: bool) -> None:
    ders = [certificate("bild.vip", "*.bild.vip", "welt.lol"), certificate(common="spiegel.ltd")]
    answer = {"entries": [entry(each, is_precertificate=is_precertificate) for each in ders]}
    found, reading = listed(json.dumps(answer))
    assert found == ["bild.vip", "welt.lol", "spiegel.ltd"]
    assert not reading.faults


def test_names_of_a_tile_are_read_whatever_its_entries_are() -> None:
    tile = (
        in_tile(certificate("bild.vip"))
        + in_tile(certificate("welt.lol"), is_precertificate=True)
        + in_tile(certificate("spiegel.ltd"))
    )
    reading = Reading()
    assert is_tile(tile)
    assert list(hosts_in_tile(tile, "t", reading)) == ["bild.vip", "welt.lol", "spiegel.ltd"]
    assert reading.counts["rows"] == 3


def test_a_certificate_that_cannot_be_read_is_named_and_the_next_one_is_read() -> None:
    reading = Reading()
    tile = in_tile(b"no certificate") + in_tile(certificate("bild.vip"))
    assert list(hosts_in_tile(tile, "t", reading)) == ["bild.vip"]
    assert reading.examples["broken-certificate"][0].startswith("t entry 1: ")
    answer = {"entries": [{"leaf_input": "?"}, 7, entry(b"none"), entry(certificate("welt.lol"))]}
    found, reading = listed(json.dumps(answer))
    assert found == ["welt.lol"]
    assert reading.faults["broken-entry"] == 3


def test_a_tile_that_breaks_off_keeps_what_came_before() -> None:
    whole = in_tile(certificate("bild.vip")) + in_tile(certificate("welt.lol"))
    reading = Reading()
    assert list(hosts_in_tile(whole[:-80], "t", reading)) == ["bild.vip"]
    assert dict(reading.faults) == {"broken-entry": 1}


@given(st.binary(max_size=200), st.integers(0, 600))
def test_no_bytes_stop_the_reading(noise: bytes, at: int) -> None:
    whole = in_tile(certificate("bild.vip"), is_precertificate=True)
    for data in (noise, whole[:at] + noise + whole[at:], whole[:at]):
        list(hosts_in_tile(data, "t", Reading()))
        listed(json.dumps({"entries": [{"leaf_input": base64.b64encode(data).decode()}]}))


def test_the_command_reads_a_tile_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "x001").write_bytes(in_tile(certificate("bild.vip", "fine.example")))
    (tmp_path / "watched.txt").write_text("bild.de\n", encoding="utf-8")
    words = ["--watchlist", str(tmp_path / "watched.txt"), str(tmp_path / "x001"), "--json"]
    answer = CliRunner().invoke(cli, ["detect", "names", *words])
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout)
    assert (said["rows"], said["names"]) == (1, 2)
    assert [each["subjects"] for each in said["findings"]] == [["bild.vip"]]
