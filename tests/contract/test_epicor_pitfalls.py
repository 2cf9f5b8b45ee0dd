"""Pitfalls of epicor-kinetic-api.md section 10 against the simulated site, for both ways to write payments."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.epicor import EpicorOptions, ForeignDraft
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.systems import Draft, Invoice
from kinetic_wise.settings import Settings
from kinetic_wise.transport import NotArrived, Refused, Unclear
from simulators.common.http import Request, dump_json
from simulators.epicor.access import API_KEY, USER
from simulators.sample_day import make_day
from tests.contract.epicor import GROUP, WRITE_BACK, Epicor, known
from tests.support.world import World

ENTRY = "Erp.BO.PaymentEntrySvc"
SAYS = "Directive 4711: payments over 10,000 need a second signature (ask Maria)."


@pytest.fixture(params=WRITE_BACK)
def epicor(request: pytest.FixtureRequest) -> Epicor:
    """The sample day's Epicor, written by its services or by the customer's functions."""
    return Epicor(options=EpicorOptions(function_library=WRITE_BACK[request.param]))


def reserved(epicor: Epicor) -> tuple[Invoice, Draft]:
    """A payable invoice with our draft."""
    invoice = epicor.payable()
    return invoice, epicor.client.reserve(epicor.reservation(invoice))


def eligible(epicor: Epicor, company: str) -> list[str]:
    """The numbers of what may be paid."""
    return [one.key.invoice_num for one in epicor.everything(company)]


def directive(epicor: Epicor, method: str, **does: Any) -> None:
    """A directive of the site on a method."""
    epicor.control("people", {"act": "set_directive", "method": method, **does})


def one_invoice(library: str) -> World:
    """A world of one ordinary invoice, on its way."""
    day = make_day()
    ordinary = next(one for one in day.invoices if one.invoice_num == "4500017" and one.company == "EPIC01")
    world = World(replace(day, invoices=(ordinary,), duplicate_messages=()), Settings(function_library=library))
    world.poll()
    return world


def people(world: World, **act: Any) -> None:
    """Somebody at the world's Epicor."""
    answer = world.epicor.handle(Request("POST", "/_sim/people", body=dump_json(act).encode()))
    assert answer.response is not None
    assert answer.response.status == 200, answer.response.body


def held(world: World) -> tuple[str, str]:
    """Reason and detail of the world's only payment, which must be held without any money on its way."""
    world.run(3600)
    (payment,) = world.payments().values()
    assert payment.status is Status.HELD
    assert payment.hold is not None
    assert world.wise.state()["transfers"] == []
    return payment.hold.reason, payment.hold.detail


# --- 2: which environment --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"url": "https://epicor.test/Pilot"}, {"companies": ("EPIC01", "EPIC03")}])
def test_another_environment_is_not_paid_from(change: dict[str, Any]) -> None:
    """The ledger belongs to one address and its companies: set to another, nothing is created or funded (pitfall 2)."""
    world = one_invoice("")
    world.deps.epicor_site = replace(world.deps.epicor_site, **change)
    reason, _ = held(world)
    assert reason == "ledger_not_bound"


# --- 15, 30, 38 ------------------------------------------------------------------------------------------------------


def test_held_from_group_posting_is_payable(epicor: Epicor) -> None:
    """InvoiceHeld says nothing about paying; PayHold does (pitfall 15)."""
    invoice = epicor.payable()
    epicor.people("change_invoice", invoice, columns={"InvoiceHeld": True})
    assert invoice.key.invoice_num in eligible(epicor, invoice.key.company)
    assert not epicor.afresh(invoice).pay_hold
    epicor.people("set_hold", invoice)
    assert invoice.key.invoice_num not in eligible(epicor, invoice.key.company)


