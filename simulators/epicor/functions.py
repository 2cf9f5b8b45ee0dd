"""The customer's Function library of docs/epicor-function.md, as its C# would work: on Epicor's own services (1.5).

What a business rule refuses comes back as HTTP 200 with `errorsOccurred` and the text (pitfall 36).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulators.epicor import administrators, groups, methods, money, payments, posting, views, voids
from simulators.epicor.errors import EpicorError, bad_call, business
from simulators.epicor.schema import Row
from simulators.epicor.session import Answer, Session

LIBRARY = "KineticWise"
_PAYMENT = ("groupID", "reference", "vendorNum", "vendorBankID", "currencyCode", "invoiceNum", "amount", "discount")
_RESERVATION = (*_PAYMENT, "bankAcctID", "pmUID", "checkDate", "checkNumBase", "vendorID")
_Inputs = Mapping[str, Any]
_Tables = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Function:
    """A function of the library: what it does and which inputs its signature has."""

    handler: Callable[[Session, _Inputs], _Tables]
    inputs: tuple[str, ...]
    reads: bool = False


def invoke(function: Function, session: Session, inputs: _Inputs) -> Answer:
    """The outputs as a flat object. Raises EpicorError when the inputs do not fit the signature."""
    for name in function.inputs:
        if name not in inputs:
            raise bad_call(f"Parameter {name} is not found in the input object")
    try:
        return {"errorsOccurred": False, "error": "", "ds": function.handler(session, inputs)}
    except EpicorError as error:
        return {"errorsOccurred": True, "error": error.message, "ds": {}}
    except (TypeError, ValueError, ArithmeticError):
        raise bad_call("A parameter has a value of the wrong type.") from None


def _call(session: Session, target: str, **body: Any) -> Any:
    """A method of a business object, called from inside."""
    service, _, name = target.rpartition("/")
    return methods.METHODS[service][name].handler(session, administrators.directed(session.site, target, body))


def _ds(session: Session, target: str, **body: Any) -> _Tables:
    found: _Tables = _call(session, target, **body)["parameters"]["ds"]
    return found


# --- looking -------------------------------------------------------------------------------------------------------


def _look(session: Session, inputs: _Inputs) -> _Tables:
    ds = _of_group(session, str(inputs["groupID"])) if inputs["groupID"] else {}
    return {**ds, **_of_invoice(session, inputs)} if inputs["sysRowID"] else ds


def _of_invoice(session: Session, inputs: _Inputs) -> _Tables:
    books = session.books
    invoice = books["APInvHed"].by_row_id(str(inputs["sysRowID"]))
    if invoice is None:
        return {}
    vendor_num, number = invoice["VendorNum"], invoice["InvoiceNum"]
    vendor = books["Vendor"].get(vendor_num)
    memos = [row for row in books["APInvHed"].find(VendorNum=vendor_num) if _is_open_memo(row, number)]
    return {
        "APInvHed": _full(session, "APInvHed", [invoice, *memos]),
        "APInvSched": _full(session, "APInvSched", books["APInvSched"].find(InvoiceNum=number, VendorNum=vendor_num)),
        "Vendor": _full(session, "Vendor", [vendor] if vendor else []),
        "VendBank": _full(session, "VendBank", books["VendBank"].find(VendorNum=vendor_num)),
    }


def _is_open_memo(row: Row, number: str) -> bool:
    return bool(row.get("DebitMemo") and row.get("OpenPayable") and row.get("InvoiceRef") == number)


def _of_group(session: Session, group_id: str) -> _Tables:
    group, heads = session.books["APChkGrp"].get(group_id), _heads(session, group_id)
    lines = [line for head in heads for line in session.books["APTran"].find(HeadNum=head["HeadNum"])]
    return {
        "APChkGrp": _full(session, "APChkGrp", [group] if group else []),
        "CheckHed": _full(session, "CheckHed", heads),
        "APTran": _full(session, "APTran", lines),
    }


def _full(session: Session, table: str, rows: list[Row]) -> list[dict[str, Any]]:
    return [views.full(session.books, table, row) for row in rows]


def _heads(session: Session, group_id: str) -> list[Row]:
    return session.books["CheckHed"].find(GroupID=group_id)


def _own(session: Session, inputs: _Inputs) -> Row | None:
    """The group's only payment, if it is exactly the one meant."""
    heads = _heads(session, str(inputs["groupID"]))
    if len(heads) != 1:
        return None
    head, lines = heads[0], money.live_lines(session.books, heads[0]["HeadNum"])
    line = lines[0] if len(lines) == 1 else {}
    found = (head.get("XRefCheckNum"), head.get("VendorNum"), head.get("VendorBankID"), head.get("CurrencyCode"))
    wanted = tuple(inputs[name] for name in ("reference", "vendorNum", "vendorBankID", "currencyCode"))
    same_line = (line.get("InvoiceNum"), line.get("DocTranAmt"), line.get("DocDiscAmt", money.ZERO)) == (
        inputs["invoiceNum"], Decimal(inputs["amount"]), Decimal(inputs["discount"])
    )  # fmt: skip
    return head if found == wanted and same_line else None


