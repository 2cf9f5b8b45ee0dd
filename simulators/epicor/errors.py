"""Refusals in the shapes of epicor-kinetic-api.md section 4."""

from __future__ import annotations

import uuid
from typing import Any
from xml.sax.saxutils import escape

from simulators.common.http import Response, json_response

APOLOGY = "Sorry! Something went wrong. Please contact your system administrator."
LICENCE = "Maximum users exceeded for license type DefaultUser."


class EpicorError(Exception):
    """A refused call: status, type and text as in 4.2."""

    def __init__(self, status: int, kind: str, message: str, table: str = "", field: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.table = table
        self.field = field


class BadQuery(Exception):
    """A filter or clause that cannot be parsed; the server answers in OData's own form."""


def business(message: str, table: str = "", field: str = "") -> EpicorError:
    """A business rule refuses."""
    return EpicorError(400, "Ice.Common.BusinessObjectException", message, table, field)


def not_found(message: str = "Record not found.") -> EpicorError:
    """No such record."""
    return EpicorError(404, "Ice.Common.RecordNotFoundException", message)


def duplicate(message: str, table: str) -> EpicorError:
    """The key exists already."""
    return EpicorError(409, "Ice.Common.DuplicateRecordException", message, table)


def stale(table: str) -> EpicorError:
    """The row was written by somebody else meanwhile (3.7)."""
    return business("Row has been modified by another user and couldn't be updated.", table)


def bad_call(message: str) -> EpicorError:
    """The REST layer refuses: parameter missing, body not JSON."""
    return EpicorError(400, "Epicor.RESTApi.ErrorHandler.ApiException", message)


def unknown_column(column: str, table: str) -> EpicorError:
    """A filter, selection or order names a column that the table does not have."""
    return EpicorError(
        400,
        "Microsoft.OData.ODataException",
        f"Could not find a property named '{column}' on type 'Erp.Tablesets.{table}Row'.",
    )


def not_served(what: str) -> EpicorError:
    """No such service, method, set or path."""
    return EpicorError(404, "System.Web.Http.HttpResponseException", f"Not found: {what}")


def upgrading() -> EpicorError:
    """The site is being upgraded (4.2, pitfall 37)."""
    return EpicorError(503, "Ice.Common.ConversionsPendingException", "Data conversions are pending.")


def broken() -> EpicorError:
    """The generic 500: details stay hidden on a server with SecureErrors."""
    return EpicorError(500, "System.Exception", APOLOGY)


def response(error: EpicorError, correlation_id: uuid.UUID, accept: str = "") -> Response:
    """The error as JSON, or as XML for a client that accepts only that (4.1)."""
    details = [
        {
            "Message": error.message,
            "Type": "Error",
            "Table": error.table,
            "Field": error.field,
            "Program": "Epicor.ServiceModel.dll",
            "Method": "Execute",
        }
    ]
    fields: dict[str, Any] = {
        "HttpStatus": error.status,
        "ReasonPhrase": "REST API Exception",
        "ErrorMessage": error.message,
        "ErrorType": error.kind,
    }
    if "xml" in accept and "json" not in accept:
        inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items())
        text = f"<RestApiError>{inner}<CorrelationId>{correlation_id}</CorrelationId></RestApiError>"
        return Response(error.status, text.encode(), {"Content-Type": "application/xml"})
    fields |= {"ErrorDetails": details if error.table else None, "CorrelationId": str(correlation_id)}
    return json_response(error.status, fields)


def odata_response(error: BadQuery) -> Response:
    """A parse failure in OData's own form (4.1)."""
    return json_response(400, {"error": {"code": "", "message": str(error), "innererror": {"type": "ODataException"}}})


_GATEWAY = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out"}
_FAULTS = {
    400: ("Ice.Common.LicenseAccessException", LICENCE),
    401: ("System.UnauthorizedAccessException", "Authorization has been denied for this request."),
    403: ("System.UnauthorizedAccessException", "Access denied."),
    404: ("Ice.Common.RecordNotFoundException", "Record not found."),
    409: ("Ice.Common.DuplicateRecordException", "A duplicate row already exists."),
    410: ("Epicor.RESTApi.ErrorHandler.InvalidSessionException", "Session is not valid."),
    429: ("Epicor.RESTApi.ErrorHandler.ApiException", "Too many requests."),
}


def fault(status: int, correlation_id: uuid.UUID) -> Response:
    """A fault of this status as the server or its gateway words it; 400 is the exhausted licence (2.4)."""
    if status in _GATEWAY:
        text = f"<html><head><title>{status} {_GATEWAY[status]}</title></head><body>{_GATEWAY[status]}</body></html>"
        return Response(status, text.encode(), {"Content-Type": "text/html"})
    kind, message = _FAULTS.get(status, ("System.Exception", APOLOGY))
    answer = response(EpicorError(status, kind, message), correlation_id)
    if status == 429:
        answer.headers["Retry-After"] = "2"
    return answer
