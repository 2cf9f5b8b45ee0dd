"""The register of payments for reconciliation: posted, voided, in entry, anybody's; by sets and by GetRows (7.3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kinetic_wise.epicor import EpicorOptions
from kinetic_wise.payments.books import BookedPayment
from tests.contract.epicor import GROUP, Epicor, known

TODAY = date(2026, 11, 23)
LONG_AGO, TOMORROW = date(2026, 9, 1), date(2026, 11, 24)


def register(epicor: Epicor, since: date = LONG_AGO) -> list[BookedPayment]:
    """All pages of the first company."""
    found: list[BookedPayment] = []
    while page := epicor.client.payments_page(epicor.companies[0], since, found[-1].head_num if found else 0):
        found += page
    return found


@pytest.mark.parametrize("mode", ["odata", "getrows"])
def test_a_payment_is_told_in_entry_posted_and_voided(mode: str) -> None:
    """Each state shows, with what the vendor gets, the ISO currency and its days; the void's twin adds nothing."""
    epicor = Epicor(EpicorOptions(read_mode="getrows" if mode == "getrows" else "odata"))
    wanted = epicor.reservation(epicor.payable())
    draft = epicor.client.reserve(wanted)
    (found,) = register(epicor)
    assert (found.group_id, found.reference, found.posted, found.voided) == (GROUP, wanted.reference, False, False)
    assert (found.amount, found.currency, found.invoices) == (wanted.amount, wanted.currency, (wanted.invoice_num,))
    epicor.client.post(wanted.company, draft)
    (found,) = register(epicor)
    assert (found.posted, found.day, found.void_day) == (True, TODAY, None)
    epicor.client.void(wanted.company, known(epicor.client.draft(wanted.company, GROUP)), "money came back", TODAY)
    (found,) = register(epicor)
    assert (found.voided, found.void_day, found.amount) == (True, TODAY, wanted.amount)


def test_what_was_posted_before_is_left_out_and_what_is_in_entry_is_not() -> None:
    """From a day on: a payment posted earlier is not read; one still in entry is, whatever its date."""
    epicor = Epicor()
    wanted = epicor.reservation(epicor.payable())
    draft = epicor.client.reserve(wanted)
    assert len(register(epicor, TOMORROW)) == 1
    epicor.client.post(wanted.company, draft)
    assert register(epicor, TOMORROW) == []


def test_payments_from_other_bank_accounts_are_not_ours_to_compare() -> None:
    """A payment that a person makes from the house bank is no business of Wise."""
    epicor = Epicor()
    epicor.people("pay_by_hand", epicor.payable())
    assert register(epicor) == []


def test_a_payment_of_more_lines_than_a_page_is_summed_up_whole() -> None:
    """A person's payment of 230 invoices: every line counts once, though a page ends between them."""
    epicor = Epicor()
    wanted = epicor.reservation(epicor.payable())
    draft = epicor.client.reserve(wanted)
    lines = epicor.simulator.site.companies[wanted.company]["APTran"]
    (first,) = [row for row in lines.rows() if row["HeadNum"] == draft.head_num]
    for number in range(229):
        copied = {name: value for name, value in first.items() if name not in ("SysRowID", "SysRevID")}
        lines.put({**copied, "InvoiceNum": f"BY-HAND-{number:03d}", "DocTranAmt": Decimal("1.00")})
    (found,) = register(epicor)
    assert len(found.invoices) == len(set(found.invoices)) == 230
    assert found.amount == wanted.amount + 229
