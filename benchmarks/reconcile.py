"""Reconciling many payments of a month: time and peak memory of a process of its own.

The flow, the bench on disk, the comparison and the spreadsheet are the connector's. The three books are made up as they
are read, page by page, so that nothing but the reconciliation itself could grow; HTTP and DynamoDB are not measured.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

from kinetic_wise.flows.reconcile import Listener, Sources, reconcile
from kinetic_wise.flows.reconciliation_report import spreadsheet
from kinetic_wise.ledger.histories import History
from kinetic_wise.payments import identity
from kinetic_wise.payments.books import BookedPayment, Period
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Attempt, Payment, Terms
from kinetic_wise.payments.reconciliation import RowClass
from kinetic_wise.payments.systems import InvoiceKey, Transfer
from kinetic_wise.settings import Settings
from kinetic_wise.wise.statements import Statement, StatementLine

SIZES = (1_000, 10_000)
_START = datetime(2026, 11, 1, tzinfo=UTC)
_NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
_AMOUNT, _FEE, _OPENING = Decimal("100.10"), Decimal("0.66"), Decimal(100_000_000)
_PAGE = 100
_MEGABYTE = 2**20 if sys.platform == "darwin" else 2**10  # of what ru_maxrss counts in


@dataclass
class Measured:
    """What one reconciliation took."""

    payments: int
    rows: int
    seconds: float
    peak_megabytes: float


@dataclass(frozen=True)
class Books:
    """The three books of so many payments, all in order, one every few minutes of the month."""

    count: int

    def moment(self, number: int) -> datetime:
        """When a payment was made."""
        return _START + timedelta(days=29) / self.count * number

    def everything(self) -> Iterator[History]:
        """The ledger."""
        for number in range(self.count):
            payment, at = self._payment(number), self.moment(number)
            terms = Terms(
                environment="bench",
                profile=1,
                amount=_AMOUNT,
                currency="EUR",
                vendor_bank_id="B",
                fingerprint="f",
                fingerprint_key="k",
                reference=str(number),
            )
            transfer = self.transfer(number)
            attempt = Attempt(number=1, key=transfer.key, terms=terms, started_at=at, transfer=transfer, funded=True)
            yield History(payment=payment, attempts=(attempt,), standing=None)

    def _payment(self, number: int) -> Payment:
        key = InvoiceKey(company="EPIC01", vendor_num=1, invoice_num=f"INV-{number}", sys_row_id=f"row-{number}")
        return Payment(
            id=key.payment_id(),
            invoice=key,
            status=Status.POSTED,
            amount=_AMOUNT,
            currency="EUR",
            currency_code="EUR",
            vendor_name="A vendor with a name of usual length",
            attempt=1,
            reservation=1,
            created_at=self.moment(number),
            updated_at=self.moment(number),
        )

    def transfer(self, number: int) -> Transfer:
        """A transfer."""
        return Transfer(
            id=1_000_000 + number,
            key=identity.transfer_key(f"row-{number}", 1, 1),
            profile=1,
            recipient_id=1,
            quote_id="q",
            status="outgoing_payment_sent",
            source_currency="EUR",
            source_amount=_AMOUNT,
            target_currency="EUR",
            target_amount=_AMOUNT,
            rate=Decimal(1),
            created=self.moment(number),
        )

    def payments_page(self, company: str, _since: date, after: int) -> list[BookedPayment]:
        """Epicor."""
        numbers = range(after, min(after + _PAGE, self.count))
        return [
            BookedPayment(
                company=company,
                head_num=number + 1,
                group_id=identity.group_id(self._payment(number).id, 1),
                reference="BENCH-1",
                vendor_num=1,
                posted=True,
                voided=False,
                day=self.moment(number).date(),
                currency="EUR",
                amount=_AMOUNT,
                invoices=(f"INV-{number}",),
            )
            for number in numbers
        ]

    def transfers(self, _since: datetime) -> Iterator[Transfer]:
        """Wise's list."""
        return map(self.transfer, range(self.count))

    def balances(self) -> dict[str, object]:
        """One balance."""
        return {"EUR": None}

    def statement(self, currency: str, since: datetime, until: datetime) -> Statement:
        """Wise's statement of some days."""
        numbers = [number for number in range(self.count) if since <= self.moment(number) <= until]
        lines = tuple(self._line(currency, number) for number in numbers)
        before = sum(self.moment(number) < since for number in range(self.count))
        return Statement(currency, lines, lines[-1].running_balance if lines else _left(before))

    def _line(self, currency: str, number: int) -> StatementLine:
        reference = f"TRANSFER-{1_000_000 + number}"
        return StatementLine(self.moment(number), -_AMOUNT - _FEE, _FEE, currency, reference, _left(number + 1))


def _left(count: int) -> Decimal:
    return _OPENING - count * (_AMOUNT + _FEE)


def measure(payments: int) -> Measured:
    """One reconciliation, in this process."""
    books = Books(payments)
    whole = cast("Any", SimpleNamespace(everything=books.everything))
    client = cast("Any", books)
    sources = Sources(Settings(), whole, lambda: nullcontext(client), ("EPIC01",), client, lambda: _NOW)
    period = Period.of(date(2026, 11, 1), date(2026, 11, 30), ZoneInfo("UTC"), _NOW)
    started = time.monotonic()
    with tempfile.TemporaryFile() as stream, spreadsheet(stream) as report:
        summary = reconcile(sources, period, Listener(report.row))
        report.conclude(summary)
    seconds = time.monotonic() - started
    if not summary.foots or summary.count(RowClass.MATCHED) != payments:
        raise AssertionError(f"{payments} payments were to match: {summary}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE
    return Measured(payments, summary.rows, round(seconds, 1), round(peak, 1))


def measured_apart(payments: int) -> Measured:
    """One reconciliation in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.reconcile", "--measure", str(payments)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return Measured(**json.loads(answer.stdout))


def main() -> None:
    """Print a table, and how memory grows from the small number to the large one."""
    print("payments      rows   seconds  peak MB")
    found = []
    for size in SIZES:
        found.append(measured_apart(size))
        one = found[-1]
        print(f"{one.payments:>8}{one.rows:>10}{one.seconds:>10.1f}{one.peak_megabytes:>9.1f}", flush=True)
    small, large = found
    times = large.peak_megabytes / small.peak_megabytes
    print(f"{large.payments // small.payments} times as many payments: {times:.2f} times the memory")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reconcile")
    parser.add_argument("--measure", type=int, help="one reconciliation of so many payments, in this process")
    asked = parser.parse_args().measure
    if asked:
        print(json.dumps(asdict(measure(asked))))
    else:
        main()
