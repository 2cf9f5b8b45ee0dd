"""Reserve an invoice by an unposted payment of its own: the manual route of epicor-kinetic-api.md 7.5.

Look first, then make what is missing: group, payment, line. Every step may have been done before by a call whose answer
was lost, so a refusal counts only when a second look does not show the step done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from kinetic_wise.epicor import values
from kinetic_wise.epicor.drafts import Drafts, Found, Stage, check_ours, incomplete, stage
from kinetic_wise.epicor.leftovers import without_empty_payments
from kinetic_wise.epicor.service import DataSet, Service, one_write, only_row
from kinetic_wise.epicor.sets import ENTRY_SERVICE, GROUP_SERVICE
from kinetic_wise.epicor.tables import Tables
from kinetic_wise.epicor.values import Row
from kinetic_wise.payments.systems import Draft, Reservation
from kinetic_wise.transport import Refused, Unclear

_NOT_ASKED, _YES = "?", "Yes"  # pcChangeExchangeRateResponse (7.5, step 14)
_CHANGED = "U"
_ADDED = "A"


@dataclass
class Reserving:
    """Makes drafts."""

    service: Service
    tables: Tables
    drafts: Drafts

    def reserve(self, wanted: Reservation) -> Draft:
        """The draft that says what is wanted, made as far as it was missing. See `EpicorClient.reserve`."""
        with one_write(self.service):
            found = self._look(wanted)
            draft = found.draft
            if draft is not None:
                check_ours(draft, wanted, self._user)
            found = without_empty_payments(self.service, wanted.company, found)
            if stage(draft, wanted.reference) is Stage.LINE and draft is not None:
                return draft.model_copy(update={"other_payments": 0})
            return self._complete(wanted, found)

    @property
    def _user(self) -> str:
        return self.service.transport.auth.user

    def _look(self, wanted: Reservation) -> Found:
        return self.drafts.look(wanted.company, wanted.group_id, wanted.reference)

    def _complete(self, wanted: Reservation, found: Found) -> Draft:
        if found.group is None:
            found = self._make_group(wanted)
        payments = found.payments
        ds = self._entry(wanted, payments[0]) if payments else self._create(wanted)
        if stage(found.draft, wanted.reference) < Stage.HEADER:
            ds = self._make_header(wanted, ds)
        self._make_line(wanted, ds)
        return self._read_back(wanted, found)

    def _read_back(self, wanted: Reservation, found: Found) -> Draft:
        found = self.drafts.look_again(wanted.company, found, wanted.reference)
        draft = without_empty_payments(self.service, wanted.company, found).draft
        differs = incomplete(draft, wanted)
        if differs or draft is None:
            raise Refused(
                f"Epicor stored the payment in group {wanted.group_id} otherwise: {differs}", code="read_back"
            )
        return draft

    # --- group -----------------------------------------------------------------------------------------------------

    def _make_group(self, wanted: Reservation) -> Found:
        bank_account = self.tables.bank_account(wanted.company, wanted.currency_code)
        method = self.tables.payment_method(wanted.company)
        ask = self.service.ask
        ds = ask(wanted.company, f"{GROUP_SERVICE}/GetNewAPChkGrpNoLock", {"ds": {}}).ds
        only_row(ds, "APChkGrp")["GroupID"] = wanted.group_id
        body = {"pcBankAcctID": bank_account, "ds": ds}
        ds = ask(wanted.company, f"{GROUP_SERVICE}/OnChangeBankAcctID", body).ds
        row = only_row(ds, "APChkGrp")
        row |= {"BankAcctID": bank_account, "PMUID": method, "ActiveUserID": "", "RowMod": _ADDED}
        row["CheckDate"] = f"{self.service.today.isoformat()}T00:00:00"
        with self._reaching(Stage.GROUP, wanted):
            ds = self.service.change(wanted.company, f"{GROUP_SERVICE}/Update", {"ds": ds}).ds
        return Found(wanted.group_id, only_row(ds, "APChkGrp"), (), ())

    # --- payment ---------------------------------------------------------------------------------------------------

    def _create(self, wanted: Reservation) -> DataSet:
        body = {"pcGroupID": wanted.group_id, "ds": {}}
        with self._reaching(Stage.PAYMENT, wanted):
            return self.service.change(wanted.company, f"{ENTRY_SERVICE}/CreateNewCheckHed", body).ds

    def _entry(self, wanted: Reservation, payment: Row) -> DataSet:
        body = {"headNum": values.number(payment, "HeadNum")}
        return self.service.ask(wanted.company, f"{ENTRY_SERVICE}/GetByID", body).returned_ds

    def _make_header(self, wanted: Reservation, ds: DataSet) -> DataSet:
        number = self.service.options.check_number_base + self._head_num(ds)
        ds = self._header(wanted, ds, "OnChangeVendor", {"pcVendorID": wanted.vendor_id})
        if only_row(ds, "CheckHed").get("CurrencyCode") != wanted.currency_code:
            ds = self._header(wanted, ds, "OnChangeCurrency", {"pCurrencyCode": wanted.currency_code})
        ds = self._header(wanted, ds, "OnChangeManualPrint", {"plManualPrint": True})
        ds = self._header(wanted, ds, "OnChangeCheckNum", {"piCheckNum": number})
        only_row(ds, "CheckHed").update(XRefCheckNum=wanted.reference, VendorBankID=wanted.bank_id)
        ds = self._header(wanted, ds, "PreUpdate", {})
        _check_header(only_row(ds, "CheckHed"), wanted, number)
        with self._reaching(Stage.HEADER, wanted):
            return self.service.change(wanted.company, f"{ENTRY_SERVICE}/Update", {"ds": _marked(ds)}).ds

    def _header(self, wanted: Reservation, ds: DataSet, method: str, proposed: dict[str, str | int | bool]) -> DataSet:
        """Propose a value for the payment's header and go on with the data set that comes back."""
        return self.service.ask(wanted.company, f"{ENTRY_SERVICE}/{method}", {**proposed, "ds": _marked(ds)}).ds

    def _head_num(self, ds: DataSet) -> int:
        head_num = values.number(only_row(ds, "CheckHed"), "HeadNum")
        if head_num <= 0:
            raise Unclear("CreateNewCheckHed gave no HeadNum")
        return head_num

    # --- line ------------------------------------------------------------------------------------------------------

    def _make_line(self, wanted: Reservation, ds: DataSet) -> None:
        body = {"headNum": self._head_num(ds), "apTranNo": 0, "invoiceNum": wanted.invoice_num, "ds": ds}
        ds = self.service.ask(wanted.company, f"{ENTRY_SERVICE}/GetNewAPTran", body).ds
        only_row(ds, "APTran", _ADDED)
        ds = self._with_invoice(wanted, ds)
        ds = self._with_amount(wanted, ds, "DocTranAmt", wanted.amount)
        ds = self._with_amount(wanted, ds, "DocDiscAmt", wanted.discount)
        _check_line(only_row(ds, "APTran", _ADDED), wanted)
        with self._reaching(Stage.LINE, wanted):
            self.service.change(wanted.company, f"{ENTRY_SERVICE}/Update", {"ds": ds})

    def _with_invoice(self, wanted: Reservation, ds: DataSet) -> DataSet:
        """Epicor may ask first whether the exchange rate may change; in use the answer is yes (7.5, step 14)."""
        method = f"{ENTRY_SERVICE}/OnChangeInvoiceNum"
        body = {"pcInvoiceNum": wanted.invoice_num, "pcChangeExchangeRateResponse": _NOT_ASKED, "ds": ds}
        reply = self.service.ask(wanted.company, method, body, may_question=True)
        if reply.question:
            body["pcChangeExchangeRateResponse"] = _YES
            reply = self.service.ask(wanted.company, method, body)
        return reply.ds

    def _with_amount(self, wanted: Reservation, ds: DataSet, column: str, amount: Decimal) -> DataSet:
        if values.money(only_row(ds, "APTran", _ADDED), column) == amount:
            return ds
        body = {f"pd{column}": amount, "ds": ds}
        return self.service.ask(wanted.company, f"{ENTRY_SERVICE}/OnChange{column}", body).ds

    # --- what broke off --------------------------------------------------------------------------------------------

    @contextmanager
    def _reaching(self, reached: Stage, wanted: Reservation) -> Iterator[None]:
        """A refusal of a step that turns out to be done is an earlier try of ours that landed late: look again."""
        try:
            yield
        except Refused as error:
            if stage(self._look(wanted).draft, wanted.reference) >= reached:
                raise Unclear(f"refused, yet it is there: {error}", code=error.code, exchange=error.exchange) from error
            raise


def _marked(ds: DataSet) -> DataSet:
    """The data set with its payment marked as changed; one that is not stored yet stays marked as added."""
    row = only_row(ds, "CheckHed")
    row["RowMod"] = _ADDED if row.get("RowMod") == _ADDED else _CHANGED
    return ds


def _check_header(row: Row, wanted: Reservation, check_num: int) -> None:
    expected = {
        "VendorNum": wanted.vendor_num,
        "CurrencyCode": wanted.currency_code,
        "VendorBankID": wanted.bank_id,
        "XRefCheckNum": wanted.reference,
        "CheckNum": check_num,
        "ManualPrint": True,
    }
    _expect(row, expected)


def _check_line(row: Row, wanted: Reservation) -> None:
    expected = {"InvoiceNum": wanted.invoice_num, "DocTranAmt": wanted.amount, "DocDiscAmt": wanted.discount}
    _expect(row, expected)


def _expect(row: Row, expected: dict[str, object]) -> None:
    for column, value in expected.items():
        if row.get(column) != value:
            raise Refused(f"Epicor wants {column} to be {row.get(column)!r} instead of {value!r}", code="read_back")
