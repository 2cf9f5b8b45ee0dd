"""The parts of the sample day; `simulators.sample_day` puts them together."""
