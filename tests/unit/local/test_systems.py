"""Our simulators as the run drives them."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import requests

from local import systems
from local.systems import System
from simulators.common.server import HOST, serve
from simulators.epicor.simulator import EpicorSimulator

_CALLS = 60
_PERCENT = 30


@pytest.fixture
def epicor() -> Iterator[System]:
    """Epicor's simulator on a free port."""
    simulator = EpicorSimulator()
    server = serve(simulator, 0)
    running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    running.start()
    try:
        yield System("epicor", {"url": f"http://{HOST}:{server.port}/SaaS001"}, ours=True)
    finally:
        server.shutdown()
        server.server_close()
        running.join()


def _answered(system: System, path: str) -> bool:
    session = requests.Session()
    session.trust_env = False
    try:
        session.get(f"{system.origin}{path}", timeout=5)
    except requests.ConnectionError:
        return False
    finally:
        session.close()
    return True


def test_answers_are_lost_after_the_effect(epicor: System) -> None:
    """About so many calls get no answer, all of them were carried out, and books and top-ups stay as they are."""
    systems.lose_answers(epicor, _PERCENT, seed=1)
    answered = sum(_answered(epicor, "/SaaS001/api/v2/odata/EPIC01/Erp.BO.VendorSvc/Vendors") for _ in range(_CALLS))
    assert 0.15 < 1 - answered / _CALLS < 0.45
    assert epicor.book()["calls"] == _CALLS
    assert all(_answered(epicor, "/v1/simulation/balance/topup") for _ in range(_CALLS // 4))
