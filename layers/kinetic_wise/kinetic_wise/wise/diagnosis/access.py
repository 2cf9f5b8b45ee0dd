"""Whether one gets in, to whom, and what is allowed there: token, profile, region, clock (sections 2 and 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from kinetic_wise.findings import Finding, Verdict, fault, ok, unknown, warning
from kinetic_wise.tokens import RenewalRefused
from kinetic_wise.transport import AccessRefused, NotArrived, RemoteError, TokenRejected
from kinetic_wise.wise.answers import ProfileDetails
from kinetic_wise.wise.client import WiseClient

FUNDS_UNATTENDED = frozenset({"US", "CA", "AU", "NZ", "SG", "MY"})  # no strong customer authentication (2.4)
_CLOCKS_APART = timedelta(seconds=60)
_MAKE_ANOTHER = (
    "make a new API token in Wise (Your Account > Integrations and Tools > API tokens) and store it in the credential "
    "envelope; with OAuth check client id and secret, or let the account's owner consent again"
)


@dataclass(frozen=True)
class Entrance:
    """What was found at the door; without a profile there is nothing more to look at."""

    findings: list[Finding]
    profile: ProfileDetails | None = None


def environment(found: str) -> Finding:
    """Whose Wise this is."""
    if found == "production":
        return ok("environment", "Wise in production: money moves")
    if found == "sandbox":
        return ok("environment", "Wise's sandbox: no money moves")
    return warning("environment", "a stand-in, not Wise: no money moves", "for payments use https://api.wise.com")


def enter(client: WiseClient) -> Entrance:
    """The first call: is the token good, and is our profile there?"""
    try:
        profile = client.profile_details()
    except TokenRejected:
        return Entrance([fault("token", "Wise does not accept the token", _MAKE_ANOTHER)])
    except NotArrived as error:
        remedy = "check the address, the way out of the network, and status.wise.com"
        return Entrance([fault("access", f"Wise cannot be reached: {error}", remedy)])
    except RemoteError as error:
        return Entrance(_without_profile(client, error))
    return Entrance([ok("token", "Wise accepts the token")], profile)


def _without_profile(client: WiseClient, refusal: RemoteError) -> list[Finding]:
    """The token may be good and the profile another user's, or the token may not even see profiles."""
    if isinstance(refusal, RenewalRefused):
        return [fault("token", str(refusal), _MAKE_ANOTHER)]
    try:
        seen = client.profiles()
    except TokenRejected:
        return [fault("token", "Wise does not accept the token", _MAKE_ANOTHER)]
    except RemoteError as error:
        remedy = "is it a token with full access, of a user who belongs to the business?"
        return [fault("profile", f"the token sees no profile: {error}", remedy)]
    businesses = [f"{each.id} ({each.name})" for each in seen if each.type == "BUSINESS"]
    found = f"the token sees {', '.join(businesses)}" if businesses else "the token sees no business"
    text = f"our profile is not there for this token: {refusal}"
    return [
        ok("token", "Wise accepts the token"),
        fault("profile", text, f"{found}: correct `profile_id` in the credential envelope, or the token"),
    ]


def state(profile: ProfileDetails) -> Iterable[Finding]:
    """What kind of profile, and whether Wise keeps it open."""
    name = f"{profile.name or 'profile'} ({profile.id})"
    if profile.type != "BUSINESS":
        remedy = "invoices are paid from a business profile: correct `profile_id` in the credential envelope"
        yield fault("profile", f"{name} is a {profile.type.lower()} profile", remedy)
    elif profile.state == "DEACTIVATED":
        yield fault("profile", f"{name} is deactivated", "the account's owner must ask Wise's support")
    elif profile.state == "HIDDEN":
        yield warning("profile", f"{name} is hidden", "the account's owner should look at it in Wise")
    elif profile.state == "VISIBLE":
        yield ok("profile", f"{name} is open")
    else:
        yield unknown("profile", f"{name} is in a state that is not known: {profile.state or 'none told'}")


def region(profile: ProfileDetails) -> Iterable[Finding]:
    """Whether the law where the business is registered lets a program fund (2.4)."""
    if profile.country in FUNDS_UNATTENDED:
        yield ok("funding", f"registered in {profile.country}: may be funded unattended")
    elif profile.country:
        text = f"registered in {profile.country}: a person must approve each funding (strong customer authentication)"
        remedy = (
            "somebody with the right to pay funds what waits, in Wise; with batches one approval is enough for a run. "
            "Only client credentials with mTLS, by contract with Wise, are exempt"
        )
        yield warning("funding", text, remedy)
    else:
        yield unknown("funding", "Wise does not tell where the business is registered", "look in Wise's own screens")


def clock(client: WiseClient, now: Callable[[], datetime], rate_margin: float) -> Iterable[Finding]:
    """How far our clock is from Wise's: quotes, rates and events are compared with ours."""
    theirs = client.server_time()
    if theirs is None:
        yield unknown("clock", "Wise's answer does not say what time it is there")
        return
    apart = abs(theirs - now())
    text, remedy = f"our clock and Wise's are {int(apart.total_seconds())} s apart", "set the clock by NTP"
    if apart >= timedelta(seconds=rate_margin / 2):
        yield fault("clock", f"{text}: a rate may end unnoticed before it is funded", remedy)
    elif apart >= _CLOCKS_APART:
        yield warning("clock", text, remedy)
    else:
        yield ok("clock", text)


def guarded(look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """The findings of a look; a call that fails is one of them."""
    findings: list[Finding] = []
    try:
        findings.extend(look())
    except AccessRefused as error:
        findings.append(fault("rights", str(error), "is it a token with full access, of a user with the right to pay?"))
    except RemoteError as error:
        findings.append(Finding(check="access", verdict=Verdict.UNKNOWN, text=str(error), remedy="try again later"))
    return findings
