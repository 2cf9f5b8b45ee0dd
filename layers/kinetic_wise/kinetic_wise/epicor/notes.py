"""What is left beside a payment: audit rows, memos, a receipt (epicor-kinetic-api.md section 8). Looked up before made.

Everything here raises RemoteError. Nothing here touches an amount or a posting.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kinetic_wise.epicor.service import Service, literal, only_row
from kinetic_wise.epicor.values import Row
from kinetic_wise.payments.record import Record
from kinetic_wise.transport import Unclear

_ENTRY = "Erp.BO.PaymentEntrySvc"
_MEMO = "Ice.BO.MemoSvc"
_FILES = "Ice.BO.AttachmentSvc"
_INVOICE, _PAYMENT = "APInvHed", "CheckHed"
_UPLOAD_SECONDS = 120.0


class AuditRow(Record):
    """A row of a user-defined table: its keys, and a copy of what the audit trail says (8.1)."""

    keys: tuple[str, str, str]  # Key1 to Key3
    event: str
    transfer: str
    status: str
    amount: Decimal
    day: date
    detail: str  # JSON


@dataclass
class Notes:
    """Writes and finds what is left beside a payment."""

    service: Service

    # --- audit rows ------------------------------------------------------------------------------------------------

    def has_audit_row(self, company: str, table: str, row: AuditRow) -> bool:
        """Whether the table has a row of these keys. One call."""
        where = " and ".join(f"Key{n} eq {literal(key)}" for n, key in enumerate(row.keys, start=1))
        return bool(self.service.rows(company, f"Ice.BO.{table}Svc/{table}s", "Key1,Key2,Key3", where, "Key3"))

    def add_audit_row(self, company: str, table: str, row: AuditRow) -> None:
        """Write a row. One of the same keys is refused by Epicor itself. Two calls."""
        service = f"Ice.BO.{table}Svc"
        ds = self.service.ask(company, f"{service}/GetaNew{table}", {"ds": {}}).ds
        only_row(ds, table).update(_columns(row))
        self.service.change(company, f"{service}/Update", {"ds": ds})

    # --- memos -----------------------------------------------------------------------------------------------------

    def has_memo(self, company: str, invoice_row_id: str, title: str) -> bool:
        """Whether the invoice has a memo of this title. One call."""
        where = f"RelatedToFile eq {literal(_INVOICE)} and RelatedToSysRowID eq {invoice_row_id}"
        rows = self.service.rows(company, f"{_MEMO}/Memos", "MemoNum,MemoDesc", where, "MemoNum")
        return any(row.get("MemoDesc") == title for row in rows)

    def add_memo(self, company: str, invoice_row_id: str, title: str, text: str) -> None:
        """Write a memo on an invoice. Two calls."""
        related = {"relatedToSchemaName": "Erp", "relatedToFile": _INVOICE, "relatedToSysRowID": invoice_row_id}
        ds = self.service.ask(company, f"{_MEMO}/GetNewMemo", {"ds": {}, **related}).ds
        only_row(ds, "Memo").update(MemoDesc=title, MemoText=text)
        self.service.change(company, f"{_MEMO}/Update", {"ds": ds})

    # --- receipts --------------------------------------------------------------------------------------------------

    def has_attachment(self, company: str, head_num: int, title: str) -> bool:
        """Whether a payment has an attachment of this title. One call."""
        ds = self.service.ask(company, f"{_ENTRY}/GetByID", {"headNum": head_num}).returned_ds
        return any(row.get("DrawDesc") == title for row in ds.get("CheckHedAttch") or [])

    def attach(self, company: str, head_num: int, title: str, file: Attachment) -> None:
        """Store a file and hang it on a payment (8.3). Four calls, two of them writes.

        A file whose second write never came lies in the storage, hanging on nothing.
        """
        path = self._upload(company, file)
        ds = self.service.ask(company, f"{_ENTRY}/GetByID", {"headNum": head_num}).returned_ds
        ds = self.service.ask(company, f"{_ENTRY}/GetNewCheckHedAttch", {"ds": ds, "headNum": head_num}).ds
        row = only_row(ds, "CheckHedAttch", "A")
        row.update(FileName=path, DrawDesc=title, DocTypeID=file.document_type)
        self.service.change(company, f"{_ENTRY}/Update", {"ds": ds})

    def _upload(self, company: str, file: Attachment) -> str:
        body = {
            "docTypeID": file.document_type,
            "parentTable": _PAYMENT,
            "fileName": file.name,
            "data": base64.b64encode(file.content).decode(),
            "metadata": {},
        }
        method = f"{_FILES}/UploadFileToDocTypeStorage"
        path = self.service.change(company, method, body, _UPLOAD_SECONDS).returned
        if not isinstance(path, str) or not path:
            raise Unclear(f"{method} gave no path")
        return path


@dataclass(frozen=True)
class Attachment:
    """A file to hang on a payment. `document_type` is a DocTypeID, "" for the site's default."""

    name: str
    content: bytes
    document_type: str = ""


def _columns(row: AuditRow) -> Row:
    keys = {f"Key{n}": key for n, key in enumerate(row.keys, start=1)}
    return {
        **keys,
        "ShortChar01": row.event,
        "ShortChar02": row.transfer,
        "ShortChar03": row.status,
        "Number01": row.amount,
        "Date01": f"{row.day.isoformat()}T00:00:00",
        "Character01": row.detail,
    }
