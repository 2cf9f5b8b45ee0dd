"""Wise's fee and the realised bank amount on a draft (epicor-kinetic-api.md section 9): looked up, one Update."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kinetic_wise.epicor import values
from kinetic_wise.epicor.drafts import Drafts
from kinetic_wise.epicor.errors import ForeignDraft
from kinetic_wise.epicor.posting import difference
from kinetic_wise.epicor.service import DataSet, Service, only_row
from kinetic_wise.epicor.sets import ENTRY_SERVICE
from kinetic_wise.epicor.tables import Tables
from kinetic_wise.epicor.values import Row
from kinetic_wise.payments.systems import Costs, Draft
from kinetic_wise.transport import Refused

_CHANGED = "U"
_ADDED = "A"
_DOCUMENT = "D"  # the amount in the bank account's currency, not the company's


@dataclass
class Fees:
    """Books what a payment cost."""

    service: Service
    tables: Tables
    drafts: Drafts

    def book(self, company: str, draft: Draft, costs: Costs) -> None:
        """Write fee and bank amount onto the draft, as far as they are missing. See `EpicorClient.book_costs`."""
        self._check_ours(company, draft)
        ds = self._entry(company, draft)
        head = only_row(ds, "CheckHed")
        currency = self.tables.iso_currency(company, values.text(head, "BankCurrCode"))
        if currency != costs.currency:
            raise Refused(f"Wise took {costs.currency}, the payment's bank account is in {currency}", code="currency")
        wanted = self._with_total(company, ds, costs)
        wanted = self._with_fee(company, wanted or ds, costs) or wanted
        if wanted is None:
            return
        only_row(wanted, "CheckHed")["RowMod"] = _CHANGED  # with its SysRevID: a late repeat is refused as outdated
        self.service.change(company, f"{ENTRY_SERVICE}/Update", {"ds": wanted})
        self._check_fee(self._entry(company, draft), costs)

    def _check_ours(self, company: str, draft: Draft) -> None:
        now = self.drafts.look(company, draft.group_id, draft.reference).draft
        why = difference(now, draft) if now else "its payment is gone"
        if why or now is None or now.posted:
            raise ForeignDraft(now or draft, why or "it is posted already")

    def _entry(self, company: str, draft: Draft) -> DataSet:
        return self.service.ask(company, f"{ENTRY_SERVICE}/GetByID", {"headNum": draft.head_num}).returned_ds

    def _with_total(self, company: str, ds: DataSet, costs: Costs) -> DataSet | None:
        """The data set with the amount that really left the bank; None when there is nothing to change."""
        head = only_row(ds, "CheckHed")
        same_currency = head.get("CurrencyCode") == head.get("BankCurrCode")
        if costs.bank_total is None or same_currency or values.money(head, "BankTotalAmt") == costs.bank_total:
            return None
        head["RowMod"] = _CHANGED
        body = {"pBankTotalAmt": costs.bank_total, "pFirstTest": True, "ds": ds}
        return self.service.ask(company, f"{ENTRY_SERVICE}/OnChangeBankTotalAmt", body).ds

    def _with_fee(self, company: str, ds: DataSet, costs: Costs) -> DataSet | None:
        """The data set with a bank fee line; None when it has one, or none is wanted."""
        if not costs.bank_fee_id or costs.fee == 0 or _fees(ds, costs):
            return None
        head = only_row(ds, "CheckHed")
        body = {"lvHeadNum": head.get("HeadNum"), "lvBankAcctID": head.get("BankAcctID"), "ds": ds}
        ds = self.service.ask(company, f"{ENTRY_SERVICE}/GetNewBankTranByHeadNum", body).ds
        ds = self.service.ask(
            company, f"{ENTRY_SERVICE}/OnChangeBankFeeID", {"pcBankFeeID": costs.bank_fee_id, "ds": ds}
        ).ds
        body = {"ipTranAmtType": _DOCUMENT, "proposedTranAmt": costs.fee, "ds": ds}
        return self.service.ask(company, f"{ENTRY_SERVICE}/ChangeTranAmt", body).ds

    def _check_fee(self, ds: DataSet, costs: Costs) -> None:
        rows = _fees(ds, costs)
        booked = [values.money(row, "DocBankFeeAmt") + values.money(row, "DocBankFeeTaxAmt") for row in rows]
        wanted = [costs.fee] if costs.bank_fee_id and costs.fee != Decimal(0) else []
        if booked != wanted:
            raise Refused(f"Epicor stored the bank fee otherwise: {booked} instead of {wanted}", code="read_back")


def _fees(ds: DataSet, costs: Costs) -> list[Row]:
    rows = ds.get("BankTran") or []
    return [row for row in rows if row.get("BankFeeID") == costs.bank_fee_id and not row.get("Voided")]