# --- reserving -----------------------------------------------------------------------------------------------------


def _reserve(session: Session, inputs: _Inputs) -> _Tables:
    """All or nothing; a group that holds anything but our own empty leavings is only shown."""
    group_id = str(inputs["groupID"])
    if not _clear_leavings(session, group_id):
        return _of_group(session, group_id)
    try:
        _make(session, inputs)
    except EpicorError:
        _clear(session, group_id)
        raise
    return _of_group(session, group_id)


def _clear_leavings(session: Session, group_id: str) -> bool:
    """Whether the group is free to be made, after what the same user left empty in it is gone."""
    group, heads = session.books["APChkGrp"].get(group_id), _heads(session, group_id)
    if any(not _is_empty(session, head) for head in heads):
        return False
    if group is not None and group.get("CreatedBy") != session.user:
        return False
    _clear(session, group_id)
    return True


def _is_empty(session: Session, head: Row) -> bool:
    said = head.get("XRefCheckNum") or head.get("VendorNum") or head.get("Posted") or head.get("Voided")
    mine = head.get("EntryPerson") == session.user
    return mine and not said and not money.live_lines(session.books, head["HeadNum"])


def _clear(session: Session, group_id: str) -> None:
    for head in _heads(session, group_id):
        payments.remove(session, head["HeadNum"])
    if session.books["APChkGrp"].get(group_id) is not None:
        with suppress(EpicorError):  # one that cannot be deleted may stay, empty
            _call(session, f"{groups.SERVICE}/DeleteByID", groupID=group_id)


def _make(session: Session, inputs: _Inputs) -> None:
    if session.books["APChkGrp"].get(inputs["groupID"]) is None:
        _make_group(session, inputs)
    _make_line(session, inputs, _make_header(session, inputs))


def _make_group(session: Session, inputs: _Inputs) -> None:
    ds = _ds(session, f"{groups.SERVICE}/GetNewAPChkGrpNoLock", ds={})
    ds["APChkGrp"][0]["GroupID"] = inputs["groupID"]
    ds = _ds(session, f"{groups.SERVICE}/OnChangeBankAcctID", pcBankAcctID=inputs["bankAcctID"], ds=ds)
    ds["APChkGrp"][0].update(PMUID=inputs["pmUID"], CheckDate=inputs["checkDate"], ActiveUserID="")
    _ds(session, f"{groups.SERVICE}/Update", ds=ds)


def _make_header(session: Session, inputs: _Inputs) -> _Tables:
    entry = payments.SERVICE
    ds = _ds(session, f"{entry}/CreateNewCheckHed", pcGroupID=inputs["groupID"], ds={})
    number = int(inputs["checkNumBase"]) + ds["CheckHed"][0]["HeadNum"]
    ds["CheckHed"][0]["RowMod"] = "U"
    ds = _ds(session, f"{entry}/OnChangeVendor", pcVendorID=inputs["vendorID"], ds=ds)
    if ds["CheckHed"][0]["CurrencyCode"] != inputs["currencyCode"]:
        ds = _ds(session, f"{entry}/OnChangeCurrency", pCurrencyCode=inputs["currencyCode"], ds=ds)
    ds = _ds(session, f"{entry}/OnChangeManualPrint", plManualPrint=True, ds=ds)
    ds = _ds(session, f"{entry}/OnChangeCheckNum", piCheckNum=number, ds=ds)
    ds["CheckHed"][0].update(XRefCheckNum=inputs["reference"], VendorBankID=inputs["vendorBankID"])
    asked = _call(session, f"{entry}/PreUpdate", ds=ds)["parameters"]
    if asked.get("requiresUserInput"):
        raise business("The payment wants a legal number.", "CheckHed", "LegalNumber")
    return _ds(session, f"{entry}/Update", ds=asked["ds"])