def test_a_void_leaves_nothing_that_pays(epicor: Epicor) -> None:
    """The flipped rows of a void count with the rows they undo: nothing pays the invoice any more (pitfall 30)."""
    invoice, draft = reserved(epicor)
    company = invoice.key.company
    epicor.client.post(company, draft)
    assert len(epicor.client.live_payments(company, invoice.key.vendor_num, invoice.key.invoice_num)) == 1
    epicor.client.void(company, known(epicor.client.draft(company, GROUP)), "came back", epicor.time.date())
    assert epicor.client.live_payments(company, invoice.key.vendor_num, invoice.key.invoice_num) == ()
    assert epicor.afresh(invoice).balance == invoice.balance
    with pytest.raises(ForeignDraft, match="void"):
        epicor.client.post(company, draft)


def test_the_api_key_is_in_no_address(epicor: Epicor) -> None:
    """Addresses end in logs: the key travels in its header only, and in nothing that is kept (pitfall 38)."""
    invoice, draft = reserved(epicor)
    epicor.client.post(invoice.key.company, draft)
    for request in epicor.adapter.requests:
        assert request.headers["X-API-Key"] == API_KEY
        assert API_KEY not in f"{request.path}?{request.query}"
        assert "api-key" not in request.query
    assert API_KEY not in repr(epicor.exchanges)


# --- 23: licences ----------------------------------------------------------------------------------------------------


def test_a_licence_is_not_asked_for_again_at_once(epicor: Epicor) -> None:
    """When none is free a worker rests for half a minute: its calls count as not arrived and reach nobody (23)."""
    invoice = epicor.payable()
    epicor.control("faults", [{"fault": "status", "status": 400}])
    before = epicor.simulator.calls
    for _ in range(3):
        with pytest.raises(NotArrived):
            epicor.client.invoice(invoice.key)
        epicor.sleep(9)
    assert epicor.simulator.calls == before + 1
    epicor.sleep(9)
    assert epicor.afresh(invoice).key == invoice.key


# --- 24: locks -------------------------------------------------------------------------------------------------------


def test_our_own_lock_of_a_crashed_run_is_lifted(epicor: Epicor) -> None:
    """A run that died left the group locked for our user: the next one unlocks it and posts (pitfall 24)."""
    invoice, draft = reserved(epicor)
    groups = epicor.simulator.site.companies[invoice.key.company]["APChkGrp"]
    groups.change(groups.get(GROUP) or {}, ActiveUserID=USER)
    epicor.client.post(invoice.key.company, draft)
    assert known(epicor.client.draft(invoice.key.company, GROUP)).posted


def test_a_posting_in_process_is_waited_for(epicor: Epicor) -> None:
    """A group that the system agent is posting is not run again; whether it was posted, only looking shows (24, 28)."""
    invoice, draft = reserved(epicor)
    company = invoice.key.company
    groups = epicor.simulator.site.companies[company]["APChkGrp"]
    groups.change(groups.get(GROUP) or {}, PostInProcess=True)
    with pytest.raises(Unclear, match="is being posted"):
        epicor.client.post(company, draft)
    groups.change(groups.get(GROUP) or {}, PostInProcess=False)
    epicor.client.post(company, draft)
    assert known(epicor.client.draft(company, GROUP)).posted


# --- 25, 26, 42: what a site wants besides ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", [f"{ENTRY}/OnChangeVendor", f"{ENTRY}/Update", "Erp.BO.APChkGrpSvc/Update"])
def test_a_directive_that_refuses_is_told_in_its_own_words(epicor: Epicor, method: str) -> None:
    """Whatever a directive says is shown as it is, and decides nothing but that a person must look (pitfall 25)."""
    directive(epicor, method, says=SAYS)
    with pytest.raises(Refused) as caught:
        epicor.client.reserve(epicor.reservation(epicor.payable()))
    assert SAYS in str(caught.value)
    assert all(payment["lines"] == [] for payment in epicor.books())


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("CheckHed", {"VendorBankID": ""}),
        ("CheckHed", {"XRefCheckNum": "changed"}),
        ("CheckHed", {"CheckNum": 0}),
        ("APTran", {"DocTranAmt": Decimal("1.00")}),
    ],
)
def test_a_directive_that_alters_is_found_out(epicor: Epicor, table: str, columns: dict[str, Any]) -> None:
    """A draft is read back: another bank, reference, number or amount than ours is no reservation (25, 27)."""
    directive(epicor, f"{ENTRY}/Update", alters={table: columns})
    with pytest.raises((Refused, ForeignDraft)):
        epicor.client.reserve(epicor.reservation(epicor.payable()))
    assert not any(payment["posted"] for payment in epicor.books())


