"""What a webhook costs: little enough that thousands can come at once."""

import statistics

import pytest

from benchmarks.events import measure


def test_an_event_costs_the_receiver_less_than_ten_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verified, judged, queued and remembered with the real AWS client: below 10 ms of CPU once it has started."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert statistics.median(measure(60)) < 10
