"""The hand-written sample day: two companies, nine currencies, one invoice for each thing that can happen."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from simulators.sample.hand_written_vendors import COMPANIES, NO_CURRENCY, VENDORS
from simulators.sample.model import Behaviour, Day, Instalment, Invoice
from simulators.sample.office import ERRANDS

_ONE, _TWO = "EPIC01", "EPIC02"


def _paid(
    company: str, vendor_num: int, number: str, money: str, case: str, due: int = 0, bank_id: str = ""
) -> Invoice:
    amount, currency = money.split()
    return Invoice(
        company, vendor_num, number, currency, Decimal(amount), "paid", None, case, due_in_days=due, bank_id=bank_id
    )


def _held(company: str, vendor_num: int, number: str, money: str, reason: str, case: str) -> Invoice:
    invoice = _paid(company, vendor_num, number, money, case)
    return replace(invoice, expect_outcome="held", expect_reason=reason)


def _not_eligible(company: str, vendor_num: int, number: str, money: str, reason: str, case: str) -> Invoice:
    invoice = _paid(company, vendor_num, number, money, case)
    return replace(invoice, expect_outcome="not_eligible", expect_reason=reason)


_FIRST_COMPANY = (
    _paid(_ONE, 101, "4500017", "4218.40 EUR", "an ordinary invoice", -3),
    _paid(_ONE, 101, "4500018", "977.15 EUR", "a second one of the same vendor, same bank", -1),
    _paid(_ONE, 101, "4500021", "12650.00 EUR", "names the vendor's second bank row (BankID)", 0, "FACTOR"),
    _paid(_ONE, 102, "7/24 A", "3310.08 EUR", "a slash and a blank in the number", -2),
    _paid(_ONE, 102, "7/24 B", "1184.60 EUR", "differs from its neighbour in the last letter only", -2),
    _paid(_ONE, 103, "O'Neil-118", "642.99 EUR", "a quote in the number", -5),
    _paid(_ONE, 103, "50% Anzahlung 3", "2499.50 EUR", "a percent sign and blanks in the number"),
    _paid(_ONE, 104, "TF-20931", "1860.25 GBP", "pounds by sort code", -7),
    _paid(_ONE, 104, "TF-20944", "2975.00 EUR", "a British vendor's euro account, named by the invoice", -1, "EURO"),
    _paid(_ONE, 105, "INV-88120", "7425.10 USD", "dollars inside the USA by routing number", -4),
    _paid(_ONE, 105, "INV-88121", "318.07 USD", "the same vendor's other account, named by the invoice", 0, "PAYROLL"),
    _paid(_ONE, 106, "FP2026-0091", "15980.00 USD", "dollars abroad by SWIFT", -6),
    _paid(_ONE, 107, "000417", "8640.35 AUD", "leading zeros; the Australian balance is too low until the top-up", -9),
    _paid(_ONE, 107, "000418", "1275.80 AUD", "waits for the same top-up", -9),
    _paid(_ONE, 108, "MC 5531", "4410.66 CAD", "Canadian dollars: institution and transit number", -2),
    _paid(_ONE, 109, "BF/26-27/0042", "184500.50 INR", "rupees by IFSC", -11),
    _paid(_ONE, 110, "SK-7781", "1254300 JPY", "yen: bank and branch code, no decimals", -3),
    _paid(_ONE, 111, "2026-1107", "5120.85 CHF", "Swiss francs by IBAN", -1),
    _paid(_ONE, 112, "FV/312/11/2026", "23418.77 PLN", "zlotys by domestic account number", -4),
    _paid(_ONE, 113, "Müller Rg 77", "1933.20 EUR", "an umlaut in the number; the webhook of its end is lost", -2),
    _paid(_ONE, 114, "204/E", "871.44 EUR", "its webhooks arrive in reverse order", -1),
    _paid(_ONE, 115, "AB-3390", "2640.00 EUR", "each of its webhooks arrives three times"),
    _paid(_ONE, 116, "ZO-51177", "9875.30 CHF", "the rate ends before funding: paid on the second attempt", -1),
    replace(
        _paid(_ONE, 117, "VL-6620", "1499.95 EUR", "Wise cancels the funded transfer: a person decides", -1),
        expect_outcome="failed",
        expect_reason="transfer_cancelled",
    ),
    _held(_ONE, 118, "KC-2026-14", "512.60 EUR", "bank_details_missing", "the vendor has no bank row"),
    _held(_ONE, 119, "H-10027", "3999.00 EUR", "vendor_on_hold", "the hold stands on the vendor, not on the invoice"),
    replace(
        _not_eligible(_ONE, 102, "7/24 C", "2210.00 EUR", "on_payment_hold", "on payment hold: disputed"), pay_hold=True
    ),
    replace(
        _not_eligible(_ONE, 101, "GS-300", "-420.15 EUR", "debit_memo", "a debit memo: the vendor owes us"),
        debit_memo=True,
    ),
    replace(_not_eligible(_ONE, 103, "TC-9001", "788.00 EUR", "not_posted", "still in data entry"), posted=False),
    replace(
        _not_eligible(_ONE, 104, "TF-20950", "640.00 GBP", "nothing_to_pay", "a person's draft takes it all"),
        reserved_by_person=True,
    ),
)

_KINDS = (
    replace(
        _paid(_ONE, 101, "4500031", "1000.00 EUR", "a discount that is still to be had: 980.00 are sent"),
        discount=Decimal("20.00"),
        discount_days=5,
    ),
    replace(
        _paid(_ONE, 101, "4500032", "600.00 EUR", "the discount's last day was yesterday: paid in full"),
        discount=Decimal("12.00"),
        discount_days=-1,
    ),
    replace(
        _paid(_ONE, 102, "7/24 R", "3000.00 EUR", "in two instalments, both due: two payments"),
        instalments=(Instalment(Decimal("1000.00"), -30), Instalment(Decimal("2000.00"), 0)),
    ),
    replace(
        _held(_ONE, 103, "TC-9100", "800.00 EUR", "withholding_tax", "part of it goes to a tax office"),
        withholding=Decimal("120.00"),
    ),
    replace(
        _held(_ONE, 103, "TC-9101", "455.00 EUR", "central_payment", "another company of the group pays it"),
        central_payment=True,
    ),
    replace(
        _held(_ONE, 103, "TC-9102", "5000.00 EUR", "prepayment", "asked for in advance"),
        prepayment=True,
    ),
    _held(_ONE, 103, "TC-9103", f"75.00 {NO_CURRENCY}", "currency_without_iso", "in a currency without ISO code"),
    _held(_ONE, 104, "TF-20960", "410.00 GBP", "debit_memo_open", "a debit memo for it is still open"),
    replace(
        _not_eligible(_ONE, 104, "TF-CR-7", "-110.00 GBP", "debit_memo", "the debit memo for TF-20960"),
        debit_memo=True,
        refers_to="TF-20960",
    ),
)

_SECOND_COMPANY = (
    _paid(_TWO, 7, "4500017", "2230.90 EUR", "the same VendorID and number in another company", -3),
    _paid(_TWO, 12, "TF-31002", "11240.00 GBP", "pounds out of the company's own currency", -8),
    _paid(_TWO, 12, "tf 31003", "96.40 GBP", "a small amount", -8),
    _paid(_TWO, 15, "INV-90417", "2044.30 USD", "an internal currency code that is no ISO code", -2),
    _paid(_TWO, 21, "FP2026-0117", "6310.25 USD", "dollars abroad, internal code", -6),
    _paid(_TWO, 24, "LS #12 & 13", "1505.55 GBP", "a hash and an ampersand in the number", -1),
    _paid(_TWO, 31, "BF/26-27/0051", "92750.00 INR", "its message is delivered twice", -5),
    replace(_not_eligible(_TWO, 24, "LS 9", "305.00 GBP", "closed", "paid last week by hand"), paid_before=True),
)

SAMPLE_DAY = Day(
    companies=COMPANIES,
    vendors=VENDORS,
    invoices=_FIRST_COMPANY + _SECOND_COMPANY + _KINDS,
    balances={
        "EUR": Decimal("250000.00"),
        "GBP": Decimal("40000.00"),
        "USD": Decimal("60000.00"),
        "AUD": Decimal("450.00"),
    },
    top_ups={"AUD": Decimal("15000.00")},
    behaviours={
        "Schraubenwerk Süd GmbH": Behaviour(webhooks="lost"),
        "Officine Milano S.r.l.": Behaviour(webhooks="reversed"),
        "Atelier Béziers SARL": Behaviour(webhooks="thrice"),
        "Zürichsee Optik AG": Behaviour(rate_seconds=300),
        "Verloren Logistiek B.V.": Behaviour(cancel_after_funding=True),
    },
    duplicate_messages=((_TWO, 31, "BF/26-27/0051"), (_ONE, 101, "4500017")),
    errands=ERRANDS,
)
