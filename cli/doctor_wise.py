"""`doctor wise`: what works with Wise and what will not. The connector looks, or before there is one, this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import requests
import typer

from cli import site
from cli.diagnosis import tell_each, tell_whether_it_works
from cli.problem import FOUND, Problem
from cli.shell import Json, Shell, say, say_json, shell
from kinetic_wise.credentials import EnvelopeIncomplete, wise_auth, wise_session
from kinetic_wise.findings import Finding, Verdict, fault, ok, unknown
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.settings import Settings
from kinetic_wise.wise import WiseClient, WrongEnvironment, environment_of, wise_transport
from kinetic_wise.wise.diagnosis import Site, diagnose

_PATIENCE = 5.0  # seconds: what Wise waits for an answer to a webhook (wise-api.md 9.2)
_UNSIGNED = 401  # what our address answers to what Wise did not sign


def wise(
    context: typer.Context,
    credentials: site.Credentials = None,
    settings: site.SettingsFile = None,
    json: Json = False,
) -> None:
    """What works with this Wise profile and what will not. Exit code 2 for a fault."""
    here = shell(context)
    if credentials is None:
        if settings is not None:
            raise Problem("--settings goes with --credentials", "the connector looks with its own settings")
        findings = through_the_connector(here)
    else:
        chosen = site.settings(here, settings, connected=False)
        findings = from_here(here, site.envelope(here, "wise", credentials), chosen)
    told = as_dict(findings)
    if json:
        say_json(told)
    else:
        tell(findings)
    if not told["works"]:
        raise typer.Exit(FOUND)


def tell(findings: Sequence[Finding]) -> None:
    """A line for each finding, then whether it works."""
    say("Wise", "bold")
    tell_each(findings)
    tell_whether_it_works(findings)


def as_dict(findings: Sequence[Finding]) -> dict[str, Any]:
    """For `--json`."""
    works = all(finding.verdict is not Verdict.FAULT for finding in findings)
    return {"works": works, "findings": [finding.model_dump(mode="json") for finding in findings]}


def through_the_connector(here: Shell) -> list[Finding]:
    """What the deployed connector finds, and whether its address answers from here. Raises Problem."""
    url = here.connector.outputs.get("WebhookUrl", "")
    answer = here.connector.order("diagnose", url=url)
    findings = [Finding.model_validate(each) for each in answer["findings"]]
    return [*findings, *_address(here, url), _rules(here)]


def from_here(here: Shell, envelope: site.HeldEnvelope, chosen: Settings) -> list[Finding]:
    """What this machine finds with the credentials of a file. Raises Problem."""
    site.leave_tokens_alone(envelope, "store the envelope and look through the connector: without --credentials")
    try:
        client = client_of(here, envelope, chosen)
        place = Site(
            environment=environment_of(envelope["url"]),
            now=here.now,
            funding_currency=chosen.funding_currency,
            rate_margin=chosen.rate_margin,
        )
        return diagnose(client, place)
    except (EnvelopeIncomplete, WrongEnvironment) as error:
        raise Problem(str(error).rstrip("."), "docs/credentials.md tells what the envelope holds") from None


def client_of(here: Shell, envelope: site.HeldEnvelope, chosen: Settings) -> WiseClient:
    """A client that leaves no trace. Raises EnvelopeIncomplete, and WrongEnvironment at the latest with a call."""

    def record(_: object) -> None:
        """Nothing of it is kept."""

    transport = wise_transport(
        envelope["url"],
        wise_auth(envelope, site.tools(here, record)),
        session=wise_session(envelope, here.session),
        now=here.now,
        sleep=here.sleep,
    )
    try:
        profile = int(envelope["profile_id"])
    except ValueError:
        raise EnvelopeIncomplete(f"`profile_id` is a number, not {envelope['profile_id']!r}") from None
    return WiseClient(transport, profile, chosen.wise_version)


def _address(here: Shell, url: str) -> Iterator[Finding]:
    """Whether the webhooks' address answers, as anybody sees it: what Wise did not sign it must refuse."""
    if not url:
        return
    remedy = "Wise must reach it by HTTPS on port 443, without a redirect; is the API deployed, and open to Wise?"
    try:
        answer = here.session().post(
            url,
            data=b"{}",
            headers={"Content-Type": "application/json"},
            timeout=_PATIENCE,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        yield fault("webhooks", f"{url} does not answer from here ({type(error).__name__})", remedy)
        return
    if answer.status_code == _UNSIGNED:
        yield ok("webhooks", f"{url} answers, and refuses what Wise did not sign")
    elif 200 <= answer.status_code < 300:
        yield fault("webhooks", f"{url} takes what Wise did not sign", "is it our connector that answers there?")
    else:
        yield fault("webhooks", f"{url} answers {answer.status_code}", remedy)


def _rules(here: Shell) -> Finding:
    """Payment rules of the Wise account: no read shows them, but payments that they stopped do."""
    reading = here.connector.reading
    held = reading.payments(row.payment_id for row in reading.in_status(Status.HELD))
    stopped = [one.id for one in held if one.hold and one.hold.reason == "account_rule"]
    if not stopped:
        return unknown("payment rules", "no read shows the rules of the Wise account; none has stopped a payment")
    text = f"a rule in the Wise account stops {len(stopped)} payments, such as {stopped[0]}"
    return fault("payment rules", text, "an admin of the account changes it in Wise, under Payment Approvals")
