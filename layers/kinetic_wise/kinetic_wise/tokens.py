"""Bearer tokens that all workers share: renewed ahead of time or after a 401, by one worker at a time.

```
          held ──due──▶ newest of the store ──due──▶ lease ──▶ newest again ──▶ issuer ──▶ store
            ▲                                          │taken                     │refused
  401 ──────┴── newer one in the store ◀── wait ◀──────┘                          └▶ remembered: nobody asks for a while
```

Nothing rests on the lease (design rule 16): the store keeps the newest token, and who lost a race uses the winner's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from kinetic_wise.transport import AccessRefused, NotArrived, Refused, RemoteError, Unclear, system_time

_SHARE_OF_LIFE = 0.8  # of its life a token is used before it is renewed ahead of time (wise-api.md 2.1)
_PATIENCE = timedelta(seconds=20)  # waiting for another worker's renewal; then the call counts as not arrived
_PAUSE = 0.1
_LONGEST_PAUSE = 1.0
# A token refused so soon is no matter of its age: rights, key, or somebody outside renews with our credentials.
_YOUNG = timedelta(seconds=60)
_QUIET = timedelta(seconds=60)  # after a renewal ahead of time that failed the old token is used so long unasked


class RenewalRefused(AccessRefused):
    """Our credentials were refused, now or lately: nobody presents them again before a while has passed."""


@dataclass(frozen=True)
class Token:
    """A bearer token. `created_at` is the issuer's clock where it tells, for who is newest; all else is our clock."""

    access: str = field(repr=False)
    created_at: datetime
    obtained_at: datetime
    expires_at: datetime
    refresh: str = field(default="", repr=False)  # what the next renewal presents; "" where the credentials do
    first_refresh: str = field(default="", repr=False)  # the envelope's refresh token that it descends from

    @property
    def renew_at(self) -> datetime:
        """From when on it is renewed ahead of time."""
        return self.obtained_at + (self.expires_at - self.obtained_at) * _SHARE_OF_LIFE


@dataclass(frozen=True)
class Refusal:
    """Our credentials were refused: until when nobody presents them, and for the how manieth time in a row."""

    reason: str
    until: datetime
    count: int


class Issuer(Protocol):
    """Who gives tokens for our credentials."""

    def issue(self, before: Token | None) -> Token:
        """A new token. `before` is the newest that is known. Raises RemoteError; AccessRefused or Refused is final."""


class TokenStore(Protocol):
    """Where all workers find the token of one set of credentials."""

    def newest(self) -> Token | None:
        """The newest token anybody kept."""

    def keep(self, token: Token, before: Token | None) -> Token:
        """Keep a token got after `before` was read, unless a newer one came meanwhile. Answers the one that counts."""

    def try_lease(self) -> bool:
        """Become the one who renews, for a minute; False while somebody else is."""

    def leave_lease(self) -> None:
        """Let others renew."""

    def refusal(self) -> Refusal | None:
        """The last refusal of these very credentials, also one whose time is over; None after a success."""

    def refuse(self, reason: str) -> bool:
        """Remember a refusal; False when another worker remembered it just before."""

    def accept(self) -> None:
        """Forget refusals: the credentials work."""


