"""A transport with credentials: each call is authenticated, and a token that was refused is renewed once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from kinetic_wise.transport import Answer, Call, TokenRejected, Transport


class Auth(Protocol):
    """Credentials with a conversation: asked before each request, and once more when they are refused."""

    def headers(self) -> dict[str, str]:
        """The headers that authenticate a request sent now."""

    def renew(self) -> bool:
        """Get a new token after a 401; False when there is none to get."""


A = TypeVar("A", bound=Auth)


@dataclass(kw_only=True)
class AuthenticatedTransport(Transport, Generic[A]):
    """A transport that authenticates each call and renews a refused token once."""

    auth: A

    def send(self, call: Call) -> Answer:
        """Send the call and return its good answer. Raises RemoteError; AccessRefused when renewal does not help."""
        try:
            return super().send(self.addressed(call))
        except TokenRejected:
            if not self.auth.renew():
                raise
        return super().send(self.addressed(call))

    def addressed(self, call: Call) -> Call:
        """The call with the headers that this system wants on each."""
        return replace(call, headers={**call.headers, **self.auth.headers()})
