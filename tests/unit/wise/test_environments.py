"""Sandbox and production are kept apart."""

from __future__ import annotations

import pytest

from kinetic_wise.wise import WrongEnvironment, environment_of, require_environment


@pytest.mark.parametrize(
    ("url", "environment"),
    [
        ("https://api.wise.com", "production"),
        ("https://API.transferwise.com/", "production"),
        ("https://api-mtls.transferwise.com", "production"),
        ("https://api.wise.com.:443", "production"),
        ("https://api.wise-sandbox.com", "sandbox"),
        ("https://api.sandbox.transferwise.tech", "sandbox"),
        ("http://127.0.0.1:8080", "other"),
        ("https://api.wise.com.example.org", "other"),
        ("https://api.wise.com@example.org", "other"),
    ],
)
def test_the_host_tells_the_environment(url: str, environment: str) -> None:
    """Only Wise's own hosts are production or sandbox, however the address is written."""
    assert environment_of(url) == environment


def test_credentials_go_only_where_they_are_meant_for() -> None:
    """A sandbox envelope is never used on production, nor the other way round, nor Wise without TLS."""
    require_environment("https://api.wise.com", "production")
    require_environment("http://127.0.0.1:8080", "other")
    for url, meant in (
        ("https://api.wise.com", "sandbox"),
        ("https://api.wise-sandbox.com", "production"),
        ("http://127.0.0.1:8080", "production"),
        ("http://api.wise.com", "production"),
    ):
        with pytest.raises(WrongEnvironment):
            require_environment(url, meant)  # type: ignore[arg-type]  # pairs of literals
