"""One pass over our profile at Wise that says what works and what will not. It reads; it never writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kinetic_wise.findings import Finding
from kinetic_wise.wise.client import WiseClient
from kinetic_wise.wise.diagnosis import access, hooks, money
from kinetic_wise.wise.environments import environment_of

__all__ = ["Site", "diagnose"]

_RECENT = timedelta(days=14)  # Wise keeps an unfunded transfer no longer (6.4)


@dataclass(frozen=True)
class Site:
    """What is looked at, and what is meant to be there."""

    url: str
    now: datetime
    funding_currency: str = ""  # the setting
    rate_margin: float = 600.0  # the setting, seconds
    events: Mapping[str, str] = field(default_factory=dict)  # event type -> schema version that we use
    subscriptions: Mapping[str, str] | None = None  # ours by the ledger: id -> event type; None: there is no ledger
    webhook_url: str = ""  # where our connector takes webhooks; "" when nobody says


def diagnose(client: WiseClient, site: Site) -> list[Finding]:
    """About ten reads; what fails is a finding, not an error."""
    entrance = access.enter(client)
    findings = [access.environment(environment_of(site.url), site.url), *entrance.findings]
    if entrance.profile is None:
        return findings
    looks = (
        lambda: access.state(entrance.profile),
        lambda: access.region(entrance.profile),
        lambda: access.clock(client, site.now, site.rate_margin),
        lambda: money.balances(client, site.funding_currency),
        lambda: money.statements(client, site.now),
        lambda: money.stuck(client, site.now - _RECENT, site.now),
        lambda: hooks.subscriptions(client, site.events, site.subscriptions, site.webhook_url),
    )
    return findings + [finding for look in looks for finding in access.guarded(look)]
