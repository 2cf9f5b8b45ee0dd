"""An Epicor of a few tables and methods, written from epicor-kinetic-api.md sections 3 and 7, that counts its calls."""

from __future__ import annotations

import copy
import io
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
import simplejson
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from kinetic_wise.epicor import BasicAuth, EpicorClient, EpicorOptions, EpicorTransport, epicor_transport
from kinetic_wise.transport import Exchange, own_session
from tests.support.credentials import with_key
from tests.unit.epicor.rows import (
    COMPANY,
    USER,
    Body,
    bank_account,
    invoice,
    payment,
    payment_method,
    vendor,
    vendor_bank,
)

URL = "http://epicor.test/SaaS001"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Said:
    """An answer with a status: JSON, or raw text. `after` carries the call out first."""

    status: int = 200
    data: Any = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None
    after: bool = False


def business_error(text: str, kind: str = "Ice.Common.BusinessObjectException", status: int = 400) -> Said:
    """Epicor's way to refuse (4.1)."""
    data = {"HttpStatus": status, "ErrorMessage": text, "ErrorType": kind, "CorrelationId": "c0ffee"}
    return Said(status, data)


class FakeEpicor(BaseAdapter):
    """Answers requests; `faults` name the answers of the next calls of a method or set, `calls` what was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[Body]] = {name: [] for name in ("APChkGrps", "PaymentEntries", "APTrans")}
        self.tables |= {
            "Currencies": [
                {"CurrencyCode": "US$", "ISOCurrCode": "USD", "BaseCurr": False},
                {"CurrencyCode": "EUR", "ISOCurrCode": "EUR", "BaseCurr": True},
                {"CurrencyCode": "XX", "ISOCurrCode": "", "BaseCurr": False},
            ],
            "Countries": [{"CountryNum": 49, "ISOCode": "DE"}],
            "BankAccts": [bank_account("MAIN", "House bank", "EUR"), bank_account("WISE", "Wise EUR", "EUR")],
            "PayMethods": [payment_method(1, "Cheque"), payment_method(7, "Wise transfer")],
            "APInvoices": [invoice()],
            "APInvScheds": [],
            "Vendors": [vendor()],
            "VendBanks": [vendor_bank()],
        }
        self.faults: dict[str, list[Said]] = {}
        self.calls: list[str] = []
        self.requests: list[requests.PreparedRequest] = []
        self.exchanges: list[Exchange] = []
        self.time = START
        self.slept: list[float] = []
        self.heads = 5011
        self.question = ""

    # --- the wire ------------------------------------------------------------------------------------------------

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        name = unquote(parts.path).rpartition("/")[2]
        self.calls.append(name)
        self.requests.append(request)
        body = simplejson.loads(request.body, use_decimal=True) if request.body else {}
        planned = self.faults.get(name)
        said = planned.pop(0) if planned else None
        if said is None:
            said = self._answer(name, parts.query, body)
        elif said.after:
            self._answer(name, parts.query, body)
        if said.error is not None:
            raise said.error
        return response_to(request, said)

    def close(self) -> None:
        """Nothing is open."""

    def count(self) -> Counter[str]:
        """How often each method or set was called."""
        return Counter(self.calls)

    def query(self, index: int = -1) -> dict[str, str]:
        """The query of one request, decoded as a server does that leaves plus signs alone."""
        return read_query(urlsplit(str(self.requests[index].url)).query)

    def sent(self, name: str) -> list[Body]:
        """The bodies sent to a method."""
        asked = zip(self.calls, self.requests, strict=True)
        return [simplejson.loads(request.body or "{}", use_decimal=True) for call, request in asked if call == name]

    # --- the client ----------------------------------------------------------------------------------------------

    def transport(self, auth: Any = None) -> EpicorTransport:
        """A transport to this Epicor; sleeping moves the clock."""
        session = own_session()
        session.mount("http://", self)
        return epicor_transport(
            URL,
            with_key(auth or BasicAuth(USER, "s3cret"), "key-1"),
            session=session,
            record=self.exchanges.append,
            now=lambda: self.time,
            sleep=self._sleep,
            dice=random.Random(1),
        )

    def client(self, options: EpicorOptions | None = None) -> EpicorClient:
        """A client of this Epicor."""
        return EpicorClient(self.transport(), options=options or EpicorOptions(companies=(COMPANY,)))

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)

    # --- what it does --------------------------------------------------------------------------------------------

    def _answer(self, name: str, query: str, body: Body) -> Said:
        if name in self.tables:
            return Said(data={"value": self._rows(name, query)})
        ds = copy.deepcopy(body.get("ds") or {})
        handler: Callable[[Body, Body], Said] = getattr(self, f"_{_snake(name)}")
        return handler(body, ds)

    def _rows(self, name: str, query: str) -> list[Body]:
        options = read_query(query)
        where, skip = options.get("$filter", ""), int(options["$skip"])
        assert int(options["$top"]) == 100
        assert options["$orderby"]
        versions = ({"SysRevID": number, **row} for number, row in enumerate(self.tables[name], start=1))
        rows = [row for row in versions if matches(row, where)]
        return rows[skip : skip + 100]

    def _get_new_ap_chk_grp_no_lock(self, _: Body, ds: Body) -> Said:
        row = {"GroupID": "", "CreatedBy": USER, "ActiveUserID": "", "PostInProcess": False, "PostErrorLog": ""}
        return _ds({**ds, "APChkGrp": [{**row, "Odd_c": "kept", "RowMod": "A"}]})

    def _on_change_bank_acct_id(self, body: Body, ds: Body) -> Said:
        ds["APChkGrp"][0]["BankAcctID"] = body["pcBankAcctID"]
        return _ds(ds)

    def _update(self, _: Body, ds: Body) -> Said:
        if "APChkGrp" in ds:
            return self._update_group(ds)
        for line in ds.get("APTran", []):
            if line["RowMod"] == "A":
                self.tables["APTrans"].append({**line, "Posted": False, "RowMod": ""})
        head = ds["CheckHed"][0]
        self._replace("PaymentEntries", "HeadNum", head)
        return _ds({**ds, "CheckHed": [{**head, "RowMod": ""}]})

    def _update_group(self, ds: Body) -> Said:
        row = ds["APChkGrp"][0]
        if any(group["GroupID"] == row["GroupID"] for group in self.tables["APChkGrps"]):
            return business_error("Group already exists.")
        self.tables["APChkGrps"].append({**row, "RowMod": ""})
        return _ds(ds)

    def _create_new_check_hed(self, body: Body, ds: Body) -> Said:
        self.heads += 1
        head = payment(self.heads, body["pcGroupID"])
        self.tables["PaymentEntries"].append(head)
        return _ds({**ds, "CheckHed": [dict(head)], "APTran": [], "Unknown": [{"Kept": 1}]})

    def _get_by_id(self, body: Body, _: Body) -> Said:
        heads = [dict(row) for row in self.tables["PaymentEntries"] if row["HeadNum"] == body["headNum"]]
        lines = [dict(row) for row in self.tables["APTrans"] if row["HeadNum"] == body["headNum"]]
        return Said(data={"returnObj": {"CheckHed": heads, "APTran": lines}})

    def _on_change_vendor(self, body: Body, ds: Body) -> Said:
        found = next(row for row in self.tables["Vendors"] if row["VendorID"] == body["pcVendorID"])
        ds["CheckHed"][0].update(VendorNum=found["VendorNum"], VendorBankID=found["PrimaryBankID"], CurrencyCode="EUR")
        return _ds(ds)

    def _on_change_currency(self, body: Body, ds: Body) -> Said:
        ds["CheckHed"][0]["CurrencyCode"] = body["pCurrencyCode"]
        return _ds(ds)

    def _on_change_manual_print(self, body: Body, ds: Body) -> Said:
        ds["CheckHed"][0]["ManualPrint"] = body["plManualPrint"]
        return _ds(ds)

    def _on_change_check_num(self, body: Body, ds: Body) -> Said:
        ds["CheckHed"][0]["CheckNum"] = body["piCheckNum"]
        return _ds(ds)

    def _pre_update(self, _: Body, ds: Body) -> Said:
        return _ds(ds, requiresUserInput=False)

    def _get_new_ap_tran(self, body: Body, ds: Body) -> Said:
        row = {"HeadNum": body["headNum"], "APTranNo": 0, "InvoiceNum": "", "TranType": "Pay", "Voided": False}
        row |= {"VendorNum": ds["CheckHed"][0]["VendorNum"], "DocTranAmt": 0, "DocDiscAmt": 0, "RowMod": "A"}
        ds["APTran"] = [*ds.get("APTran", []), row]
        return _ds(ds)

    def _on_change_invoice_num(self, body: Body, ds: Body) -> Said:
        question = self.question if body["pcChangeExchangeRateResponse"] == "?" else ""
        found = next(row for row in self.tables["APInvoices"] if row["InvoiceNum"] == body["pcInvoiceNum"])
        ds["APTran"][-1].update(InvoiceNum=body["pcInvoiceNum"], DocTranAmt=found["DocUnpostedBal"])
        return _ds(ds, pcQuestion=question)

    def _on_change_doc_tran_amt(self, body: Body, ds: Body) -> Said:
        ds["APTran"][-1]["DocTranAmt"] = body["pdDocTranAmt"]
        return _ds(ds)

    def _on_change_doc_disc_amt(self, body: Body, ds: Body) -> Said:
        ds["APTran"][-1]["DocDiscAmt"] = body["pdDocDiscAmt"]
        return _ds(ds)

    def _delete_by_id(self, body: Body, _: Body) -> Said:
        if "groupID" in body:
            self._drop("APChkGrps", "GroupID", body["groupID"])
        else:
            self._drop("PaymentEntries", "HeadNum", body["headNum"])
            self._drop("APTrans", "HeadNum", body["headNum"])
        return Said(data={})

    def _un_lock_group(self, body: Body, _: Body) -> Said:
        return Said(data={"parameters": {"plSuccess": True}})

    def _pre_post_grp(self, _: Body, __: Body) -> Said:
        return Said(data={"parameters": {"taxRecMessage": "", "LNMessage": ""}})

    def _get_new_parameters(self, _: Body, __: Body) -> Said:
        row = {"GroupID": "", "ActType": "", "AgentID": "", "RowMod": "A"}
        return Said(data={"returnObj": {"APPaymentPostProcess": [row]}})

    def _run_direct(self, _: Body, ds: Body) -> Said:
        group = ds["APPaymentPostProcess"][0]["GroupID"]
        for row in self.tables["PaymentEntries"]:
            row["Posted"] = row["Posted"] or row["GroupID"] == group
        return Said(data={"parameters": {}})

    def _get_current_values(self, _: Body, __: Body) -> Said:
        return Said(data={"parameters": {"companyID": COMPANY, "companyName": "Acme"}})

    def _replace(self, table: str, key: str, row: Body) -> None:
        self._drop(table, key, row[key])
        self.tables[table].append({**row, "RowMod": ""})

    def _drop(self, table: str, key: str, value: Any) -> None:
        self.tables[table] = [row for row in self.tables[table] if row[key] != value]


def read_query(query: str) -> dict[str, str]:
    """The options of a query."""
    pairs = (part.partition("=") for part in query.split("&"))
    return {unquote(name): unquote(value) for name, _, value in pairs}


def response_to(request: requests.PreparedRequest, said: Said) -> requests.Response:
    """An answer as `requests` hands it over."""
    text = said.text if said.text is not None else simplejson.dumps(said.data, use_decimal=True)
    response = requests.Response()
    response.status_code = said.status
    response.headers = CaseInsensitiveDict(said.headers)
    response.encoding = "utf-8"
    response.raw = io.BytesIO(text.encode())
    response.url, response.request = request.url or "", request
    return response


def matches(row: Body, where: str) -> bool:
    """Whether a row meets comparisons joined by `and`, or equalities joined by `or`; `(…)` and dates count as met."""
    if " or " in where:
        return any(matches(row, part) for part in where.split(" or "))
    found = re.findall(r"(\w+) (eq|gt) ('(?:[^']|'')*'|[\w-]+)", re.sub(r"\([^)]*\)", "", where))
    return all(_compare(row.get(column), operator, value) for column, operator, value in found)


def _compare(value: Any, operator: str, literal: str) -> bool:
    wanted = literal[1:-1].replace("''", "'") if literal.startswith("'") else literal
    return int(value) > int(wanted) if operator == "gt" else str(value) == wanted


def _snake(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return spaced.lower()


def _ds(ds: Body, **more: Any) -> Said:
    return Said(data={"parameters": {"ds": ds, **more}})
