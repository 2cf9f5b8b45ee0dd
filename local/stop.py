"""A run that cannot go on."""

from __future__ import annotations


class Stop(Exception):
    """Why the run stops, in one clear message, and what helps."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
