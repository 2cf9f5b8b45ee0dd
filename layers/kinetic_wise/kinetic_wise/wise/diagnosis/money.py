"""What there is to pay with, what statements can be read, and which transfers Wise holds up (sections 6.4 and 8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from kinetic_wise.findings import Finding, fault, ok, warning
from kinetic_wise.payments import transfer_status
from kinetic_wise.wise.client import WiseClient
from kinetic_wise.wise.statements import StatementClosed

_SLOW = timedelta(days=2)  # checks take hours, not days; unverified businesses stay here (pitfall 33)
_SHOWN = 5


def balances(client: WiseClient, funding_currency: str) -> Iterable[Finding]:
    """The STANDARD balances, and whether the one that the setting names is there."""
    found = client.balances()
    if funding_currency and funding_currency not in found:
        text = f"`funding_currency` is {funding_currency}, and there is no balance in it"
        yield fault("balances", text, "open the balance in Wise, or name another currency")
    if not found:
        yield fault("balances", "the profile has no balance", "open one in Wise for each currency that is to pay")
        return
    told = ", ".join(f"{balance.amount} {currency}" for currency, balance in sorted(found.items()))
    if any(balance.amount > 0 for balance in found.values()):
        yield ok("balances", told)
    else:
        yield warning("balances", f"there is no money in any balance: {told}", "top one up: payments wait for it")


def statements(client: WiseClient, now: datetime) -> Iterable[Finding]:
    """Whether the API gives statements, which tell refunds and serve to reconcile."""
    currency = min(client.balances(), default="")
    if not currency:
        return
    try:
        client.statement(currency, now - timedelta(days=1), now)
    except StatementClosed:
        text = "Wise gives statements to a person only; payments do not need them"
        yield warning("statements", text, "to reconcile, download them in Wise as CAMT.053 (XML) and import the files")
    else:
        yield ok("statements", "they can be read")


def stuck(client: WiseClient, since: datetime, now: datetime) -> Iterable[Finding]:
    """Transfers that Wise holds up: with open issues, or days in `processing`."""
    recent = list(client.transfers(since))
    issues = [transfer.id for transfer in recent if transfer.has_active_issues]
    slow = [t.id for t in recent if t.status == transfer_status.PROCESSING and t.created and t.created <= now - _SLOW]
    if issues:
        text = f"Wise asks for something about {_some(issues)}"
        yield warning("transfers", text, "answer it in Wise within two working days, or Wise cancels them")
    if slow:
        text = f"{_some(slow)} in `processing` for more than {_SLOW.days} days"
        yield warning("transfers", text, "is the business verified? Wise's screens say what is missing")
    if not issues and not slow:
        yield ok("transfers", f"Wise holds up none of the last days' ({len(recent)} seen)")


def _some(ids: list[int]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return f"transfer {', '.join(map(str, ids[:_SHOWN]))}{more}"
