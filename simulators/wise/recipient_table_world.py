"""Further recipient types of wise-api.md section 5.4: Asia, the Americas, Africa."""

from __future__ import annotations

from simulators.wise.recipient_types import RecipientType

WORLD_TYPES: tuple[RecipientType, ...] = ()
