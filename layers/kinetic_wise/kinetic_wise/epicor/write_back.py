"""Two ways to write payments back, the same for whoever asks: Epicor's own services, or the customer's library."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from kinetic_wise.epicor import library as functions
from kinetic_wise.epicor.drafts import Found, check_ours, found_in, incomplete
from kinetic_wise.epicor.errors import ForeignDraft
from kinetic_wise.epicor.library import Library, terms
from kinetic_wise.epicor.posting import Posting, difference
from kinetic_wise.epicor.reserving import Reserving
from kinetic_wise.epicor.service import Service
from kinetic_wise.epicor.tables import Tables
from kinetic_wise.epicor.voiding import Voiding
from kinetic_wise.payments.systems import Draft, Reservation
from kinetic_wise.transport import Refused, Unclear


class WriteBack(Protocol):
    """What the client's writing methods come down to; see there."""

    def reserve(self, wanted: Reservation) -> Draft:
        """See `EpicorClient.reserve`."""

    def post(self, company: str, draft: Draft, day: date | None) -> None:
        """See `EpicorClient.post`."""

    def delete(self, company: str, draft: Draft) -> None:
        """See `EpicorClient.delete_draft`."""

    def void(self, company: str, draft: Draft, reason: str, day: date) -> None:
        """See `EpicorClient.void`."""


@dataclass
class ByServices:
    """Writes by the methods of Epicor's own services."""

    reserving: Reserving
    posting: Posting
    voiding: Voiding

    def reserve(self, wanted: Reservation) -> Draft:
        """See `EpicorClient.reserve`."""
        return self.reserving.reserve(wanted)

    def post(self, company: str, draft: Draft, day: date | None) -> None:
        """See `EpicorClient.post`."""
        self.posting.post(company, draft, day)

    def delete(self, company: str, draft: Draft) -> None:
        """See `EpicorClient.delete_draft`."""
        self.posting.delete(company, draft)

    def void(self, company: str, draft: Draft, reason: str, day: date) -> None:
        """See `EpicorClient.void`."""
        self.voiding.void(company, draft, reason, day)


@dataclass
class ByFunctions:
    """Writes by one call of the customer's library each.

    The library leaves what is not ours as it is and answers what it found: whether it is ours is judged here, by the
    same rules as in the other mode.
    """

    service: Service
    tables: Tables
    library: Library

    def reserve(self, wanted: Reservation) -> Draft:
        """See `EpicorClient.reserve`. One call, and a few for small tables once an hour."""
        inputs = {
            "bankAcctID": self.tables.bank_account(wanted.company, wanted.currency_code),
            "pmUID": self.tables.payment_method(wanted.company),
            "checkDate": _day(self.service.today),
            "checkNumBase": self.service.options.check_number_base,
            "vendorNum": wanted.vendor_num,
            "vendorID": wanted.vendor_id,
            "vendorBankID": wanted.bank_id,
            "currencyCode": wanted.currency_code,
            "invoiceNum": wanted.invoice_num,
            "amount": wanted.amount,
            "discount": wanted.discount,
        }
        found = self.library.write(wanted.company, functions.RESERVE, wanted.group_id, wanted.reference, inputs)
        return self._reserved(found, wanted)

    def _reserved(self, found: Found, wanted: Reservation) -> Draft:
        draft = found.draft
        if draft is None:
            raise Unclear(f"{functions.RESERVE} answered without the payment in group {wanted.group_id}")
        check_ours(draft, wanted, self.service.transport.auth.user)
        if draft.other_payments:
            raise ForeignDraft(draft, f"the group also holds {draft.other_payments} other payments")
        differs = incomplete(draft, wanted)
        if differs and not (draft.posted or draft.voided):
            raise Refused(
                f"{functions.RESERVE} stored the payment in group {wanted.group_id} otherwise: {differs}",
                code="read_back",
            )
        return draft

    def post(self, company: str, draft: Draft, day: date | None) -> None:
        """See `EpicorClient.post`. One call; one more to see what became of a refused one."""
        inputs = {**terms(draft), "checkDate": _day(day) if day else None}
        try:
            now = self._known(self._write(company, functions.POST, draft, inputs), draft)
        except Refused:
            if not self._now(company, draft).posted:
                raise
            return
        if not now.posted and now.post_in_process:
            raise Unclear(f"group {draft.group_id} is being posted", code="post_in_process")

    def delete(self, company: str, draft: Draft) -> None:
        """See `EpicorClient.delete_draft`. One call."""
        left = self._write(company, functions.DELETE, draft, terms(draft)).draft
        if left is None or left.head_num is None:
            return
        why = difference(left, draft) or ("it is posted: only a void takes it back" if left.posted else "")
        if why:
            raise ForeignDraft(left, why)
        raise Refused(f"{functions.DELETE} left the payment in group {draft.group_id}", code="read_back")

    def void(self, company: str, draft: Draft, reason: str, day: date) -> None:
        """See `EpicorClient.void`. One call; one more to see what became of a refused one."""
        inputs = {**terms(draft), "voidDate": _day(day), "reason": reason}
        try:
            now = self._write(company, functions.VOID, draft, inputs).draft
        except Refused:
            if not self._now(company, draft).voided:
                raise
            return
        if now is None or now.head_num is None:
            raise ForeignDraft(now or draft, "its payment is gone")
        why = difference(now.model_copy(update={"voided": False}), draft) or ("" if now.posted else "it is not posted")
        if why:
            raise ForeignDraft(now, why)

    def _write(self, company: str, function: str, draft: Draft, inputs: dict[str, Any]) -> Found:
        return self.library.write(company, function, draft.group_id, draft.reference, inputs)

    def _known(self, found: Found, draft: Draft) -> Draft:
        """The payment, if it is still the one we know. Raises ForeignDraft."""
        now = found.draft
        if now is None or now.head_num is None:
            raise ForeignDraft(now or draft, "its payment is gone")
        why = difference(now, draft) or ("the group holds other payments" if now.other_payments else "")
        if why:
            raise ForeignDraft(now, why)
        return now

    def _now(self, company: str, draft: Draft) -> Draft:
        """The payment after a refusal: an earlier try of ours may have landed late."""
        ds = self.library.look(company, {"vendorNum": 0, "invoiceNum": "", "sysRowID": "", "groupID": draft.group_id})
        now = found_in(ds, draft.group_id, draft.reference).draft or draft
        return draft if difference(now.model_copy(update={"voided": False}), draft) else now


def _day(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"
