"""What the Makefile runs: set-up, locks, checks."""
