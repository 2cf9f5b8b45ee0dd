"""Small methods of VendorSvc, APInvoiceSvc and SessionModSvc (5.2, 6.3, 2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.epicor import reads
from simulators.epicor.errors import business, duplicate, not_found
from simulators.epicor.schema import Row
from simulators.epicor.services import SERVICES
from simulators.epicor.session import Answer, Method, Session

_VENDORS = "Erp.BO.VendorSvc"
_INVOICES = "Erp.BO.APInvoiceSvc"
_SESSIONS = "Ice.Lib.SessionModSvc"


def _vendor(session: Session, vendor_id: Any) -> Row:
    found = session.books["Vendor"].find(VendorID=str(vendor_id))
    if not found:
        raise not_found()
    return found[0]


def _by_vendor_id(session: Session, body: Mapping[str, Any]) -> Answer:
    vendor = _vendor(session, body["vendorID"])
    return {"returnObj": reads.dataset(session.books, SERVICES[_VENDORS], [vendor])}


def _primary_bank(session: Session, body: Mapping[str, Any]) -> Answer:
    bank_id = _vendor(session, body["vendorID"]).get("PrimaryBankID", "")
    return {"returnObj": bool(bank_id), "parameters": {"bankID": bank_id}}


def _bank_exists(session: Session, body: Mapping[str, Any]) -> Answer:
    banks = session.books["VendBank"].find(VendorNum=int(body["vendorNum"]))
    return {"parameters": {"vendBankExists": bool(banks)}}


def rename_invoice(session: Session, vendor_num: int, number: str, new_number: str) -> Row:
    """Give an invoice another number; its SysRowID stays (5.2). Raises EpicorError."""
    store = session.books["APInvHed"]
    invoice = store.get(vendor_num, number)
    if invoice is None:
        raise not_found()
    if store.get(vendor_num, new_number) is not None:
        raise duplicate(f"Invoice {new_number} exists already.", "APInvHed")
    if invoice.get("DocUnpostedBal") != invoice.get("DocInvoiceBal"):
        raise business("The invoice is in a payment.", "APInvHed", "InvoiceNum")
    for instalment in session.books["APInvSched"].find(InvoiceNum=number, VendorNum=vendor_num):
        session.books["APInvSched"].rename(instalment, InvoiceNum=new_number)
    return store.rename({**invoice, "ChangeDate": session.today}, InvoiceNum=new_number)


def _change_number(session: Session, body: Mapping[str, Any]) -> Answer:
    row = rename_invoice(session, int(body["vendorNum"]), body["originalInvoiceNum"], body["newInvoiceNum"])
    return {"returnObj": reads.dataset(session.books, SERVICES[_INVOICES], [row])}


def _current_values(session: Session, _: Mapping[str, Any]) -> Answer:
    """Company and site, but neither user nor version (0a)."""
    values = {
        "companyID": session.company,
        "companyName": session.site.names[session.company],
        "siteID": "MfgSys",
        "siteName": "Main Site",
        "employeeID": "",
        "workstationID": "",
        "workstationDescription": "",
        "systemCode": "ERP",
        "countryGroupCode": "",
        "countryCode": "",
        "tenantID": "",
        "solutionID": "",
        "enabledFeatureFlags": [],
    }
    return {"parameters": values}


METHODS: Mapping[str, Mapping[str, Method]] = {
    _VENDORS: {
        "GetByVendID": Method(_by_vendor_id, ("vendorID",), reads=True, verbs=("GET", "POST")),
        "getPrimaryBankID": Method(_primary_bank, ("vendorID",), reads=True),
        "VendorBankExists": Method(_bank_exists, ("vendorNum",), reads=True),
    },
    _INVOICES: {"ChangeInvoiceNumber": Method(_change_number, ("vendorNum", "originalInvoiceNum", "newInvoiceNum"))},
    _SESSIONS: {"GetCurrentValues": Method(_current_values, (), reads=True)},
}
