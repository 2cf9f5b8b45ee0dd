"""One pass over the vendors in a process of its own, of the connector alone: its peak memory is the pass's own.

Simulators and tables are another process's; where they are comes as JSON on standard input (`benchmarks/vendors.py`).
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import boto3

from kinetic_wise.aws import canonical_details
from kinetic_wise.epicor import BasicAuth, EpicorClient, EpicorOptions, epicor_transport
from kinetic_wise.flows.deps import Deps, EpicorSite, ExchangeLog, WiseSite
from kinetic_wise.flows.vendors import Pass, start
from kinetic_wise.ledger import ConnectorState, Ledger
from kinetic_wise.payments.systems import VendorBank
from kinetic_wise.settings import Settings
from kinetic_wise.wise import PersonalToken, WiseClient, wise_transport
from tests.support.credentials import with_key

_MEGABYTE = 2**20
_STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Job:
    """Where everything is, as the other process says it."""

    epicor: str  # addresses
    wise: str
    dynamodb: str
    tables: tuple[str, str, str]  # payments, audit, connector
    epicor_ready: dict[str, Any]
    wise_ready: dict[str, Any]
    bound_to: tuple[str, str]  # Epicor's and Wise's names in the ledger's binding
    now: str  # the simulators' time, which stands still


@dataclass(frozen=True)
class Measured:
    """What the pass took in this process."""

    vendors: int
    made: int
    seconds: float
    peak_megabytes: float  # of the whole process, Python and libraries included
    kept_megabytes: float  # what the pass keeps from one vendor to the next


class _Fingerprints:
    """As the world's, whose approvals are in the tables."""

    key_id = "test-key"

    def __call__(self, bank: VendorBank) -> str:
        return hashlib.sha256(canonical_details(bank)).hexdigest()


def measure(job: Job) -> Measured:
    """One pass."""
    deps = _deps(job)
    one = Pass(deps, dry_run=False, position=start(deps))
    started = time.monotonic()
    made = sum(1 for line in one.lines() if line.did == "made")
    seconds = time.monotonic() - started
    kept = _size(vars(one)) / _MEGABYTE
    return Measured(one.vendors, made, round(seconds, 1), round(_peak_megabytes(), 1), round(kept, 2))


def _peak_megabytes() -> float:
    """The most this process had in memory. Linux's ru_maxrss begins with the peak of whoever started the process."""
    if _STATUS.exists():
        (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE


def _size(thing: Any) -> int:
    """The bytes of plain data, and of what it holds."""
    inner = [*thing.keys(), *thing.values()] if isinstance(thing, dict) else thing if isinstance(thing, list) else []
    return sys.getsizeof(thing) + sum(_size(one) for one in inner)


def _deps(job: Job) -> Deps:
    """What `wiring.py` puts together, with addresses of this machine."""
    aws = boto3.Session("bench", "bench", region_name="eu-central-1")  # opens nothing  # pragma: allowlist secret
    client = aws.client("dynamodb", endpoint_url=job.dynamodb)
    payments, audit, connector = job.tables
    now = datetime.fromisoformat(job.now)
    unused = cast("Any", None)
    return Deps(
        ledger_id="TESTLEDG",
        settings=Settings(),
        ledger=Ledger(client, payments, audit, now=lambda: now),
        state=ConnectorState(client, connector, audit, now=lambda: now, sleep=time.sleep),
        make_epicor=partial(_epicor, job),
        make_wise=partial(_wise, job),
        read_epicor_site=lambda: EpicorSite(job.bound_to[0], tuple(job.epicor_ready["companies"])),
        read_wise_site=lambda: WiseSite(job.bound_to[1], job.wise_ready["profile_id"]),
        payments_queue=unused,
        events_queue=unused,
        executions=unused,
        fingerprint=_Fingerprints(),
        table_id=lambda: "table-1",
        now=lambda: now,
        log=lambda message, **values: None,
    )


def _epicor(job: Job, exchanges: ExchangeLog) -> EpicorClient:
    ready = job.epicor_ready
    auth = with_key(BasicAuth(ready["user"], ready["password"]), ready["api_key"])
    transport = epicor_transport(job.epicor, auth, record=exchanges)
    return EpicorClient(transport, options=EpicorOptions())


def _wise(job: Job, exchanges: ExchangeLog) -> WiseClient:
    token = PersonalToken(job.wise_ready["personal_token"])
    transport = wise_transport(job.wise, token, record=exchanges)
    return WiseClient(transport, job.wise_ready["profile_id"])


def main() -> None:
    """Print one JSON line."""
    print(json.dumps(asdict(measure(Job(**json.load(sys.stdin))))))


if __name__ == "__main__":
    main()
