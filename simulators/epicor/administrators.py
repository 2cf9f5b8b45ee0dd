"""What administrators of a site set up: tables, directives (BPM), legal numbers; and what the product does badly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

from simulators.epicor.errors import bad_call, business
from simulators.epicor.session import Answer, Books, Directive, Session

_SET_UP = frozenset({"PayMethod", "BankAcct", "BankFee", "Currency", "Company", "EADComp", "EADType"})


def directed(site: Books, method: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A method's body after the site's directive (pitfall 25), which may refuse it with a text or alter rows.

    `method` is Service/Method. Raises EpicorError.
    """
    directive = site.directives.get(method)
    if directive is None:
        return body
    if directive.says:
        raise business(directive.says)
    altered = deepcopy(dict(body))
    for table, columns in directive.alters.items():
        for row in altered.get("ds", {}).get(table) or []:
            if row.get("RowMod"):
                row.update(columns)
    return altered


def check_clauses(site: Books, method: str, body: Mapping[str, Any]) -> None:
    """Whether GetRows was given a clause for each table of the version that runs. Raises EpicorError."""
    service, _, name = method.rpartition("/")
    for table in site.new_clauses.get(service, ()) if name == "GetRows" else ():
        if f"whereClause{table}" not in body:
            raise bad_call(f"Parameter whereClause{table} is not found in the input object")


def _change_setup(session: Session, body: Mapping[str, Any]) -> Answer:
    """Maintain a row of a set-up table; one that is not there is made."""
    table = str(body["table"])
    if table not in _SET_UP:
        raise ValueError(f"'table' must be one of {', '.join(sorted(_SET_UP))}")
    store, key = session.books[table], tuple(body["key"])
    columns = {name: _value(store.table.kind(name), value) for name, value in dict(body["columns"]).items()}
    made = dict(zip(store.table.key, key, strict=True))
    store.put({**made, **(store.get(*key) or {}), **columns})
    return {"columns": sorted(columns)}


def _value(kind: str, value: Any) -> Any:
    return Decimal(str(value)) if kind == "d" else value


def _set_directive(session: Session, body: Mapping[str, Any]) -> Answer:
    """A directive on a method, for all companies; without "says" and "alters" it goes."""
    method = str(body["method"])
    directive = Directive(str(body.get("says") or ""), dict(body.get("alters") or {}))
    session.site.directives.pop(method, None)
    if directive.says or directive.alters:
        session.site.directives[method] = directive
    return {"method": method}


def _legal_numbers(session: Session, body: Mapping[str, Any]) -> Answer:
    """The company's country wants legal numbers on payments, typed in by a person; "on": false ends it."""
    wanted = body.get("on") is not False
    (session.site.legal_numbers.add if wanted else session.site.legal_numbers.discard)(session.company)
    return {"legal_numbers": wanted}


def _add_table(session: Session, body: Mapping[str, Any]) -> Answer:
    """An upgrade brings a service another table, for which GetRows wants a clause from then on (pitfall 12)."""
    service, table = str(body["service"]), str(body["table"])
    session.site.new_clauses[service] = (*session.site.new_clauses.get(service, ()), table)
    return {"tables": list(session.site.new_clauses[service])}


def _keep_groups(session: Session, body: Mapping[str, Any]) -> Answer:
    """Payment groups are not deleted, as some deployments report (pitfall 43)."""
    session.site.keeps_groups = body.get("on") is not False
    return {"keeps_groups": session.site.keeps_groups}


def _rename_company(session: Session, body: Mapping[str, Any]) -> Answer:
    """The environment is a copy whose company says so in its name (pitfall 2)."""
    session.site.names[session.company] = str(body["name"])
    return {"name": session.site.names[session.company]}


ACTS: Mapping[str, Callable[[Session, Mapping[str, Any]], Answer]] = {
    "change_setup": _change_setup,
    "set_directive": _set_directive,
    "legal_numbers": _legal_numbers,
    "add_table": _add_table,
    "keep_groups": _keep_groups,
    "rename_company": _rename_company,
}
