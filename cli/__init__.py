"""The `kinetic-wise` command: what a person asks of a deployed connector, and orders it to do (docs/commands.md)."""
