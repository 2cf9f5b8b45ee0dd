"""A look at Wise as the connector itself sees it: with its token, from its network, by its clock."""

from __future__ import annotations

from kinetic_wise.findings import Finding
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.subscribe import EVENTS
from kinetic_wise.wise.diagnosis import Site, diagnose


def diagnose_wise(deps: Deps, webhook_url: str) -> list[Finding]:
    """What works with Wise and what will not; nothing is written. `webhook_url`: where our webhooks arrive."""
    site = Site(
        environment=deps.wise_site.environment,
        now=deps.now,
        funding_currency=deps.settings.funding_currency,
        rate_margin=deps.settings.rate_margin,
        events=EVENTS,
        subscriptions=deps.state.subscriptions(),
        webhook_url=webhook_url,
    )
    findings = diagnose(deps.wise, site)
    deps.exchanges.take()
    return findings
