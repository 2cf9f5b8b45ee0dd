"""A desk at the Epicor simulator: short ways to read sets, call methods and enter payments, without a socket."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import simplejson
from werkzeug.datastructures import Headers

from simulators.common.clock import Clock
from simulators.common.http import Request, Response
from simulators.epicor import EpicorSimulator
from simulators.sample_day import make_day

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GROUPS, ENTRY, POSTING = "Erp.BO.APChkGrpSvc", "Erp.BO.PaymentEntrySvc", "Erp.Proc.APPaymentPostSvc"
INVOICES = "Erp.BO.APInvoiceSvc"


class Desk:
    """One user at one simulator."""

    def __init__(
        self, simulator: EpicorSimulator | None = None, user: str | None = None, company: str = "EPIC01"
    ) -> None:
        self.simulator = simulator or EpicorSimulator(clock=Clock(lambda: NOW), day=make_day())
        self.company = company
        self.user = user or str(self.simulator.ready["user"])

    def headers(self) -> Headers:
        credentials = f"{self.user}:{self.simulator.access.users[self.user]}"
        return Headers(
            {
                "X-API-Key": self.simulator.ready["api_key"],
                "Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}",
                "Content-Type": "application/json",
            }
        )

    def send(
        self, method: str, path: str, query: str = "", body: Any = None, headers: Headers | None = None
    ) -> Response:
        raw = b"" if body is None else simplejson.dumps(body, use_decimal=True).encode()
        answer = self.simulator.handle(
            Request(method, path, query, self.headers() if headers is None else headers, raw)
        )
        assert answer.response is not None
        return answer.response

    def path(self, target: str) -> str:
        return f"/SaaS001/api/v2/odata/{self.company}/{target}"

    def read(self, target: str, **options: Any) -> Response:
        query = urlencode({f"${name}": value for name, value in options.items()})
        return self.send("GET", self.path(target), query)

    def rows(self, target: str, **options: Any) -> list[dict[str, Any]]:
        response = self.read(target, **options)
        assert response.status == 200, response.body
        return list(parse(response)["value"])

    def post(self, target: str, **body: Any) -> Response:
        return self.send("POST", self.path(target), body=body)

    def call(self, target: str, **body: Any) -> Any:
        response = self.post(target, **body)
        assert response.status == 200, response.body
        return parse(response)

    def ds(self, target: str, **body: Any) -> dict[str, Any]:
        return dict(self.call(target, **body)["parameters"]["ds"])

    def invoice(self, vendor_num: int, number: str) -> dict[str, Any]:
        return dict(
            self.call(f"{INVOICES}/GetByID", vendorNum=vendor_num, invoiceNum=number)["returnObj"]["APInvHed"][0]
        )

    def group(self, group_id: str, bank: str = "WISEEUR") -> dict[str, Any]:
        ds = self.ds(f"{GROUPS}/GetNewAPChkGrpNoLock", ds={})
        ds = self.ds(f"{GROUPS}/OnChangeBankAcctID", pcBankAcctID=bank, ds=ds)
        ds["APChkGrp"][0]["GroupID"] = group_id
        return dict(self.ds(f"{GROUPS}/Update", ds=ds)["APChkGrp"][0])

    def header(self, group_id: str, vendor_id: str, number: int, **columns: Any) -> dict[str, Any]:
        """A payment's header up to its first Update; answers the data set."""
        ds = self.ds(f"{ENTRY}/CreateNewCheckHed", pcGroupID=group_id, ds={})
        ds["CheckHed"][0]["RowMod"] = "U"
        ds = self.ds(f"{ENTRY}/OnChangeVendor", pcVendorID=vendor_id, ds=ds)
        ds = self.ds(f"{ENTRY}/OnChangeManualPrint", plManualPrint=True, ds=ds)
        ds = self.ds(f"{ENTRY}/OnChangeCheckNum", piCheckNum=number, ds=ds)
        ds["CheckHed"][0].update(columns)
        return self.ds(f"{ENTRY}/Update", ds=ds)

    def line(self, ds: dict[str, Any], number: str, amount: str | None = None) -> Response:
        """Add a line for an invoice; answers the Update's response."""
        head_num = ds["CheckHed"][0]["HeadNum"]
        ds = self.ds(f"{ENTRY}/GetNewAPTran", ds=ds, headNum=head_num, apTranNo=0, invoiceNum="")
        ds = self.ds(f"{ENTRY}/OnChangeInvoiceNum", pcInvoiceNum=number, pcChangeExchangeRateResponse="Yes", ds=ds)
        if amount is not None:
            ds = self.ds(f"{ENTRY}/OnChangeDocTranAmt", pdDocTranAmt=Decimal(amount), ds=ds)
        return self.post(f"{ENTRY}/Update", ds=ds)

    def draft(self, group_id: str, vendor_id: str, number: str, check: int = 70_000_001, **columns: Any) -> int:
        """A whole draft of one invoice; answers its HeadNum."""
        self.group(group_id)
        ds = self.header(group_id, vendor_id, check, **columns)
        response = self.line(ds, number)
        assert response.status == 200, response.body
        return int(ds["CheckHed"][0]["HeadNum"])

    def run_posting(self, group_id: str) -> None:
        ds = self.call(f"{POSTING}/GetNewParameters")["returnObj"]
        ds["APPaymentPostProcess"][0]["GroupID"] = group_id
        self.call(f"{POSTING}/RunDirect", ds=ds)

    def head(self, head_num: int) -> dict[str, Any]:
        return dict(self.call(f"{ENTRY}/GetByID", headNum=head_num)["returnObj"]["CheckHed"][0])

    def people(self, **body: Any) -> Response:
        return self.send("POST", "/_sim/people", body={"company": self.company, **body}, headers=Headers())


def parse(response: Response) -> Any:
    """The JSON of an answer, numbers as Decimal."""
    return simplejson.loads(response.body, use_decimal=True)
