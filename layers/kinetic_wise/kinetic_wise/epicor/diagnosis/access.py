"""Whether one gets in at all: host, key, credentials, company, licence, clock, time zone (sections 1.1, 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from kinetic_wise.epicor import values
from kinetic_wise.epicor.diagnosis.findings import Finding, fault, ok, unknown, warning
from kinetic_wise.epicor.errors import NotFound
from kinetic_wise.epicor.service import Service
from kinetic_wise.epicor.sets import CURRENCIES
from kinetic_wise.transport import AccessRefused, NotArrived, Refused, RemoteError, TokenRejected, Unclear

_CURRENT = "Ice.Lib.SessionModSvc/GetCurrentValues"
_CLOCKS_APART = timedelta(seconds=60)
_HOME = ("localhost", "127.0.0.1", "::1")
_SOON = 30  # days
_SAY_WHEN = "put `api_key_expires` and `password_expires` into it, so that an alarm tells two weeks before"
_NO_ZONES = ("", "UTC")
LICENCES: Mapping[str, str] = {  # quoted by integrators (1.3): shown, never compared with for a decision
    "00000003-B615-4300-957B-34956697F040": "default user",
    "00000003-9439-4B30-A6F4-6D2FD4B9FD0F": "web service",
    "00000003-231B-4E2B-9B47-13F87EA9A0A3": "web service, shared",
    "00000003-B8EB-40C4-8897-248CB30C5D47": "data collection",
}
_WEB_SERVICE = "00000003-9439-4B30-A6F4-6D2FD4B9FD0F"


@dataclass(frozen=True)
class Entrance:
    """What was found at the door, and whether it is worth going on."""

    findings: list[Finding]
    open: bool


def enter(service: Service, company: str) -> Entrance:
    """The first call: who are we, and where."""
    try:
        reply = service.ask(company, _CURRENT, {})
    except AccessRefused as error:
        return _kept_out(service, error)
    except RemoteError as error:
        return Entrance([_not_there(service, error)], open=False)
    text = f"{service.transport.base_url} answers; user and API key are accepted"
    return Entrance([ok("access", text), _company(company, reply.parameters)], open=True)


def _kept_out(service: Service, error: AccessRefused) -> Entrance:
    if not isinstance(error, TokenRejected) and error.exchange is not None and error.exchange.status == 403:
        remedy = "put Ice.Lib.SessionModSvc into the API key's access scope; check company and user in it"
        return Entrance([fault("access", str(error), remedy)], open=True)
    if not isinstance(error, TokenRejected):
        remedy = "check user, secret and scope in the credential envelope; do not try often, accounts are locked"
        return Entrance([fault("login", str(error), remedy)], open=False)
    if _has_token(service):
        text = f"the login works, and Epicor refuses the API key (or the token's user): {error}"
        remedy = "API Key Maintenance: is it of this environment, enabled, not expired?"
    else:
        text = f"Epicor refuses user, password or API key, and does not tell which: {error}"
        remedy = (
            "look at the API key first (of this environment, enabled, not expired), then at the user: a native "
            "account, not locked, no single sign-on; wrong passwords in a row lock it"
        )
    return Entrance([fault("access", text, remedy)], open=False)


def _has_token(service: Service) -> bool:
    """Whether a token was issued: then the credentials are right. Basic presents them with each call instead."""
    try:
        return service.transport.auth.headers().get("Authorization", "").startswith("Bearer")
    except RemoteError:
        return False


def _not_there(service: Service, error: RemoteError) -> Finding:
    url = service.transport.base_url
    if error.code == "licence":
        return fault("licence", str(error), "all licences are in use now: try again later, or set `epicor_license_id`")
    if error.code == "ConversionsPendingException":
        return fault("host", f"{url} is being upgraded: {error}", "wait; payments go on by themselves afterwards")
    if isinstance(error, NotArrived):
        return fault("host", f"nobody answers at {url}: {error}", "check url, name service and firewall")
    if isinstance(error, NotFound):
        remedy = "the url ends with the instance, as in https://host/SaaS123, without /api"
        return fault("host", f"{url} answers, and not as Epicor's REST v2: {error}", remedy)
    if isinstance(error, Unclear):
        return fault("host", f"{url} does not answer as Epicor does: {error}", "check url, proxy and gateway")
    return fault("company", str(error), "check `companies` of the credential envelope and `epicor_call_settings`")


def _company(company: str, told: Mapping[str, object]) -> Finding:
    found, name, site = (str(told.get(key) or "") for key in ("companyID", "companyName", "siteName"))
    text = f"works in company {found}, which calls itself {name!r}, site {site!r}"
    if found != company:
        return fault("company", f"asked for {company}, Epicor {text}", "check `companies` of the credential envelope")
    return ok("company", f"{text}: is this the environment you mean?")


def encryption(service: Service) -> list[Finding]:
    """Credentials go over the network: encrypted, or not beyond this machine."""
    address = urlsplit(service.transport.base_url)
    if address.scheme == "https" or address.hostname in _HOME:
        return []
    return [fault("host", f"{service.transport.base_url} is not encrypted", "use https: password and key go along")]


def endings(service: Service, last_days: Mapping[str, date]) -> list[Finding]:
    """When key and password end, as the envelope says (pitfall 41)."""
    if not last_days:
        return [unknown("endings", "the envelope does not say when API key and password end", _SAY_WHEN)]
    return [_ending(name, (last - service.today).days, last) for name, last in last_days.items()]


def _ending(name: str, days: int, last: date) -> Finding:
    if days < 0:
        return fault("endings", f"the {name} ended on {last}", "renew it and store the envelope")
    if days <= _SOON:
        return warning("endings", f"the {name} ends on {last}, in {days} days", "renew it and store the envelope")
    return ok("endings", f"the {name} ends on {last}")


def licence(service: Service) -> Finding:
    """Which licence type each call takes (2.4)."""
    claimed = service.options.license_id
    if not claimed:
        remedy = f"set `epicor_license_id` to the web service type ({_WEB_SERVICE}) if the site owns such licences"
        text = "calls take licences of the default type and compete with people; when none is left, they must wait"
        return warning("licence", text, remedy)
    return ok("licence", f"calls claim the type {LICENCES.get(claimed.upper(), 'of the site')!r} ({claimed})")


def slow(seconds: list[float]) -> list[Finding]:
    """A constant delay on each call is no slow network but the shared licence type (2.4, pitfall 23)."""
    starved = 15.0
    if not seconds or min(seconds) < starved:
        return []
    text = f"every call takes {min(seconds):.0f} s or more: that is how Epicor delays calls that found no licence"
    return [warning("licence", text, "buy or free web service licences; fewer integrations at the same time")]


def clock(service: Service, company: str) -> Finding:
    """Epicor's clock beside ours, by the Date of an answer."""
    before = service.transport.now()
    try:
        answer = service.get(company, CURRENCIES, {"$select": "CurrencyCode", "$top": "1"})
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (RemoteError, ValueError):
        return unknown("clock", "Epicor does not tell its time")
    return _apart(told.replace(tzinfo=UTC) - _middle(before, service.transport.now()))


