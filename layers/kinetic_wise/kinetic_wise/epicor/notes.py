"""What is left beside a payment: audit rows, memos, a receipt (epicor-kinetic-api.md section 8). Looked up before made.

Everything here raises RemoteError. Nothing here touches an amount or a posting.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kinetic_wise.epicor.service import Service, literal, only_row
from kinetic_wise.epicor.sets import ENTRY_SERVICE
from kinetic_wise.epicor.values import Row
from kinetic_wise.payments.record import Record
from kinetic_wise.transport import Unclear

_MEMO = "Ice.BO.MemoSvc"
_FILES = "Ice.BO.AttachmentSvc"
_INVOICE, _PAYMENT = "APInvHed", "CheckHed"
_UPLOAD_SECONDS = 120.0
_KEYS_AT_ONCE = 10  # fit into a query that IIS takes (3.1)
_LONGEST_TEXT = 1_000  # of a CharacterNN, as Kinetic makes the tables
_LONGEST_SHORT = 50  # of a ShortCharNN and of a key
Keys = tuple[str, str, str]  # Key1 to Key3


class AuditRow(Record):
    """A row of a user-defined table: its keys, and a copy of what the audit trail says (8.1)."""

    keys: Keys  # at most 50 characters each
    event: str
    transfer: str
    status: str
    amount: Decimal
    day: date
    detail: str  # JSON, at most 1,000 characters
    told: str = ""  # what the entry says; cut where the column ends


@dataclass
class Notes:
    """Writes and finds what is left beside a payment."""

    service: Service

    # --- audit rows ------------------------------------------------------------------------------------------------

    def audit_rows_there(self, company: str, table: str, rows: Sequence[AuditRow]) -> set[Keys]:
        """Which of these rows the table has, by their keys. One call for ten."""
        there: set[Keys] = set()
        for first in range(0, len(rows), _KEYS_AT_ONCE):
            where = " or ".join(f"({_same(row.keys)})" for row in rows[first : first + _KEYS_AT_ONCE])
            target, names = f"Ice.BO.{table}Svc/{table}s", "Key1,Key2,Key3"
            found = self.service.rows(company, target, names, where, "Key1,Key2,Key3,Key4,Key5")
            there |= {(str(row["Key1"]), str(row["Key2"]), str(row["Key3"])) for row in found}
        return there

    def add_audit_rows(self, company: str, table: str, rows: Sequence[AuditRow]) -> None:
        """Write rows together: all of them or none. One whose keys are there is refused by Epicor itself. Two calls."""
        service = f"Ice.BO.{table}Svc"
        ds = self.service.ask(company, f"{service}/GetaNew{table}", {"ds": {}}).ds
        new = only_row(ds, table)
        ds[table] = [{**new, **_columns(row)} for row in rows]
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
        ds = self.service.ask(company, f"{ENTRY_SERVICE}/GetByID", {"headNum": head_num}).returned_ds
        return any(row.get("DrawDesc") == title for row in ds.get("CheckHedAttch") or [])

    def attach(self, company: str, head_num: int, title: str, file: Attachment) -> None:
        """Store a file and hang it on a payment (8.3). Four calls, two of them writes.

        A file whose second write never came lies in the storage, hanging on nothing.
        """
        path = self._upload(company, file)
        ds = self.service.ask(company, f"{ENTRY_SERVICE}/GetByID", {"headNum": head_num}).returned_ds
        ds = self.service.ask(company, f"{ENTRY_SERVICE}/GetNewCheckHedAttch", {"ds": ds, "headNum": head_num}).ds
        row = only_row(ds, "CheckHedAttch", "A")
        row.update(FileName=path, DrawDesc=title, DocTypeID=file.document_type)
        self.service.change(company, f"{ENTRY_SERVICE}/Update", {"ds": ds})

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


def _same(keys: Keys) -> str:
    return " and ".join(f"Key{n} eq {literal(key)}" for n, key in enumerate(keys, start=1))


def _columns(row: AuditRow) -> Row:
    keys = {f"Key{n}": key for n, key in enumerate(row.keys, start=1)}
    return {
        **keys,
        "ShortChar01": row.event[:_LONGEST_SHORT],
        "ShortChar02": row.transfer[:_LONGEST_SHORT],
        "ShortChar03": row.status[:_LONGEST_SHORT],
        "Number01": row.amount,
        "Date01": f"{row.day.isoformat()}T00:00:00",
        "Character01": row.detail,
        "Character02": row.told[:_LONGEST_TEXT],
    }
