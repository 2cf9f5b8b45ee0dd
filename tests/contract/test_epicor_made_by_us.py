"""What we made in Epicor is found again by references and groups, in every way to read (rule 15)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest

from kinetic_wise.epicor import EpicorOptions
from kinetic_wise.epicor.options import ReadMode
from kinetic_wise.payments.systems import Draft, Invoice
from tests.contract.epicor import Epicor

_READ = [*get_args(ReadMode), "small pages"]


@pytest.fixture(params=_READ)
def epicor(request: pytest.FixtureRequest) -> Epicor:
    """The sample day's Epicor; with small pages whatever is listed takes several."""
    if request.param == "small pages":
        return Epicor(page_cap=2)
    return Epicor(EpicorOptions(read_mode=request.param))


def _group(number: int) -> str:
    return f"WTEST00{number}"


def _made(epicor: Epicor, count: int) -> list[tuple[Invoice, Draft]]:
    """So many drafts of one company, each over one unit of an invoice of its own."""
    found = [invoice for invoice in epicor.everything(epicor.companies[0]) if _is_payable(epicor, invoice)][:count]
    drafts = [
        epicor.client.reserve(
            epicor.reservation(invoice, _group(number), f"LEDGER01-{number}").model_copy(update={"amount": Decimal(1)})
        )
        for number, invoice in enumerate(found, start=1)
    ]
    return list(zip(found, drafts, strict=True))


def _is_payable(epicor: Epicor, invoice: Invoice) -> bool:
    vendor = epicor.client.vendor(invoice.key.company, invoice.key.vendor_num)
    return vendor is not None and vendor.bank_for(invoice) is not None and not vendor.pay_hold


def _store(epicor: Epicor, table: str) -> Any:
    return epicor.simulator.site.companies[epicor.companies[0]][table]


def test_posted_payments_come_with_their_lines(epicor: Epicor) -> None:
    """Every payment that we posted is found with its terms, however small the pages; others' and open ones are not."""
    company = epicor.companies[0]
    made = _made(epicor, 5)
    for _, draft in made[:4]:
        epicor.client.post(company, draft)
    today = epicor.time.date()

    found = list(epicor.client.posted_drafts(company, "LEDGER01-", today))

    assert [(one.head_num, one.reference, one.vendor_num, one.bank_id, one.lines) for one in found] == [
        (draft.head_num, draft.reference, draft.vendor_num, draft.bank_id, draft.lines) for _, draft in made[:4]
    ]
    assert all(one.posted and not one.voided for one in found)
    assert list(epicor.client.posted_drafts(company, "OTHERLDG-", today)) == []
    assert list(epicor.client.posted_drafts(company, "LEDGER01-", today + timedelta(days=1))) == []


def test_a_voided_payment_is_not_among_the_posted(epicor: Epicor) -> None:
    """What was voided takes nothing of its invoice any more."""
    company = epicor.companies[0]
    ((_, draft),) = _made(epicor, 1)
    epicor.client.post(company, draft)
    posted = next(epicor.client.posted_drafts(company, "LEDGER01-", epicor.time.date()))
    epicor.client.void(company, posted, "it came back", epicor.time.date())
    assert list(epicor.client.posted_drafts(company, "LEDGER01-", epicor.time.date())) == []


def test_groups_that_we_began_are_found(epicor: Epicor) -> None:
    """An empty group and an empty payment of ours are found; known, posted and other people's groups are not."""
    company = epicor.companies[0]
    (_, posted), (_, open_one), (_, emptied), (_, strangers) = _made(epicor, 4)
    epicor.client.post(company, posted)
    for draft in (emptied, strangers):
        head = _store(epicor, "CheckHed").get(draft.head_num)
        _store(epicor, "CheckHed").change(head, XRefCheckNum="", VendorNum=0, VendorBankID="")
        for line in [row for row in _store(epicor, "APTran").rows() if row["HeadNum"] == draft.head_num]:
            _store(epicor, "APTran").delete(line)
    _store(epicor, "APChkGrp").change(_store(epicor, "APChkGrp").get(strangers.group_id), CreatedBy="mallory")

    found = list(epicor.client.begun_groups(company, "WTEST", {open_one.group_id}))

    assert [(one.group_id, one.head_num, one.lines) for one in found] == [(_group(3), emptied.head_num, ())]
    everything = list(epicor.client.begun_groups(company, "W", ()))
    assert [one.group_id for one in everything] == [_group(2), _group(3)]
