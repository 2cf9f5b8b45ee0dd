"""The client certificate in the TLS handshake, against a server that asks for one."""

from __future__ import annotations

import ssl
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kinetic_wise.wise.mtls import CertificateUnusable, present_certificate


def pair(name: str) -> tuple[str, str]:
    """A self-signed certificate for 127.0.0.1 and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), plain.decode()


class Names(BaseHTTPRequestHandler):
    """Answers the common name of whoever calls."""

    def do_GET(self) -> None:
        peer = self.connection.getpeercert()
        name = dict(field[0] for field in peer["subject"])["commonName"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(name)))
        self.end_headers()
        self.wfile.write(name)

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def client() -> tuple[str, str]:
    return pair("our client id")


@pytest.fixture
def server(tmp_path: Path, client: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """Address and CA file of a server that trusts our certificate alone."""
    certificate, key = pair("server")
    both, ours = tmp_path / "server.pem", tmp_path / "client-ca.pem"
    both.write_text(certificate + key)
    ours.write_text(client[0])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    context.load_verify_locations(ours)
    context.verify_mode = ssl.CERT_REQUIRED
    listening = HTTPServer(("127.0.0.1", 0), Names)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"https://127.0.0.1:{listening.server_port}", str(both)
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_the_server_sees_our_certificate(server: tuple[str, str], client: tuple[str, str]) -> None:
    """A session with a certificate is let in under its name; one without is not."""
    url, authorities = server
    with requests.Session() as session:
        session.trust_env = False
        present_certificate(session, *client, authorities=authorities)
        assert session.get(url, timeout=5, verify=authorities).text == "our client id"
    with requests.Session() as bare:
        bare.trust_env = False
        with pytest.raises(requests.RequestException):
            bare.get(url, timeout=5, verify=authorities)


def test_the_key_leaves_no_trace_on_the_disk(
    client: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is read it lies in a private folder, and afterwards nowhere."""
    modes: list[int] = []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    load = ssl.SSLContext.load_cert_chain

    def watched(context: ssl.SSLContext, path: Path, **more: object) -> None:
        modes.extend((path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777))
        load(context, path, **more)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watched)
    with requests.Session() as session:
        present_certificate(session, *client)
    assert modes == [0o600, 0o700]
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_pair_is_refused_without_being_told(client: tuple[str, str]) -> None:
    """A certificate with another's key, or no PEM at all, is named and not quoted."""
    _, other = pair("another")
    for certificate, key in ((client[0], other), ("no pem", "at all")):
        with requests.Session() as session, pytest.raises(CertificateUnusable) as refused:
            present_certificate(session, certificate, key)
        assert key.strip() not in str(refused.value)
