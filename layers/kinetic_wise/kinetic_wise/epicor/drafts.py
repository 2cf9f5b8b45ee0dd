"""Payments in entry as Epicor holds them: group, CheckHed, APTran lines (epicor-kinetic-api.md 7.1 to 7.4, 7.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from kinetic_wise.epicor import values
from kinetic_wise.epicor.errors import ForeignDraft
from kinetic_wise.epicor.masking import mask_text
from kinetic_wise.epicor.service import DataSet, Service, literal
from kinetic_wise.epicor.sets import GROUPS, LINES, PAYMENTS
from kinetic_wise.epicor.values import Row
from kinetic_wise.payments.record import Record
from kinetic_wise.payments.systems import Draft, DraftLine, Reservation

GROUP_COLUMNS = "GroupID,CreatedBy,ActiveUserID,PostInProcess,PostErrorLog"
PAYMENT_COLUMNS = "HeadNum,GroupID,Posted,Voided,VendorNum,VendorBankID,XRefCheckNum,CheckNum,CurrencyCode,EntryPerson"
LINE_COLUMNS = "HeadNum,APTranNo,InvoiceNum,VendorNum,TranType,DocTranAmt,DocDiscAmt,Posted,Voided"
LINE_ORDER = "HeadNum,APTranNo,InvoiceNum,Voided"
_ADJUSTMENT = "Adj"  # exchange gain or loss that posting adds: no invoice line (section 9)
IDS_A_QUERY = 40  # IIS refuses a query of more than 2,047 characters


class LivePayment(Record):
    """A payment that takes something of an invoice: in entry or posted, and not voided. Anybody's."""

    group_id: str
    head_num: int
    reference: str
    entry_person: str
    posted: bool


class Stage(IntEnum):
    """How far a draft has come."""

    NOTHING = 0
    GROUP = 1
    PAYMENT = 2  # CreateNewCheckHed stored an empty one
    HEADER = 3  # vendor, bank, check number, reference
    LINE = 4


@dataclass(frozen=True)
class Found:
    """What a look at a group showed. `payments` are CheckHed rows, ours first."""

    group_id: str
    group: Row | None
    payments: tuple[Row, ...]
    lines: tuple[DraftLine, ...]  # of the first payment

    @property
    def draft(self) -> Draft | None:
        """The group as one draft; None when nothing is there at all."""
        if self.payments:
            return self.draft_of(self.payments[0]).model_copy(
                update={"lines": self.lines, "other_payments": len(self.payments) - 1}
            )
        if self.group is None:
            return None
        return Draft(entry_person=values.text(self.group, "CreatedBy"), **self._of_group())

    def draft_of(self, payment: Row) -> Draft:
        """The header of one of the payments."""
        return Draft(
            head_num=values.number(payment, "HeadNum"),
            reference=values.text(payment, "XRefCheckNum"),
            vendor_num=values.number(payment, "VendorNum") or None,
            bank_id=values.text(payment, "VendorBankID"),
            currency_code=values.text(payment, "CurrencyCode"),
            check_num=values.number(payment, "CheckNum"),
            posted=values.flag(payment, "Posted"),
            voided=values.flag(payment, "Voided"),
            entry_person=values.text(payment, "EntryPerson"),
            **self._of_group(),
        )

    @property
    def lock_owner(self) -> str:
        """Who has the group open."""
        return values.text(self.group, "ActiveUserID") if self.group else ""

    def _of_group(self) -> dict[str, str | bool]:
        group = self.group or {}
        return {
            "group_id": self.group_id,
            "post_in_process": group.get("PostInProcess") is True,
            "post_error": mask_text(values.text(group, "PostErrorLog")),
        }


@dataclass
class Drafts:
    """Looks at groups and at what pays an invoice."""

    service: Service

    def look(self, company: str, group_id: str, reference: str = "") -> Found:
        """Everything a group holds, posted payments included; the one with this reference first.

        Two calls for a new or empty group, three otherwise. Raises RemoteError.
        """
        where = f"GroupID eq {literal(group_id)}"
        payments = self.service.rows(company, PAYMENTS, PAYMENT_COLUMNS, where, "HeadNum")
        groups = self.service.rows(company, GROUPS, GROUP_COLUMNS, where, "GroupID")
        return self._found(company, group_id, reference, payments, groups[0] if groups else None)

    def payment(self, company: str, group_id: str) -> Draft | None:
        """The payment of a group without looking at the group's own row; None without one. Two calls."""
        where = f"GroupID eq {literal(group_id)}"
        payments = self.service.rows(company, PAYMENTS, PAYMENT_COLUMNS, where, "HeadNum")
        return self._found(company, group_id, "", payments, None).draft

    def look_again(self, company: str, found: Found, reference: str) -> Found:
        """The payments of a group whose own row was seen just now: two calls."""
        where = f"GroupID eq {literal(found.group_id)}"
        payments = self.service.rows(company, PAYMENTS, PAYMENT_COLUMNS, where, "HeadNum")
        return self._found(company, found.group_id, reference, payments, found.group)

    def live_payments(self, company: str, vendor_num: int, invoice_num: str) -> tuple[LivePayment, ...]:
        """What pays an invoice now, people's payments included. At most two calls as a rule. Raises RemoteError."""
        where = f"VendorNum eq {vendor_num} and InvoiceNum eq {literal(invoice_num)}"
        rows = self.service.rows(company, LINES, LINE_COLUMNS, where, LINE_ORDER)
        voided = {values.number(row, "HeadNum") for row in rows if values.flag(row, "Voided")}
        paying = {values.number(row, "HeadNum") for row in rows if _is_line(row)}
        return tuple(_live(head) for head in self._payments(company, sorted(paying - voided)))

    def _payments(self, company: str, head_nums: Sequence[int]) -> list[Row]:
        found = []
        for start in range(0, len(head_nums), IDS_A_QUERY):
            where = " or ".join(f"HeadNum eq {head}" for head in head_nums[start : start + IDS_A_QUERY])
            found += self.service.rows(company, PAYMENTS, PAYMENT_COLUMNS, where, "HeadNum")
        return [row for row in found if not values.flag(row, "Voided")]

    def _found(self, company: str, group_id: str, reference: str, payments: list[Row], group: Row | None) -> Found:
        ordered = sorted(payments, key=lambda row: _rank(row, reference))
        lines: tuple[DraftLine, ...] = ()
        if ordered:
            where = f"HeadNum eq {values.number(ordered[0], 'HeadNum')}"
            rows = self.service.rows(company, LINES, LINE_COLUMNS, where, LINE_ORDER)
            lines = tuple(_line(row) for row in rows if _is_line(row))
        return Found(group_id, group, tuple(ordered), lines)


