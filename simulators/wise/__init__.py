"""A stand-in for the Wise Platform API with books of its own; see docs/simulators.md."""
