"""Everything that can be set, typed and checked. `KINETIC_WISE_SETTINGS` holds it as one JSON object."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Seconds = float


class SettingsError(Exception):
    """A setting cannot be used; the message names the field and what it should be."""


class Settings(BaseModel):
    """The connector's settings. Defaults are for a deployed stack; times are seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Which invoices (epicor-kinetic-api.md 5.3, 5.4)
    change_column: Literal["ChangeDate", "UpdatedOn", "SysRevID"] = "ChangeDate"
    change_overlap_days: int = Field(1, ge=1, le=30)
    eligible_filter: str = ""  # empty: the client's default for plain Kinetic
    # How Epicor books them
    bank_account_id: str = ""  # empty: the one whose name says Wise
    payment_method: int | None = None  # PMUID; empty: the one whose name says Wise
    epicor_slots: int = Field(3, ge=1, le=3)
    epicor_slot_wait: Seconds = Field(8.0, ge=0)
    # How Wise pays them
    wise_version: str = "2026Q3"  # empty: legacy paths
    funding_currency: str = Field("", pattern="^([A-Z]{3})?$")  # for currencies without a balance of their own
    rate_margin: Seconds = Field(600.0, ge=600)  # rule 9
    quote_margin: Seconds = Field(60.0, ge=0)
    own_cancels: int = Field(3, ge=0, le=10)  # rule 7
    like_transfer_days: int = Field(30, ge=1, le=60)
    list_age: Seconds = Field(300.0, ge=0, le=300)  # rule 9
    waiting_days: int = Field(12, ge=1, le=13)  # Wise cancels after about 14 (6.4)
    # Looking again (rule 5)
    fund_look_pause: Seconds = Field(60.0, ge=0)
    epicor_look_pause: Seconds = Field(20.0, ge=0)
    tries: int = Field(5, ge=1, le=10)
    # Rhythm
    running: int = Field(50, ge=1, le=1000)  # executions at the same time
    busy_pause: int = Field(10, ge=1)
    unknown_pause: int = Field(60, ge=1)
    sweep_after: Seconds = Field(300.0, ge=0)
    recheck_waiting: Seconds = Field(900.0, ge=0)
    settle_again: int = Field(15, ge=0, le=900)
    unknown_transfer: Seconds = Field(900.0, ge=0)  # rule 16


def read(text: str) -> Settings:
    """The settings from their JSON text. Raises SettingsError."""
    try:
        return Settings.model_validate_json(text or "{}")
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"KINETIC_WISE_SETTINGS cannot be used: {problems}") from None
