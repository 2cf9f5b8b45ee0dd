"""What a sample day is made of: companies, vendors with bank rows, invoices, and how each must end.

Which column of a bank row holds a domestic code is site practice (epicor-kinetic-api.md 6.2). This site keeps

    IBAN and BIC            IBANCode, SwiftNum
    a bank's domestic code  LocalBIC: ABA routing number, Canadian institution, Japanese bank, Indian IFSC
    a branch's code         BankBranchCode: British sort code, Australian BSB, Canadian transit, Japanese branch
    the account             BankAcctNumber; a Polish one has all 26 digits

Amounts are Decimals in the invoice's currency; days count from the day on which the sample is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from simulators.sample.errands import Errand

Outcome = Literal["paid", "held", "failed", "not_eligible", "closed"]
InvoiceKey = tuple[str, int, str]


@dataclass(frozen=True)
class Company:
    """A company of the Epicor site."""

    company: str
    name: str
    base_currency: str  # ISO 4217
    currency_codes: Mapping[str, str] = field(default_factory=dict)  # ISO -> internal code, where they differ

    def code(self, currency: str) -> str:
        """The internal code of an ISO currency in this company."""
        return self.currency_codes.get(currency, currency)


@dataclass(frozen=True)
class VendorBank:
    """One bank row of a vendor (VendBank); empty means that the column is empty."""

    bank_id: str
    name_on_account: str
    bank_name: str
    country: str  # ISO alpha-2
    iban: str = ""
    swift: str = ""
    account_number: str = ""
    local_bic: str = ""
    branch_code: str = ""


@dataclass(frozen=True)
class Vendor:
    """A vendor in one company; the same VendorID may have another VendorNum in another company."""

    company: str
    vendor_num: int
    vendor_id: str
    name: str
    address: str
    city: str
    zip: str
    country: str  # ISO alpha-2
    currency: str  # ISO 4217
    banks: tuple[VendorBank, ...] = ()
    state: str = ""
    legal_name: str = ""
    primary_bank_id: str = ""
    pay_hold: bool = False
    inactive: bool = False
    one_check: bool = False  # wants each invoice in a payment of its own


@dataclass(frozen=True)
class Instalment:
    """One row of a payment schedule."""

    amount: Decimal
    due_in_days: int


@dataclass(frozen=True)
class Invoice:
    """An AP invoice and how the day must end for it."""

    company: str
    vendor_num: int
    invoice_num: str
    currency: str  # ISO 4217
    amount: Decimal  # negative for a debit memo
    expect_outcome: Outcome
    expect_reason: str | None
    case: str  # what it shows, in plain words
    due_in_days: int = 0  # 0 or less: due on the day of loading, or before
    bank_id: str = ""  # names one of the vendor's bank rows; empty: the primary one
    posted: bool = True
    pay_hold: bool = False
    debit_memo: bool = False
    reserved_by_person: bool = False  # a person's draft takes the whole balance
    paid_before: bool = False  # a posted payment closed it already
    instalments: tuple[Instalment, ...] = ()  # none: one, of the whole amount
    discount: Decimal = Decimal(0)
    discount_days: int = 0  # until the last day on which the discount may be taken
    withholding: Decimal = Decimal(0)
    central_payment: bool = False
    prepayment: bool = False
    refers_to: str = ""  # the invoice that a debit memo is for

    @property
    def key(self) -> InvoiceKey:
        """(Company, VendorNum, InvoiceNum)."""
        return self.company, self.vendor_num, self.invoice_num

    @property
    def sent(self) -> tuple[Decimal, ...]:
        """What the vendor gets, transfer by transfer, when it is paid on the day of loading."""
        if self.instalments:
            return tuple(instalment.amount for instalment in self.instalments)
        return (self.amount - self.discount if self.discount_days >= 0 else self.amount,)


@dataclass(frozen=True)
class Behaviour:
    """What Wise does with the transfers to one holder."""

    cancel_after_funding: bool = False
    rate_seconds: int | None = None  # how long the first quote's rate is held
    webhooks: str | None = None  # "lost", "thrice" or "reversed"


@dataclass(frozen=True)
class Day:
    """A day's work for both simulators."""

    companies: tuple[Company, ...]
    vendors: tuple[Vendor, ...]
    invoices: tuple[Invoice, ...]
    balances: Mapping[str, Decimal]  # opening Wise balances by currency
    top_ups: Mapping[str, Decimal] = field(default_factory=dict)  # what the run adds while payments wait for money
    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)  # by the bank row's NameOnAccount
    duplicate_messages: tuple[InvoiceKey, ...] = ()  # invoices whose message the run sends a second time
    errands: tuple[Errand, ...] = ()  # what people do besides, where the run lets them
