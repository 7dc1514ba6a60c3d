"""A token that is bound to a client certificate, over real TLS on loopback."""

import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
import uvicorn
from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from tests.unit.exchange.world import World
from tocsin.exchange import Front, Tls, TokenDesk, build_app
from tocsin.exchange.serve import bind


@frozen
class Papers:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path

    @property
    def fingerprint(self) -> str:
        raw = ssl.PEM_cert_to_DER_cert(self.certificate.read_text("ascii"))
        return hashlib.sha256(raw).hexdigest()


@frozen
class Authority:
    """Signs certificates for a test."""

    folder: Path
    key: Ed25519PrivateKey
    name: x509.Name

    @classmethod
    def new(cls, folder: Path, name: str) -> "Authority":
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = cls(folder, Ed25519PrivateKey.generate(), subject)
        made.issue(name, is_authority=True, key=made.key)
        return made

    @property
    def file(self) -> str:
        (name,) = self.name
        return str(self.folder / f"{name.value!s}.pem")

    def issue(
        self, name: str, *, is_authority: bool = False, key: Ed25519PrivateKey | None = None
    ) -> Papers:
        key = key or Ed25519PrivateKey.generate()
        now = datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=is_authority, crl_sign=is_authority,
            content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(own, critical=False)
            .add_extension(issuer, critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
                critical=False,
            )
            .sign(self.key, None)
        )
        papers = Papers(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        papers.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        papers.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return papers


@contextmanager
def _served(world: World, front: Front) -> Iterator[str]:
    app = build_app(world.exchange, world.clock, world.entropy)
    with bind(front.host, 0) as bound:
        server = uvicorn.Server(front.configure(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            yield f"https://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.new(tmp_path, "authority")


def _status(url: str, token: str, trusted: str, papers: Papers | None, **headers: str) -> int:
    context = ssl.create_default_context(cafile=trusted)
    if papers is not None:
        context.load_cert_chain(papers.certificate, papers.key)
    said = {"Authorization": f"Bearer {token}", **headers}
    with httpx.Client(verify=context) as client:
        return client.get(url + "/tocsin/v1/directory", headers=said).status_code


def test_a_bound_token_works_with_its_certificate_alone_and_others_need_none(
    world: World, authority: Authority
) -> None:
    server, client, another = (authority.issue(name) for name in ("server", "client", "another"))
    desk = TokenDesk(world.exchange, world.clock, world.entropy)
    bound = desk.issue("alpha", person="ada", certificate=client.fingerprint).secret
    free = desk.issue("alpha", person="bo").secret
    tls = Tls(str(server.certificate), str(server.key), authority.file)
    with _served(world, Front(host="127.0.0.1", port=0, tls=tls)) as url:
        trusted = authority.file
        assert _status(url, bound, trusted, client) == 200
        assert _status(url, bound, trusted, another) == 401
        assert _status(url, bound, trusted, None) == 401
        assert _status(url, bound, trusted, None, **{"X-Client-Cert": client.fingerprint}) == 401
        assert _status(url, free, trusted, None) == 200
        assert _status(url, "tocsin-member-invented", trusted, client) == 401


def test_a_certificate_of_another_authority_does_not_come_through(
    world: World, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    stranger = Authority.new(tmp_path / "other", "stranger").issue("client")
    server = authority.issue("server")
    desk = TokenDesk(world.exchange, world.clock, world.entropy)
    bound = desk.issue("alpha", person="ada", certificate=stranger.fingerprint).secret
    tls = Tls(str(server.certificate), str(server.key), authority.file)
    with (
        _served(world, Front(host="127.0.0.1", port=0, tls=tls)) as url,
        pytest.raises(httpx.TransportError),
    ):
        _status(url, bound, authority.file, stranger)
