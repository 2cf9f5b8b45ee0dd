"""The only place that builds real clients and hands them to flows."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, wraps
from typing import Any, TypeVar

import boto3
import requests
import simplejson
from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from kinetic_wise import settings as settings_module
from kinetic_wise.aws import KmsFingerprinter, SqsDeadLetters, SqsQueue, StateMachine
from kinetic_wise.credentials import EnvelopeIncomplete, Tools, epicor_auth, wise_auth, wise_session
from kinetic_wise.emf import EmfMeter
from kinetic_wise.epicor import EpicorClient, EpicorOptions, epicor_transport
from kinetic_wise.flows.board import Books
from kinetic_wise.flows.deps import Deps, EpicorSite, ExchangeLog, WiseSite
from kinetic_wise.flows.keep_reconciliation import Keeping
from kinetic_wise.flows.reconcile import Sources
from kinetic_wise.ledger import ConnectorState, Ledger
from kinetic_wise.ledger.evidence import Evidence
from kinetic_wise.ledger.histories import Histories
from kinetic_wise.ledger.permits import Permits
from kinetic_wise.ledger.reading import Reading
from kinetic_wise.ledger.tokens import Tokens, TokenTable
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.metrics import measure_alarm, measure_call
from kinetic_wise.settings import WISE_CALLS_A_MINUTE, WISE_CALLS_A_SECOND
from kinetic_wise.transport import Exchange, Recorder, system_time
from kinetic_wise.wise import PayeeRules, WiseClient, environment_of, site_columns, wise_transport
from kinetic_wise.wise.webhooks import PUBLIC_KEYS

Answered = TypeVar("Answered")
_SECRET_SECONDS = 300.0
_TABLES = ("PAYMENTS_TABLE", "AUDIT_TABLE", "CONNECTOR_TABLE")
_CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 5})


@cache
def _aws(service: str) -> Any:
    return boto3.client(service, config=_CONFIG)  # type: ignore[call-overload]


def _env(name: str) -> str:
    return os.environ[name]


@dataclass
class _Envelope:
    """A credential envelope from Secrets Manager, kept for a few minutes."""

    name: str
    read_at: float = -_SECRET_SECONDS
    values: dict[str, Any] | None = None
    version_id: str = ""

    @property
    def version(self) -> str:
        """Which of the envelopes stored under this name it is."""
        self._values()
        return self.version_id

    def __getitem__(self, field: str) -> Any:
        if not self._values().get(field):
            self.values = None  # it may be stored any moment
            raise EnvelopeIncomplete(f"the credential envelope in {self.name} lacks {field!r}: store it with `init`")
        return self._values()[field]

    def get(self, field: str, default: Any = None) -> Any:
        """A field that may be missing."""
        return self._values().get(field, default)

    def _values(self) -> dict[str, Any]:
        if self.values is None or time.monotonic() - self.read_at > _SECRET_SECONDS:
            answer = _aws("secretsmanager").get_secret_value(SecretId=_env(self.name))
            self.values, self.version_id = simplejson.loads(answer["SecretString"]), answer["VersionId"]
            self.read_at = time.monotonic()
        return self.values


@cache
def epicor_envelope() -> _Envelope:
    """Epicor's address and credentials: url, company, companies, api_key, and what `credentials.py` says."""
    return _Envelope("EPICOR_SECRET_ARN")


@cache
def wise_envelope() -> _Envelope:
    """Wise's address and credentials: url, profile_id, webhook_public_key, and what `credentials.py` says."""
    return _Envelope("WISE_SECRET_ARN")


@cache
def settings() -> settings_module.Settings:
    """The settings. Raises SettingsError."""
    return settings_module.read(*(os.environ.get(f"KINETIC_WISE_{part}", "") for part in ("SETTINGS", "PARAMETERS")))


@cache
def state() -> ConnectorState:
    """The connector's own state."""
    return ConnectorState(
        _aws("dynamodb"),
        _env("CONNECTOR_TABLE"),
        _env("AUDIT_TABLE"),
        sleep=time.sleep,
        keep_body=_keep_body,
        row_events=settings().row_events,
    )


