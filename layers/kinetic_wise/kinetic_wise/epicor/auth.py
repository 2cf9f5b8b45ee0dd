"""How a request shows who we are (epicor-kinetic-api.md 2.1). The API key comes on top in every mode."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Protocol


class Auth(Protocol):
    """Credentials with a conversation: asked before each request, and once more when Epicor refuses them."""

    @property
    def user(self) -> str:
        """The Epicor user that our writes carry; "" where it is not known."""

    def headers(self) -> dict[str, str]:
        """The headers that authenticate a request sent now."""

    def renew(self) -> bool:
        """Get a new token after a 401; False when there is none to get."""


@dataclass(frozen=True)
class BasicAuth:
    """User and password of a native Epicor account: there is nothing to renew, a second try risks a lock-out."""

    user: str
    password: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        """The Basic header; text outside ASCII goes as UTF-8."""
        return {"Authorization": f"Basic {base64.b64encode(f'{self.user}:{self.password}'.encode()).decode()}"}

    def renew(self) -> bool:
        """A wrong password stays wrong."""
        return False
