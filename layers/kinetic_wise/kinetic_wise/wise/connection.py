"""The way to Wise: headers of wise-api.md 1.3, one renewal of the token after a 401, our judge and mask."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid4

import requests

from kinetic_wise.authentication import Auth, AuthenticatedTransport
from kinetic_wise.transport import Call, Effect, Permits, Recorder, Unlimited, own_session, system_time
from kinetic_wise.wise.errors import judge
from kinetic_wise.wise.masking import mask


@dataclass(kw_only=True)
class WiseTransport(AuthenticatedTransport[Auth]):
    """The way to one Wise."""

    new_id: Callable[[], UUID] = field(default=uuid4)

    def addressed(self, call: Call) -> Call:
        """With token, correlation id and, on a write, the content type."""
        headers = {**self.auth.headers(), "X-External-Correlation-Id": str(self.new_id())}
        if call.effect is Effect.WRITE:
            headers["Content-Type"] = "application/json"  # without it Wise was seen to answer 500
        return replace(call, headers={**headers, **call.headers})


def wise_transport(
    base_url: str,
    auth: Auth,
    *,
    session: requests.Session | None = None,
    record: Recorder = lambda exchange: None,
    now: Callable[[], datetime] = system_time,
    sleep: Callable[[float], None] = time.sleep,
    dice: random.Random | None = None,
    new_id: Callable[[], UUID] = uuid4,
    permits: Permits | None = None,
    read_only: bool = False,
) -> WiseTransport:
    """The way to the Wise at `base_url` (origin, no version). Clock, sleep, dice and ids are injected by tests."""
    return WiseTransport(
        system="wise",
        base_url=base_url,
        judge=judge,
        mask=mask,
        session=session or own_session(),
        record=record,
        now=now,
        sleep=sleep,
        dice=dice or random.SystemRandom(),
        auth=auth,
        new_id=new_id,
        permits=permits or Unlimited(),
        read_only=read_only,
    )
