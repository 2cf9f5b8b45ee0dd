"""What both simulators share: HTTP messages and routing, clock and agenda, faults, the server."""
