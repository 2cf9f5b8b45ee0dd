"""Statements of a Wise balance: the same rows from Wise's JSON and from a CAMT.053 file (wise-api.md section 8.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from kinetic_wise.transport import AccessRefused
from kinetic_wise.wise.values import amount, moment

LONGEST = timedelta(days=469)
_OF_A_FEE = "FEE-"
_TRANSFER = re.compile(r"TRANSFER-(\d+)")


class StatementClosed(AccessRefused):
    """Wise gives this statement to a person only: its CAMT.053 file can be imported instead (`camt.read_camt`)."""


@dataclass(frozen=True)
class StatementLine:
    """One transaction of a balance: amounts in major units of the balance's currency."""

    date: datetime
    amount: Decimal  # above zero it came in, below it left; the fee is in it
    fee: Decimal  # at or above zero
    currency: str
    reference: str  # e.g. TRANSFER-34188888, also on the credit of a refund
    running_balance: Decimal  # after it

    @property
    def transfer_id(self) -> int | None:
        """The transfer that it is about; None of card payments, top-ups, conversions."""
        found = _TRANSFER.fullmatch(self.reference.removeprefix(_OF_A_FEE))
        return int(found[1]) if found else None


@dataclass(frozen=True)
class Statement:
    """The transactions of some time, the oldest first, and what was in the balance at its end."""

    currency: str
    lines: tuple[StatementLine, ...]
    closing: Decimal


def statement(data: Any) -> Statement:
    """Wise's JSON, which has the newest first; FLAT and COMPACT give the same."""
    closing, newest_first = data["endOfStatementBalance"], data["transactions"]
    lines = [_line(each) for each in reversed(newest_first)]
    return Statement(str(closing["currency"]), with_fees(lines), amount(closing["value"]))


def _line(data: Any) -> StatementLine:
    fees = data.get("totalFees") or {}
    return StatementLine(
        date=moment(data["date"]),
        amount=amount(data["amount"]["value"]),
        fee=amount(fees.get("value") or 0),
        currency=str(data["amount"]["currency"]),
        reference=str(data.get("referenceNumber") or ""),
        running_balance=amount(data["runningBalance"]["value"]),
    )


def with_fees(lines: Iterable[StatementLine]) -> tuple[StatementLine, ...]:
    """Lines that only name the fee of a line right beside them (FLAT) put into that one; all others as they are."""
    put: list[StatementLine] = []
    for line in lines:
        before = put[-1] if put else None
        if before and _is_fee_of(before, line):
            put[-1] = _together(line, before, line.running_balance)
        elif before and _is_fee_of(line, before):
            put[-1] = _together(before, line, line.running_balance)
        else:
            put.append(line)
    return tuple(put)


def _is_fee_of(fee: StatementLine, line: StatementLine) -> bool:
    return fee.reference == f"{_OF_A_FEE}{line.reference}" and fee.amount <= 0


def _together(line: StatementLine, fee: StatementLine, balance: Decimal) -> StatementLine:
    """One line: some statements name the fee beside the amount as well, so it counts once."""
    return replace(line, amount=line.amount + fee.amount, fee=-fee.amount, running_balance=balance)


def intervals(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The time in parts that Wise takes, at least one; each begins where the one before ended."""
    start = since
    while until - start > LONGEST:
        yield start, start + LONGEST
        start += LONGEST
    yield start, until


def joined(parts: Iterable[Statement]) -> Statement:
    """Statements of times that follow each other as one; what stands on a common bound counts once."""
    whole: Statement | None = None
    for part in parts:
        lines = (
            part.lines if whole is None else (*whole.lines, *(li for li in part.lines if li not in whole.lines[-99:]))
        )
        whole = replace(part, lines=lines)
    if whole is None:
        raise ValueError("no statement")
    return whole
