"""Measurements as CloudWatch takes them from the log: EMF, written by Powertools."""

from __future__ import annotations

from aws_lambda_powertools.metrics import EphemeralMetrics

from kinetic_wise.metrics import Metric, Value


class EmfMeter:
    """Collects what an invocation measures; `flush` prints it, one line for each set of dimensions."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._sets: dict[tuple[tuple[str, str], ...], EphemeralMetrics] = {}

    def __call__(self, metric: Metric, value: Value, /, **by: str) -> None:
        """Take one value. Raises ValueError when `by` names other dimensions than the metric's."""
        if set(by) != set(metric.by):
            raise ValueError(f"{metric.name} is told apart by {metric.by}, not {sorted(by)}")
        dimensions = tuple(sorted(by.items()))
        if dimensions not in self._sets:
            self._sets[dimensions] = self._new_set(by)
        self._sets[dimensions].add_metric(metric.name, metric.unit, float(value))

    def flush(self) -> None:
        """Print what was measured since the last time."""
        sets, self._sets = self._sets, {}
        for one in sets.values():
            if one.metric_set:  # a set of a hundred values has printed itself
                one.flush_metrics()

    def _new_set(self, by: dict[str, str]) -> EphemeralMetrics:
        made = EphemeralMetrics(namespace=self._namespace, service="")  # no dimension of that name
        for name, value in by.items():
            made.add_dimension(name, value)
        return made
