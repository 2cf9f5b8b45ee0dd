"""Which call is served where: calendar-version and legacy paths (wise-api.md section 1.2 and appendix A)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulators.common.http import Response, Router
from simulators.wise.balances import Balances
from simulators.wise.batches import Batches
from simulators.wise.funding import Approvals, Funding
from simulators.wise.oauth import Tokens
from simulators.wise.payee_checks import PayeeChecks
from simulators.wise.profiles import Profiles
from simulators.wise.quotes import Quotes
from simulators.wise.recipients import Recipients
from simulators.wise.requirements import Requirements
from simulators.wise.simulation import Simulation
from simulators.wise.statements import Statements
from simulators.wise.transfers import Transfers
from simulators.wise.webhooks import Webhooks
from simulators.wise.world import CALENDAR_VERSION

Serve = Callable[..., Response]
_STATEMENT = "/profiles/<int:profile_id>/balance-statements/<int:balance_id>/statement"


@dataclass(frozen=True)
class Desks:
    """Who answers which kind of call."""

    tokens: Tokens
    profiles: Profiles
    quotes: Quotes
    requirements: Requirements
    recipients: Recipients
    payee_checks: PayeeChecks
    transfers: Transfers
    funding: Funding
    approvals: Approvals
    batches: Batches
    balances: Balances
    statements: Statements
    webhooks: Webhooks
    simulation: Simulation


def router(desks: Desks) -> Router:
    """Every route under its legacy versions and under the calendar version."""
    table = Router()
    for versions, method, pattern, serve in (*_people(desks), *_payments(desks), *_batches(desks), *_around(desks)):
        for version in (*versions.split(), CALENDAR_VERSION):
            table.add(method, f"/{version}{pattern}", _for_version(version, serve))
    table.add("POST", "/oauth/token", _for_version(CALENDAR_VERSION, desks.tokens.issue))
    return table


def _for_version(version: str, serve: Serve) -> Serve:
    def answer(open_call: Callable[[str], Any], **values: Any) -> Response:
        return serve(open_call(version), **values)

    return answer


Rows = list[tuple[str, str, str, Serve]]


def _people(desks: Desks) -> Rows:
    quotes, forms, recipients, checks = desks.quotes, desks.requirements, desks.recipients, desks.payee_checks
    return [
        ("", "POST", "/oauth/token", desks.tokens.issue),
        ("v1 v2", "GET", "/me", desks.profiles.me),
        ("v1 v2", "GET", "/profiles", desks.profiles.list_all),
        ("v1 v2", "GET", "/profiles/<int:profile_id>", desks.profiles.get),
        ("v1 v2", "GET", "/currencies", desks.profiles.currencies),
        ("v1 v2", "GET", "/rates", desks.profiles.rates),
        ("v3", "POST", "/quotes", quotes.illustrate),
        ("v3", "POST", "/profiles/<int:profile_id>/quotes", quotes.create),
        ("v3", "GET", "/profiles/<int:profile_id>/quotes/<quote_id>", quotes.get),
        ("v3", "PATCH", "/profiles/<int:profile_id>/quotes/<quote_id>", quotes.patch),
        ("v1", "GET", "/quotes/<quote_id>/account-requirements", forms.of_quote),
        ("v1", "POST", "/quotes/<quote_id>/account-requirements", forms.of_quote),
        ("v1", "GET", "/account-requirements", forms.of_route),
        ("v1", "POST", "/account-requirements", forms.of_route),
        ("v1", "POST", "/transfer-requirements", forms.of_transfer),
        ("v1 v2", "POST", "/accounts", recipients.create),
        ("v1 v2", "GET", "/accounts", recipients.list_all),
        ("v1 v2", "GET", "/accounts/<int:recipient_id>", recipients.get),
        ("v1 v2", "DELETE", "/accounts/<int:recipient_id>", recipients.delete),
        ("v2", "PATCH", "/accounts/<int:recipient_id>/confirmations", checks.confirm),
        ("v2", "POST", "/accounts/<int:recipient_id>/quotes/<quote_id>/compatibility", checks.compatibility),
    ]


def _payments(desks: Desks) -> Rows:
    transfers = desks.transfers
    return [
        ("v1 v2", "POST", "/transfers", transfers.create),
        ("v1 v2", "GET", "/transfers", transfers.list_all),
        ("v1 v2", "GET", "/transfers/<int:transfer_id>", transfers.get),
        ("v1 v2", "PUT", "/transfers/<int:transfer_id>/cancel", transfers.cancel),
        ("v1 v2", "GET", "/transfers/<int:transfer_id>/payments", transfers.payments),
        ("v1 v2", "GET", "/transfers/<int:transfer_id>/receipt.pdf", transfers.receipt),
        ("v1", "GET", "/delivery-estimates/<int:transfer_id>", transfers.delivery_estimate),
        ("v3", "POST", "/profiles/<int:profile_id>/transfers/<int:transfer_id>/payments", desks.funding.fund),
    ]


def _batches(desks: Desks) -> Rows:
    batches, group = desks.batches, "/profiles/<int:profile_id>/batch-groups"
    return [
        ("v3", "POST", group, batches.create),
        ("v3", "GET", f"{group}/<batch_id>", batches.get),
        ("v3", "PATCH", f"{group}/<batch_id>", batches.patch),
        ("v3", "POST", f"{group}/<batch_id>/transfers", batches.add),
        ("v3", "POST", "/profiles/<int:profile_id>/batch-payments/<batch_id>/payments", batches.fund),
    ]


def _around(desks: Desks) -> Rows:
    balances, webhooks, simulation = desks.balances, desks.webhooks, desks.simulation
    return [
        ("v3 v4", "GET", "/profiles/<int:profile_id>/balances", balances.list_all),
        ("v3 v4", "POST", "/profiles/<int:profile_id>/balances", balances.create),
        ("v3 v4", "GET", "/profiles/<int:profile_id>/balances/<int:balance_id>", balances.get),
        ("v1", "GET", f"{_STATEMENT}.json", desks.statements.as_json),
        ("v1", "GET", f"{_STATEMENT}.xml", desks.statements.as_camt),
        ("v1", "GET", "/one-time-token/status", desks.approvals.status),
        ("v3", "POST", "/profiles/<int:profile_id>/subscriptions", webhooks.create),
        ("v3", "GET", "/profiles/<int:profile_id>/subscriptions", webhooks.list_all),
        ("v3", "GET", "/profiles/<int:profile_id>/subscriptions/<subscription_id>", webhooks.get),
        ("v3", "DELETE", "/profiles/<int:profile_id>/subscriptions/<subscription_id>", webhooks.delete),
        ("v1", "GET", "/simulation/transfers/<int:transfer_id>/<status>", simulation.move),
        ("v1", "POST", "/simulation/transfers/<int:transfer_id>/payout-failure", simulation.fail_payout),
        ("v1", "POST", "/simulation/balance/topup", balances.top_up),
        ("v1", "POST", "/simulation/profiles/<int:profile_id>/verifications", simulation.verify),
        ("v1", "POST", "/simulation/verify-profile", simulation.verify_all),
    ]
