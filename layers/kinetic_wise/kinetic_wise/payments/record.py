"""What all records of the core have in common."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Record(BaseModel):
    """An immutable record; `model_copy(update=…)` makes a changed one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _not_binary(value: Any) -> Any:
    if isinstance(value, float):
        raise TypeError("money never passes through binary floating point")
    return value


Amount = Annotated[Decimal, BeforeValidator(_not_binary)]
