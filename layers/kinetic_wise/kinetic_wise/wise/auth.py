"""How a request shows who we are (wise-api.md section 2)."""

from __future__ import annotations

from dataclasses import dataclass, field


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