@pytest.mark.parametrize("library", WRITE_BACK.values(), ids=WRITE_BACK)
def test_a_directive_holds_the_payment_before_money_moves(library: str) -> None:
    """The clerk reads the directive's own text, and no transfer was made (pitfall 25)."""
    world = one_invoice(library)
    people(world, act="set_directive", method=f"{ENTRY}/Update", says=SAYS)
    reason, detail = held(world)
    assert reason == "epicor_refused"
    assert SAYS in detail


@pytest.mark.parametrize("library", WRITE_BACK.values(), ids=WRITE_BACK)
def test_legal_numbers_hold_the_payment_before_money_moves(library: str) -> None:
    """Where a person must type in a legal number nothing is paid unattended, and the hold says what for (26, 42)."""
    world = one_invoice(library)
    people(world, act="legal_numbers", company="EPIC01")
    reason, detail = held(world)
    assert reason == "epicor_refused"
    assert "requiresUserInput" in detail or "legal number" in detail


# --- 27, 45: numbers and methods -------------------------------------------------------------------------------------


def test_every_draft_has_a_number_of_its_own(epicor: Epicor) -> None:
    """CheckNum 0 would block the posting: each draft has its own number before anything is paid (pitfall 27)."""
    first, second = epicor.everything("EPIC02")[:2]
    drafts = [
        epicor.client.reserve(epicor.reservation(one, f"WTEST00{n}", f"LEDGER0{n}-1"))
        for n, one in enumerate((first, second))
    ]
    numbers = [draft.check_num for draft in drafts]
    assert 0 not in numbers
    assert len(set(numbers)) == 2
    assert numbers == [70_000_000 + (draft.head_num or 0) for draft in drafts]


def test_a_number_taken_away_is_seen_at_the_posting(epicor: Epicor) -> None:
    """A colleague resets the number: the posting fails silently, and its reason is read (pitfalls 27, 28)."""
    invoice, draft = reserved(epicor)
    heads = epicor.simulator.site.companies[invoice.key.company]["CheckHed"]
    heads.change(heads.get(draft.head_num) or {}, CheckNum=0)
    epicor.client.post(invoice.key.company, draft)
    read = known(epicor.client.draft(invoice.key.company, GROUP))
    assert not read.posted
    assert "no payment number" in read.post_error


def test_our_groups_write_no_bank_file(epicor: Epicor) -> None:
    """Numbers are typed by hand under a manual method: there is nothing to export, so nothing to upload (45)."""
    invoice, draft = reserved(epicor)
    books = epicor.simulator.site.companies[invoice.key.company]
    head, group = books["CheckHed"].get(draft.head_num), books["APChkGrp"].get(GROUP)
    assert head is not None
    assert group is not None
    assert (head["ManualPrint"], head["ElecPayment"]) == (True, False)
    method = books["PayMethod"].get(group["PMUID"])
    assert method is not None
    assert (method["Type"], method["Name"]) == (0, "Wise")
    asked = [request.path.rpartition("/")[2] for request in epicor.adapter.requests]
    assert not any("ProcessPayment" in name for name in asked)


# --- 43: groups that stay --------------------------------------------------------------------------------------------


def test_a_group_that_epicor_keeps_blocks_nothing(epicor: Epicor) -> None:
    """The payment goes, its group stays empty; the same reservation may be made in it again (pitfall 43)."""
    invoice, draft = reserved(epicor)
    company = invoice.key.company
    epicor.control("people", {"act": "keep_groups"})
    epicor.client.delete_draft(company, draft)
    left = known(epicor.client.draft(company, GROUP))
    assert (left.head_num, left.lines) == (None, ())
    assert epicor.afresh(invoice).unposted_balance == invoice.unposted_balance
    again = epicor.client.reserve(epicor.reservation(invoice))
    assert again.head_num is not None
    assert [line.amount for line in again.lines] == [invoice.unposted_balance]
