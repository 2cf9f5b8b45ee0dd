"""The account of the day: each invoice once, from the books, never from an opinion."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.payments import identity
from kinetic_wise.payments.life_cycle import AT_REST, Status
from local.accounts import Account, account
from local.books import (
    BookedInvoice,
    BookedPayment,
    BookedTransfer,
    EpicorBook,
    LedgerPayment,
    WiseBook,
    expecting,
)

_SENT = "outgoing_payment_sent"


def _invoice(number: str, amount: str = "100.00", **values: Any) -> BookedInvoice:
    fields: dict[str, Any] = {
        "key": ("EPIC01", 101, number),
        "sys_row_id": f"row-{number}",
        "vendor_name": "Adler Castings",
        "currency": "EUR",
        "amount": Decimal(amount),
        "balance": Decimal(amount),
        "unposted_balance": Decimal(amount),
        "posted": True,
        "open_payable": True,
        "pay_hold": False,
        "debit_memo": False,
        "expect_outcome": "paid",
    }
    return BookedInvoice(**{**fields, **values})


def _payment(number: str, status: Status = Status.POSTED, amount: str = "100.00", **values: Any) -> LedgerPayment:
    payment_id = f"EPIC01:101:{number}:1"
    fields: dict[str, Any] = {
        "id": payment_id,
        "key": ("EPIC01", 101, number),
        "sys_row_id": f"row-{number}",
        "vendor_name": "Adler Castings",
        "status": status,
        "amount": Decimal(amount),
        "currency": "EUR",
        "groups": frozenset({identity.group_id(payment_id, 1)}),
        "keys": (f"key-{number}-1",),
    }
    return LedgerPayment(**{**fields, **values})


def _transfer(key: str, status: str = _SENT, amount: str = "100.00", **values: Any) -> BookedTransfer:
    fields: dict[str, Any] = {
        "id": sum(key.encode()),
        "key": key,
        "status": status,
        "currency": "EUR",
        "amount": Decimal(amount),
        "funded_count": 1,
    }
    return BookedTransfer(**{**fields, **values})


def _posting(number: str, amount: str = "100.00", **values: Any) -> BookedPayment:
    fields: dict[str, Any] = {
        "company": "EPIC01",
        "head_num": 5001,
        "group_id": identity.group_id(f"EPIC01:101:{number}:1", 1),
        "vendor_num": 101,
        "posted": True,
        "voided": False,
        "lines": ((number, Decimal(amount)),),
    }
    return BookedPayment(**{**fields, **values})


def _day(
    invoices: list[BookedInvoice],
    transfers: list[BookedTransfer],
    payments: list[LedgerPayment],
    postings: list[BookedPayment] | None = None,
) -> Account:
    return account(EpicorBook(tuple(invoices), tuple(postings or ())), WiseBook(tuple(transfers)), payments)


def _sum(day: Account) -> int:
    figures = day.as_dict()
    plain: int = sum(figures[name] for name in ("paid", "failed", "returned", "closed", "rejected", "lost"))
    grouped: int = sum(sum(figures[name].values()) for name in ("held", "not_eligible", "open"))
    return plain + grouped


def test_a_sent_and_posted_invoice_is_paid() -> None:
    """An invoice whose transfer Wise sent with its amount and whose payment Epicor posted counts as paid, once."""
    day = _day([_invoice("A")], [_transfer("key-A-1")], [_payment("A")], [_posting("A")])
    assert (day.invoices, day.paid, day.posted_in_epicor, day.transfers_funded) == (1, 1, 1, 1)
    assert (day.lost, day.paid_twice, day.differences) == (0, 0, [])


@pytest.mark.parametrize(
    "transfer",
    [
        _transfer("key-A-1", amount="99.99"),
        _transfer("key-A-1", currency="USD"),
        _transfer("key-A-1", status="processing"),
    ],
)
def test_the_ledgers_word_alone_pays_nothing(transfer: BookedTransfer) -> None:
    """An invoice that the ledger calls posted is not paid unless Wise's book shows its exact amount sent."""
    day = _day([_invoice("A")], [transfer], [_payment("A")], [_posting("A")])
    assert day.paid == 0
    assert day.open == {"posted": 1}
    assert _sum(day) == day.invoices


def test_paid_but_not_posted_differs_from_the_sample() -> None:
    """Money that was sent while Epicor still owes the posting is told as a difference."""
    held = _payment("A", Status.HELD, reason="posting_refused")
    day = _day([_invoice("A")], [_transfer("key-A-1")], [held])
    assert day.paid == 1
    assert "the ledger says held and Epicor has posted 0" in day.differences[0]


@pytest.mark.parametrize("status", sorted(set(Status) - AT_REST))
def test_what_is_not_at_rest_is_open(status: Status) -> None:
    """Each status that somebody still has to act on is listed as open under its own name."""
    day = _day([_invoice("A")], [], [_payment("A", status)])
    assert day.open == {status.value: 1}
    assert _sum(day) == day.invoices == 1


