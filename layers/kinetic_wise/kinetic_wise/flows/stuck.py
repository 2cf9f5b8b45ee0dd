"""Which payments stand still: they should move within minutes, have not for an hour, and nothing keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from kinetic_wise.ledger import ConnectorState
from kinetic_wise.ledger.reading import Reading
from kinetic_wise.payments.batch import LIVE, Batch
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment

_STANDS_STILL = timedelta(hours=1)
# Those that an execution or settlement should bring on within minutes; the others wait for money, people or Wise.
_SHOULD_MOVE = frozenset(
    {Status.QUEUED, Status.RESERVED, Status.RECIPIENT_READY, Status.QUOTED, Status.CREATED, Status.SENT}
)


@dataclass
class Watch:
    """Tells them at the moment `now`. It counts from the last change of status: a sweep's new run is no move."""

    reading: Reading
    state: ConnectorState
    now: datetime
    _batches: dict[str, Batch | None] = field(default_factory=dict)

    def is_stuck(self, payment: Payment) -> bool:
        """Whether a payment stands still though nothing holds it."""
        if payment.status not in _SHOULD_MOVE or not self._is_long_ago(_rested_until(payment)):
            return False
        return payment.status is not Status.CREATED or not (self._is_stopped or self._waits_in_batch(payment))

    def _is_long_ago(self, moment: datetime) -> bool:
        return moment + _STANDS_STILL < self.now

    @cached_property
    def _is_stopped(self) -> bool:
        return self.state.switch.read().stopped

    def _waits_in_batch(self, payment: Payment) -> bool:
        """Whether its transfer is in a batch that somebody joined within the hour: it is funded with the others."""
        attempt = self.reading.attempt(payment.id, payment.attempt)
        batch = self._batch(attempt.batch.id) if attempt is not None and attempt.batch is not None else None
        return batch is not None and batch.status in LIVE and not self._is_long_ago(batch.joined_at)

    def _batch(self, batch_id: str) -> Batch | None:
        if batch_id not in self._batches:
            self._batches[batch_id] = self.state.batches.get(batch_id)
        return self._batches[batch_id]


def _rested_until(payment: Payment) -> datetime:
    rests = (payment.not_before, payment.shadowed_until) if payment.status is Status.QUEUED else ()
    return max([payment.stands_since, *(until for until in rests if until is not None)])
