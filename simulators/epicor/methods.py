"""All methods by service: the standard ones of each business object and those of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulators.epicor import attachments, groups, lookups, notes, payments, posting, reads, voids
from simulators.epicor.errors import EpicorError, bad_call, not_found
from simulators.epicor.schema import NO_GUID
from simulators.epicor.services import SERVICES, Service
from simulators.epicor.session import Answer, DataSet, Handler, Method, Session
from simulators.epicor.store import CompanyStore

_BOTH = ("GET", "POST")
_Read = Callable[[CompanyStore, Service, Mapping[str, Any]], Answer]


def _standard(service: Service) -> dict[str, Method]:
    def read(function: _Read) -> Method:
        return Method(lambda session, body: function(session.books, service, body), (), reads=True, verbs=_BOTH)

    return {
        "GetRows": read(reads.get_rows),
        "GetList": read(reads.get_list),
        "GetByID": read(reads.get_by_id),
        "GetBySysRowID": read(reads.get_by_row_id),
        "GetBySysRowIDs": read(reads.get_by_row_ids),
    }


def _update_ext(update: Handler, tables: tuple[str, ...]) -> Method:
    """UpdateExt answers 200 with `errorsOccurred` where Update refuses (1.4)."""

    def handler(session: Session, body: Mapping[str, Any]) -> Answer:
        try:
            answer = update(session, body)
        except EpicorError as error:
            rows = DataSet(body["ds"], tables).answer()["parameters"]["ds"]
            return {
                "returnObj": {"BOUpdError": [_update_error(error)]},
                "parameters": {"ds": rows, "errorsOccurred": True},
            }
        return {"returnObj": {"BOUpdError": []}, "parameters": {**answer["parameters"], "errorsOccurred": False}}

    return Method(handler, ("ds", "continueProcessingOnError", "rollbackParentOnChildError"))


def _update_error(error: EpicorError) -> dict[str, Any]:
    return {
        "TableName": error.table,
        "ErrorLevel": "Error",
        "ErrorType": error.kind,
        "ErrorText": error.message,
        "ErrorSysRowID": NO_GUID,
        "SysRowID": NO_GUID,
        "RowMod": "",
    }


def _all() -> dict[str, dict[str, Method]]:
    found = {name: _standard(service) for name, service in SERVICES.items()}
    own: dict[str, Mapping[str, Method]] = {
        groups.SERVICE: groups.METHODS,
        payments.SERVICE: payments.METHODS,
        posting.SERVICE: posting.METHODS,
        voids.SERVICE: voids.METHODS,
        attachments.SERVICE: attachments.METHODS,
        **lookups.METHODS,
        **notes.METHODS,
    }
    for name, methods in own.items():
        found.setdefault(name, {}).update(methods)
    writing = {
        groups.SERVICE: ("APChkGrp",),
        payments.SERVICE: ("CheckHed", "APTran", "BankTran", "CheckHedAttch"),
        **notes.TABLES_OF,
    }
    for name, tables in writing.items():
        found[name]["UpdateExt"] = _update_ext(found[name]["Update"].handler, tables)
    return found


METHODS: Mapping[str, Mapping[str, Method]] = _all()


def find(service: str, name: str) -> Method | None:
    """The method of this name, case-sensitive."""
    return METHODS.get(service, {}).get(name)


def invoke(method: Method, session: Session, body: Mapping[str, Any]) -> Answer:
    """Call a method after looking whether all its parameters are there. Raises EpicorError."""
    for name in method.parameters:
        if name not in body:
            raise bad_call(f"Parameter {name} is not found in the input object")
    try:
        return method.handler(session, body)
    except (TypeError, ValueError, ArithmeticError):
        raise bad_call("A parameter has a value of the wrong type.") from None


def write_entity(session: Session, service: Service, table: str, row: dict[str, Any]) -> Answer:
    """What PATCH, POST and DELETE of a set come to: an Update of the one row (3.6). Raises EpicorError."""
    update = find(service.name, "Update")
    if update is None:
        raise not_found(f"{service.name} takes no updates here.")
    return update.handler(session, {"ds": {table: [row]}})