@pytest.mark.parametrize("status", [Status.FAILED, Status.RETURNED, Status.CLOSED, Status.REJECTED])
def test_other_ends_have_figures_of_their_own(status: Status) -> None:
    """Failed, returned, closed and rejected payments are counted by their name and keep their reason."""
    day = _day([_invoice("A")], [], [_payment("A", status, reason="transfer_cancelled")])
    assert day.as_dict()[status.value] == 1
    assert day.ends[0].reason == "transfer_cancelled"
    assert _sum(day) == 1


def test_held_payments_are_counted_by_reason() -> None:
    """Two holds of one reason and one of another stand apart."""
    reasons = {"A": "vendor_on_hold", "B": "bank_details_missing", "C": "vendor_on_hold"}
    payments = [_payment(number, Status.HELD, reason=reason, keys=()) for number, reason in reasons.items()]
    day = _day([_invoice(number) for number in reasons], [], payments)
    assert day.held == {"bank_details_missing": 1, "vendor_on_hold": 2}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"posted": False, "open_payable": False}, "not_posted"),
        ({"open_payable": False, "unposted_balance": Decimal(0)}, "closed"),
        ({"pay_hold": True}, "on_payment_hold"),
        ({"debit_memo": True, "unposted_balance": Decimal(-5)}, "debit_memo"),
        ({"unposted_balance": Decimal(0)}, "nothing_to_pay"),
    ],
)
def test_why_an_invoice_was_not_eligible(values: dict[str, Any], reason: str) -> None:
    """An invoice that nobody claimed says why it was not to be paid, from Epicor's own columns."""
    day = _day([_invoice("A", **values)], [], [])
    assert day.not_eligible == {reason: 1}
    assert day.lost == 0


def test_an_eligible_invoice_unknown_to_the_ledger_is_lost() -> None:
    """Nobody may forget an invoice that was there to be paid."""
    day = _day([_invoice("A"), _invoice("B", pay_hold=True)], [], [])
    assert (day.lost, day.not_eligible) == (1, {"on_payment_hold": 1})
    assert "should end paid, ended lost" in day.differences[0]


def test_money_out_that_no_payment_knows_is_lost() -> None:
    """A funded transfer whose key the ledger does not have counts as lost, and the sum still holds."""
    day = _day([_invoice("A")], [_transfer("key-A-1"), _transfer("stranger")], [_payment("A")], [_posting("A")])
    assert day.lost == 1
    assert _sum(day) == day.invoices


def test_an_unfunded_stranger_is_no_loss() -> None:
    """A transfer that took no money, or whose money is back, loses nothing."""
    unfunded = _transfer("one", funded_count=0, status="cancelled")
    back = _transfer("two", status="funds_refunded", refunded=Decimal(100))
    assert _day([], [unfunded, back], []).lost == 0


def test_two_transfers_with_money_out_are_paid_twice() -> None:
    """Two attempts that both kept their money are one invoice paid twice."""
    payment = _payment("A", keys=("key-A-1", "key-A-2"))
    day = _day([_invoice("A")], [_transfer("key-A-1"), _transfer("key-A-2")], [payment])
    assert day.paid_twice == 1


def test_a_second_attempt_after_a_dead_one_pays_once() -> None:
    """A cancelled or refunded first attempt does not make the second one a second payment."""
    payment = _payment("A", keys=("key-A-1", "key-A-2"))
    cancelled = _transfer("key-A-1", status="cancelled", funded_count=0)
    day = _day([_invoice("A")], [cancelled, _transfer("key-A-2")], [payment], [_posting("A")])
    assert (day.paid, day.paid_twice) == (1, 0)
    refunded = _transfer("key-A-1", status="funds_refunded", refunded=Decimal("100.00"))
    assert _day([_invoice("A")], [refunded, _transfer("key-A-2")], [payment]).paid_twice == 0


def test_a_cancelled_transfer_keeps_its_money_until_it_is_back() -> None:
    """Between a cancel of a funded transfer and its refund the money is out: a second one then is one too many."""
    payment = _payment("A", keys=("key-A-1", "key-A-2"))
    day = _day([_invoice("A")], [_transfer("key-A-1", status="cancelled"), _transfer("key-A-2")], [payment])
    assert day.paid_twice == 1


@pytest.mark.parametrize("values", [{"funded_count": 2}, {"amount": Decimal("100.01")}])
def test_one_transfer_can_pay_too_much(values: dict[str, Any]) -> None:
    """One transfer funded twice, or with more than the invoice's amount out, is paid twice too."""
    day = _day([_invoice("A")], [_transfer("key-A-1", **values)], [_payment("A")])
    assert day.paid_twice == 1


def test_two_payments_of_one_row_count_together() -> None:
    """Instalments of one invoice that together exceed it are found, though each payment by itself is right."""
    second = _payment("A", id="EPIC01:101:A:2", keys=("key-A-2",))
    day = _day([_invoice("A")], [_transfer("key-A-1"), _transfer("key-A-2")], [_payment("A"), second])
    assert day.paid_twice == 1
    assert day.invoices == 1


