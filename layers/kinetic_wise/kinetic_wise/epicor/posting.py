"""Post or delete a draft (epicor-kinetic-api.md 7.6, 7.8): never by HeadNum alone (money-cases.md H14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kinetic_wise.epicor import values
from kinetic_wise.epicor.drafts import Drafts, Found, is_empty_of
from kinetic_wise.epicor.errors import ForeignDraft
from kinetic_wise.epicor.leftovers import without_empty_payments
from kinetic_wise.epicor.service import DataSet, Service, one_write, only_row
from kinetic_wise.epicor.sets import ENTRY_SERVICE, GROUP_SERVICE, POSTING_SERVICE
from kinetic_wise.payments.systems import Draft
from kinetic_wise.transport import Refused, Unclear

_POSTING_SECONDS = 240.0  # posting is slow, and a function lives 300 s at most


@dataclass
class Posting:
    """Posts and deletes drafts."""

    service: Service
    drafts: Drafts

    def post(self, company: str, draft: Draft, day: date | None = None) -> None:
        """Run the posting of the draft's group, dated `day` if one is given. See `EpicorClient.post`."""
        with one_write(self.service):
            found = self._look_twice(company, draft)
            now = _as_known(found, draft)
            if now.posted:
                return
            if now.post_in_process:
                raise Unclear(f"group {draft.group_id} is being posted", code="post_in_process")
            try:
                if day is not None:
                    self._redate(company, found, now, day)
                self._run(company, found)
            except Refused:
                if not self._is_posted(company, draft):
                    raise

    def delete(self, company: str, draft: Draft) -> None:
        """Delete the draft's payment and its group. See `EpicorClient.delete_draft`."""
        with one_write(self.service):
            found = self._look_twice(company, draft)
            now = found.draft
            if now is None:
                return
            ours = is_empty_of(now, self.service.transport.auth.user)
            if now.head_num is None and not ours:
                raise ForeignDraft(now, f"the empty group was made by {now.entry_person!r}")
            if now.head_num is not None:
                self._delete_payment(company, found, now if ours else _as_known(found, draft))
            self._delete_group(company, draft.group_id)

    def _look_twice(self, company: str, draft: Draft) -> Found:
        """The group as it is now. A late request of ours may land between the reads: a difference must last."""
        found = self._look(company, draft)
        if found.draft is not None and difference(found.draft, draft):
            found = self._look(company, draft)
        return without_empty_payments(self.service, company, found)

    def _look(self, company: str, draft: Draft) -> Found:
        return self.drafts.look(company, draft.group_id, draft.reference)

    def _run(self, company: str, found: Found) -> None:
        self._unlock(company, found)
        self.service.change(company, f"{GROUP_SERVICE}/PrePostGrp", {"postGroupID": found.group_id})
        ds = posting_parameters(self.service, company)
        only_row(ds, "APPaymentPostProcess")["GroupID"] = found.group_id
        self.service.change(company, f"{POSTING_SERVICE}/RunDirect", {"ds": ds}, _POSTING_SECONDS)

    def check_date(self, company: str, draft: Draft) -> date | None:
        """The date under which the draft would be posted (CheckDate). See `EpicorClient.check_date`."""
        return values.day(only_row(self._entry(company, draft), "CheckHed"), "CheckDate")

    def _redate(self, company: str, found: Found, now: Draft, day: date) -> None:
        """Move the payment into an open period (pitfall 29)."""
        ds = self._entry(company, now)
        if values.day(only_row(ds, "CheckHed"), "CheckDate") == day:
            return
        self._unlock(company, found)
        only_row(ds, "CheckHed")["RowMod"] = "U"
        body = {"pdtCheckDate": f"{day.isoformat()}T00:00:00", "ds": ds}
        ds = self.service.ask(company, f"{ENTRY_SERVICE}/OnChangeCheckDate", body).ds
        only_row(ds, "CheckHed")["RowMod"] = "U"
        self.service.change(company, f"{ENTRY_SERVICE}/Update", {"ds": ds})

    def _entry(self, company: str, draft: Draft) -> DataSet:
        return self.service.ask(company, f"{ENTRY_SERVICE}/GetByID", {"headNum": draft.head_num}).returned_ds

    def _is_posted(self, company: str, draft: Draft) -> bool:
        """Whether a refused posting was done by an earlier try of ours that landed late."""
        now = self._look(company, draft).draft
        return now is not None and now.posted and not difference(now, draft)

    def _delete_payment(self, company: str, found: Found, now: Draft) -> None:
        if now.posted:
            raise ForeignDraft(now, "it is posted: only a void takes it back")
        self._unlock(company, found)
        try:
            self.service.change(company, f"{ENTRY_SERVICE}/DeleteByID", {"headNum": now.head_num})
        except Refused:
            left = self._look(company, now).draft
            if left is not None and left.head_num is not None:
                raise

    def _delete_group(self, company: str, group_id: str) -> None:
        """Reported unreliable (7.2): an empty group left over blocks nothing, the next reservation has another."""
        try:
            self.service.change(company, f"{GROUP_SERVICE}/DeleteByID", {"groupID": group_id})
        except Refused:
            return

    def _unlock(self, company: str, found: Found) -> None:
        """A crashed run of ours may have left the group locked; only its owner can unlock it (pitfall 24)."""
        if not found.lock_owner:
            return
        reply = self.service.change(company, f"{GROUP_SERVICE}/UnLockGroup", {"pcGroupID": found.group_id})
        if reply.parameters.get("plSuccess") is not True:
            raise Refused(f"group {found.group_id} is locked by {found.lock_owner}", code="locked")


def posting_parameters(service: Service, company: str) -> DataSet:
    """The posting's parameters. Documented for GET; deployments differ (0a, 1.4). Raises RemoteError."""
    method = f"{POSTING_SERVICE}/GetNewParameters"
    try:
        return service.ask_plainly(company, method).returned_ds
    except Refused:
        return service.ask(company, method, {}).returned_ds


def _as_known(found: Found, draft: Draft) -> Draft:
    """The draft as it is now, if it is the one we know: one payment, one line, the same terms. Raises ForeignDraft."""
    now = found.draft
    if now is None or now.head_num is None:
        raise ForeignDraft(now or draft, "its payment is gone")
    why = difference(now, draft)
    if why:
        raise ForeignDraft(now, why)
    return now


def difference(now: Draft, draft: Draft) -> str:
    """In what a payment differs from the draft we know, or "". Neither its HeadNum nor its check number counts."""
    facts = (
        (now.voided, "it is voided"),
        (len(now.lines) != 1, f"it has {len(now.lines)} lines"),
        (not now.reference or now.reference != draft.reference, f"XRefCheckNum is {now.reference!r}"),
        (now.vendor_num != draft.vendor_num, f"VendorNum is {now.vendor_num}"),
        (now.bank_id != draft.bank_id, f"VendorBankID is {now.bank_id!r}"),
        (now.currency_code != draft.currency_code, f"CurrencyCode is {now.currency_code!r}"),
        (now.lines != draft.lines, "its line was changed"),
    )
    return next((why for failed, why in facts if failed), "")