def _middle(before: datetime, after: datetime) -> datetime:
    return before + (after - before) / 2


def _apart(difference: timedelta) -> Finding:
    seconds = int(difference.total_seconds())
    if abs(difference) <= _CLOCKS_APART:
        return ok("clock", "Epicor's clock and this machine's agree")
    where = "ahead of" if seconds > 0 else "behind"
    text = f"Epicor's clock is {abs(seconds)} s {where} this machine's"
    return warning("clock", text, "check which one is wrong: dates of payments and the end of tokens go by them")


def companies(service: Service, company: str) -> list[str]:
    """The companies that Epicor lists; [] where the key may not read them."""
    try:
        rows = service.rows(company, "Ice.BO.CompanySvc/Companies", "Company1,SysRevID", "", "SysRevID")
    except (AccessRefused, Refused, Unclear):
        return []
    return sorted({values.text(row, "Company1") for row in rows} - {""})


def time_zone(service: Service, company: str) -> Finding:
    """The company's time zone beside `time_zone`: which day a payment is dated follows from it (pitfall 31)."""
    ours = service.options.time_zone
    try:
        rows = service.rows(
            company, "Ice.BO.CompanySvc/Companies", "Company1,TimeZoneID,IsLive,SysRevID", "", "SysRevID"
        )
    except (AccessRefused, Refused, Unclear):
        text = f"Epicor does not show the company's time zone; `time_zone` is {ours}"
        return unknown("time zone", text, "compare it with Company Maintenance (needs Ice.BO.CompanySvc in the scope)")
    theirs = next((values.text(row, "TimeZoneID") for row in rows if values.text(row, "Company1") == company), "")
    if theirs == ours or (theirs in _NO_ZONES and ours == "UTC"):
        return ok("time zone", f"days begin and end in {ours}")
    text = f"Company Maintenance says {theirs or 'nothing'!r}, `time_zone` is {ours}"
    return warning("time zone", text, "if these are not the same zone, payments near midnight get another day's date")
