"""Whatever the order in which Wise's news arrives, and however often: one end (money-cases.md H34, wise-api.md 9.2)."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kinetic_wise.flows.settle import Settled, TransferMessage, settle
from kinetic_wise.payments.life_cycle import Status
from tests.integration.test_after_sent import in_epicor, is_open, paid, people_in_wise, transfer_of
from tests.support.acts import only_payment

_NEWS: tuple[dict[str, str], ...] = (
    {},
    {"state": "outgoing_payment_sent"},
    {"refund_amount": "", "refund_source": "transfers#refund"},
    {"refund_amount": "", "refund_source": "balances#update"},
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=st.permutations(_NEWS), again=st.lists(st.sampled_from(_NEWS), max_size=4))
def test_any_order_and_repetition_of_a_refunds_events_ends_the_same(
    order: list[dict[str, str]], again: list[dict[str, str]]
) -> None:
    """Each permutation with duplicates: voided once, invoice open, returned, the same amount known."""
    world = paid(webhooks=False)
    people_in_wise(world, "bounce")
    people_in_wise(world, "give_back", kept="20.00")
    transfer = transfer_of(world)
    for news in [*order, *again]:
        told: dict[str, Any] = dict(news)
        if "refund_amount" in told:
            told |= {"refund_amount": transfer.refunded, "refund_currency": "EUR"}
        message = TransferMessage(transfer_id=transfer.id, first_seen=world.time, **told)
        assert settle(world.deps, message) is Settled.DONE
    attempt = world.deps.ledger.attempt(only_payment(world).id, 1)
    assert attempt is not None
    assert str(attempt.shortfall) == "20.00 EUR"
    assert only_payment(world).status is Status.RETURNED
    assert in_epicor(world) == [(True, True)]
    assert is_open(world)
