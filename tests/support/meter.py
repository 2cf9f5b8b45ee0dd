"""A meter that keeps what was measured."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from kinetic_wise.metrics import Metric, Value

Dimensions = tuple[tuple[str, str], ...]


@dataclass
class Meter:
    """Strict as the real one: dimensions must be the metric's."""

    values: dict[str, dict[Dimensions, list[Value]]] = field(default_factory=lambda: defaultdict(dict))

    def __call__(self, metric: Metric, value: Value, /, **by: str) -> None:
        """Keep one value."""
        assert set(by) == set(metric.by), (metric, by)
        self.values[metric.name].setdefault(tuple(sorted(by.items())), []).append(value)

    def last(self, metric: Metric, **by: str) -> Value:
        """The value measured last."""
        return self.values[metric.name][tuple(sorted(by.items()))][-1]

    def all(self, metric: Metric, **by: str) -> list[Value]:
        """All values."""
        return self.values[metric.name].get(tuple(sorted(by.items())), [])
