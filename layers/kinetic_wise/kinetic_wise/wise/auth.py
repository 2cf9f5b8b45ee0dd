"""How a request shows who we are (wise-api.md section 2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


class Auth(Protocol):
    """Credentials with a conversation: asked before each request, and once more when Wise refuses them."""

    def headers(self) -> dict[str, str]:
        """The headers that authenticate a request sent now."""

    def renew(self) -> bool:
        """Get a new token after a 401; False when there is none to get."""


@dataclass(frozen=True)
class PersonalToken:
    """A personal API token (2.2): valid until it is revoked, so there is nothing to renew."""

    token: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        """The bearer header."""
        return {"Authorization": f"Bearer {self.token}"}

    def renew(self) -> bool:
        """A revoked token stays revoked."""
        return False
