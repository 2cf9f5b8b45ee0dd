"""What the simulated Wise keeps: profiles, balances, recipients, quotes, transfers, subscriptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from simulators.wise.recipient_types import RecipientType
from simulators.wise.sample import Behaviour

WAITING = "incoming_payment_waiting"
PROCESSING = "processing"
CONVERTED = "funds_converted"
SENT = "outgoing_payment_sent"
BOUNCED = "bounced_back"
REFUNDED = "funds_refunded"
CANCELLED = "cancelled"

READABLE_AFTER_EXPIRY = timedelta(hours=48)


@dataclass(frozen=True)
class Profile:
    """A personal or business profile of the user."""

    id: int
    business: bool
    public_id: str
    country: str


@dataclass
class Balance:
    """A STANDARD balance; `amount` is what can be spent, in major units."""

    id: int
    profile: int
    currency: str
    amount: Decimal
    recipient_id: int
    created: datetime
    modified: datetime


@dataclass(frozen=True)
class Movement:
    """Money that came into a balance, or left it (below zero), with what for."""

    balance: int
    moment: datetime
    amount: Decimal  # the fee is in it
    reference: str  # a transfer's number, or BNK-…
    after: Decimal
    fee: Decimal = Decimal(0)  # at or above zero


@dataclass
class Recipient:
    """A recipient account; its data never change, only `active` does."""

    id: int
    profile: Profile
    currency: str
    type: RecipientType
    name: str
    legal_type: str
    details: dict[str, str]
    address: dict[str, str]
    email: str | None
    owned_by_customer: bool
    created: datetime
    hash: str
    loose_hash: str
    active: bool = True
    confirmations: dict[str, Any] | None = None  # the check of account and name, where the bank told one


@dataclass(frozen=True)
class Option:
    """One way to pay a quote in; the source amount includes the fee."""

    pay_in: str
    pay_out: str
    source_amount: Decimal
    target_amount: Decimal
    fee: Decimal
    disabled_code: str | None = None
    disabled_message: str | None = None


@dataclass
class Quote:
    """A quote; exactly one of the two given amounts is set. `profile` is None for an illustrative one."""

    id: str
    profile: Profile | None
    source_currency: str
    target_currency: str
    source_amount: Decimal | None
    target_amount: Decimal | None
    rate: Decimal
    created: datetime
    expires: datetime
    rate_expires: datetime
    pay_out: str = "BANK_TRANSFER"
    asked_pay_out: str = "BANK_TRANSFER"
    preferred_pay_in: str | None = None
    target_account: int | None = None
    payment_metadata: dict[str, Any] | None = None
    status: str = "PENDING"
    options: dict[str, Option] = field(default_factory=dict)

    def status_at(self, now: datetime) -> str:
        """The status shown at this moment: unused quotes expire."""
        return "EXPIRED" if self.status == "PENDING" and now >= self.expires else self.status

    def is_gone_at(self, now: datetime) -> bool:
        """Whether an unused quote is not even readable any more."""
        return self.status == "PENDING" and now >= self.expires + READABLE_AFTER_EXPIRY


@dataclass(frozen=True)
class Payment:
    """A completed payment into a transfer."""

    id: int
    balance: int
    amount: Decimal
    currency: str
    created: datetime


@dataclass
class Transfer:
    """A transfer; `source_value` is the amount after the fee, both values change at funding."""

    id: int
    profile: Profile
    quote: Quote
    key: str
    recipient: Recipient
    source_account: int | None
    details: dict[str, Any]
    source_value: Decimal
    target_value: Decimal
    rate: Decimal
    created: datetime
    behaviour: Behaviour | None = None
    status: str = WAITING
    payments: list[Payment] = field(default_factory=list)
    funded_count: int = 0
    debited: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    was_sent: bool = False
    cases: list[str] = field(default_factory=list)  # what holds it up, as `transfers#active-cases` names it

    @property
    def reference(self) -> str:
        """What the payee's bank shows; empty when none was given."""
        return str(self.details.get("reference") or "")


@dataclass
class Batch:
    """A batch group: transfers of one source currency that are paid for together."""

    id: str
    version: int
    profile: Profile
    name: str
    currency: str
    status: str = "NEW"
    transfers: list[Transfer] = field(default_factory=list)
    is_paid: bool = False


@dataclass
class Subscription:
    """A webhook subscription of a profile."""

    id: str
    profile: Profile
    name: str
    event: str
    version: str
    url: str
    created: datetime


@dataclass
class Books:
    """Everything the simulated Wise knows."""

    profiles: dict[int, Profile] = field(default_factory=dict)
    balances: dict[int, Balance] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)
    recipients: dict[int, Recipient] = field(default_factory=dict)
    quotes: dict[str, Quote] = field(default_factory=dict)
    transfers: dict[int, Transfer] = field(default_factory=dict)
    transfers_by_key: dict[str, Transfer] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    account_names: dict[str, str] = field(default_factory=dict)  # account number -> the holder as the bank has it
    notices: dict[str, dict[str, Any]] = field(default_factory=dict)  # target currency -> what quotes say about it
    approval_rule: bool = False  # Payment Approvals, set in the account's own screens
    verified: bool = True  # an unverified business's transfers stay in processing
    profile_states: dict[int, str] = field(default_factory=dict)  # where it is not VISIBLE
    funding_refusals: list[str] = field(default_factory=list)  # codes that the next fundings are refused with

    def personal(self) -> Profile:
        """The profile that lists fall back to."""
        return next(profile for profile in self.profiles.values() if not profile.business)

    def business(self) -> Profile:
        """The profile that pays."""
        return next(profile for profile in self.profiles.values() if profile.business)

    def balance_in(self, profile: Profile, currency: str) -> Balance | None:
        """The profile's STANDARD balance in a currency: there is at most one."""
        owned = (balance for balance in self.balances.values() if balance.profile == profile.id)
        return next((balance for balance in owned if balance.currency == currency), None)