def test_other_peoples_postings_are_not_ours() -> None:
    """Only payments of our groups, posted and not voided, count as posted by us."""
    postings = [
        _posting("A", group_id="BYHAND"),
        _posting("A", company="EPIC02"),
        _posting("A", posted=False),
        _posting("A", voided=True),
    ]
    day = _day([_invoice("A")], [_transfer("key-A-1")], [_payment("A")], postings)
    assert day.posted_in_epicor == 0
    assert "Epicor has posted 0" in day.differences[0]


def test_a_sample_outcome_with_another_reason_is_a_difference() -> None:
    """Held is not enough: the reason must be the sample's too."""
    invoice = _invoice("A", expect_outcome="held", expect_reason="vendor_on_hold")
    held = _payment("A", Status.HELD, reason="bank_details_missing", keys=())
    assert _day([invoice], [], [held]).differences == [
        "A of Adler Castings (EPIC01): should end held (vendor_on_hold), ended held (bank_details_missing)"
    ]
    assert not _day([invoice], [], [replace(held, reason="vendor_on_hold")]).differences


def test_people_change_what_is_expected_of_their_errands_only() -> None:
    """Before they come, and in the evening, an errand's end counts instead of the sample's; every other stays."""
    book = EpicorBook((_invoice("A", expect_outcome="held", expect_reason="vendor_on_hold"), _invoice("B")))
    ends = {("EPIC01", 101, "A"): ("paid", None), ("EPIC01", 101, "C"): ("returned", "bounced_back")}
    expected = [(invoice.expect_outcome, invoice.expect_reason) for invoice in expecting(book, ends).invoices]
    assert expected == [("paid", ""), ("paid", "")]
    assert expecting(book, {}) == book


def test_without_epicors_book_its_figures_are_unknown() -> None:
    """With Epicor's address given, what only its book could tell is null; Wise's figures stay."""
    payments = [_payment("A"), _payment("B", Status.HELD, reason="vendor_on_hold", keys=())]
    day = account(None, WiseBook((_transfer("key-A-1"),)), payments)
    figures = day.as_dict()
    unknown = {name for name, value in figures.items() if value is None}
    assert unknown == {"invoices", "not_eligible", "posted_in_epicor", "lost"}
    assert (figures["paid"], figures["paid_twice"], figures["held"]) == (1, 0, {"vendor_on_hold": 1})


def test_without_wises_book_its_figures_are_unknown() -> None:
    """With Wise's address given, what only its book could tell is null; Epicor's figures stay."""
    payments = [_payment("A", transfers=(7,)), _payment("B", Status.SENT)]
    day = account(EpicorBook((_invoice("A"), _invoice("B")), (_posting("A"),)), None, payments)
    figures = day.as_dict()
    unknown = {name for name, value in figures.items() if value is None}
    assert unknown == {"paid", "paid_twice", "transfers_funded", "lost"}
    assert (figures["invoices"], figures["posted_in_epicor"], figures["open"]) == (2, 1, {"sent": 1})
    assert day.ends[0].transfers == (7,)


def test_without_any_book_only_the_ledger_speaks() -> None:
    """With both addresses given nothing is claimed that cannot be known."""
    day = account(None, None, [_payment("A"), _payment("B", Status.FAILED, reason="transfer_cancelled")])
    figures = day.as_dict()
    assert [figures[name] for name in ("invoices", "paid", "lost", "paid_twice")] == [None] * 4
    assert figures["failed"] == 1


def test_one_book_can_still_prove_a_loss() -> None:
    """A loss that one book shows is told even when the other one cannot be read."""
    day = account(EpicorBook((_invoice("A"),)), None, [])
    assert day.lost == 1
    assert account(None, WiseBook((_transfer("stranger"),)), []).lost == 1


def test_an_invoice_by_instalments_is_paid_when_all_of_them_are() -> None:
    """Two transfers for two instalments are one paid invoice; while one is held, the invoice is held."""
    invoice = _invoice("A")
    parts = [_payment("A", amount=part, id=f"EPIC01:101:A:{seq}", keys=(f"key-A-{seq}",)) for seq, part in
             ((1, "40.00"), (2, "60.00"))]  # fmt: skip
    transfers = [_transfer("key-A-1", amount="40.00"), _transfer("key-A-2", amount="60.00")]
    postings = [_posting("A", "40.00"), _posting("A", "60.00", head_num=5002)]

    paid = _day([invoice], transfers, parts, postings)
    half = _day([invoice], transfers[:1], [parts[0], replace(parts[1], status=Status.HELD, reason="invoice_changed")])

    assert (paid.paid, paid.paid_twice, paid.differences) == (1, 0, [])
    assert half.held == {"invoice_changed": 1}


def test_with_a_discount_the_agreed_amount_pays() -> None:
    """The vendor gets the invoice less the discount; Epicor posts all of it."""
    day = _day([_invoice("A")], [_transfer("key-A-1", amount="98.00")], [_payment("A", agreed=Decimal("98.00"))],
               [_posting("A")])  # fmt: skip
    assert (day.paid, day.paid_twice, day.differences) == (1, 0, [])
