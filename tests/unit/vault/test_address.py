"""The address of a database, its password, and the way there."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.vault.conftest import opened
from tocsin.foundation import StorageError, UsageError
from tocsin.vault.address import Encryption, PostgresAddress


@pytest.mark.parametrize(
    ("said", "host", "port", "database", "encryption"),
    [
        ("postgresql://u@db.example/x", "db.example", 5432, "x", Encryption.VERIFY_FULL),
        ("postgres://u:p%40ss@127.0.0.1:6000/x", "127.0.0.1", 6000, "x", Encryption.DISABLE),
        ("postgresql://u@localhost", "localhost", 5432, "u", Encryption.DISABLE),
        ("postgresql://u@db.example/x?sslmode=disable", "db.example", 5432, "x", "disable"),
        ("postgresql://u@/x?host=/run/postgresql", "/run/postgresql", 5432, "x", "disable"),
        ("postgresql://u@[::1]:1/x?sslmode=require", "::1", 1, "x", "require"),
    ],
)
def test_an_address_is_read_and_what_leaves_the_machine_is_verified(
    said: str, host: str, port: int, database: str, encryption: str
) -> None:
    found = PostgresAddress.parse(said)

    assert (found.host, found.port, found.database) == (host, port, database)
    assert found.encryption == encryption
    assert PostgresAddress.parse(found.whole) == found


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=4))
def test_a_password_survives_the_file_and_stands_in_nothing_that_is_shown(password: str) -> None:
    address = PostgresAddress(host="h", port=1, database="d", user="u", password=password)

    assert PostgresAddress.parse(address.whole).password == password
    bare = PostgresAddress(host="h", port=1, database="d", user="u")
    assert (str(address), repr(address)) == (str(bare), repr(bare))


@pytest.mark.parametrize(
    "said",
    [
        *("", "vault.db", "mysql://u:secret@h/x", "postgresql://u:secret@h:port/x"),
        *("postgresql://u:secret@h/x?sslmode=prefer", "postgresql://u:secret@h/x?options=-c"),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(said: str) -> None:
    with pytest.raises(UsageError) as told:
        PostgresAddress.parse(said)

    assert "secret" not in told.value.message + told.value.hint


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    whom = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(whom)
        .issuer_name(whom)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{name}.pem"
    pem.write_bytes(made.public_bytes(Encoding.PEM))
    secret = folder / f"{name}.key"
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return pem, secret


@contextmanager
def _greeter(certificate: tuple[Path, Path] | None) -> Iterator[int]:
    """A server that speaks TLS, if it has a certificate, and then refuses everybody."""
    refusal = b"SFATAL\x00C28P01\x00Mno\x00\x00"
    answer = b"E" + (len(refusal) + 4).to_bytes(4, "big") + refusal

    def greet(listening: socket.socket) -> None:
        line, _ = listening.accept()
        with line, suppress(OSError):
            line.recv(8)
            line.sendall(b"S" if certificate else b"N")
            if certificate:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*certificate)
                with context.wrap_socket(line, server_side=True) as safe:
                    safe.recv(1000)
                    safe.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=greet, args=(listening,))
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(
    ("name", "query", "said"),
    [
        ("localhost", "sslmode=verify-full&sslrootcert={pem}", "does not let"),
        ("localhost", "sslmode=require", "does not let"),
        ("localhost", "sslmode=verify-full", "cannot be protected"),
        ("elsewhere.example", "sslmode=verify-full&sslrootcert={pem}", "cannot be protected"),
        ("", "sslmode=require", "cannot be protected"),
    ],
)
def test_a_server_is_spoken_to_only_over_the_line_that_the_address_asks_for(
    tmp_path: Path, name: str, query: str, said: str
) -> None:
    certificate = _certificate(tmp_path, name) if name else None
    pem = certificate[0] if certificate else ""
    with _greeter(certificate) as port:
        url = f"postgresql://u:word@localhost:{port}/x?{query.format(pem=pem)}"
        with pytest.raises(StorageError, match=said):
            opened(PostgresAddress.parse(url))
