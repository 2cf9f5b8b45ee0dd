"""What the ledger keeps: payment, attempt and what is known of them.

Amounts are Decimals in major units; times are aware and UTC; identifiers of Wise are 64-bit.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import Field

from kinetic_wise.payments import identity
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.money import Money
from kinetic_wise.payments.record import Amount, Record
from kinetic_wise.payments.systems import Draft, InvoiceKey, Quote, Transfer

_SHADOWED_EVERY = timedelta(days=1)


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
    after_unclear: bool = False  # it took the place of another write of which nobody knows what became


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
    quotes_before: tuple[Quote, ...] = ()  # under which an unclear create was sent: one of them may back the transfer
    details: dict[str, str] = Field(default_factory=dict)  # what Wise's form for the transfer was filled with
    batch: BatchPlace | None = None  # None: funded by itself
    approve_by: datetime | None = None  # until when its batch can be approved in Wise
    is_unsure: bool = False  # taken up from a draft: a transfer that nobody has seen may exist under its key
    transfer: Transfer | None = None
    seen_waiting_at: datetime | None = None  # GET showed it unfunded, just before our own cancel
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
    refund_differs: Refund | None = None  # what a second source told, once the first had proved the transfer dead
    costs: str = ""  # what became of booking its fee and realised amounts; empty: not yet
    refund_asked_at: datetime | None = None  # when the statement was last searched for it
    difference_told: bool = False  # it was held because Wise delivered another amount: a person books it
    statement_closed: bool = False  # Wise shows it to a person only
    dead: str = ""  # the proof (rule 6), empty while alive, and again once Wise shows what contradicts it
    revived: bool = False  # Wise contradicted the proof, and nobody was told yet
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
    """Something left beside the payment in Epicor, after the money is right: a memo, a receipt.

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
    status_since: datetime | None = None  # the ledger writes it; None: last written before it did
    audit_count: int = 0
    audit_head: str = ""

    @property
    def stands_since(self) -> datetime:
        """Since when it has its status, whatever else was written meanwhile."""
        return self.status_since or self.updated_at

    @property
    def shadowed_until(self) -> datetime | None:
        """When one that was only looked at is due to be looked at again."""
        return self.shadowed_at + _SHADOWED_EVERY if self.shadowed_at else None

    @property
    def has_claim(self) -> bool:
        """Whether it has a claim of its own: the record of a second identity has none (rule 1)."""
        return self.id == self.invoice.payment_id(self.pay_seq)

    @property
    def was_paid(self) -> bool:
        """Whether it is closed because it was paid and watched to the end (rule 12), not without paying."""
        return self.status is Status.CLOSED and self.draft is not None and self.draft.posted and not self.draft.voided

    @property
    def group_id(self) -> str:
        """The Epicor group of the current reservation."""
        return identity.group_id(self.id, self.reservation)
