"""Changed bank details are paid only after two people approved the same ones (rule 14)."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings
from tests.support.acts import (
    HOUR,
    detail,
    held_for,
    only_payment,
    our_payments,
    people_in_epicor,
    poor_day,
    rest_until,
    small_day,
    statuses,
    system_entries,
    work_until,
)
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS
from tests.support.world import World

_USERS = "arn:aws:iam::111122223333:user"
ANNA, BEN = f"{_USERS}/anna", f"{_USERS}/ben"
OLD_IBAN = "DE89370400440532013000"
IBAN, OTHER_IBAN = "DE02120300000000202051", "DE02500105170137075030"


def change_bank(world: World, iban: str = IBAN) -> None:
    """Somebody types another account into the vendor's bank row."""
    invoice = world.day.invoices[0]
    vendor = next(v for v in world.day.vendors if (v.company, v.vendor_num) == invoice.key[:2])
    bank_id = invoice.bank_id or vendor.primary_bank_id
    people_in_epicor(world, "change_bank", invoice, bank_id=bank_id, columns={"IBANCode": iban})


def details(world: World) -> dict[str, Any]:
    """What a person is shown."""
    return operate(world.deps, {"action": "bank_details", "payment": only_payment(world).id}, ANNA)


def approve(world: World, caller: str, code: str | None = None) -> dict[str, Any]:
    """A person approves what they are shown, or what they were shown before."""
    seen = code or details(world)["code"]
    said = {"action": "approve_bank", "payment": only_payment(world).id, "code": seen, "why": "called the vendor"}
    return operate(world.deps, said, caller)


@pytest.fixture
def changed() -> World:
    """The vendor's account changed between claim and reservation."""
    world = World(small_day())
    work_until(world, Status.QUEUED)
    change_bank(world)
    world.run(HOUR)
    assert held_for(only_payment(world)) == "bank_details_changed"
    return world


def test_two_people_approve_and_the_payment_goes_on(changed: World) -> None:
    """After the second approval what was held for these details is released by itself, and paid to the new account."""
    first = approve(changed, ANNA)
    assert (first["approved"], first["approved_by"], first["released"]) == (False, [ANNA], [])
    changed.run(HOUR)
    assert held_for(only_payment(changed)) == "bank_details_changed"
    second = approve(changed, BEN)
    assert (second["approved"], second["approved_by"]) == (True, [ANNA, BEN])
    assert second["released"] == [only_payment(changed).id]
    changed.run(HOUR)
    assert only_payment(changed).status is Status.POSTED
    (recipient,) = [r for r in changed.wise._world.books.recipients.values() if r.details.get("IBAN") == IBAN]
    assert changed.wise.state()["transfers"][-1]["recipient"] == recipient.id


def test_what_goes_to_another_bank_row_of_the_vendor_stays_held() -> None:
    """Two invoices of a vendor, two bank rows, both changed: approving one row releases only what goes to it."""
    invoice, columns = small_day().invoices[0], {"NameOnAccount": "Second GmbH", "SwiftNum": "COBADEFFXXX"}
    other = replace(invoice, invoice_num="OTHER-1", amount=Decimal("77.00"), bank_id="SECOND")
    world = World(replace(small_day(), invoices=(invoice, other)))
    change_bank(world)
    people_in_epicor(world, "change_bank", invoice, bank_id="SECOND", columns={**columns, "IBANCode": OTHER_IBAN})
    world.poll()
    world.run(HOUR)
    first, second = (world.payment_of(one) for one in world.day.invoices)
    assert first is not None
    assert second is not None
    assert [held_for(first), held_for(second)] == ["bank_details_changed", "bank_details_new"]
    order = {"action": "approve_bank", "payment": first.id, "why": "called the vendor"}
    code = operate(world.deps, {"action": "bank_details", "payment": first.id}, ANNA)["code"]
    operate(world.deps, {**order, "code": code}, ANNA)
    assert operate(world.deps, {**order, "code": code}, BEN)["released"] == [first.id]
    assert world.payments()[second.id] == second


def test_old_and_new_are_shown_masked(changed: World) -> None:
    """The hold and the answer show the ends of both numbers, and no store holds either of them whole."""
    shown = details(changed)
    assert shown["new"]["IBANCode"] == f"***{IBAN[-4:]}"
    assert shown["old"]["IBANCode"].startswith("***")
    assert f"IBANCode {shown['old']['IBANCode']} → ***{IBAN[-4:]}" in detail(only_payment(changed))
    assert shown["code"] in detail(only_payment(changed))
    approve(changed, ANNA)
    approve(changed, BEN)
    stored = json.dumps([row for table in (PAYMENTS, AUDIT, CONNECTOR) for row in changed.database.rows(table)])
    assert IBAN not in stored


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (ANNA, ANNA),
        ("arn:aws:sts::1:assumed-role/clerk/anna", "arn:aws:sts::1:assumed-role/clerk/ben"),
        (
            "arn:aws:sts::1:assumed-role/AWSReservedSSO_ap_1/anna@example.com",
            "arn:aws:sts::1:assumed-role/AWSReservedSSO_admin_2/Anna@example.com",
        ),
    ],
)
def test_one_person_does_not_approve_twice(changed: World, first: str, again: str) -> None:
    """Neither under the same name, nor with a session name of one's own choice, nor by another permission set (H12)."""
    approve(changed, first)
    with pytest.raises(BadOrder, match="another person has to as well"):
        approve(changed, again)
    changed.run(HOUR)
    assert held_for(only_payment(changed)) == "bank_details_changed"
    assert [entry["kind"] for entry in system_entries(changed, "bank_approvals")] == ["bank_approved_once"]


