"""What the core talks about: invoice, vendor, bank, payment, attempt and what is known of them.

The clients give the first kind (`Invoice` … `Transfer`), the ledger keeps the second (`Payment`, `Attempt`).
Amounts are Decimals in major units; times are aware and UTC; identifiers of Wise are 64-bit.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from kinetic_wise.payments import identity
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.money import Money


class Record(BaseModel):
    """An immutable record; `model_copy(update=…)` makes a changed one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _not_binary(value: Any) -> Any:
    if isinstance(value, float):
        raise TypeError("money never passes through binary floating point")
    return value


Amount = Annotated[Decimal, BeforeValidator(_not_binary)]


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
    description: str = ""
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
    one_check: bool = False  # OneCheck: no two invoices in one payment
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
    bank_code: str = ""
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

    id: int
    method: str
    amount: Amount
    currency: str


# --- what the ledger keeps --------------------------------------------------------------------------------------


class Action(StrEnum):
    """An outside write that an intent announces (rule 3)."""

    RESERVE = "reserve"
    CREATE_RECIPIENT = "create_recipient"
    CREATE_TRANSFER = "create_transfer"
    FUND = "fund"
    CANCEL = "cancel"
    POST = "post"
    DELETE_DRAFT = "delete_draft"
    REMAKE_DRAFT = "remake_draft"
    BOOK_COSTS = "book_costs"
    VOID = "void"


class Intent(Record):
    """An outside write that is announced and whose outcome is not written yet. One a payment."""

    action: Action
    at: datetime
    tries: int = 1  # how often the write was sent, or may have been
    looks: int = 0  # looks that showed nothing since the last try
    looked_at: datetime | None = None
    reason: str = ""  # why we cancel
    answer: str = ""  # what the last try was answered, clear by itself, while an earlier one is not


class Hold(Record):
    """Why a payment stands still and what it was before."""

    reason: str  # a code of docs/holds.md
    detail: str
    since: datetime
    came_from: Status


class Order(Record):
    """What a person ordered of a payment, while it is being carried out."""

    action: Literal["release", "reject", "cancel"]
    caller: str
    why: str  # in the person's own words


class Terms(Record):
    """The terms of an attempt, frozen at its start (rule 2)."""

    environment: str
    profile: int
    amount: Amount  # what the vendor gets
    discount: Amount = Decimal(0)  # what the invoice's balance falls by besides
    currency: str
    vendor_bank_id: str
    fingerprint: str
    fingerprint_key: str
    reference: str  # what the payee's statement shows


class Refund(Record):
    """Money that came back, in a known amount."""

    amount: Amount
    currency: str
    source: str  # where the amount was learned


class BatchPlace(Record):
    """Which batch an attempt's transfer is made in: our id of it, and Wise's of its group."""

    id: str
    group: str


class Attempt(Record):
    """One try at a payment: frozen terms, its key, and everything learned about its one transfer."""

    number: int
    key: str  # customerTransactionId
    terms: Terms
    started_at: datetime
    recipient_id: int | None = None
    recipient_hash: str = ""
    quote: Quote | None = None
    details: dict[str, str] = Field(default_factory=dict)  # what Wise's form for the transfer was filled with
    batch: BatchPlace | None = None  # None: funded by itself
    approve_by: datetime | None = None  # until when its batch can be approved in Wise
    is_unsure: bool = False  # taken up from a draft: a transfer that nobody has seen may exist under its key
    transfer: Transfer | None = None
    seen_waiting_at: datetime | None = None  # GET showed it unfunded, just before our own cancel
    cancelled_by_us: bool = False
    funded: bool = False  # rule 11
    may_have_money: bool = False  # rule 11: any status but waiting and cancelled
    fee: Amount | None = None
    debited: Amount | None = None  # what left the balance, fee included
    sent: bool = False  # Wise paid it out once, whatever became of it later
    failure: str = ""  # why Wise could not pay it out (wise-api.md 6.6)
    cases: tuple[str, ...] = ()  # what Wise asks for, by its own codes, as an event last told
    cases_since: datetime | None = None  # since when Wise shows that it asks for something; None: it does not
    cases_told_at: datetime | None = None  # when a person was last told of that
    refund: Refund | None = None
    costs: str = ""  # what became of booking its fee and realised amounts; empty: not yet
    refund_asked_at: datetime | None = None  # when the statement was last searched for it
    statement_closed: bool = False  # Wise shows it to a person only
    dead: str = ""  # the proof (rule 6), empty while alive
    counted_on: str = ""  # the day (ISO, UTC) whose caps count its funding; empty: none does

    @property
    def amount(self) -> Money:
        """What the vendor gets."""
        return Money(self.terms.amount, self.terms.currency)

    @property
    def shortfall(self) -> Money | None:
        """By how much less came back than had left; None while either is unknown, or in different currencies."""
        if self.refund is None or self.debited is None or self.transfer is None:
            return None
        if self.refund.currency != self.transfer.source_currency:
            return None
        return Money(self.debited - self.refund.amount, self.refund.currency)


class Note(Record):
    """Something left beside the payment in Epicor, after the money is right: an audit row, a memo, a receipt.

    `event` is the status it tells of, `number` and `hash` the head of the audit trail when it fell due.
    """

    kind: str
    event: str
    attempt: int
    number: int
    hash: str
    at: datetime
    tries: int = 0
    unclear: bool = False  # the last try may have had an effect: looked for twice before it is written again
    looks: int = 0  # looks that showed nothing since
    done: bool = False
    problem: str = ""  # what stood in the way last; of one that is done: why it was given up


class Payment(Record):
    """Our record of paying one invoice, or one instalment of it."""

    id: str
    invoice: InvoiceKey
    pay_seq: int = 1
    status: Status = Status.QUEUED
    version: int = 0  # 0: never written
    amount: Amount  # what the invoice's balance falls by
    instalment: Amount | None = None  # what the schedule said for pay_seq at the claim; None: a single one
    currency: str
    currency_code: str
    vendor_id: str = ""
    vendor_name: str = ""
    run: int = 0  # executions started
    attempt: int = 0  # the current attempt's number, 0 before the first
    reservation: int = 0  # the current draft's number, 0 before the first
    draft: Draft | None = None
    own_cancels: int = 0
    intent: Intent | None = None
    hold: Hold | None = None
    order: Order | None = None
    reason: str = ""  # why failed, returned, closed or rejected
    notes: tuple[Note, ...] = ()
    due: date | None = None  # the invoice's, or the instalment's
    not_before: datetime | None = None
    shadowed_at: datetime | None = None  # would have been paid then, had this stack not only shadowed
    created_at: datetime
    updated_at: datetime
    audit_count: int = 0
    audit_head: str = ""

    @property
    def has_claim(self) -> bool:
        """Whether it has a claim of its own: the record of a second identity has none (rule 1)."""
        return self.id == self.invoice.payment_id(self.pay_seq)

    @property
    def group_id(self) -> str:
        """The Epicor group of the current reservation."""
        return identity.group_id(self.id, self.reservation)


Draft.model_rebuild()