def _make_line(session: Session, inputs: _Inputs, ds: _Tables) -> None:
    entry, number = payments.SERVICE, inputs["invoiceNum"]
    head_num = ds["CheckHed"][0]["HeadNum"]
    ds = _ds(session, f"{entry}/GetNewAPTran", ds=ds, headNum=head_num, apTranNo=0, invoiceNum=number)
    ds = _ds(session, f"{entry}/OnChangeInvoiceNum", pcInvoiceNum=number, pcChangeExchangeRateResponse="Yes", ds=ds)
    ds = _ds(session, f"{entry}/OnChangeDocTranAmt", pdDocTranAmt=inputs["amount"], ds=ds)
    ds = _ds(session, f"{entry}/OnChangeDocDiscAmt", pdDocDiscAmt=inputs["discount"], ds=ds)
    _ds(session, f"{entry}/Update", ds=ds)


# --- posting, deleting, voiding ------------------------------------------------------------------------------------


def _post(session: Session, inputs: _Inputs) -> _Tables:
    group_id = str(inputs["groupID"])
    head, group = _own(session, inputs), session.books["APChkGrp"].get(group_id)
    if head is not None and not head.get("Posted") and group is not None and not group.get("PostInProcess"):
        groups.open_group(session, group_id)
        if inputs["checkDate"]:
            _redate(session, head, inputs["checkDate"])
        _call(session, f"{groups.SERVICE}/UnLockGroup", pcGroupID=group_id)
        _call(session, f"{groups.SERVICE}/PrePostGrp", postGroupID=group_id)
        ds = _call(session, f"{posting.SERVICE}/GetNewParameters")["returnObj"]
        ds["APPaymentPostProcess"][0]["GroupID"] = group_id
        _call(session, f"{posting.SERVICE}/RunDirect", ds=ds)
    return _of_group(session, group_id)


def _redate(session: Session, head: Row, day: str) -> None:
    row = {**views.full(session.books, "CheckHed", head), "RowMod": "U"}
    ds = _ds(session, f"{payments.SERVICE}/OnChangeCheckDate", pdtCheckDate=day, ds={"CheckHed": [row], "APTran": []})
    _ds(session, f"{payments.SERVICE}/Update", ds=ds)


def _delete(session: Session, inputs: _Inputs) -> _Tables:
    group_id = str(inputs["groupID"])
    head = _own(session, inputs)
    if head is not None and not head.get("Posted"):
        groups.open_group(session, group_id)
        _clear(session, group_id)
    elif head is None:
        _clear_leavings(session, group_id)
    return _of_group(session, group_id)


def _void(session: Session, inputs: _Inputs) -> _Tables:
    head = _own(session, inputs)
    if head is not None and head.get("Posted") and not head.get("Voided"):
        ds = _call(session, f"{voids.SERVICE}/GetByID", headNum=head["HeadNum"])["returnObj"]
        dated = {"HeadNum": head["HeadNum"], "VoidDate": inputs["voidDate"], "ds": ds}
        ds = _ds(session, f"{voids.SERVICE}/SetVoidDate", **dated)
        before = {"headNum": head["HeadNum"], "bankAcctID": head["BankAcctID"], "fromAutoBankRec": False}
        message = _call(session, f"{voids.SERVICE}/CheckBeforeVoid", **before, cashBookNum=0, cashBookLine=0)
        if message["parameters"].get("message"):
            raise business(str(message["parameters"]["message"]), "CheckHed")
        ds["CheckHed"][0].update(SelectedForAction=True, VoidedReason=inputs["reason"], RowMod="U")
        _call(session, f"{voids.SERVICE}/VoidSelectedChecks", ds=ds, singleVoid=True)
    return _of_group(session, str(inputs["groupID"]))


FUNCTIONS: Mapping[str, Function] = {
    "LookAtPayment": Function(_look, ("vendorNum", "invoiceNum", "sysRowID", "groupID"), reads=True),
    "ReservePayment": Function(_reserve, _RESERVATION),
    "PostPayment": Function(_post, (*_PAYMENT, "checkDate")),
    "DeletePayment": Function(_delete, _PAYMENT),
    "VoidPayment": Function(_void, (*_PAYMENT, "voidDate", "reason")),
}