@cache
def ledger() -> Ledger:
    """The ledger."""
    tables = _env("PAYMENTS_TABLE"), _env("AUDIT_TABLE")
    return Ledger(_aws("dynamodb"), *tables, keep_body=_keep_body, due_rows=state().due_rows)


@cache
def reading() -> Reading:
    """The payments table, to read."""
    return Reading(_aws("dynamodb"), _env("PAYMENTS_TABLE"))


@cache
def books() -> Books:
    """The ledger, the audit trail and the connector's state, to read."""
    return Books(reading(), trail(), state())


@cache
def trail() -> Trail:
    """The audit trail, to read."""
    return Trail(_aws("dynamodb"), *map(_env, _TABLES))


@cache
def evidence() -> Evidence:
    """What is written once, beside the ledger."""
    return Evidence(_aws("s3"), _env("EVIDENCE_BUCKET"))


def _keep_body(body: str) -> None:
    """Keep a long body. That S3 is away must not keep an outcome from being written: the entry has the digest."""
    try:
        evidence().keep_body(body)
    except (BotoCoreError, ClientError) as error:
        _log()("a long body was not kept", problem=str(error), alarm=True)


@cache
def sources() -> Sources:
    """The three books, to be compared."""
    known = deps()
    return Sources(
        settings=known.settings,
        histories=Histories(_aws("dynamodb"), _env("PAYMENTS_TABLE")),
        epicor=known.epicor_place,
        companies=known.epicor_site.companies,
        wise=known.wise,
        now=known.now,
        forget=known.exchanges.take,
    )


@cache
def keeping() -> Keeping:
    """Where a reconciliation is kept."""
    return Keeping(evidence(), state().note, deps().log)


@cache
def meter() -> EmfMeter:
    """What this process measures."""
    return EmfMeter(os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "KineticWise"))


def measured(handler: Callable[[Any, Any], Answered]) -> Callable[[Any, Any], Answered]:
    """A handler that tells what it measured, however it ends."""

    @wraps(handler)
    def telling(event: Any, context: Any) -> Answered:
        try:
            return handler(event, context)
        finally:
            meter().flush()

    return telling


@cache
def events_queue() -> SqsQueue:
    """The queue of transfers to settle."""
    return SqsQueue(_aws("sqs"), _env("TRANSFER_EVENTS_QUEUE_URL"))


@cache
def balances_queue() -> SqsQueue:
    """The queue of balances that moved."""
    return SqsQueue(_aws("sqs"), _env("BALANCE_EVENTS_QUEUE_URL"))


def webhook_keys() -> str:
    """The keys that Wise signs with, PEM: those of the envelope, else the one published for its environment."""
    envelope = wise_envelope()
    published = PUBLIC_KEYS.get(environment_of(envelope["url"]), "")
    return str(envelope.get("webhook_public_key") or published or envelope["webhook_public_key"])


def _epicor_site() -> EpicorSite:
    return EpicorSite(url=epicor_envelope()["url"], companies=_companies())


def _wise_site() -> WiseSite:
    url = wise_envelope()["url"]
    environment = environment_of(url)
    return WiseSite(url if environment == "other" else environment, int(wise_envelope()["profile_id"]))


def _companies() -> tuple[str, ...]:
    envelope = epicor_envelope()
    return tuple(envelope.get("companies") or [envelope["company"]])


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no .netrc may replace our credentials
    return session


def _table_id() -> str:
    return str(_aws("dynamodb").describe_table(TableName=_env("PAYMENTS_TABLE"))["Table"]["TableId"])


@cache
def _permits() -> Permits:
    """This process's permits for calls to Wise."""
    second, minute = settings().wise_calls_a_second, settings().wise_calls_a_minute
    if environment_of(wise_envelope()["url"]) != "other":  # only a stand-in may be asked for more
        second, minute = min(second, WISE_CALLS_A_SECOND), min(minute, WISE_CALLS_A_MINUTE)
    return Permits(_aws("dynamodb"), _env("CONNECTOR_TABLE"), "wise", second, minute)


