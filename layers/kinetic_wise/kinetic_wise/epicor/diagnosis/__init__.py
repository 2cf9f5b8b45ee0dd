"""One pass over a real Epicor that says what works and what will not. It reads; it never writes.

Whatever reads leave open (whether posting is allowed, for one) is said to be open.
"""

from __future__ import annotations

from kinetic_wise.epicor.connection import EpicorTransport
from kinetic_wise.epicor.diagnosis import access, columns, services
from kinetic_wise.epicor.diagnosis.findings import Diagnosis, Finding, Verdict
from kinetic_wise.epicor.diagnosis.practice import Practice, merged
from kinetic_wise.epicor.diagnosis.services import Extras
from kinetic_wise.epicor.diagnosis.setup import SetUp
from kinetic_wise.epicor.errors import ConfigurationMissing
from kinetic_wise.epicor.options import EpicorOptions
from kinetic_wise.epicor.service import Service

__all__ = ["Diagnosis", "Extras", "Finding", "Verdict", "diagnose", "offered_companies"]


def offered_companies(transport: EpicorTransport, company: str) -> tuple[str, ...]:
    """The companies that Epicor shows to our user, asked under one of them; that one alone where it shows none.

    One call or two. Raises RemoteError when not even this company lets us in.
    """
    service = Service(transport, EpicorOptions(companies=(company,)))
    service.ask(company, "Ice.Lib.SessionModSvc/GetCurrentValues", {})
    return tuple(dict.fromkeys([company, *access.companies(service, company)]))


def diagnose(transport: EpicorTransport, options: EpicorOptions, extras: Extras) -> Diagnosis:
    """Look at every company of the options. About forty reads a company; what fails is a finding, not an error.

    Raises ConfigurationMissing without a company.
    """
    if not options.companies:
        raise ConfigurationMissing("the credential envelope names no company")
    service = Service(transport, options)
    findings = [*access.encryption(service), access.licence(service), *access.endings(service, extras.endings)]
    proposals: list[dict[str, object]] = []
    for company in options.companies:
        found, proposal = _company(service, company, extras)
        findings += [finding.model_copy(update={"company": company}) for finding in found]
        proposals.append(proposal)
    return Diagnosis(findings=tuple(findings), proposal=merged(proposals))


def _company(service: Service, company: str, extras: Extras) -> tuple[list[Finding], dict[str, object]]:
    entrance = access.enter(service, company)
    if not entrance.open:
        return entrance.findings, {}
    used, seconds = services.look(service, company, extras)
    known, of_invoices = columns.look(service, company)
    setup = SetUp(service, company)
    practice = Practice(service, setup.tables, company, of_invoices)
    practice.look()
    findings = [
        *entrance.findings,
        access.clock(service, company),
        access.time_zone(service, company),
        *used,
        *access.slow(seconds),
        *known,
        *setup.look(practice.currency_codes, extras.bank_fee_id),
        *practice.findings,
    ]
    if service.reading.broken_services and service.options.read_mode == "odata":
        practice.proposal["read_mode"] = "getrows"
    return findings, practice.proposal
