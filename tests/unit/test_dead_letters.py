"""Dead letters: worked off again by a person's order, and none is lost on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from kinetic_wise.aws import SqsDeadLetters
from kinetic_wise.flows.operate import BadOrder, operate
from tests.support.acts import small_day, system_entries
from tests.support.world import World


@dataclass
class Sqs:
    """Two queues as SQS has them; sending may fail."""

    dead: list[str]
    source: list[str] = field(default_factory=list)
    fails_after: int = 1_000

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        """The first ones, as many as may be given at once."""
        assert asked["QueueUrl"] == "dead"
        first = self.dead[: asked["MaxNumberOfMessages"]]
        return {"Messages": [{"Body": body, "ReceiptHandle": body} for body in first]}

    def send_message(self, **asked: Any) -> None:
        """Take one, or fail."""
        assert asked["QueueUrl"] == "source"
        if len(self.source) >= self.fails_after:
            raise ConnectionError("no queue")
        self.source.append(asked["MessageBody"])

    def delete_message(self, **asked: Any) -> None:
        """Delete one."""
        assert asked["QueueUrl"] == "dead"
        self.dead.remove(asked["ReceiptHandle"])


def letters(sqs: Sqs) -> SqsDeadLetters:
    """The dead letters of a queue."""
    return SqsDeadLetters(sqs, "dead", "source")  # type: ignore[arg-type]


def test_every_dead_letter_goes_back_once() -> None:
    """More than SQS gives at once: all are sent to their queue, in full, and none stays behind."""
    wanted = [str(n) for n in range(25)]
    sqs = Sqs(list(wanted))
    assert letters(sqs).redrive() == 25
    assert (sqs.dead, sqs.source) == ([], wanted)


def test_a_letter_that_cannot_be_sent_stays() -> None:
    """The queue refuses in the middle: what was not taken there still lies here."""
    sqs = Sqs([str(n) for n in range(5)], fails_after=3)
    with pytest.raises(ConnectionError):
        letters(sqs).redrive()
    assert (sqs.source, sqs.dead) == (["0", "1", "2"], ["3", "4"])


def test_redriving_is_a_persons_order_in_the_trail() -> None:
    """Who had which queue worked off again stands in the audit trail; an unknown queue is refused by name."""
    world = World(small_day(), webhooks=False)
    sqs = Sqs(["poison"])
    world.deps.dead_letters = {"transfer-events": letters(sqs)}
    assert operate(world.deps, {"action": "redrive", "queue": "transfer-events"}, "anna") == {
        "queue": "transfer-events",
        "moved": 1,
    }
    assert [entry["data"] for entry in system_entries(world, "queues")] == [
        {"caller": "anna", "queue": "transfer-events"}
    ]
    with pytest.raises(BadOrder, match="transfer-events"):
        operate(world.deps, {"action": "redrive", "queue": "payments-2"}, "anna")
