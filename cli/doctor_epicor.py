"""`doctor epicor`: one pass over an Epicor that only reads, and says what works and what will not."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Annotated, Any

import simplejson
import typer

from cli import site
from cli.diagnosis import tell_each, tell_whether_it_works
from cli.problem import FOUND, Problem
from cli.progress import counting
from cli.shell import Json, Shell, say, say_json, shell
from kinetic_wise.credentials import EnvelopeIncomplete, endings, epicor_auth
from kinetic_wise.epicor import ConfigurationMissing, epicor_transport
from kinetic_wise.epicor.connection import EpicorTransport
from kinetic_wise.epicor.diagnosis import Diagnosis, Extras, diagnose
from kinetic_wise.settings import Settings
from kinetic_wise.transport import Recorder
from kinetic_wise.wiring import epicor_options


def epicor(
    context: typer.Context,
    credentials: site.Credentials = None,
    settings: site.SettingsFile = None,
    company: Annotated[list[str] | None, typer.Option(help="Only this company, or these.")] = None,
    json: Json = False,
) -> None:
    """What works with this Epicor and what will not, and the settings that fit it. Exit code 2 for a fault."""
    here = shell(context)
    envelope = site.envelope(here, "epicor", credentials)
    chosen = site.settings(here, settings, connected=credentials is None)
    with counting("calls to Epicor", quiet=json) as count:
        found = look(here, envelope, chosen, tuple(company or ()), count)
    if json:
        say_json(as_dict(found))
    else:
        tell(found)
    if not found.works:
        raise typer.Exit(FOUND)


def look(
    here: Shell, envelope: site.HeldEnvelope, chosen: Settings, companies: tuple[str, ...], count: Callable[[int], None]
) -> Diagnosis:
    """The diagnosis, with a count of calls on the way. Raises Problem for an envelope that cannot be used."""
    calls = 0

    def record(_: object) -> None:
        nonlocal calls
        calls += 1
        count(calls)

    try:
        transport = transport_of(here, envelope, record)
        options = epicor_options(chosen, companies or envelope.companies)
        return diagnose(transport, options, _extras(envelope, chosen))
    except (EnvelopeIncomplete, ConfigurationMissing) as error:
        raise Problem(str(error).rstrip("."), "docs/credentials.md tells what the envelope holds") from None


def transport_of(here: Shell, envelope: site.HeldEnvelope, record: Recorder) -> EpicorTransport:
    """The way to Epicor with these credentials. Raises EnvelopeIncomplete, at the latest with a call."""
    return epicor_transport(
        envelope["url"],
        epicor_auth(envelope, site.tools(here, record)),
        session=here.session(),
        record=record,
        now=here.now,
        sleep=here.sleep,
    )


def _extras(envelope: site.HeldEnvelope, chosen: Settings) -> Extras:
    return Extras(
        audit_table=chosen.audit_table,
        memos=chosen.invoice_memos,
        receipts=chosen.receipts,
        receipt_document_type=chosen.receipt_document_type,
        bank_fee_id=chosen.bank_fee_id,
        endings=endings(envelope),
    )


def tell(found: Diagnosis) -> None:
    """A line for each finding, by company, then the settings that fit."""
    for company, findings in groupby(found.findings, key=lambda finding: finding.company):
        say(f"\nCompany {company}" if company else "The site", "bold")
        tell_each(findings)
    if found.proposal:
        say("\nSettings that fit what was seen (docs/epicor.md):", "bold")
        say(simplejson.dumps(found.proposal, indent=2, ensure_ascii=False))
    tell_whether_it_works(found.findings)


def as_dict(found: Diagnosis) -> dict[str, Any]:
    """For `--json`."""
    findings = [finding.model_dump(mode="json") for finding in found.findings]
    return {"works": found.works, "findings": findings, "proposal": dict(found.proposal)}
