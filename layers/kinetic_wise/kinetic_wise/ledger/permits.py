"""Permits for calls to Wise, limited over the whole deployment (wise-api.md 1.5).

One item holds a moment: until then the permits of the future are given away (a token bucket kept as time). A worker
takes a block of them with one conditional write and uses it within two seconds; what is left then is void. So in any
window of W seconds at most `burst + (W + 2) * rate` calls go out, which `rate` and `burst` keep below both limits.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from kinetic_wise.ledger.items import nothing_sent, to_item
from kinetic_wise.transport import NotArrived, system_time

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_VALID = timedelta(seconds=2)
_LARGEST_BLOCK = 10
_PATIENCE = timedelta(seconds=20)
_REST_SECONDS = 1.0  # after a 429 that does not say how long


@dataclass
class Permits:
    """Permits of one worker for one limited system. Blocks start with one permit and double while they are used up."""

    client: DynamoDBClient
    table: str
    system: str
    per_second: int
    per_minute: int
    now: Callable[[], datetime] = system_time
    sleep: Callable[[float], None] = time.sleep
    dice: random.Random = field(default_factory=random.SystemRandom)
    _left: int = field(default=0, init=False)
    _void_at: datetime | None = field(default=None, init=False)
    _block: int = field(default=1, init=False)

    @property
    def rate(self) -> float:
        """Permits a second in the long run: 62 seconds of it and a burst stay below the limit of a minute."""
        return min((self.per_minute - self.per_second) / 59, self.per_second / 4)

    @property
    def burst(self) -> int:
        """Permits that an idle system has ready: with three seconds of the rate below the limit of a second."""
        return max(_LARGEST_BLOCK, int(self.per_second - 3 * self.rate))

    def take(self) -> None:
        """Take a permit for one call, waiting for it if need be. Raises NotArrived after twenty seconds."""
        if self._left <= 0 or self._void_at is None or self.now() >= self._void_at:
            self._take_block()
        self._left -= 1

    def rest(self, seconds: float | None) -> None:
        """After a 429 nobody calls before so many seconds have passed."""
        self._left, self._block = 0, 1
        until = self._millis(self.now()) + int((seconds or _REST_SECONDS) * 1000)
        full = until + self._room
        self._update("SET free_at = :u", "attribute_not_exists(pk) OR free_at < :u", {":u": full})

    def _take_block(self) -> None:
        used_up = self._left <= 0 and self._void_at is not None and self.now() < self._void_at
        self._block = min(self._block * 2, _LARGEST_BLOCK) if used_up else 1
        deadline = self.now() + _PATIENCE
        while not self._try_block():
            if self.now() >= deadline:
                raise NotArrived("no room for a call within the limits of a second and a minute", code="rate_limit")
            self.sleep(0.1 + 0.2 * self.dice.random())
        self._left, self._void_at = self._block, self.now() + _VALID

    def _try_block(self) -> bool:
        """`free_at` moves on by the block's cost if that leaves it within a burst from now; an idle one catches up."""
        now, cost = self._millis(self.now()), self._cost(self._block)
        busy = {":c": cost, ":now": now, ":latest": now + self._room - cost}
        idle = {":next": now + cost, ":now": now}
        return self._update(
            "SET free_at = free_at + :c", "free_at >= :now AND free_at <= :latest", busy
        ) or self._update("SET free_at = :next", "attribute_not_exists(pk) OR free_at < :now", idle)

    def _cost(self, permits: int) -> int:
        return ceil(permits * 1000 / self.rate)

    @property
    def _room(self) -> int:
        """How far ahead of now permits may be given away, in milliseconds."""
        return int(self.burst * 1000 / self.rate)

    def _millis(self, moment: datetime) -> int:
        return int(moment.timestamp() * 1000)

    def _update(self, update: str, condition: str, values: dict[str, Any]) -> bool:
        with nothing_sent("taking permits for calls"):
            try:
                self.client.update_item(
                    TableName=self.table,
                    Key=to_item({"pk": f"PERMITS#{self.system}", "sk": "-"}),
                    UpdateExpression=update,
                    ConditionExpression=condition,
                    ExpressionAttributeValues=to_item(values),
                )
            except self.client.exceptions.ConditionalCheckFailedException:
                return False
        return True
