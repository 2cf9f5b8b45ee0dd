"""The three books compared: every payment, transfer and movement of money in exactly one row, each row in one class.

Pure: what belongs together comes as a `Subject`, rows come out. A fee has a row of its own beside the row of its
payment, so that the rows' cash adds up to what the statement shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from kinetic_wise.payments.books import (
    BookedPayment,
    LedgerPayment,
    Subject,
    cash_of,
    fees_of,
)
from kinetic_wise.payments.pairing import Flow, MoneyPlace, Pair, Scope, flows_of, pairs_of
from kinetic_wise.payments.record import Amount, Record
from kinetic_wise.payments.systems import Transfer


class RowClass(StrEnum):
    """What a row is. docs/reconciliation.md says what to do about each."""

    MATCHED = "matched"
    AMOUNT_DIFFERS = "amount_differs"
    PAID_NOT_POSTED = "paid_not_posted"
    POSTED_BUT_RETURNED = "posted_but_returned"
    ONLY_IN_EPICOR = "only_in_epicor"
    ONLY_IN_WISE = "only_in_wise"
    IN_TRANSIT = "in_transit"  # the money has left our balance and is not sent yet
    RESERVED = "reserved"  # in entry in Epicor, and no money has moved
    RETURNED = "returned"  # nothing stands in either book any more
    FEE = "fee"
    OTHER_MOVEMENT = "other_movement"  # of the balance, and of no transfer: top-ups, conversions, cards


OPEN = frozenset({RowClass.PAID_NOT_POSTED, RowClass.POSTED_BUT_RETURNED, RowClass.IN_TRANSIT, RowClass.RESERVED})
# For one payment with several rows: what says most about where it stands.
_WEIGHT = (
    RowClass.POSTED_BUT_RETURNED,
    RowClass.AMOUNT_DIFFERS,
    RowClass.PAID_NOT_POSTED,
    RowClass.ONLY_IN_EPICOR,
    RowClass.ONLY_IN_WISE,
    RowClass.IN_TRANSIT,
    RowClass.RESERVED,
    RowClass.MATCHED,
    RowClass.RETURNED,
)


class Row(Record):
    """One row of a reconciliation; amounts are None where a book has nothing to say."""

    kind: RowClass
    payment: str = ""  # the payment's id in the ledger
    ledger_status: str = ""
    company: str = ""
    vendor_num: int | None = None
    vendor_name: str = ""
    invoices: str = ""
    group_id: str = ""
    head_num: int | None = None
    epicor_state: str = ""
    epicor_day: date | None = None
    epicor_amount: Amount | None = None
    epicor_currency: str = ""
    transfer_id: int | None = None
    wise_status: str = ""
    wise_amount: Amount | None = None
    wise_currency: str = ""
    reference: str = ""  # of a movement that is no transfer's
    cash: Amount | None = None  # what the statement shows for it within the period; None: no statement
    cash_currency: str = ""
    since: date | None = None
    age_days: int | None = None  # of what is open
    detail: str = ""


def rows_of(subject: Subject, scope: Scope) -> Iterator[Row]:
    """The rows of what belongs together, as far as the period is concerned."""
    flows = [flow for flow in flows_of(subject, scope) if flow.money is not MoneyPlace.NONE]
    for pair in pairs_of(subject.booked, flows):
        kind, detail = _judge(pair, subject.ledger, scope)
        row = _row(kind, detail, pair, subject.ledger, scope)
        since, last = _days(pair, subject.ledger, scope)
        is_open = kind in OPEN
        if since <= scope.period.last and (is_open or last >= scope.period.first):
            age = (scope.today - since).days if is_open else None
            yield row.model_copy(update={"since": since, "age_days": age})
            yield from _fee_rows(row, pair.flow, scope)
    yield from _other_rows(subject, scope)


def standing(rows: Sequence[Row]) -> RowClass | None:
    """Where a payment with these rows stands; None without any."""
    kinds = {row.kind for row in rows}
    return next((kind for kind in _WEIGHT if kind in kinds), None)


# --- the class of a pair ----------------------------------------------------------------------------------------------


def _judge(pair: Pair, ledger: LedgerPayment | None, scope: Scope) -> tuple[RowClass, str]:
    """The class of a pair, and what a reader wants to know besides."""
    if pair.flow is None:
        return _without_transfer(pair, ledger)
    booked, money = pair.booked, pair.flow.money
    is_posted = booked is not None and booked.posted and not booked.voided
    if ledger is None and booked is None:
        return _foreign(pair.flow)
    if money is MoneyPlace.UNDER_WAY:
        return RowClass.IN_TRANSIT, "posted already" if is_posted else ""
    if money is MoneyPlace.SENT and not is_posted:
        return RowClass.PAID_NOT_POSTED, _why_not_posted(booked)
    if money is MoneyPlace.SENT:
        problem = "; ".join(_differences(pair.flow, booked, scope))
        return (RowClass.AMOUNT_DIFFERS, problem) if problem else (RowClass.MATCHED, "")
    if is_posted:
        return RowClass.POSTED_BUT_RETURNED, f"the money is {money}"
    return (RowClass.IN_TRANSIT, f"the money is {money}") if money is MoneyPlace.BOUNCED else _came_back(pair)


def _without_transfer(pair: Pair, ledger: LedgerPayment | None) -> tuple[RowClass, str]:
    booked = pair.booked
    if booked is None:
        raise AssertionError("a pair of nothing")
    if booked.voided:
        return RowClass.RETURNED, "voided, and no money is out"
    if booked.posted or ledger is None:
        return RowClass.ONLY_IN_EPICOR, ""
    return RowClass.RESERVED, ""


def _foreign(flow: Flow) -> tuple[RowClass, str]:
    if flow.transfer is None:
        return RowClass.ONLY_IN_WISE, "a transfer that only the statement shows"
    return (
        RowClass.ONLY_IN_WISE,
        "not made by this ledger" if flow.money is MoneyPlace.SENT else f"the money is {flow.money}",
    )


def _why_not_posted(booked: BookedPayment | None) -> str:
    if booked is None:
        return "Epicor has no payment for it"
    return "voided in Epicor" if booked.voided else "in entry in Epicor"


def _differences(flow: Flow, booked: BookedPayment | None, scope: Scope) -> Iterator[str]:
    transfer = flow.transfer
    if booked is None or transfer is None:
        return
    delivered, currency = transfer.target_amount, transfer.target_currency
    if (booked.amount, booked.currency) != (delivered, currency):
        yield f"Epicor has {booked.amount} {booked.currency}, Wise paid {delivered} {currency}"
    if flow.attempt and (flow.attempt.amount, flow.attempt.currency) != (delivered, currency):
        yield f"the ledger has {flow.attempt.amount} {flow.attempt.currency}"
    taken = -cash_of(flow.lines) - fees_of(flow.lines)
    if any(line.amount < 0 for line in flow.lines):
        if taken != transfer.source_amount:
            yield f"the statement shows {taken}, the transfer {transfer.source_amount} {transfer.source_currency}"
    elif transfer.source_currency in scope.covered and _is_since(transfer, scope.period.start):
        yield f"the statement in {transfer.source_currency} does not show it"


def _is_since(transfer: Transfer, moment: datetime) -> bool:
    return transfer.created is not None and transfer.created >= moment


def _came_back(pair: Pair) -> tuple[RowClass, str]:
    """Both books undone. What came back short is a difference that somebody has to book."""
    flow = pair.flow
    if flow is None:
        raise AssertionError("nothing came back")
    if flow.short > 0 and not flow.has_fee:
        currency = flow.transfer.source_currency if flow.transfer else ""
        return RowClass.AMOUNT_DIFFERS, f"{flow.short} {currency} less came back than had left"
    is_draft = pair.booked is not None and not pair.booked.voided
    return RowClass.RETURNED, "its draft is still in entry in Epicor" if is_draft else ""


# --- rows -----------------------------------------------------------------------------------------------------------


def _row(kind: RowClass, detail: str, pair: Pair, ledger: LedgerPayment | None, scope: Scope) -> Row:
    return Row.model_validate(
        {"kind": kind, "detail": detail, **_of_ledger(ledger), **_of_epicor(pair.booked), **_of_wise(pair.flow, scope)}
    )


def _of_ledger(ledger: LedgerPayment | None) -> dict[str, object]:
    if ledger is None:
        return {}
    return {
        "payment": ledger.id,
        "ledger_status": ledger.status,
        "company": ledger.company,
        "vendor_num": ledger.vendor_num,
        "vendor_name": ledger.vendor_name,
        "invoices": ledger.invoice_num,
    }


def _of_epicor(booked: BookedPayment | None) -> dict[str, object]:
    if booked is None:
        return {}
    return {
        "company": booked.company,
        "vendor_num": booked.vendor_num,
        "invoices": ", ".join(booked.invoices),
        "group_id": booked.group_id,
        "head_num": booked.head_num,
        "epicor_state": "voided" if booked.voided else "posted" if booked.posted else "in entry",
        "epicor_day": booked.day,
        "epicor_amount": booked.amount,
        "epicor_currency": booked.currency,
    }


def _of_wise(flow: Flow | None, scope: Scope) -> dict[str, object]:
    if flow is None:
        return {}
    within = [line for line in flow.lines if line.at in scope.period]
    currency = within[0].currency if within else flow.transfer.source_currency if flow.transfer else ""
    known = {"transfer_id": flow.id, "cash_currency": currency}
    cash = cash_of(within) + _fee_within(flow, scope) if within or currency in scope.covered else None
    if flow.transfer is None:
        return {**known, "cash": cash}
    return {
        **known,
        "cash": cash,
        "wise_status": flow.transfer.status,
        "wise_amount": flow.transfer.target_amount,
        "wise_currency": flow.transfer.target_currency,
    }


def _fee_within(flow: Flow, scope: Scope) -> Decimal:
    """The fee that the statement shows within the period, and that Wise has kept."""
    return fees_of(line for line in flow.lines if line.at in scope.period) if flow.has_fee else Decimal(0)


def _fee_rows(row: Row, flow: Flow | None, scope: Scope) -> Iterator[Row]:
    if flow is None or not flow.has_fee:
        return
    fee = _fee_within(flow, scope)
    known = {"kind": RowClass.FEE, "wise_currency": row.cash_currency, "epicor_amount": None, "epicor_currency": ""}
    blank = {"age_days": None, "detail": ""}
    if fee:
        yield row.model_copy(update={**known, **blank, "wise_amount": fee, "cash": -fee})
    elif row.cash is None and _is_of(flow, scope):
        yield row.model_copy(update={**known, **blank, "wise_amount": flow.fee})


def _is_of(flow: Flow, scope: Scope) -> bool:
    return flow.transfer is not None and flow.transfer.created is not None and flow.transfer.created in scope.period


def _other_rows(subject: Subject, scope: Scope) -> Iterator[Row]:
    for line in subject.lines:
        if line.transfer_id is None and line.at in scope.period:
            row = Row(
                kind=RowClass.OTHER_MOVEMENT,
                reference=line.reference,
                cash=line.amount + line.fee,
                cash_currency=line.currency,
                since=scope.period.day(line.at),
            )
            yield row
            if line.fee:
                update = {"kind": RowClass.FEE, "cash": -line.fee, "wise_amount": line.fee}
                yield row.model_copy(update=update | {"wise_currency": line.currency})


def _days(pair: Pair, ledger: LedgerPayment | None, scope: Scope) -> tuple[date, date]:
    """The first and the last day on which something of it happened."""
    booked, flow, day = pair.booked, pair.flow, scope.period.day
    days = [one for one in (booked.day, booked.void_day) if one] if booked else []
    if flow is not None:
        days += [day(line.at) for line in flow.lines]
        days += [day(flow.transfer.created)] if flow.transfer and flow.transfer.created else []
    elif ledger is not None and ledger.attempts:
        days += [day(ledger.attempts[-1].started_at)]
    return (min(days), max(days)) if days else (scope.period.first, scope.period.first)
