"""How a request shows who we are (wise-api.md section 2)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from kinetic_wise.oauth import TokenEndpoint
from kinetic_wise.tokens import Token
from kinetic_wise.transport import AccessRefused

_DEAD = "invalid_grant"


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


@dataclass(frozen=True)
class Client:
    """Our OAuth client at Wise (2.1)."""

    endpoint: TokenEndpoint
    client_id: str
    client_secret: str = field(repr=False)
    new_id: Callable[[], UUID] = uuid4

    def ask(self, form: dict[str, str]) -> Token:
        """A token for a form. Raises RemoteError."""
        pair = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        return self.endpoint.ask(
            form, {"Authorization": f"Basic {pair}", "X-External-Correlation-Id": str(self.new_id())}
        )


@dataclass(frozen=True)
class ClientCredentials:
    """Tokens of the client itself: no refresh token comes with them."""

    client: Client

    def issue(self, _before: Token | None) -> Token:
        """Ask with the client's credentials. Raises RemoteError."""
        return self.client.ask({"grant_type": "client_credentials"})


@dataclass(frozen=True)
class RefreshToken:
    """Tokens of the Wise user who consented. `refresh_token` is the envelope's.

    A refresh kills the access token before it; whether the refresh token changes too nobody says (2.1). So the one that
    came last is presented first, unless a person has stored another since; then the other one, which may still be good
    when an answer was lost.
    """

    client: Client
    refresh_token: str = field(repr=False)

    def issue(self, before: Token | None) -> Token:
        """Refresh. Raises RemoteError; AccessRefused `invalid_grant` when a person has to consent again."""
        refused: AccessRefused | None = None
        for presented in self._candidates(before):
            try:
                token = self.client.ask({"grant_type": "refresh_token", "refresh_token": presented})
            except AccessRefused as error:
                if error.code != _DEAD:
                    raise
                refused = refused or error
            else:
                return replace(token, refresh=token.refresh or presented, first_refresh=self.refresh_token)
        raise refused or AccessRefused("there is no refresh token")

    def _candidates(self, before: Token | None) -> Iterator[str]:
        last = before.refresh if before else ""
        continues = before is not None and before.first_refresh == self.refresh_token
        ordered = [last, self.refresh_token] if continues else [self.refresh_token, last]
        return iter(dict.fromkeys(filter(None, ordered)))
