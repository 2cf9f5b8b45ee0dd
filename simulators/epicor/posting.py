"""Posting of a group: Erp.Proc.APPaymentPostSvc (7.6). HTTP 200 does not mean posted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.epicor import fees, money
from simulators.epicor.errors import business
from simulators.epicor.groups import locked_by_other
from simulators.epicor.schema import Row
from simulators.epicor.session import Answer, DataSet, Method, Session, fresh

SERVICE = "Erp.Proc.APPaymentPostSvc"
_TABLE = "APPaymentPostProcess"
_AGENT_SECONDS = 10.0


def _parameters(session: Session, _: Mapping[str, Any]) -> Answer:
    row = {**fresh(session.books, _TABLE, {"DateFormat": "m/d/yyyy", "NumericFormat": ",."}), "RowMod": "A"}
    return {"returnObj": {_TABLE: [row], "ExtensionTables": []}}


def _run_direct(session: Session, body: Mapping[str, Any]) -> Answer:
    group = _asked_for(session, body)
    _post(session, group)
    return {"parameters": {}}


def _submit(session: Session, body: Mapping[str, Any]) -> Answer:
    """The system agent posts it later; meanwhile the group is in process."""
    if not body["agentID"]:
        raise business("A system agent is required.", _TABLE, "AgentID")
    group = _asked_for(session, body)
    session.books["APChkGrp"].change(group, PostInProcess=True)
    session.later(_AGENT_SECONDS, lambda: _post_queued(session, group["GroupID"]))
    return {"parameters": {}}


def _post_queued(session: Session, group_id: str) -> None:
    group = session.books["APChkGrp"].get(group_id)
    if group is not None:
        session.books["APChkGrp"].change(group, PostInProcess=False)
        post_group(session, group_id)


def _asked_for(session: Session, body: Mapping[str, Any]) -> Row:
    rows = DataSet(body["ds"], (_TABLE,)).tables[_TABLE]
    group = session.books["APChkGrp"].get(rows[0]["GroupID"]) if rows else None
    if group is None:
        raise business("Group to post was not found.", _TABLE, "GroupID")
    if group.get("PostInProcess"):
        raise business("The group is being posted already.", _TABLE, "GroupID")
    return group


def _post(session: Session, group: Row) -> None:
    heads = [head for head in session.books["CheckHed"].find(GroupID=group["GroupID"]) if not head.get("Posted")]
    problems = (_group_problem(session, group, heads), *(_problem(session, head) for head in heads))
    problem = next(filter(None, problems), "")
    if problem:
        session.books["APChkGrp"].change(group, PostErrorLog=problem)
        return
    for head in heads:
        _post_payment(session, head)
    session.books["APChkGrp"].delete(session.books["APChkGrp"].get(group["GroupID"]) or group)


def post_group(session: Session, group_id: str) -> None:
    """Post a group as its own screen does."""
    group = session.books["APChkGrp"].get(group_id)
    if group is not None:
        _post(session, group)


def _group_problem(session: Session, group: Row, heads: list[Row]) -> str:
    holder = locked_by_other(session, group)
    if holder:
        return f"Group {group['GroupID']} is locked by user {holder}."
    account = session.books["BankAcct"].get(group["BankAcctID"]) or {}
    if account.get("Closed"):
        return f"Bank account {group['BankAcctID']} is closed."
    return "" if heads else f"Group {group['GroupID']} has no payments."


def _problem(session: Session, head: Row) -> str:
    closed = session.site.closed_through.get(session.company)
    if not head.get("CheckNum"):
        return f"Payment {head['HeadNum']} has no payment number."
    if closed is not None and head["CheckDate"][:10] <= closed.isoformat():
        return f"The fiscal period of {head['CheckDate'][:10]} is closed."
    lines = money.live_lines(session.books, head["HeadNum"])
    if not lines:
        return f"Payment {head['HeadNum']} pays nothing."
    return next((text for line in lines if (text := _line_problem(session, line))), "")


def _line_problem(session: Session, line: Row) -> str:
    invoice = session.books["APInvHed"].get(line["VendorNum"], line["InvoiceNum"])
    if invoice is None:
        return f"Invoice {line['InvoiceNum']} does not exist."
    if invoice.get("IsLcked"):
        return f"Invoice {line['InvoiceNum']} is locked."
    return ""


def _post_payment(session: Session, head: Row) -> None:
    books = session.books
    for line in money.live_lines(books, head["HeadNum"]):
        invoice = books["APInvHed"].get(line["VendorNum"], line["InvoiceNum"]) or {}
        money.pay(books, invoice, line["DocTranAmt"], session.user, session.today)
        dates = {"TranDate": head["CheckDate"], "ChangeDate": session.today}
        books["APTran"].change(line, Posted=True, GLPosted=True, CheckNum=head["CheckNum"], **dates)
    fees.post(session, head["HeadNum"])
    books["CheckHed"].change(head, Posted=True, ChangedBy=session.user, ChangeDate=session.today)


METHODS: Mapping[str, Method] = {
    "GetNewParameters": Method(_parameters, (), reads=True, verbs=("GET", "POST")),
    "RunDirect": Method(_run_direct, ("ds",)),
    "SubmitToAgent": Method(_submit, ("ds", "agentID", "agentSchedNum", "agentTaskNum", "maintProgram")),
}
