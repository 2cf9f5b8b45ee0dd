"""Void a posted payment (epicor-kinetic-api.md 7.9): never by HeadNum alone (money-cases.md H14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kinetic_wise.epicor.drafts import Drafts
from kinetic_wise.epicor.errors import ForeignDraft
from kinetic_wise.epicor.posting import difference
from kinetic_wise.epicor.service import DataSet, Service, only_row
from kinetic_wise.epicor.sets import VOID_SERVICE
from kinetic_wise.payments.systems import Draft
from kinetic_wise.transport import Refused, Unclear


@dataclass
class Voiding:
    """Voids posted payments."""

    service: Service
    drafts: Drafts

    def void(self, company: str, draft: Draft, reason: str, day: date) -> None:
        """Void the payment we posted. See `EpicorClient.void`."""
        now = self._look_twice(company, draft)
        if now.voided:
            return
        try:
            self._void(company, now, reason, day)
        except Refused:
            if not self._look(company, draft).voided:  # an earlier try of ours may have landed late
                raise

    def _look_twice(self, company: str, draft: Draft) -> Draft:
        """The payment as it is now. A late request of ours may land between the reads: a difference must last."""
        now = self._look(company, draft)
        if _objection(now, draft):
            now = self._look(company, draft)
        objection = _objection(now, draft)
        if objection:
            raise ForeignDraft(now, objection)
        return now

    def _look(self, company: str, draft: Draft) -> Draft:
        found = self.drafts.look(company, draft.group_id, draft.reference).draft
        if found is None or found.head_num is None:
            raise ForeignDraft(found or draft, "its payment is gone")
        return found

    def _void(self, company: str, now: Draft, reason: str, day: date) -> None:
        body = {"headNum": now.head_num}
        ds = self.service.ask(company, f"{VOID_SERVICE}/GetByID", body).returned_ds
        bank_account = only_row(ds, "CheckHed").get("BankAcctID")
        dated = {"HeadNum": now.head_num, "VoidDate": f"{day.isoformat()}T00:00:00", "ds": ds}
        ds = self.service.ask(company, f"{VOID_SERVICE}/SetVoidDate", dated).ds
        self._check(company, now, str(bank_account or ""))
        only_row(ds, "CheckHed").update(SelectedForAction=True, VoidedReason=reason, RowMod="U")
        self._run(company, now, ds)

    def _check(self, company: str, now: Draft, bank_account: str) -> None:
        """Epicor's own look: what it wants to be told before is for a person (a cleared payment, for one)."""
        body = {"headNum": now.head_num, "fromAutoBankRec": False, "bankAcctID": bank_account}
        body |= {"cashBookNum": 0, "cashBookLine": 0}
        reply = self.service.ask(company, f"{VOID_SERVICE}/CheckBeforeVoid", body)
        message = str(reply.parameters.get("message") or "")
        if message:
            raise Refused(f"before the void of payment {now.head_num} Epicor says: {message}", code="question")

    def _run(self, company: str, now: Draft, ds: DataSet) -> None:
        reply = self.service.change(company, f"{VOID_SERVICE}/VoidSelectedChecks", {"ds": ds, "singleVoid": True})
        if reply.parameters.get("allOK") is not True:
            raise Unclear(f"VoidSelectedChecks does not say that all is well with payment {now.head_num}")


def _objection(now: Draft, draft: Draft) -> str:
    """Why this payment is not the one we posted, or is not to be voided by us; "" when it is."""
    if not now.posted:
        return "it is not posted"
    return difference(now.model_copy(update={"voided": False}), draft)
