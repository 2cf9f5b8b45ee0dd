"""What the connector costs, measured against the simulators: `make bench`. Nothing here is asserted in a test."""
