"""The one-machine run: local AWS, both systems, the real template, a day's work (docs/local-run.md)."""