def _tools(exchanges: ExchangeLog) -> Tools:
    place = TokenTable(_aws("dynamodb"), _env("CONNECTOR_TABLE"), _aws("kms"), _env("TOKEN_KEY_ID"))
    first_pause = timedelta(seconds=settings().refused_pause)
    log = _log()
    return Tools(
        store=lambda system, name, version: Tokens(place, system, name, version, first_pause),
        session=_session,
        record=_measuring(exchanges),
        now=system_time,
        sleep=time.sleep,
        alarm=lambda problem: log("credentials refused", problem=problem, alarm=True),
        permits=_permits,
    )


def _log() -> Callable[..., None]:
    logger = Logger()

    def log(message: str, *, alarm: bool = False, **values: Any) -> None:
        (logger.error if alarm else logger.info)(message, extra=values)
        if alarm:
            measure_alarm(meter(), message)

    return log


def _measuring(record: Recorder) -> Recorder:
    def measure(exchange: Exchange, /) -> None:
        measure_call(meter(), exchange.system, exchange.seconds, exchange.status)
        record(exchange)

    return measure


def _epicor(exchanges: ExchangeLog) -> EpicorClient:
    envelope = epicor_envelope()
    auth = epicor_auth(envelope, _tools(exchanges))
    transport = epicor_transport(
        envelope["url"],
        auth,
        envelope["api_key"],
        session=_session(),
        record=_measuring(exchanges),
        read_only=settings().shadow,
    )
    return EpicorClient(transport, options=epicor_options(settings(), _companies()))


def epicor_options(chosen: settings_module.Settings, companies: tuple[str, ...]) -> EpicorOptions:
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


def _wise(exchanges: ExchangeLog) -> WiseClient:
    envelope = wise_envelope()
    transport = wise_transport(
        envelope["url"],
        wise_auth(envelope, _tools(exchanges)),
        session=wise_session(envelope, _session),
        record=_measuring(exchanges),
        permits=_permits(),
        read_only=settings().shadow,
    )
    chosen = settings()
    rules = PayeeRules(site_columns(chosen.recipient_columns), chosen.recipient_types)
    return WiseClient(transport, int(envelope["profile_id"]), chosen.wise_version, rules)


@cache
def deps() -> Deps:
    """Everything a flow works with, built once a process."""
    return Deps(
        ledger_id=_env("KINETIC_WISE_LEDGER_ID"),
        settings=settings(),
        ledger=ledger(),
        state=state(),
        make_epicor=_epicor,
        make_wise=_wise,
        read_epicor_site=_epicor_site,
        read_wise_site=_wise_site,
        payments_queue=SqsQueue(_aws("sqs"), _env("PAYMENTS_QUEUE_URL")),
        events_queue=events_queue(),
        executions=StateMachine(_aws("stepfunctions"), _env("STATE_MACHINE_ARN")),
        fingerprint=KmsFingerprinter(_aws("kms"), _env("FINGERPRINT_KEY_ID")),
        table_id=cache(_table_id),
        now=system_time,
        log=_log(),
        dead_letters=_dead_letters(),
        meter=meter(),
    )


def _dead_letters() -> dict[str, SqsDeadLetters]:
    """The dead-letter queues by the names of the queues that they stand behind."""
    urls = {
        "payments": (_env("PAYMENTS_DEAD_LETTERS_URL"), _env("PAYMENTS_QUEUE_URL")),
        "transfer-events": (_env("TRANSFER_EVENTS_DEAD_LETTERS_URL"), _env("TRANSFER_EVENTS_QUEUE_URL")),
        "balance-events": (_env("BALANCE_EVENTS_DEAD_LETTERS_URL"), _env("BALANCE_EVENTS_QUEUE_URL")),
    }
    return {name: SqsDeadLetters(_aws("sqs"), dead, source) for name, (dead, source) in urls.items()}
