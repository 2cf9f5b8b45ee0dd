"""Files: Ice.BO.AttachmentSvc and the attachments of a payment (8.3)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from simulators.epicor.errors import business, not_found
from simulators.epicor.schema import Row
from simulators.epicor.session import Answer, DataSet, Method, Session, fresh, stored

SERVICE = "Ice.BO.AttachmentSvc"
TABLE = "CheckHedAttch"
DOCUMENT_TYPES = ("", "RECEIPT")
_FOLDER = "Attachments"


def _upload(session: Session, body: Mapping[str, Any]) -> Answer:
    """Store a file; answers its path, the same for the same name."""
    if body["docTypeID"] not in DOCUMENT_TYPES:
        raise business("Document type does not exist.", "XFileRef", "DocTypeID")
    if not isinstance(body["metadata"], dict):
        raise TypeError
    try:
        content = base64.b64decode(str(body["data"]), validate=True)
    except binascii.Error:
        raise business("The file is not base64.", "XFileRef", "XFileName") from None
    path = f"{_FOLDER}/{body['parentTable']}/{body['fileName']}"
    session.site.files[session.company, path] = content
    return {"returnObj": path, "parameters": {}}


def _transfer_mode(_: Session, body: Mapping[str, Any]) -> Answer:
    """How files of a document type are stored; here on the server."""
    if body["docTypeID"] not in DOCUMENT_TYPES:
        raise business("Document type does not exist.", "XFileRef", "DocTypeID")
    return {"returnObj": "S", "parameters": {}}


def _download(session: Session, body: Mapping[str, Any]) -> Answer:
    number = int(body["xFileRefNum"])
    row = next((row for row in session.books[TABLE].rows() if row["XFileRefNum"] == number), None)
    content = session.site.files.get((session.company, row["FileName"])) if row else None
    if content is None:
        raise not_found()
    return {"returnObj": base64.b64encode(content).decode(), "parameters": {}}


def _get_new(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], (TABLE,))
    if session.books["CheckHed"].get(int(body["headNum"])) is None:
        raise not_found()
    row: Row = {"Company": session.company, "HeadNum": int(body["headNum"])}
    data.tables[TABLE].append({**fresh(session.books, TABLE, row), "RowMod": "A"})
    return data.answer()


def check(session: Session, row: Row) -> None:
    """Whether an attachment may be written; a posted payment takes one as well. Raises EpicorError."""
    if row["RowMod"] == "":
        return
    if session.books["CheckHed"].get(row["HeadNum"]) is None:
        raise not_found()
    if row["RowMod"] != "A":
        raise business("An attachment cannot be changed.", TABLE, "DrawingSeq")
    if (session.company, row["FileName"]) not in session.site.files:
        raise business("The file does not exist.", TABLE, "FileName")


def write(session: Session, row: Row) -> None:
    """Hang a stored file on its payment."""
    if row["RowMod"] != "A":
        return
    store = session.books[TABLE]
    row["DrawingSeq"] = len(store.find(HeadNum=row["HeadNum"])) + 1  # the answer shows it
    row["XFileRefNum"] = len(store) + 1
    store.put({name: value for name, value in stored(TABLE, row).items() if name not in ("SysRevID", "SysRowID")})


METHODS: Mapping[str, Method] = {
    "UploadFileToDocTypeStorage": Method(_upload, ("docTypeID", "parentTable", "fileName", "data", "metadata")),
    "DetermineTransferModeByStorageType": Method(_transfer_mode, ("docTypeID",), reads=True),
    "DownloadFile": Method(_download, ("xFileRefNum",), reads=True),
}
ON_PAYMENTS: Mapping[str, Method] = {"GetNewCheckHedAttch": Method(_get_new, ("ds", "headNum"), reads=True)}
