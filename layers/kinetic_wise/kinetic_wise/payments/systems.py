"""What Epicor and Wise say: invoice, vendor, bank, draft, recipient, quote and transfer, as the clients give them.

Amounts are Decimals in major units; times are aware and UTC; identifiers of Wise are 64-bit.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from pydantic import Field

from kinetic_wise.payments import identity
from kinetic_wise.payments.record import Amount, Record

# --- what Epicor says -------------------------------------------------------------------------------------------


class InvoiceKey(Record):
    """An AP invoice: its natural key and the row id that a renaming does not change (epicor-kinetic-api.md 5.2)."""

    company: str
    vendor_num: int
    invoice_num: str
    sys_row_id: str

    def payment_id(self, pay_seq: int = 1) -> str:
        """The id of the payment of this invoice."""
        return identity.payment_id(self.company, self.vendor_num, self.invoice_num, pay_seq)


class Instalment(Record):
    """One row of an invoice's payment schedule (APInvSched, 5.1): the plan. What is paid shows in the balances."""

    pay_seq: int
    due: date | None
    amount: Amount


class Invoice(Record):
    """An AP invoice as read from Epicor just now (APInvHed, epicor-kinetic-api.md 5.1). Amounts in its currency."""

    key: InvoiceKey
    currency: str  # ISO 4217; NO_CURRENCY when Epicor has no ISO code for it
    currency_code: str  # Epicor's internal code
    total: Amount  # DocInvoiceAmt
    balance: Amount  # DocInvoiceBal: lowered by posting
    unposted_balance: Amount  # DocUnpostedBal: lowered by any payment in entry
    withholding: Amount = Decimal(0)
    discount: Amount = Decimal(0)  # DocDiscountAmt, to be had up to and including `discount_day`
    discount_day: date | None = None
    instalments: tuple[Instalment, ...] = ()  # where there are several, by pay_seq; empty for a single one
    posted: bool
    open_payable: bool
    pay_hold: bool
    debit_memo: bool
    central_payment: bool = False
    prepayment: bool = False  # asked for in advance, or one was applied to it
    locked: bool = False
    due_date: date | None = None
    bank_id: str = ""
    payment_method: int = 0  # PMUID
    for_wise: bool = True  # its payment method is one marked for Wise, or the site marks otherwise
    approved: bool = True  # the site's approval column says so, or it has none
    sys_rev_id: int = 0


class VendorBank(Record):
    """A bank row of a vendor (VendBank, 6.2), all columns as Epicor holds them."""

    bank_id: str
    columns: dict[str, str]  # Epicor column name -> text, e.g. NameOnAccount, IBANCode, SwiftNum, CountryISO

    def __getitem__(self, column: str) -> str:
        return self.columns.get(column, "").strip()


class Vendor(Record):
    """A vendor (6.1) with its bank rows."""

    company: str
    vendor_num: int
    vendor_id: str
    name: str
    legal_name: str = ""
    address: dict[str, str] = Field(default_factory=dict)  # firstLine, city, state, postCode, country (ISO alpha-2)
    email: str = ""
    phone: str = ""
    tax_id: str = ""
    currency: str = ""  # ISO 4217; empty where Epicor has no ISO code for it, or was not asked
    pay_hold: bool = False
    inactive: bool = False
    primary_bank_id: str = ""
    banks: tuple[VendorBank, ...] = ()
    columns: dict[str, str] = Field(default_factory=dict)  # further ones that a site's settings name

    def bank_for(self, invoice: Invoice) -> VendorBank | None:
        """The bank row the invoice names, else the vendor's primary one; never just the first (6.3)."""
        wanted = invoice.bank_id or self.primary_bank_id
        return next((bank for bank in self.banks if bank.bank_id == wanted), None)


class Draft(Record):
    """A payment in Epicor: group, CheckHed and its lines (7.1), as read back."""

    group_id: str
    head_num: int | None = None  # None: the group is there and holds no payment
    reference: str = ""  # XRefCheckNum
    vendor_num: int | None = None
    bank_id: str = ""  # VendorBankID
    currency_code: str = ""  # Epicor's internal code
    check_num: int = 0
    posted: bool = False
    voided: bool = False
    entry_person: str = ""
    post_in_process: bool = False
    post_error: str = ""
    lines: tuple[DraftLine, ...] = ()
    other_payments: int = 0  # further CheckHed rows in the group: must be 0


class DraftLine(Record):
    """One invoice line of a draft (APTran, 7.4)."""

    invoice_num: str
    amount: Amount  # DocTranAmt, gross
    discount: Amount = Decimal(0)


class Reservation(Record):
    """What a draft must say: the terms under which an invoice is reserved in Epicor (rule 8)."""

    company: str
    group_id: str
    reference: str
    vendor_num: int
    vendor_id: str
    bank_id: str
    invoice_num: str
    amount: Amount  # gross: what the invoice's balance falls by
    discount: Amount = Decimal(0)  # of it, what the vendor does not get
    currency: str
    currency_code: str


class Costs(Record):
    """What a payment cost at Wise, for the draft (epicor-kinetic-api.md section 9). Amounts in the source currency."""

    currency: str  # ISO 4217
    bank_fee_id: str = ""  # BankFeeID; empty: the fee is not booked
    fee: Amount = Decimal(0)
    bank_total: Amount | None = None  # what left the balance without the fee; None: Epicor's own figure stays


# --- what Wise says ---------------------------------------------------------------------------------------------


class Recipient(Record):
    """A Wise recipient (v2 object, wise-api.md 5.1)."""

    id: int
    name: str
    currency: str
    type: str
    active: bool
    hash: str
    profile: int
    account_number: str = ""  # normalised, for comparing only: never logged
    payee_problem: str = ""  # what Wise's check of account and name found; "" is nothing, or accepted by a person


class Quote(Record):
    """A Wise quote with its BALANCE option (4.2): lives until `expires_at`, its rate until `rate_expires_at`."""

    id: str
    source_currency: str
    target_currency: str
    target_amount: Amount
    source_amount: Amount  # of the BALANCE option, fee included
    fee: Amount
    rate: Amount
    expires_at: datetime
    rate_expires_at: datetime | None
    recipient_id: int
    delivers_at: datetime | None = None  # Wise's estimate
    payable: bool = True  # nothing but an empty balance may stand in the way
    problem: str = ""  # why not payable
    disabled: str = ""  # why the BALANCE option is disabled; Wise says so too when the balance is empty


class Transfer(Record):
    """A Wise transfer (6.1) as it was last seen. `target_amount` is 0 while its rate is over."""

    id: int
    key: str  # customerTransactionId
    profile: int
    recipient_id: int
    quote_id: str
    status: str
    source_currency: str
    source_amount: Amount  # after the fee
    target_currency: str
    target_amount: Amount
    rate: Amount
    created: datetime | None = None
    has_active_issues: bool = False


class WisePayment(Record):
    """A completed payment into a transfer (6.3): money left for it."""

    amount: Amount
    currency: str


Draft.model_rebuild()
