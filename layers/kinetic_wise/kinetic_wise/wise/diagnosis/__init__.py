"""One pass over our profile at Wise that says what works and what will not. It reads; it never writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kinetic_wise.findings import Finding
from kinetic_wise.wise.client import WiseClient
from kinetic_wise.wise.diagnosis import access, hooks, money

__all__ = ["Site", "diagnose"]

_RECENT = timedelta(days=14)  # Wise keeps an unfunded transfer no longer (6.4)


@dataclass(frozen=True)
class Site:
    """What is looked at, and what is meant to be there."""

    environment: str  # of Wise's, or an address that is none of them
    now: Callable[[], datetime]
    funding_currency: str = ""  # the setting
    rate_margin: float = 600.0  # the setting, seconds
    events: Mapping[str, str] = field(default_factory=dict)  # event type -> schema version that we use
    subscriptions: Mapping[str, str] | None = None  # ours by the ledger: id -> event type; None: there is no ledger
    webhook_url: str = ""  # where our connector takes webhooks; "" when nobody says


def diagnose(client: WiseClient, site: Site) -> list[Finding]:
    """About ten reads; what fails is a finding, not an error."""
    entrance = access.enter(client)
    findings = [access.environment(site.environment), *entrance.findings]
    if entrance.profile is None:
        return findings
    profile, now = entrance.profile, site.now()
    looks: tuple[Callable[[], Iterable[Finding]], ...] = (
        lambda: access.state(profile),
        lambda: access.region(profile),
        lambda: access.clock(client, site.now, site.rate_margin),
        lambda: money.balances(client, site.funding_currency),
        lambda: money.statements(client, now),
        lambda: money.stuck(client, now - _RECENT, now),
        lambda: hooks.subscriptions(client, site.events, site.subscriptions, site.webhook_url),
    )
    return findings + [finding for look in looks for finding in access.guarded(look)]
