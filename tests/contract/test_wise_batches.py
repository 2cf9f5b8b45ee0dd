"""Batch groups: the client against the simulated Wise, on calendar and legacy paths (wise-api.md section 7)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid5

import pytest

from kinetic_wise.payments.systems import Transfer
from kinetic_wise.transport import NotArrived, Refused, Unclear
from kinetic_wise.wise import CANCELLED, COMPLETED, NEW, FundingStatus, Group, is_closed_to_members
from tests.contract.test_wise_client import VERSIONS, Wise, make_recipient, vendor_called, wise

_NAMESPACE = UUID("8f9c1f6e-3f0c-4f6e-9b8a-1d2c3b4a5f60")


def key_of(number: int) -> str:
    """A key for each number."""
    return str(uuid5(_NAMESPACE, str(number)))


def add(here: Wise, group: Group, number: int = 1, source: str = "EUR") -> Transfer:
    """One transfer more in a group."""
    recipient = make_recipient(here, vendor_called("NORD01"))
    quote = here.client.create_quote(source, "EUR", Decimal(100 + number), recipient.id)
    return here.client.batches.add(group.id, key_of(number), recipient.id, quote.id, "INV 1", {})


def seen(here: Wise, group: Group) -> Group:
    """The group as it is now."""
    found = here.client.batches.group(group.id)
    assert found is not None
    return found


def filled(here: Wise, members: int = 2) -> Group:
    """A group with members, as it is now."""
    group = here.client.batches.create("EUR", "test")
    for number in range(members):
        add(here, group, number)
    return seen(here, group)


@VERSIONS
def test_from_new_to_paid(version: str) -> None:
    """A group is made, filled, closed and paid by one call, and each transfer shows its own payment."""
    here = wise(version)
    group = here.client.batches.create("EUR", "a name")
    assert (group.status, group.currency, group.transfer_ids) == (NEW, "EUR", frozenset())
    numbers = {add(here, group, number).id for number in range(3)}
    group = seen(here, group)
    assert group.transfer_ids == numbers
    closed = here.client.batches.complete(group)
    assert closed.status == COMPLETED
    assert here.client.batches.fund(group.id).status is FundingStatus.PENDING
    assert all(len(here.client.payments(number)) == 1 for number in numbers)


def test_a_repeated_key_answers_the_first_member() -> None:
    """The same key into the same group makes no second transfer."""
    here = wise()
    group = here.client.batches.create("EUR", "a name")
    first = add(here, group)
    assert add(here, group).id == first.id
    assert seen(here, group).transfer_ids == {first.id}


def test_a_key_of_another_group_is_unclear() -> None:
    """`validation.failure.group.incompatible.state` says that a transfer exists: it is never a refusal (H1)."""
    here = wise()
    add(here, here.client.batches.create("EUR", "one"))
    with pytest.raises(Unclear) as caught:
        add(here, here.client.batches.create("EUR", "two"))
    assert caught.value.code == "validation.failure.group.incompatible.state"


def test_every_change_gives_another_version_and_a_stale_one_conflicts() -> None:
    """A PATCH with a version that is not the latest changes nothing, and what became of it is for a look to show."""
    here = wise()
    stale = here.client.batches.create("EUR", "a name")
    add(here, stale)
    with pytest.raises(Unclear, match="Group version conflict"):
        here.client.batches.complete(stale)
    assert seen(here, stale).status == NEW
    assert seen(here, stale).version != stale.version


def test_a_closed_group_takes_nobody() -> None:
    """The words of the refusal are known, for the attempt to look for another batch."""
    here = wise()
    group = filled(here)
    here.client.batches.complete(group)
    with pytest.raises(Refused) as caught:
        add(here, group, 7)
    assert is_closed_to_members(caught.value)


def test_another_currency_is_refused() -> None:
    """All transfers of a group are paid from one balance."""
    here = wise()
    with pytest.raises(Refused) as caught:
        add(here, here.client.batches.create("EUR", "a name"), source="GBP")
    assert not is_closed_to_members(caught.value)


def test_a_cancel_takes_its_time() -> None:
    """CANCELLED is asked for, MARKED_FOR_CANCELLATION is answered; the transfers are cancelled later."""
    here = wise()
    group = filled(here)
    assert here.client.batches.cancel(group).status == "MARKED_FOR_CANCELLATION"
    number = next(iter(group.transfer_ids))
    found = here.client.transfer(number)
    assert found is not None
    assert found.status == "incoming_payment_waiting"
    here.control("clock", {"advance_seconds": 6})
    assert seen(here, group).status == "PROCESSING_CANCEL"
    here.control("clock", {"advance_seconds": 6})
    assert seen(here, group).status == CANCELLED
    statuses = [here.client.transfer(number) for number in group.transfer_ids]
    assert {transfer.status for transfer in statuses if transfer} == {"cancelled"}


def test_a_paid_group_cannot_be_cancelled() -> None:
    """Unfunded groups only: the refusal is clear."""
    here = wise()
    group = here.client.batches.complete(filled(here))
    here.client.batches.fund(group.id)
    with pytest.raises(Refused):
        here.client.batches.cancel(seen(here, group))


def test_one_member_funded_meanwhile_survives_the_cancel() -> None:
    """What somebody funded after the cancel began keeps its money on the way."""
    here = wise()
    group = filled(here)
    first, *others = sorted(group.transfer_ids)
    here.client.batches.cancel(group)
    here.client.fund(first)
    for _ in range(2):
        here.control("clock", {"advance_seconds": 6})
    kept = here.client.transfer(first)
    assert kept is not None
    assert kept.status != "cancelled"
    assert {transfer.status for transfer in map(here.client.transfer, others) if transfer} == {"cancelled"}


def test_strong_authentication_stands_before_the_money() -> None:
    """403 with a one-time token is "a person must", and nothing is paid (pitfall 6)."""
    here = wise(sca=True)
    group = here.client.batches.complete(filled(here))
    assert here.client.batches.fund(group.id).status is FundingStatus.NEEDS_APPROVAL
    assert all(here.client.payments(number) == () for number in group.transfer_ids)
    here.control("people", {"act": "fund_batch", "batch": group.id})
    assert all(len(here.client.payments(number)) == 1 for number in group.transfer_ids)


def test_paid_again_takes_no_money_again() -> None:
    """A second funding of a paid group is answered and takes nothing: the transfers tell, not the answer."""
    here = wise()
    group = here.client.batches.complete(filled(here))
    here.client.batches.fund(group.id)
    here.client.batches.fund(group.id)
    assert all(len(here.client.payments(number)) == 1 for number in group.transfer_ids)


def test_a_short_balance_is_filled_from_another() -> None:
    """Wise may convert by itself for a batch: this is why none is closed above its balance (H28)."""
    here = wise()
    before = here.client.balances()
    for balance in here.simulator._world.books.balances.values():
        if balance.currency == "EUR":
            balance.amount = Decimal("5.00")
    group = here.client.batches.complete(filled(here))
    assert here.client.batches.fund(group.id).status is FundingStatus.PENDING
    after = here.client.balances()
    assert any(after[currency].amount < before[currency].amount for currency in before if currency != "EUR")


def test_an_unknown_group_is_none() -> None:
    """A group that is not ours, or not there."""
    assert wise().client.batches.group("7d1c2a52-0b0e-4a55-9a39-3f0c6a1f9d10") is None


def test_a_lost_answer_is_unclear_and_a_429_is_not() -> None:
    """What may have been carried out is looked at; what was not accepted is simply sent again."""
    here = wise()
    here.fault("POST", "/batch-groups$", "lost")
    with pytest.raises(Unclear):
        here.client.batches.create("EUR", "a name")
    here.fault("POST", "/batch-groups$", "status", status=429, times=-1)
    with pytest.raises(NotArrived):
        here.client.batches.create("EUR", "a name")
