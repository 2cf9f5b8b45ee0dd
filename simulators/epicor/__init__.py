"""A stand-in for Epicor Kinetic: REST v2 over books of its own (`docs/simulators.md`)."""

from simulators.epicor.simulator import INSTANCE, EpicorSimulator

__all__ = ["INSTANCE", "EpicorSimulator"]
