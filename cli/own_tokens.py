"""Bearer tokens of one call of the command line: in memory, and nobody else's."""

from __future__ import annotations

from dataclasses import dataclass, field

from kinetic_wise.tokens import Refusal, Token


@dataclass
class OwnTokens:
    """A TokenStore that ends with the command. The connector's own tokens stay as they are."""

    _token: Token | None = field(default=None, repr=False)

    def newest(self) -> Token | None:
        """The token got before."""
        return self._token

    def keep(self, token: Token, before: Token | None) -> Token:  # noqa: ARG002 - a TokenStore has it
        """Keep it; nobody else could have got another one."""
        self._token = token
        return token

    def try_lease(self) -> bool:
        """Nobody else renews."""
        return True

    def leave_lease(self) -> None:
        """There is none."""

    def refusal(self) -> Refusal | None:
        """None is remembered."""
        return None

    def refuse(self, reason: str) -> bool:  # noqa: ARG002 - a TokenStore has it
        """The command tells it, and ends."""
        return True

    def accept(self) -> None:
        """There is nothing to forget."""
