"""The core: money, identity, life cycle, policy. Pure: no AWS, no HTTP, no clock and no dice of its own."""