@pytest.mark.parametrize("role", ["AWSReservedSSO_ap_1", "pinned"])
def test_two_people_may_share_a_role_whose_sessions_are_named_for_them(role: str) -> None:
    """By Identity Center, or by a trust policy that pins the session's name (setting `named_roles`)."""
    world = World(small_day(), Settings(named_roles=("pinned",)))
    work_until(world, Status.QUEUED)
    change_bank(world)
    world.run(HOUR)
    approve(world, f"arn:aws:sts::1:assumed-role/{role}/anna")
    assert approve(world, f"arn:aws:sts::1:assumed-role/{role}/ben")["approved"] is True


def test_details_that_change_between_the_two_approvals_start_over(changed: World) -> None:
    """The second approval counts for what the second person saw: it is the first one of the new details."""
    approve(changed, ANNA)
    seen = details(changed)["code"]
    change_bank(changed, OTHER_IBAN)
    with pytest.raises(BadOrder, match="they changed, look again"):
        approve(changed, BEN, seen)
    answer = approve(changed, BEN)
    assert (answer["approved"], answer["approved_by"]) == (False, [BEN])
    assert approve(changed, ANNA)["approved_by"] == [BEN, ANNA]
    changed.run(HOUR)
    assert only_payment(changed).status is Status.POSTED
    assert IBAN not in {r.details.get("IBAN") for r in changed.wise._world.books.recipients.values()}


def test_a_release_does_not_approve(changed: World) -> None:
    """Released without, or with only one, approval the payment is held again and nothing is made."""
    approve(changed, ANNA)
    release = {"action": "release", "payment": only_payment(changed).id, "why": "please"}
    operate(changed.deps, release, BEN)
    changed.run(HOUR)
    assert held_for(only_payment(changed)) == "bank_details_changed"
    assert our_payments(changed) == []


def test_what_is_approved_is_not_approved_again(changed: World) -> None:
    """A third approval is refused in a sentence and changes nothing."""
    approve(changed, ANNA)
    approve(changed, BEN)
    before = details(changed)
    with pytest.raises(BadOrder, match="approved already"):
        approve(changed, f"{_USERS}/cleo")
    assert details(changed) == before


def test_a_change_behind_the_draft_is_paid_to_the_approved_account_only() -> None:
    """Changed while money is awaited: the transfer is cancelled, and the account that two approved is paid once."""
    world = World(poor_day())
    rest_until(world, Status.AWAITING_FUNDS)
    change_bank(world)
    world.run(HOUR)
    assert held_for(only_payment(world)) == "bank_details_changed"
    assert statuses(world) == [("cancelled", 0)]
    approve(world, ANNA)
    approve(world, BEN)
    for balance in world.wise._world.books.balances.values():
        balance.amount += 1_000_000
    world.run(HOUR)
    assert only_payment(world).status is Status.POSTED
    assert [seen[0] for seen in statuses(world)] == ["cancelled", "outgoing_payment_sent"]


def test_each_approval_stands_in_the_audit_trail(changed: World) -> None:
    """Who approved what, under which code, and why."""
    code = details(changed)["code"]
    approve(changed, ANNA)
    approve(changed, BEN)
    told = [(e["kind"], e["data"]["caller"], e["data"]["code"]) for e in system_entries(changed, "bank_approvals")]
    assert told == [("bank_approved_once", ANNA, code), ("bank_approved", BEN, code)]


def test_two_first_approvals_at_once_do_not_make_two() -> None:
    """Each saw no first approval: one of them is kept, the other is told to look again."""
    world = World(small_day())
    work_until(world, Status.QUEUED)
    change_bank(world)
    world.run(HOUR)
    code = details(world)["code"]
    approvals = world.deps.state.approvals
    seen = approvals.first
    try:
        approve(world, ANNA, code)
        approvals.first = lambda bank: None  # type: ignore[method-assign]
        with pytest.raises(BadOrder, match="look again"):
            approve(world, ANNA, code)
    finally:
        approvals.first = seen  # type: ignore[method-assign]
    assert details(world)["approved_by"] == [ANNA]
