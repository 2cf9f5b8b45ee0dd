"""Which of Wise's environments an address belongs to (wise-api.md 1.1), and the guard that keeps them apart."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

Environment = Literal["production", "sandbox", "other"]

_PRODUCTION = frozenset({"api.wise.com", "api.transferwise.com", "api-mtls.transferwise.com"})
_SANDBOX = frozenset({"api.wise-sandbox.com", "api-mtls.wise-sandbox.com", "api.sandbox.transferwise.tech"})


class WrongEnvironment(Exception):
    """The address and the environment that is meant do not agree: no credential may be sent there."""


def environment_of(base_url: str) -> Environment:
    """Wise's environment behind an address; "other" is none of Wise's, a simulator for instance."""
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    if host in _PRODUCTION:
        return "production"
    return "sandbox" if host in _SANDBOX else "other"


def require_environment(base_url: str, meant: Environment) -> None:
    """Refuse an address of another environment than the one meant, and Wise without TLS. Raises WrongEnvironment."""
    found = environment_of(base_url)
    if found != meant:
        raise WrongEnvironment(
            f"the credentials are meant for Wise's {meant} environment, but {base_url} is {found}: "
            "correct the address in the credential envelope, or its `environment`"
        )
    if found != "other" and urlsplit(base_url).scheme != "https":
        raise WrongEnvironment(f"{base_url} is not encrypted: Wise is reached by https only")