@dataclass(kw_only=True)
class SharedToken:
    """Authenticates calls with the token of the store. Belongs to one worker; the store is common to all."""

    issuer: Issuer
    store: TokenStore
    alarm: Callable[[str], None]
    now: Callable[[], datetime] = system_time
    sleep: Callable[[float], None] = time.sleep
    _held: Token | None = field(default=None, init=False, repr=False)
    _quiet_until: datetime | None = field(default=None, init=False, repr=False)
    _unkept: tuple[Token, Token | None] | None = field(default=None, init=False, repr=False)

    def headers(self) -> dict[str, str]:
        """The bearer header.

        Raises RenewalRefused, and NotArrived while no token can be had: the call was not sent then.
        """
        self._held = self._usable()
        return {"Authorization": f"Bearer {self._held.access}"}

    def renew(self) -> bool:
        """Have another token after a 401. False when the one refused is new: another would fare no better.

        Raises RenewalRefused, and NotArrived while no token can be had: the call with the 401 was not carried out.
        """
        refused = self._held
        if refused is not None and self.now() - refused.obtained_at < _YOUNG:
            self.alarm("a token was refused right after it was issued: check key, rights and who else uses the login")
            return False
        self._held = self._renewed(refused)
        return True

    def _usable(self) -> Token:
        token, now = self._held, self.now()
        if self._unkept is not None:
            token = self._kept(*self._unkept)
        if token is not None and not self._is_due(token, now):
            return token
        token = self.store.newest() or token
        if token is None or token.expires_at <= now:
            return self._renewed(token)
        return self._renewed_ahead(token) if self._is_due(token, now) else token

    def _is_due(self, token: Token, now: datetime) -> bool:
        if self._quiet_until is not None and now < min(self._quiet_until, token.expires_at):
            return False
        return token.renew_at <= now

    def _renewed_ahead(self, token: Token) -> Token:
        """A new token, or the old one, which is still good, when another worker is at it or it cannot be had now."""
        try:
            return self._renewed_alone(token) or token
        except RemoteError:
            self._quiet_until = self.now() + _QUIET
            return token

    def _renewed(self, worthless: Token | None) -> Token:
        deadline, pause = self.now() + _PATIENCE, _PAUSE
        while True:
            token = self._newer_than(worthless) or self._renewed_alone(worthless)
            if token is not None:
                return token
            if self.now() >= deadline:
                raise NotArrived("another worker has been renewing the token for long", code="token")
            self.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _renewed_alone(self, worthless: Token | None) -> Token | None:
        """A token renewed under the lease; None while another worker holds it. Raises RemoteError."""
        self._stop_if_refused()
        if not self.store.try_lease():
            return None
        try:
            newer = self._newer_than(worthless)
            if newer is not None:
                return newer
            before_asking = self._stop_if_refused()
            token = self._issued()
            if before_asking is not None:
                self.store.accept()
            return token
        finally:
            self.store.leave_lease()

    def _newer_than(self, worthless: Token | None) -> Token | None:
        stored = self.store.newest()
        if stored is None or stored.expires_at <= self.now():
            return None
        if worthless is None:
            return stored
        is_newer = stored.access != worthless.access and stored.created_at >= worthless.created_at
        return stored if is_newer else None

    def _stop_if_refused(self) -> Refusal | None:
        refusal = self.store.refusal()
        if refusal is not None and self.now() < refusal.until:
            raise refused_lately(refusal)
        return refusal

    def _issued(self) -> Token:
        """Ask the issuer. A lost answer is asked for once more: it may have killed the token that others hold."""
        before = self.store.newest()
        try:
            try:
                token = self.issuer.issue(before)
            except Unclear:
                token = self.issuer.issue(before)
        except (AccessRefused, Refused) as error:
            newer = self._newer_than(before)  # once more before giving up (wise-api.md 13)
            if newer is not None:
                return newer
            raise self._refused(error) from error
        except Unclear as error:
            raise NotArrived(f"no token to be had: {error}", code="token", exchange=error.exchange) from error
        return self._kept(token, before)

    def _kept(self, token: Token, before: Token | None) -> Token:
        """Keep a token; when that fails it is tried again before the next call: it may be our only way in."""
        self._unkept = (token, before)
        counts = self.store.keep(token, before)
        self._unkept = None
        return counts

    def _refused(self, error: RemoteError) -> RenewalRefused:
        if self.store.refuse(str(error)):
            self.alarm(f"our credentials were refused, and are not presented again for a while: {error}")
        return RenewalRefused(f"our credentials were refused: {error}", code=error.code, exchange=error.exchange)


def refused_lately(refusal: Refusal) -> RenewalRefused:
    """What a call meets while a refusal is remembered."""
    return RenewalRefused(
        f"our credentials were refused ({refusal.reason}); nobody presents them before {refusal.until:%Y-%m-%d %H:%M} "
        "UTC, or until the credential envelope is stored anew",
        code="refused_before",
    )
