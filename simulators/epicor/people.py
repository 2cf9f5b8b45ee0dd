"""People who work in Epicor meanwhile, and what the sample day says they did before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from simulators.epicor import administrators, money, payments, posting, voids
from simulators.epicor.access import PERSON
from simulators.epicor.errors import EpicorError
from simulators.epicor.lookups import rename_invoice
from simulators.epicor.schema import Row
from simulators.epicor.session import Answer, Session, midnight

_MAINTAINED = frozenset({"PMUID", "BankID", "DueDate", "Description", "InvoiceHeld", "WiseApproved_c"})
_BANK_OWNED = frozenset({"Company", "VendorNum", "BankID", "SysRevID", "SysRowID"})


def act(session: Session, body: Mapping[str, Any]) -> Answer:
    """Do what `body["act"]` says, as the user `jsmith`. Raises ValueError when it cannot be done."""
    action = _ACTS.get(str(body.get("act")))
    if action is None:
        raise ValueError(f"'act' must be one of {', '.join(_ACTS)}")
    try:
        return action(session, body)
    except EpicorError as error:
        raise ValueError(error.message) from None


def draft_invoice(session: Session, invoice: Row) -> Row:
    """A person's unposted payment of an invoice's whole unposted balance; answers its header."""
    group_id = f"JS{session.site.last_head_num + 1}"
    books = session.books
    vendor = books["Vendor"].get(invoice["VendorNum"]) or {}
    bank_id = invoice.get("BankID") or vendor.get("PrimaryBankID", "")
    head_num = session.site.next_head_num()
    books["APChkGrp"].put(
        {"GroupID": group_id, "BankAcctID": "HOUSE", "CheckDate": session.today, "PMUID": 2, "CreatedBy": session.user,
         "CurrencyCode": invoice["CurrencyCode"]}
    )  # fmt: skip
    head = books["CheckHed"].put(
        {
            "HeadNum": head_num,
            "GroupID": group_id,
            "BankAcctID": "HOUSE",
            "CheckDate": session.today,
            "ManualPrint": True,
            "CheckNum": head_num,
            "CheckSrc": "2",
            "PMUID": 2,
            "VendorNum": invoice["VendorNum"],
            "Name": vendor.get("Name", ""),
            "CurrencyCode": invoice["CurrencyCode"],
            "ExchangeRate": invoice["ExchangeRate"],
            "EntryPerson": session.user,
            **payments.bank_copy(books["VendBank"].get(invoice["VendorNum"], bank_id)),
        }
    )
    amount = invoice["DocUnpostedBal"]
    books["APTran"].put(
        {
            "HeadNum": head_num,
            "APTranNo": 0,
            "InvoiceNum": invoice["InvoiceNum"],
            "VendorNum": invoice["VendorNum"],
            "TranType": "Pay",
            "DocTranAmt": amount,
            "TranAmt": money.in_base(amount, invoice["ExchangeRate"]),
            "TranDate": session.today,
            "BankAcctID": "HOUSE",
            "EntryPerson": session.user,
        }
    )
    money.reserve(books, invoice, amount, session.user, session.today)
    return money.sum_up(books, head)


def _invoice(session: Session, body: Mapping[str, Any]) -> Row:
    invoice = session.books["APInvHed"].get(int(body["vendor_num"]), str(body["invoice_num"]))
    if invoice is None:
        raise ValueError(f"no invoice {body['invoice_num']!r} of vendor {body['vendor_num']}")
    return invoice


def _set_hold(session: Session, body: Mapping[str, Any]) -> Answer:
    """On the invoice, or on the vendor when none is named."""
    hold = body["act"] == "set_hold"
    if "invoice_num" in body:
        session.books["APInvHed"].change(
            _invoice(session, body), PayHold=hold, ChangeDate=session.today, ChangedBy=session.user
        )
    else:
        session.books["Vendor"].change(_vendor(session, body), PayHold=hold)
    return {"pay_hold": hold}


def _change_invoice(session: Session, body: Mapping[str, Any]) -> Answer:
    """Change what stays maintainable on a posted invoice (5.2)."""
    columns = dict(body["columns"])
    if not columns.keys() <= _MAINTAINED:
        raise ValueError(f"'columns' may name {', '.join(sorted(_MAINTAINED))}")
    session.books["APInvHed"].change(
        _invoice(session, body), **columns, ChangeDate=session.today, ChangedBy=session.user
    )
    return columns


def _change_due_date(session: Session, body: Mapping[str, Any]) -> Answer:
    due = midnight(date.fromisoformat(str(body["due_date"])))
    row = session.books["APInvHed"].change(
        _invoice(session, body), DueDate=due, ChangeDate=session.today, ChangedBy=session.user
    )
    return {"due_date": row["DueDate"]}


def _vendor(session: Session, body: Mapping[str, Any]) -> Row:
    vendor = session.books["Vendor"].get(int(body["vendor_num"]))
    if vendor is None:
        raise ValueError(f"no vendor {body['vendor_num']}")
    return vendor


def _change_bank(session: Session, body: Mapping[str, Any]) -> Answer:
    """Change columns of a bank row, or make it the vendor's primary one."""
    vendor = _vendor(session, body)
    store = session.books["VendBank"]
    bank_id = str(body.get("bank_id") or vendor.get("PrimaryBankID", ""))
    values = {name: value for name, value in dict(body.get("columns") or {}).items() if name not in _BANK_OWNED}
    for name in values:
        store.table.kind(name)
    row = store.get(vendor["VendorNum"], bank_id) or {"VendorNum": vendor["VendorNum"], "BankID": bank_id}
    store.put({**row, **values})
    if body.get("primary"):
        session.books["Vendor"].change(vendor, PrimaryBankID=bank_id)
    return {"bank_id": bank_id}


