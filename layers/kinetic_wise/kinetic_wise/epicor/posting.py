"""Post or delete a draft (epicor-kinetic-api.md 7.6, 7.8): never by HeadNum alone (money-cases.md H14)."""

from __future__ import annotations

from dataclasses import dataclass

from kinetic_wise.epicor.drafts import Drafts, Found, is_empty_of
from kinetic_wise.epicor.errors import ForeignDraft
from kinetic_wise.epicor.service import DataSet, Service, one_write, only_row
from kinetic_wise.payments.model import Draft
from kinetic_wise.transport import Refused, Unclear

_GROUP = "Erp.BO.APChkGrpSvc"
_ENTRY = "Erp.BO.PaymentEntrySvc"
_POST = "Erp.Proc.APPaymentPostSvc"
_POSTING_SECONDS = 240.0  # posting is slow, and a function lives 300 s at most


@dataclass
class Posting:
    """Posts and deletes drafts."""

    service: Service
    drafts: Drafts

    def post(self, company: str, draft: Draft) -> None:
        """Run the posting of the draft's group. See `EpicorClient.post`."""
        with one_write(self.service):
            found = self._look(company, draft)
            now = _as_known(found, draft)
            if now.posted:
                return
            if now.post_in_process:
                raise Unclear(f"group {draft.group_id} is being posted", code="post_in_process")
            self._unlock(company, found)
            self.service.change(company, f"{_GROUP}/PrePostGrp", {"postGroupID": draft.group_id})
            ds = self._parameters(company)
            only_row(ds, "APPaymentPostProcess")["GroupID"] = draft.group_id
            self.service.change(company, f"{_POST}/RunDirect", {"ds": ds}, _POSTING_SECONDS)

    def delete(self, company: str, draft: Draft) -> None:
        """Delete the draft's payment and its group. See `EpicorClient.delete_draft`."""
        with one_write(self.service):
            found = self._look(company, draft)
            now = found.draft
            if now is None:
                return
            if now.head_num is not None:
                self._delete_payment(company, found, draft)
            elif not is_empty_of(now, self.service.transport.auth.user):
                raise ForeignDraft(now, f"the empty group was made by {now.entry_person!r}")
            self._delete_group(company, draft.group_id)

    def _look(self, company: str, draft: Draft) -> Found:
        return self.drafts.look(company, draft.group_id, draft.reference)

    def _delete_payment(self, company: str, found: Found, draft: Draft) -> None:
        now = found.draft
        if now is None or not is_empty_of(now, self.service.transport.auth.user) or now.other_payments:
            now = _as_known(found, draft)
        if now.posted:
            raise ForeignDraft(now, "it is posted: only a void takes it back")
        self._unlock(company, found)
        try:
            self.service.change(company, f"{_ENTRY}/DeleteByID", {"headNum": now.head_num})
        except Refused:
            left = self._look(company, draft).draft
            if left is not None and left.head_num is not None:
                raise

    def _delete_group(self, company: str, group_id: str) -> None:
        """Reported unreliable (7.2): an empty group left over blocks nothing, the next reservation has another."""
        try:
            self.service.change(company, f"{_GROUP}/DeleteByID", {"groupID": group_id})
        except Refused:
            return

    def _unlock(self, company: str, found: Found) -> None:
        """A crashed run of ours may have left the group locked; only its owner can unlock it (pitfall 24)."""
        if found.lock_owner:
            self.service.change(company, f"{_GROUP}/UnLockGroup", {"pcGroupID": found.group_id})

    def _parameters(self, company: str) -> DataSet:
        """The posting's parameters. Documented for GET; deployments differ (0a, 1.4)."""
        method = f"{_POST}/GetNewParameters"
        try:
            return self.service.ask_plainly(company, method).returned_ds
        except Refused:
            return self.service.ask(company, method, {}).returned_ds


def _as_known(found: Found, draft: Draft) -> Draft:
    """The draft as it is now, if it is the one we know: one payment, one line, the same terms. Raises ForeignDraft."""
    now = found.draft
    if now is None or now.head_num is None:
        raise ForeignDraft(now or draft, "its payment is gone")
    facts = (
        (now.other_payments != 0, "the group holds further payments"),
        (now.voided, "it is voided"),
        (len(now.lines) != 1, f"it has {len(now.lines)} lines"),
        (not now.reference or now.reference != draft.reference, f"XRefCheckNum is {now.reference!r}"),
        (now.vendor_num != draft.vendor_num, f"VendorNum is {now.vendor_num}"),
        (now.bank_id != draft.bank_id, f"VendorBankID is {now.bank_id!r}"),
        (now.currency_code != draft.currency_code, f"CurrencyCode is {now.currency_code!r}"),
        (now.lines != draft.lines, "its line was changed"),
    )
    why = next((why for failed, why in facts if failed), "")
    if why:
        raise ForeignDraft(now, why)
    return now
