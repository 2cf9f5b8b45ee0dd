"""The sample day in one process, under one clock: every invoice ends as its sample says."""

import pytest

from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.settings import Settings
from simulators.sample_day import Invoice
from tests.support.world import World

_HOUR = 3600.0
_PAID = frozenset({Status.POSTED, Status.CLOSED})


@pytest.fixture(scope="module")
def finished() -> World:
    """The day after its work, with the top-up in the middle and one message delivered twice."""
    world = World()
    world.poll()
    world.run(_HOUR)
    world.top_up()
    world.run(2 * _HOUR)
    return world


def _ended(world: World, invoice: Invoice) -> tuple[str, str | None]:
    payment = world.payment_of(invoice)
    if payment is None:
        return "not_eligible", invoice.expect_reason
    if payment.status in _PAID:
        return "paid", None
    if payment.status is Status.HELD and payment.hold is not None:
        return "held", payment.hold.reason
    return payment.status.value, payment.reason or None


def test_every_invoice_ends_as_its_sample_says(finished: World) -> None:
    """Paid, held, failed or never picked up: each of the day's invoices, with its reason."""
    differing = {
        invoice.key: (ended, (invoice.expect_outcome, invoice.expect_reason))
        for invoice in finished.day.invoices
        if (ended := _ended(finished, invoice)) != (invoice.expect_outcome, invoice.expect_reason)
    }
    assert differing == {}


def test_money_left_once_for_each_paid_invoice(finished: World) -> None:
    """By Wise's own book each paid invoice has exactly one funded transfer an instalment, in exactly what is owed."""
    funded = [t for t in finished.wise.state()["transfers"] if t["funded_count"]]
    paid = [invoice for invoice in finished.day.invoices if invoice.expect_outcome == "paid"]
    sent = [t for t in funded if t["status"] == "outgoing_payment_sent"]
    assert all(t["funded_count"] == 1 for t in funded)
    assert sorted(t["target_amount"] for t in sent) == sorted(str(share) for i in paid for share in i.sent)


def test_nothing_is_left_lying_about(finished: World) -> None:
    """All payments are at rest, no execution runs, and Epicor holds no unposted draft but those of held payments."""
    assert {payment.status for payment in finished.payments().values()} <= AT_REST
    assert finished.machines.live == {}
    drafts = [
        p for p in finished.epicor.state()["payments"] if not p["posted"] and p["reference"].startswith("TESTLEDG")
    ]
    assert drafts == []


def test_nothing_went_wrong_on_the_way(finished: World) -> None:
    """No function raised and no step died."""
    assert finished.errors == []
    assert not [line for line in finished.log_lines if line[1].get("alarm")]


def test_the_rate_that_ended_took_a_second_attempt(finished: World) -> None:
    """A rate that ends before funding is cancelled by us, read back, and quoted anew (rule 7)."""
    holders = {name for name, behaviour in finished.day.behaviours.items() if behaviour.rate_seconds}
    vendors = {v.vendor_num for v in finished.day.vendors if any(b.name_on_account in holders for b in v.banks)}
    tried_again = [p for p in finished.payments().values() if p.attempt == 2]
    assert tried_again
    assert {p.invoice.vendor_num for p in tried_again} <= vendors


def test_without_webhooks_polling_brings_the_same_end() -> None:
    """The day with no webhook at all ends in the same places."""
    world = World(webhooks=False)
    world.poll()
    world.run(_HOUR)
    world.top_up()
    world.run(4 * _HOUR)
    ended = {invoice.key: _ended(world, invoice)[0] for invoice in world.day.invoices}
    assert {key for key, end in ended.items() if end == "paid"} == {
        invoice.key for invoice in world.day.invoices if invoice.expect_outcome == "paid"
    }


def test_by_functions_the_day_ends_the_same() -> None:
    """With payments written by the customer's own library every invoice ends as its sample says as well."""
    world = World(settings=Settings(function_library="KineticWise"))
    world.poll()
    world.run(_HOUR)
    world.top_up()
    world.run(2 * _HOUR)
    ended = {invoice.key: _ended(world, invoice) for invoice in world.day.invoices}
    assert ended == {invoice.key: (invoice.expect_outcome, invoice.expect_reason) for invoice in world.day.invoices}
    assert world.errors == []