def _pay_by_hand(session: Session, body: Mapping[str, Any]) -> Answer:
    """Pay what is left of an invoice by hand; posted unless `post` is false."""
    head = draft_invoice(session, _invoice(session, body))
    if body.get("post", True):
        posting.post_group(session, head["GroupID"])
    return {"head_num": head["HeadNum"], "group_id": head["GroupID"]}


def _rename(session: Session, body: Mapping[str, Any]) -> Answer:
    row = rename_invoice(session, int(body["vendor_num"]), str(body["invoice_num"]), str(body["new_invoice_num"]))
    return {"invoice_num": row["InvoiceNum"]}


def _as_owner(session: Session, head: Row) -> Session:
    return session.as_user(head.get("EntryPerson") or PERSON)


def _head(session: Session, body: Mapping[str, Any]) -> Row:
    head = session.books["CheckHed"].get(int(body["head_num"]))
    if head is None:
        raise ValueError(f"no payment {body['head_num']}")
    return head


def _delete_draft(session: Session, body: Mapping[str, Any]) -> Answer:
    head = _head(session, body)
    payments.remove(_as_owner(session, head), head["HeadNum"])
    return {"head_num": head["HeadNum"]}


def _post_draft(session: Session, body: Mapping[str, Any]) -> Answer:
    """Post somebody's draft; a payment without number gets one first."""
    head = _head(session, body)
    if not head.get("CheckNum"):
        session.books["CheckHed"].change(head, CheckNum=head["HeadNum"], ManualPrint=True)
    posting.post_group(_as_owner(session, head), head["GroupID"])
    return {"posted": bool(_head(session, body).get("Posted"))}


def _change_line(session: Session, body: Mapping[str, Any]) -> Answer:
    """Change the amount of a draft's line."""
    head = _head(session, body)
    line = money.live_lines(session.books, head["HeadNum"])[0]
    amount = Decimal(str(body["amount"]))
    invoice = session.books["APInvHed"].get(line["VendorNum"], line["InvoiceNum"]) or {}
    money.reserve(session.books, invoice, amount - line["DocTranAmt"], session.user, session.today)
    session.books["APTran"].change(line, DocTranAmt=amount, TranAmt=money.in_base(amount, invoice["ExchangeRate"]))
    money.sum_up(session.books, _head(session, body))
    return {"amount": str(amount)}


def _void_payment(session: Session, body: Mapping[str, Any]) -> Answer:
    """Void somebody's posted payment."""
    return {"voided": bool(voids.void_by_hand(session, _head(session, body)["HeadNum"])["Voided"])}


def _clear(session: Session, body: Mapping[str, Any]) -> Answer:
    """Reconcile a posted payment with the bank statement: it cannot be voided then."""
    head = session.books["CheckHed"].change(_head(session, body), ClearedCheck=True, ClearedDate=session.today)
    return {"head_num": head["HeadNum"]}


def _close_period(session: Session, body: Mapping[str, Any]) -> Answer:
    """Close the fiscal periods up to a day, or open them again with null; the earliest apply date follows."""
    if body.get("through") is None:
        session.site.closed_through.pop(session.company, None)
        first_open = date(2020, 1, 1)
    else:
        session.site.closed_through[session.company] = date.fromisoformat(str(body["through"]))
        first_open = session.site.closed_through[session.company] + timedelta(days=1)
    payables = session.books["EADType"].get("AP") or {"EADType1": "AP"}
    session.books["EADType"].put({**payables, "EarliestApplyDate": midnight(first_open)})
    return {"closed_through": body.get("through")}


def _lock_group(session: Session, body: Mapping[str, Any]) -> Answer:
    """Lock a group, or give it back with "unlock": true."""
    group = session.books["APChkGrp"].get(str(body["group_id"]))
    if group is None:
        raise ValueError(f"no group {body['group_id']!r}")
    session.books["APChkGrp"].change(group, ActiveUserID="" if body.get("unlock") else session.user)
    return {"group_id": group["GroupID"]}


def _lock_invoice(session: Session, body: Mapping[str, Any]) -> Answer:
    """A review journal locks an invoice, or gives it back with "unlock": true."""
    locked = not body.get("unlock")
    session.books["APInvHed"].change(_invoice(session, body), IsLcked=locked, LockStatus="LOCKED" if locked else "")
    return {"locked": locked}


def _upgrade(session: Session, body: Mapping[str, Any]) -> Answer:
    """An upgrade of the site begins, or ends with "done": true (pitfall 37)."""
    session.site.upgrading = not body.get("done")
    return {"upgrading": session.site.upgrading}


def _back_up(session: Session, _: Mapping[str, Any]) -> Answer:
    session.site.back_up()
    return {"sys_rev_id": session.site.revisions.last}


def _restore(session: Session, _: Mapping[str, Any]) -> Answer:
    session.site.restore()
    return {"sys_rev_id": session.site.revisions.last}


_ACTS: Mapping[str, Callable[[Session, Mapping[str, Any]], Answer]] = {
    "set_hold": _set_hold,
    "clear_hold": _set_hold,
    "change_invoice": _change_invoice,
    "change_due_date": _change_due_date,
    "change_bank": _change_bank,
    "pay_by_hand": _pay_by_hand,
    "rename_invoice": _rename,
    "delete_draft": _delete_draft,
    "post_draft": _post_draft,
    "change_draft": _change_line,
    "void_payment": _void_payment,
    "clear_payment": _clear,
    "close_period": _close_period,
    "lock_group": _lock_group,
    "lock_invoice": _lock_invoice,
    "upgrade": _upgrade,
    "back_up": _back_up,
    "restore_database": _restore,
    **administrators.ACTS,
}
