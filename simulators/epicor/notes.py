"""Rows that others leave beside documents: user-defined tables and memos (section 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulators.epicor.errors import business, duplicate, not_found, stale
from simulators.epicor.schema import NO_GUID, USER_DEFINED, Row
from simulators.epicor.services import SERVICES
from simulators.epicor.session import Answer, DataSet, Method, Session, fresh, stored

_SERVER_OWNED = ("SysRevID", "SysRowID")


def _new(session: Session, table: str, body: Mapping[str, Any], **values: Any) -> Answer:
    data = DataSet(body["ds"], (table,))
    data.tables[table].append({**fresh(session.books, table, {"Company": session.company, **values}), "RowMod": "A"})
    return data.answer()


def _update(table: str) -> Callable[[Session, Mapping[str, Any]], Answer]:
    def handler(session: Session, body: Mapping[str, Any]) -> Answer:
        data = DataSet(body["ds"], (table,))
        for row in data.tables[table]:
            _check(session, table, row)
        written = [_write(session, table, row) for row in data.tables[table]]
        data.tables[table] = [fresh(session.books, table, row) for row in written if row is not None]
        return data.answer()

    return handler


def _check(session: Session, table: str, row: Row) -> None:
    store = session.books[table]
    known = store.get(*store.table.key_of(row))
    if row["RowMod"] == "A" and known is not None:
        raise duplicate("A duplicate row already exists.", table)
    if row["RowMod"] in ("U", "D"):
        if known is None:
            raise not_found()
        if row["SysRevID"] != known["SysRevID"]:
            raise stale(table)


def _write(session: Session, table: str, row: Row) -> Row | None:
    store = session.books[table]
    known = store.get(*store.table.key_of(row))
    values = {name: value for name, value in stored(table, row).items() if name not in _SERVER_OWNED}
    if row["RowMod"] == "A":
        return store.put(_numbered(session, table, values))
    if row["RowMod"] == "U" and known is not None:
        return store.change(known, **values)
    if row["RowMod"] == "D" and known is not None:
        store.delete(known)
        return None
    return known


def _numbered(session: Session, table: str, values: Row) -> Row:
    """A memo gets its number here (8.2)."""
    if table != "Memo":
        return values
    if values["RelatedToSysRowID"] == NO_GUID or not values["RelatedToFile"]:
        raise business("A memo needs the row it belongs to.", "Memo", "RelatedToSysRowID")
    others = session.books["Memo"].find(RelatedToSysRowID=values["RelatedToSysRowID"])
    return {**values, "MemoNum": max((memo["MemoNum"] for memo in others), default=0) + 1, "MemoUserID": session.user}


def _delete(table: str, parameters: tuple[str, ...]) -> Callable[[Session, Mapping[str, Any]], Answer]:
    def handler(session: Session, body: Mapping[str, Any]) -> Answer:
        row = session.books[table].get(*(body[name] for name in parameters))
        if row is None:
            raise not_found()
        session.books[table].delete(row)
        return {"parameters": {}}

    return handler


def _user_defined(table: str) -> dict[str, Method]:
    keys = ("key1", "key2", "key3", "key4")

    def get_new(session: Session, body: Mapping[str, Any]) -> Answer:
        return _new(session, table, body)

    def get_new_below(session: Session, body: Mapping[str, Any]) -> Answer:
        return _new(session, table, body, **{name.capitalize(): str(body[name]) for name in keys})

    return {
        f"GetaNew{table}": Method(get_new, ("ds",), reads=True),
        f"GetNew{table}": Method(get_new_below, ("ds", *keys), reads=True),
        "Update": Method(_update(table), ("ds",)),
        "DeleteByID": Method(_delete(table, (*keys, "key5")), (*keys, "key5")),
    }


def _new_memo(session: Session, body: Mapping[str, Any]) -> Answer:
    related = {
        "RelatedToSchemaName": str(body["relatedToSchemaName"]),
        "RelatedToFile": str(body["relatedToFile"]),
        "RelatedToSysRowID": str(body["relatedToSysRowID"]).lower(),
    }
    return _new(session, "Memo", body, **related, MemoDate=session.today)


_RELATED = ("relatedToSchemaName", "relatedToFile", "relatedToSysRowID")
METHODS: Mapping[str, Mapping[str, Method]] = {
    "Ice.BO.MemoSvc": {
        "GetNewMemo": Method(_new_memo, ("ds", *_RELATED), reads=True),
        "Update": Method(_update("Memo"), ("ds",)),
        "DeleteByID": Method(_delete("Memo", (*_RELATED, "memoNum")), (*_RELATED, "memoNum")),
    },
    **{f"Ice.BO.{table}Svc": _user_defined(table) for table in USER_DEFINED},
}
TABLES_OF: Mapping[str, tuple[str, ...]] = {name: (SERVICES[name].main,) for name in METHODS}
