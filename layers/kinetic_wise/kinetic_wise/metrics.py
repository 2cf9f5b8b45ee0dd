"""What is measured: every metric by its name, unit and dimensions, and every alarm that the code raises.

Dashboards and alarms of the template speak of these and of AWS's own; tests hold both sides equal (docs/dashboards.md).
Figures for eyes: amounts become CloudWatch's binary numbers behind the last door, and nothing reads them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

Value = Decimal | int | float


@dataclass(frozen=True)
class Metric:
    """A metric: CloudWatch's unit, and by which dimensions its values are told apart."""

    name: str
    unit: str
    by: tuple[str, ...] = ()


class Meter(Protocol):
    """Takes what was measured."""

    def __call__(self, metric: Metric, value: Value, /, **by: str) -> None:
        """Take one value; `by` names exactly the metric's dimensions."""


def unmeasured(metric: Metric, value: Value, /, **by: str) -> None:
    """Nobody listens."""


# How it stands, measured every few minutes (flows/measure.py)
PAYMENTS = Metric("Payments", "Count", ("status",))
AMOUNT = Metric("Amount", "None", ("status", "currency"))
STUCK = Metric("StuckPayments", "Count")
OLDEST_HOLD = Metric("OldestHold", "Seconds")
OLDEST_UNKNOWN = Metric("OldestUnknown", "Seconds")
OLDEST_AUDIT_ROW = Metric("OldestAuditRow", "Seconds")
BALANCE = Metric("Balance", "None", ("currency",))
DUE = Metric("Due", "None", ("currency",))
SHORT = Metric("Short", "None", ("currency",))
SHORT_CURRENCIES = Metric("ShortCurrencies", "Count")

# After each reconciliation
DIFFERENCES = Metric("Differences", "Count")

# What happens, measured when it does
MOVED = Metric("Moved", "Count", ("status",))
PAID = Metric("Paid", "None", ("currency",))
TIME_TO_PAY = Metric("TimeToPay", "Seconds")
CALL_SECONDS = Metric("CallSeconds", "Seconds", ("system",))
CALL_ERRORS = Metric("CallErrors", "Count", ("system", "class"))
WEBHOOKS = Metric("Webhooks", "Count", ("outcome",))
WEBHOOK_DELAY = Metric("WebhookDelay", "Seconds")
ALARMS = Metric("Alarms", "Count", ("alarm",))

_ERRORS = {401: "access", 403: "access", 404: "not_found", 429: "too_many"}

# The alarm that a log line with `alarm=True` raises, by the line's message.
UNFORESEEN = "Unforeseen"
RAISED = {
    "money where the ledger saw none": "MoneyUnseen",
    "money in a dead attempt": "MoneyUnseen",
    "a transfer of an ended attempt waits": "MoneyUnseen",
    "a batch holds a transfer that is no member": "MoneyUnseen",
    "money came back after posting": "MoneyReturned",
    "refund differs from what had left": "MoneyReturned",
    "a refund was told in another amount": "MoneyReturned",
    "a person must tell a refund's amount": "MoneyReturned",
    "epicor went back: everything is looked at again": "EpicorWentBack",
    "Epicor behind ledger: a paid invoice is open again": "EpicorWentBack",
    "Wise asks for something before it goes on": "WiseAsks",
    "webhooks have stopped": "WebhooksStopped",
    "credentials refused": "CredentialsRefused",
    "credentials end soon": "CredentialsEnd",
    "a payment run will fall short": "ForecastShort",
    "reconciled": "BalanceDoesNotFoot",
    "costs not booked": "NotBooked",
    "note given up": "NotBooked",
    "audit row given up": "NotBooked",
    "balance not recorded in Epicor": "NotBooked",
    "dated into the next open period": "PeriodClosed",
    "step died": "StepDied",
    "an execution works on a payment the ledger does not know": UNFORESEEN,
    "a long body was not kept": UNFORESEEN,
    "status never seen before": UNFORESEEN,
    "a batch cannot be cancelled as a whole": UNFORESEEN,
    "a batch has a member the ledger does not know": UNFORESEEN,
    "a batch of another Wise profile": UNFORESEEN,
    "a transfer of another Wise profile": UNFORESEEN,
}


def measure_alarm(meter: Meter, message: str) -> None:
    """Count an alarm that a log line raised."""
    meter(ALARMS, 1, alarm=RAISED.get(message, UNFORESEEN))


def measure_call(meter: Meter, system: str, seconds: float, status: int | None) -> None:
    """Measure a call to Epicor or Wise; `status` is HTTP's, None where no answer came."""
    meter(CALL_SECONDS, seconds, system=system)
    error = error_class(status)
    if error:
        meter(CALL_ERRORS, 1, **{"system": system, "class": error})


def error_class(status: int | None) -> str:
    """What kind of error an HTTP status is; empty when it is none. 404 is how both systems say "there is none"."""
    if status is None:
        return "no_answer"
    if status >= 500:
        return "server"
    if status < 400:
        return ""
    return _ERRORS.get(status, "refused")
