"""The real clients of Epicor and Wise, and which of each they reach."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import cache

from kinetic_wise.credentials import Tools, epicor_auth, wise_auth, wise_session
from kinetic_wise.epicor import EpicorClient, EpicorOptions, epicor_transport
from kinetic_wise.flows.deps import EpicorSite, ExchangeLog, WiseSite
from kinetic_wise.ledger.permits import Permits
from kinetic_wise.ledger.tokens import Tokens, TokenTable
from kinetic_wise.settings import WISE_CALLS_A_MINUTE, WISE_CALLS_A_SECOND, Settings
from kinetic_wise.transport import own_session, system_time
from kinetic_wise.wiring.envelopes import epicor_envelope, wise_envelope
from kinetic_wise.wiring.surroundings import aws, env, log, measuring, settings
from kinetic_wise.wise import PayeeRules, WiseClient, environment_of, site_columns, wise_transport


def epicor_site() -> EpicorSite:
    """Which Epicor the envelope names."""
    return EpicorSite(url=epicor_envelope()["url"], companies=_companies())


def wise_site() -> WiseSite:
    """Which Wise the envelope names."""
    url = wise_envelope()["url"]
    environment = environment_of(url)
    return WiseSite(url if environment == "other" else environment, int(wise_envelope()["profile_id"]))


def epicor(exchanges: ExchangeLog) -> EpicorClient:
    """The client of Epicor."""
    envelope = epicor_envelope()
    auth = epicor_auth(envelope, _tools(exchanges))
    transport = epicor_transport(
        envelope["url"],
        auth,
        record=measuring(exchanges),
        read_only=settings().shadow,
    )
    return EpicorClient(transport, options=epicor_options(settings(), _companies()))


def epicor_options(chosen: Settings, companies: tuple[str, ...]) -> EpicorOptions:
    """How this site's Epicor is read and written."""
    return EpicorOptions(
        bank_account_id=chosen.bank_account_id,
        payment_method=chosen.payment_method,
        eligible_filter=chosen.eligible_filter,
        approval_column=chosen.approval_column,
        change_column=chosen.change_column,
        read_mode=chosen.read_mode,
        baqs={str(name): baq for name, baq in chosen.baqs.items()},
        columns=chosen.epicor_columns,
        bank_columns=chosen.bank_columns,
        vendor_columns=chosen.vendor_columns,
        vendor_filter=chosen.vendor_filter,
        function_library=chosen.function_library,
        time_zone=chosen.time_zone,
        companies=companies,
        license_id=chosen.epicor_license_id,
        call_settings={str(name): value for name, value in chosen.epicor_call_settings.items()},
    )


def wise(exchanges: ExchangeLog) -> WiseClient:
    """The client of Wise."""
    envelope = wise_envelope()
    transport = wise_transport(
        envelope["url"],
        wise_auth(envelope, _tools(exchanges)),
        session=wise_session(envelope, own_session),
        record=measuring(exchanges),
        permits=_permits(),
        read_only=settings().shadow,
    )
    chosen = settings()
    rules = PayeeRules(site_columns(chosen.recipient_columns), chosen.recipient_types)
    return WiseClient(transport, int(envelope["profile_id"]), chosen.wise_version, rules)


def _companies() -> tuple[str, ...]:
    envelope = epicor_envelope()
    return tuple(envelope.get("companies") or [envelope["company"]])


@cache
def _permits() -> Permits:
    """This process's permits for calls to Wise."""
    second, minute = settings().wise_calls_a_second, settings().wise_calls_a_minute
    if environment_of(wise_envelope()["url"]) != "other":  # only a stand-in may be asked for more
        second, minute = min(second, WISE_CALLS_A_SECOND), min(minute, WISE_CALLS_A_MINUTE)
    return Permits(aws("dynamodb"), env("CONNECTOR_TABLE"), "wise", second, minute)


def _tools(exchanges: ExchangeLog) -> Tools:
    place = TokenTable(aws("dynamodb"), env("CONNECTOR_TABLE"), aws("kms"), env("TOKEN_KEY_ID"))
    first_pause = timedelta(seconds=settings().refused_pause)
    return Tools(
        store=lambda system, name, version: Tokens(place, system, name, version, first_pause),
        session=own_session,
        record=measuring(exchanges),
        now=system_time,
        sleep=time.sleep,
        alarm=lambda problem: log()("credentials refused", problem=problem, alarm=True),
        permits=_permits,
        tell_end=lambda problem: log()("credentials end soon", problem=problem, alarm=True),
    )
