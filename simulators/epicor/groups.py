"""Payment groups: Erp.BO.APChkGrpSvc (7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.epicor.errors import business, not_found, stale
from simulators.epicor.money import group_totals
from simulators.epicor.schema import Row
from simulators.epicor.session import Answer, DataSet, Method, Session, fresh, stored

SERVICE = "Erp.BO.APChkGrpSvc"
_TABLE = "APChkGrp"
_LONGEST_GROUP_ID = 9
_SERVER_OWNED = frozenset(
    {"Company", "CreatedBy", "PostErrorLog", "PostInProcess", "HasDetails", "SysRevID", "SysRowID", "TotalCheckAmt"}
    | {"TotalDocCheckAmt", "TotalDiscAmt", "TotalDocDiscAmt"}
)


def locked_by_other(session: Session, group: Row) -> str | None:
    """The other user who has the group locked, if somebody does."""
    holder = str(group.get("ActiveUserID", ""))
    return holder if holder not in ("", session.user) else None


def open_group(session: Session, group_id: str) -> Row:
    """A group that the caller may work on. Raises EpicorError."""
    group = session.books[_TABLE].get(group_id)
    if group is None:
        raise business(f"Group {group_id} was not found.", _TABLE, "GroupID")
    holder = locked_by_other(session, group)
    if holder:
        raise business(f"Group {group_id} is locked by user {holder}.", _TABLE, "ActiveUserID")
    if group.get("PostInProcess"):
        raise business(f"Group {group_id} is being posted.", _TABLE, "PostInProcess")
    return group


def _get_new(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], (_TABLE,))
    data.tables[_TABLE].append(_new_row(session, ActiveUserID=session.user))
    return data.answer()


def _get_new_no_lock(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], (_TABLE,))
    data.tables[_TABLE].append(_new_row(session))
    return data.answer()


def _new_row(session: Session, **values: Any) -> Row:
    row: Row = {"Company": session.company, "CreatedBy": session.user, "CheckDate": session.today, **values}
    return {**fresh(session.books, _TABLE, row), "RowMod": "A"}


def _on_change_bank(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], (_TABLE,))
    row = data.changed(_TABLE)
    account = session.books["BankAcct"].get(body["pcBankAcctID"])
    if account is None or account.get("Closed"):
        raise business("Invalid bank account.", _TABLE, "BankAcctID")
    currency = account["CurrencyCode"]
    row.update(BankAcctID=account["BankAcctID"], CurrencyCode=currency, BankCurrencyCode=currency)
    return data.answer()


def _on_change_method(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], (_TABLE,))
    row = data.changed(_TABLE)
    method = session.books["PayMethod"].get(int(body["vPMUID"]))
    if method is None or method.get("Inactive"):
        raise business("Invalid payment method.", _TABLE, "PMUID")
    row["PMUID"] = method["PMUID"]
    return data.answer()


def _update(session: Session, body: Mapping[str, Any]) -> Answer:
    data = DataSet(body["ds"], (_TABLE,))
    data.tables[_TABLE] = [written for row in data.tables[_TABLE] if (written := _write(session, row)) is not None]
    return data.answer()


def _update_master(session: Session, body: Mapping[str, Any]) -> Answer:
    answer = _update(session, body)
    answer["parameters"].update(mode=0, oldBankBatchSysRowID="00000000-0000-0000-0000-000000000000")
    return answer


def _write(session: Session, row: Row) -> Row | None:
    if row["RowMod"] == "A":
        return _add(session, row)
    existing = session.books[_TABLE].get(row["GroupID"])
    if existing is None:
        raise not_found()
    if row["RowMod"] == "U":
        return _change(session, existing, row)
    if row["RowMod"] == "D":
        _remove(session, row["GroupID"])
        return None
    return fresh(session.books, _TABLE, existing)


def _add(session: Session, row: Row) -> Row:
    group_id = row["GroupID"]
    if not group_id or len(group_id) > _LONGEST_GROUP_ID:
        raise business(f"Group ID must have 1 to {_LONGEST_GROUP_ID} characters.", _TABLE, "GroupID")
    if session.books[_TABLE].get(group_id):
        raise business(f"Group {group_id} already exists.", _TABLE, "GroupID")
    _check(session, row)
    values = {**stored(_TABLE, row), "CreatedBy": session.user}
    del values["SysRowID"]
    return fresh(session.books, _TABLE, session.books[_TABLE].put(values))


def _change(session: Session, existing: Row, row: Row) -> Row:
    open_group(session, row["GroupID"])
    if row["SysRevID"] != existing["SysRevID"]:
        raise stale(_TABLE)
    if existing.get("HasDetails") and row["BankAcctID"] != existing.get("BankAcctID"):
        raise business("The bank account cannot change once the group has payments.", _TABLE, "BankAcctID")
    if row["ActiveUserID"] not in ("", session.user):
        raise business("A group can be locked for oneself only.", _TABLE, "ActiveUserID")
    _check(session, row)
    values = {name: value for name, value in stored(_TABLE, row).items() if name not in _SERVER_OWNED}
    return fresh(session.books, _TABLE, session.books[_TABLE].change(existing, **values))


def _check(session: Session, row: Row) -> None:
    if not row["BankAcctID"] or session.books["BankAcct"].get(row["BankAcctID"]) is None:
        raise business("A valid bank account is required.", _TABLE, "BankAcctID")
    if row["CheckDate"] is None:
        raise business("A payment date is required.", _TABLE, "CheckDate")


def _remove(session: Session, group_id: str) -> None:
    if session.books[_TABLE].get(group_id) is None:
        raise not_found()
    group = open_group(session, group_id)
    if group_totals(session.books, group_id).payments:
        raise business(f"Group {group_id} has payments and cannot be deleted.", _TABLE, "GroupID")
    if session.site.keeps_groups:
        raise business(f"Group {group_id} cannot be deleted.", _TABLE, "GroupID")
    session.books[_TABLE].delete(group)


def _delete_by_id(session: Session, body: Mapping[str, Any]) -> Answer:
    _remove(session, body["groupID"])
    return {"parameters": {}}


def _group_exists(session: Session, body: Mapping[str, Any]) -> Answer:
    return {"returnObj": session.books[_TABLE].get(body["groupID"]) is not None}


def _lock(session: Session, body: Mapping[str, Any]) -> Answer:
    group = session.books[_TABLE].get(body["pcGroupID"])
    if group is None:
        raise not_found()
    success = locked_by_other(session, group) is None
    if success:
        group = session.books[_TABLE].change(group, ActiveUserID=session.user)
    rows = {"APChkGrp": [fresh(session.books, _TABLE, group)], "APChkGrpAttch": [], "ExtensionTables": []}
    return {"returnObj": rows, "parameters": {"plSuccess": success}}


def _unlock(session: Session, body: Mapping[str, Any]) -> Answer:
    group = session.books[_TABLE].get(body["pcGroupID"])
    if group is None:
        raise not_found()
    success = locked_by_other(session, group) is None
    if success and group.get("ActiveUserID"):
        session.books[_TABLE].change(group, ActiveUserID="")
    return {"parameters": {"plSuccess": success}}


def _pre_post(session: Session, body: Mapping[str, Any]) -> Answer:
    if session.books[_TABLE].get(body["postGroupID"]) is None:
        raise not_found()
    return {"parameters": {"taxRecMessage": "", "LNMessage": ""}}


def _delete_zero_tax(session: Session, body: Mapping[str, Any]) -> Answer:
    open_group(session, body["postGroupID"])
    return {"parameters": {}}


METHODS: Mapping[str, Method] = {
    "GetNewAPChkGrp": Method(_get_new, ("ds",), reads=True),
    "GetNewAPChkGrpNoLock": Method(_get_new_no_lock, ("ds",), reads=True),
    "OnChangeBankAcctID": Method(_on_change_bank, ("pcBankAcctID", "ds"), reads=True),
    "OnChangePayMethod": Method(_on_change_method, ("vPMUID", "ds"), reads=True),
    "Update": Method(_update, ("ds",)),
    "UpdateMaster": Method(_update_master, ("ds",)),
    "GroupExits": Method(_group_exists, ("groupID",), reads=True),
    "LockGroup": Method(_lock, ("pcGroupID",)),
    "UnLockGroup": Method(_unlock, ("pcGroupID",)),
    "PrePostGrp": Method(_pre_post, ("postGroupID",)),
    "DeleteZeroAmtTaxRec": Method(_delete_zero_tax, ("postGroupID",)),
    "DeleteByID": Method(_delete_by_id, ("groupID",)),
}
