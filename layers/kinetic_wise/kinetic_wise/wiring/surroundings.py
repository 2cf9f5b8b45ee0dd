"""What a function finds around it: AWS, its variables and settings, where it logs and what it measures."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from kinetic_wise import settings as settings_module
from kinetic_wise.emf import EmfMeter
from kinetic_wise.metrics import measure_alarm, measure_call
from kinetic_wise.transport import Exchange, Recorder

Answered = TypeVar("Answered")
_CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 5})


@cache
def aws(service: str) -> Any:
    """The client of an AWS service, by its name in boto3."""
    return boto3.client(service, config=_CONFIG)  # type: ignore[call-overload]


def env(name: str) -> str:
    """A variable that the template gives to the function. Raises KeyError."""
    return os.environ[name]


@cache
def settings() -> settings_module.Settings:
    """The settings. Raises SettingsError."""
    return settings_module.read(*(os.environ.get(f"KINETIC_WISE_{part}", "") for part in ("SETTINGS", "PARAMETERS")))


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


def log() -> Callable[..., None]:
    """What flows log with; a line that is an alarm is measured as one."""
    logger = Logger()

    def write(message: str, *, alarm: bool = False, **values: Any) -> None:
        (logger.error if alarm else logger.info)(message, extra=values)
        if alarm:
            measure_alarm(meter(), message)

    return write


def measuring(record: Recorder) -> Recorder:
    """A recorder of exchanges that measures them as well."""

    def measure(exchange: Exchange, /) -> None:
        measure_call(meter(), exchange.system, exchange.seconds, exchange.status)
        record(exchange)

    return measure