def found_in(ds: DataSet, group_id: str, reference: str = "") -> Found:
    """What a data set of groups, payments and lines says of one group; the payment with this reference first."""
    groups = [row for row in ds.get("APChkGrp") or [] if values.text(row, "GroupID") == group_id]
    payments = [row for row in ds.get("CheckHed") or [] if values.text(row, "GroupID") == group_id]
    ordered = sorted(payments, key=lambda row: _rank(row, reference))
    head_nums = [values.number(row, "HeadNum") for row in ordered[:1]]
    lines = [row for row in ds.get("APTran") or [] if values.number(row, "HeadNum") in head_nums]
    live = tuple(_line(row) for row in lines if _is_line(row))
    return Found(group_id, groups[0] if groups else None, tuple(ordered), live)


def stage(draft: Draft | None, reference: str) -> Stage:
    """How far the draft with this reference has come."""
    if draft is None:
        return Stage.NOTHING
    if draft.head_num is None:
        return Stage.GROUP
    if draft.reference != reference:
        return Stage.PAYMENT
    return Stage.LINE if draft.lines else Stage.HEADER


def is_empty_of(draft: Draft, user: str) -> bool:
    """Whether it is an empty group or an empty payment that this user made: the rest of a call that broke off."""
    empty = not (draft.reference or draft.vendor_num or draft.lines or draft.posted or draft.voided)
    return empty and bool(user) and draft.entry_person.casefold() == user.casefold()


def check_ours(draft: Draft, wanted: Reservation, user: str) -> None:
    """Whether a draft found is ours to go on with (rule 8). Raises ForeignDraft."""
    if is_empty_of(draft, user):
        return
    if draft.head_num is None:
        raise ForeignDraft(draft, f"the empty group was made by {draft.entry_person!r}")
    differs = _difference(draft, wanted)
    if differs:
        raise ForeignDraft(draft, differs)
    if (draft.posted or draft.voided) and not draft.lines:
        raise ForeignDraft(draft, "its payment is posted or voided and has no line")


def incomplete(draft: Draft | None, wanted: Reservation) -> str:
    """In what a draft just made differs from what it must say; "" when it says exactly that."""
    if draft is None or draft.head_num is None:
        return "the payment is not there"
    facts = (
        (draft.check_num == 0, "CheckNum is 0"),
        (len(draft.lines) != 1, f"it has {len(draft.lines)} lines"),
        (draft.posted or draft.voided, "it is posted or voided"),
    )
    return _difference(draft, wanted) or next((why for failed, why in facts if failed), "")


def _difference(draft: Draft, wanted: Reservation) -> str:
    facts = [
        (draft.reference != wanted.reference, f"XRefCheckNum is {draft.reference!r}, not {wanted.reference!r}"),
        (draft.vendor_num != wanted.vendor_num, f"VendorNum is {draft.vendor_num}, not {wanted.vendor_num}"),
        (draft.bank_id != wanted.bank_id, f"VendorBankID is {draft.bank_id!r}, not {wanted.bank_id!r}"),
        (draft.currency_code != wanted.currency_code, f"CurrencyCode is {draft.currency_code!r}"),
        (len(draft.lines) > 1, f"it has {len(draft.lines)} lines"),
    ]
    for line in draft.lines:
        facts += [
            (line.invoice_num != wanted.invoice_num, f"its line is for invoice {line.invoice_num!r}"),
            (line.amount != wanted.amount, f"DocTranAmt is {line.amount}, not {wanted.amount}"),
            (line.discount != wanted.discount, f"DocDiscAmt is {line.discount}, not {wanted.discount}"),
        ]
    return next((why for failed, why in facts if failed), "")


def _rank(row: Row, reference: str) -> tuple[bool, bool, int]:
    found = values.text(row, "XRefCheckNum")
    return bool(reference) and found != reference, not found, values.number(row, "HeadNum")


def _is_line(row: Row) -> bool:
    """A void leaves the line and adds its mirror image, which is no further line."""
    return values.text(row, "TranType") != _ADJUSTMENT and not values.flag(row, "Voided")


def _line(row: Row) -> DraftLine:
    return DraftLine(
        invoice_num=values.text(row, "InvoiceNum"),
        amount=values.money(row, "DocTranAmt"),
        discount=values.money(row, "DocDiscAmt"),
    )


def _live(head: Row) -> LivePayment:
    return LivePayment(
        group_id=values.text(head, "GroupID"),
        head_num=values.number(head, "HeadNum"),
        reference=values.text(head, "XRefCheckNum"),
        entry_person=values.text(head, "EntryPerson"),
        posted=values.flag(head, "Posted"),
    )
