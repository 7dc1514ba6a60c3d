"""TAXII 2.1, black box: HTTPS (§8.2.2), with a certificate that the test signs itself."""

import datetime
import ipaddress
import json
import signal
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.acceptance.town import command, environment, tocsin
from tests.conformance.taxii_client import TAXII


@frozen
class Secured:
    """An exchange served over TLS, and the certificate to trust."""

    url: str
    certificate: Path

    def get(self, low: ssl.TLSVersion, high: ssl.TLSVersion) -> httpx.Response:
        """Ask for the discovery resource, speaking only these versions of TLS."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        context.minimum_version, context.maximum_version = low, high
        with httpx.Client(verify=context, timeout=60) as client:
            return client.get(f"{self.url}/taxii2/", headers={"Accept": TAXII})


def _signed(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(loopback, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, secret


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = _signed(folder)
    tocsin("exchange", "init", folder / "exchange", "--name", "Town")
    words = ("serve", folder / "exchange", "--port", "0", "--cert", certificate, "--key", key)
    child = subprocess.Popen(
        command("exchange", *words, "--json"), stdout=subprocess.PIPE, env=environment()
    )
    assert child.stdout is not None
    try:
        yield Secured(json.loads(child.stdout.readline())["url"], certificate)
    finally:
        child.send_signal(signal.SIGINT)
        child.stdout.close()
        assert child.wait(timeout=60) == 0


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_8_2_2_tls_1_2_and_1_3_are_accepted(secured: Secured, version: ssl.TLSVersion) -> None:
    """§8.2.2: TLS 1.2 must be accepted, 1.3 should be; here without credentials, hence 401."""
    answer = secured.get(version, version)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == TAXII


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_8_2_2_older_versions_of_tls_are_not(secured: Secured) -> None:
    """RFC 8996: TLS 1.0 and 1.1 are to be spoken no more."""
    with pytest.raises(httpx.ConnectError):
        secured.get(ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)


def test_8_2_2_plain_http_is_not_answered_on_the_same_port(secured: Secured) -> None:
    """§8.2.2: HTTPS; nothing is said in the clear."""
    with pytest.raises(httpx.HTTPError), httpx.Client(timeout=60) as client:
        client.get(f"{secured.url.replace('https', 'http')}/taxii2/", headers={"Accept": TAXII})
