"""Our client certificate in the TLS handshake with Wise (wise-api.md 2.3)."""

from __future__ import annotations

import ssl
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import certifi
import requests
from requests.adapters import HTTPAdapter


class CertificateUnusable(Exception):
    """Certificate and key are no PEM pair, or the key is encrypted."""


class _CertificateAdapter(HTTPAdapter):
    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)


def present_certificate(session: requests.Session, certificate: str, key: str, authorities: str = "") -> None:
    """Let a session show this certificate (PEM, with its key) to each server it reaches by https.

    `authorities` is a file of CA certificates instead of the usual ones. Raises CertificateUnusable.
    """
    session.mount("https://", _CertificateAdapter(_context(certificate, key, authorities or certifi.where())))


def _context(certificate: str, key: str, authorities: str) -> ssl.SSLContext:
    """The key touches the disk only in a folder of our own, for as long as OpenSSL needs to read it."""
    context = ssl.create_default_context(cafile=authorities)
    with TemporaryDirectory() as folder:
        pair = Path(folder) / "client.pem"
        pair.touch(mode=0o600)
        pair.write_text(f"{certificate.strip()}\n{key.strip()}\n", encoding="utf-8")
        try:
            context.load_cert_chain(pair, password="")  # without a password OpenSSL would ask the terminal
        except (ssl.SSLError, ValueError):
            raise CertificateUnusable("client_certificate and client_key are no PEM pair without password") from None
    return context
