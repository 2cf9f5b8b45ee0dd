"""A batch: transfers in one Wise batch group, closed together so that one approval, or one call, pays for them all."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from kinetic_wise.payments.record import Amount, Record


class BatchStatus(StrEnum):
    """Where a batch stands."""

    OPENING = "opening"  # its group is being made at Wise
    OPEN = "open"  # takes members
    CLOSING = "closing"  # takes none; every member passes the gate
    CLOSED = "closed"  # COMPLETED at Wise: waits for its money
    CANCELLING = "cancelling"  # its group is being cancelled, every member looked at
    PAID = "paid"  # no member waits any more
    CANCELLED = "cancelled"  # no member took money with it
    ABANDONED = "abandoned"  # nobody knows its group: it was never used and stays empty


LIVE = frozenset(BatchStatus) - {BatchStatus.PAID, BatchStatus.CANCELLED, BatchStatus.ABANDONED}
TAKES_MEMBERS = frozenset({BatchStatus.OPENING, BatchStatus.OPEN})  # or will soon
MAY_BE_CANCELLED = frozenset({BatchStatus.OPEN, BatchStatus.CLOSING, BatchStatus.CLOSED})


class GroupAction(StrEnum):
    """An outside write to a group, which an intent announces (rule 3)."""

    CREATE = "create_group"
    COMPLETE = "complete_group"
    FUND = "fund_group"
    CANCEL = "cancel_group"


class GroupIntent(Record):
    """A write to the group that is announced and whose outcome is not written yet. One a batch."""

    action: GroupAction
    at: datetime
    tries: int = 1


class Batch(Record):
    """Our record of a batch. Amounts in its source currency."""

    id: str
    profile: int
    currency: str  # of the balance that pays
    name: str  # at Wise; it carries the id
    status: BatchStatus = BatchStatus.OPENING
    group: str = ""  # Wise's id
    version: int = 0  # 0: never written
    members: int = 0  # that ever joined
    intent: GroupIntent | None = None
    total: Amount | None = None  # what the members cost with their fees, once it is closing
    approve_by: datetime | None = None  # the earliest end of a member's rate, less the margin
    asked_to_fund: bool = False  # once is enough: each try would send its approvers another request
    handed_over: bool = False  # its members wait for a person, and say so
    cause: str = ""  # why it is cancelled: "reason: detail"
    cancel_sent: datetime | None = None
    cancel_refused: bool = False  # Wise would not cancel the group: each member is cancelled by itself
    not_waiting: tuple[int, ...] = ()  # transfers that moved before we cancelled the group: not our doing (rule 7)
    looked_at: datetime | None = None  # when its members were last looked through
    opened_at: datetime
    joined_at: datetime  # the last member
    audit_count: int = 0
    audit_head: str = ""


class Member(Record):
    """An attempt that joined a batch."""

    payment_id: str
    attempt: int
    passed_at: datetime | None = None  # when it last passed the gate
    objection: str = ""  # why the batch cannot go on with it: "reason: detail"
