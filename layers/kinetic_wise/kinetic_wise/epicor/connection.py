"""The way to Epicor: credentials with the API key on each call, one renewal after a 401, our judge and mask."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import requests

from kinetic_wise.authentication import AuthenticatedTransport
from kinetic_wise.epicor.auth import Auth
from kinetic_wise.epicor.errors import judge
from kinetic_wise.epicor.masking import mask
from kinetic_wise.epicor.resting import Resting
from kinetic_wise.transport import Recorder, own_session, system_time


@dataclass(kw_only=True)
class EpicorTransport(AuthenticatedTransport[Auth]):
    """The way to one Epicor (epicor-kinetic-api.md 2.1, 2.3)."""


def epicor_transport(
    base_url: str,
    auth: Auth,
    *,
    session: requests.Session | None = None,
    record: Recorder = lambda exchange: None,
    now: Callable[[], datetime] = system_time,
    sleep: Callable[[float], None] = time.sleep,
    dice: random.Random | None = None,
    read_only: bool = False,
) -> EpicorTransport:
    """The way to the Epicor at `base_url` (up to and including the instance). Tests inject clock, sleep and dice.

    `auth` brings the API key as well: it changes with the envelope that both are in.
    """
    return EpicorTransport(
        system="epicor",
        base_url=base_url,
        judge=judge,
        mask=mask,
        session=session or own_session(),
        record=record,
        now=now,
        sleep=sleep,
        dice=dice or random.SystemRandom(),
        permits=Resting(now),
        read_only=read_only,
        auth=auth,
    )
