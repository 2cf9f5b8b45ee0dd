"""How a request shows who we are (epicor-kinetic-api.md 2.1). The API key comes on top in every mode."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Protocol

from kinetic_wise import transport


class Auth(transport.Auth, Protocol):
    """Credentials of an Epicor user."""

    @property
    def user(self) -> str:
        """The Epicor user that our writes carry; "" where it is not known."""


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
