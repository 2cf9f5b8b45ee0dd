"""Everything that can be set, typed and checked.

`KINETIC_WISE_SETTINGS` holds it as one JSON object; what is a parameter of the template stands in
`KINETIC_WISE_PARAMETERS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

import simplejson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from kinetic_wise.payments.audit_rows import RowEvents
from kinetic_wise.payments.bank_details import says_where
from kinetic_wise.payments.pay_dates import PayRules

Seconds = float
WISE_CALLS_A_SECOND, WISE_CALLS_A_MINUTE = 100, 1000  # Wise's own limits (wise-api.md 1.5)
Weekday = Literal["mon", "tue", "wed", "thu", "fri"]
_WEEKDAYS: tuple[str, ...] = get_args(Weekday)
# The settings that are parameters of the template, by their names there
PARAMETERS = {
    "time_zone": "TimeZone",
    "pay_when": "PayWhen",
    "pay_days_before_due": "PayDaysBeforeDue",
    "pay_earliest_days": "PayEarliestDays",
    "pay_weekdays": "PayWeekdays",
    "pay_opens": "PayOpens",
    "pay_cut_off": "PayCutOff",
}


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no IANA time zone; one is like Europe/Berlin") from None
    return name


def _listed(value: object) -> object:
    return value.split(",") if isinstance(value, str) else value


class SettingsError(Exception):
    """A setting cannot be used; the message names the field and what it should be."""


class Settings(BaseModel):
    """The connector's settings. Defaults are for a deployed stack; times are seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shadow: bool = False  # everything is looked at; nothing but quotes is made (docs/pay-dates.md)
    # Which invoices (epicor-kinetic-api.md 5.3, 5.4)
    change_column: Literal["ChangeDate", "UpdatedOn", "SysRevID"] = "ChangeDate"
    change_overlap_days: int = Field(1, ge=1, le=30)
    eligible_filter: str = ""  # OData; empty: plain Kinetic's, with a payment method marked for Wise
    approval_column: str = Field("", pattern=r"^([A-Za-z]\w*)?$")  # a Boolean one that must be true, such as Approved_c
    # How they are read (epicor-kinetic-api.md 3.5)
    read_mode: Literal["odata", "getrows"] = "odata"
    baqs: dict[Literal["APInvoices", "APInvScheds", "Vendors", "VendBanks"], str] = {}  # BAQ ids, by set
    epicor_columns: dict[str, str] = {}  # the site's names for columns that Epicor lacks, or its BAQs name otherwise
    # How calls reach Epicor (epicor-kinetic-api.md 1.3, 2.4)
    epicor_license_id: str = Field("", pattern="^([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})?$")  # its GUID
    epicor_call_settings: dict[Literal["Plant", "Language", "FormatCulture"], str] = {}
    # When they are paid (payments/pay_dates.py)
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"  # the companies': days begin and end there
    pay_when: Literal["at_once", "next_pay_day", "due_date", "arrive_by"] = "at_once"
    pay_days_before_due: int = Field(0, ge=0, le=60)
    pay_earliest_days: int = Field(14, ge=0, le=365)
    pay_weekdays: Annotated[tuple[Weekday, ...], BeforeValidator(_listed)] = Field(
        ("mon", "tue", "wed", "thu", "fri"), min_length=1
    )
    pay_opens: time = time(0, 0)
    pay_cut_off: time = time(23, 59)
    delivery_days: int = Field(2, ge=0, le=20)  # working days, until quotes have told it for a currency
    # How Epicor books them
    bank_account_id: str = ""  # empty: the one whose name says Wise
    payment_method: int | None = None  # PMUID; empty: the one whose name says Wise
    function_library: str = Field("", pattern="^[A-Za-z0-9_-]*$")  # empty: written by Epicor's own services
    take_discounts: bool = True  # up to and including DiscountDate
    epicor_slots: int = Field(3, ge=1, le=3)
    epicor_slot_wait: Seconds = Field(8.0, ge=0)
    closed_period: Literal["next_open", "hold"] = "next_open"  # what is paid, or comes back, after its period closed
    failed_payments: Literal["delete", "post_and_void"] = "delete"  # the latter for sites that register every attempt
    bank_fee_id: str = ""  # BankFeeID under which Wise's fees are booked; empty: they are not
    realised_amounts: bool = False  # whether the bank amount of a payment is set to what left the Wise balance
    # What is left beside a payment in Epicor (epicor-kinetic-api.md section 8)
    audit_table: str = Field("", pattern="^(UD(0[1-9]|[123][0-9]|40))?$")  # empty: no audit rows
    audit_events: Literal["outcomes", "all"] = "outcomes"  # which have one: payments' ends, or every decision
    invoice_memos: bool = False
    receipts: bool = False
    receipt_document_type: str = ""  # DocTypeID; empty: the site's default
    transfer_page: str = "https://wise.com/transactions/activities/by-resource/TRANSFER/{id}"  # not contractual
    note_tries: int = Field(10, ge=1, le=100)
    # How Wise pays them
    wise_version: str = "2026Q3"  # empty: legacy paths
    funding_currency: str = Field("", pattern="^([A-Z]{3})?$")  # for currencies without a balance of their own
    rate_margin: Seconds = Field(600.0, ge=600)  # rule 9
    quote_margin: Seconds = Field(60.0, ge=0)
    own_cancels: int = Field(3, ge=0, le=10)  # rule 7
    like_transfer_days: int = Field(30, ge=1, le=60)
    list_age: Seconds = Field(300.0, ge=0, le=300)  # rule 9
    # How many transfers are approved together (docs/batches.md)
    funding: Literal["single", "batch"] = "single"
    batch_size: int = Field(1000, ge=1, le=1000)
    batch_open_seconds: Seconds = Field(3600.0, ge=0)  # a batch takes members no longer than this
    batch_quiet_seconds: Seconds = Field(120.0, ge=0)  # nobody joined for so long, and nobody is on the way
    batch_min_window: Seconds = Field(14_400.0, ge=1800)  # a rate that is held shorter is not for a batch
    batch_gate_age: Seconds = Field(900.0, ge=60, le=1800)  # a batch is closed while every member's gate is this young
    batch_page: str = "https://wise.com/transactions/batch/{id}"  # not contractual
    waiting_days: int = Field(12, ge=1, le=13)  # Wise cancels after about 14 (6.4)
    wise_calls_a_second: int = Field(WISE_CALLS_A_SECOND, ge=10)  # of the whole deployment; more only of a stand-in
    wise_calls_a_minute: int = Field(WISE_CALLS_A_MINUTE, ge=100)
    # Which columns and answers Wise's forms are filled from (docs/wise.md)
    recipient_columns: dict[str, dict[str, tuple[str, ...]]] = {}  # recipient type or "*" -> field -> Epicor's columns
    recipient_types: dict[str, str] = {}  # currency -> the recipient type to try first
    transfer_answers: dict[str, dict[str, str]] = {}  # currency or "*" -> field -> Wise's key, or a column
    # What a payment may cost; above it the payment is held
    fee_limit_percent: Decimal | None = Field(None, ge=0)  # of what is converted, fee not counted
    fee_limits: dict[str, Decimal] = {}  # by the currency that pays
    rate_limit_percent: Decimal | None = Field(None, ge=0)  # below Wise's mid-market rate at that moment
    # Whose recipients are kept at Wise ahead of their invoices (docs/vendors.md)
    vendor_filter: str = "Inactive eq false"  # OData
    # Who approves bank details: roles whose trust policy pins the session's name to a person (payments/people.py)
    named_roles: tuple[str, ...] = ()
    # Looking again (rule 5)
    fund_look_pause: Seconds = Field(60.0, ge=0)
    epicor_look_pause: Seconds = Field(20.0, ge=0)
    tries: int = Field(5, ge=1, le=10)
    # Refused credentials: doubled each time they are refused again, at most six hours
    refused_pause: Seconds = Field(300.0, gt=0)
    # After "sent"
    watch_days: int = Field(60, ge=30, le=365)  # money can come back weeks later (wise-api.md 6.4)
    statement_pause: Seconds = Field(1800.0, ge=0)  # before the statement is searched for a refund, and between
    # Rhythm
    running: int = Field(50, ge=1, le=1000)  # executions at the same time
    busy_pause: int = Field(10, ge=1)
    unknown_pause: int = Field(60, ge=1)
    sweep_after: Seconds = Field(300.0, ge=0)
    recheck_waiting: Seconds = Field(900.0, ge=0)
    settle_again: int = Field(15, ge=0, le=900)
    unknown_transfer: Seconds = Field(900.0, ge=0)  # rule 16
    polling_pace: float = Field(1.0, gt=0, le=1)  # of wise-api.md section 13; below 1 only for stand-ins
    forecast_days: int = Field(7, ge=1, le=60)  # how far ahead balances are compared with what falls due

    @model_validator(mode="after")
    def _limits_fit(self) -> Settings:
        if self.wise_calls_a_minute <= self.wise_calls_a_second:
            raise ValueError("wise_calls_a_minute must be above wise_calls_a_second")
        return self

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Settings:
        if self.pay_opens >= self.pay_cut_off:
            raise ValueError(f"pay_opens ({self.pay_opens}) must be before pay_cut_off ({self.pay_cut_off})")
        return self

    @model_validator(mode="after")
    def _limits_days_that_count(self) -> Settings:
        names = ("pay_weekdays", "pay_opens", "pay_cut_off")
        changed = [name for name in names if getattr(self, name) != type(self).model_fields[name].default]
        if self.pay_when == "at_once" and changed:
            raise ValueError(f"{', '.join(changed)}: not with pay_when at_once, but with next_pay_day")
        return self

    @model_validator(mode="after")
    def _aims_after_the_earliest_day(self) -> Settings:
        if self.pay_days_before_due > self.pay_earliest_days:
            aim, earliest = self.pay_days_before_due, self.pay_earliest_days
            raise ValueError(f"pay_days_before_due ({aim}) aims before pay_earliest_days ({earliest}) allows")
        return self

    @model_validator(mode="after")
    def _names_columns_that_count(self) -> Settings:
        """Where money goes may stand only in columns whose change is one to approve (rule 14)."""
        for kind, fields in self.recipient_columns.items():
            for key, names in fields.items():
                for name in names:
                    column = name.removeprefix("VendBank.")
                    if not (key.startswith("address.") or column.startswith("Vendor.") or says_where(column)):
                        raise ValueError(f"recipient_columns: {kind}.{key}: {name} is no column of bank details")
        return self

    @property
    def row_events(self) -> RowEvents:
        """Which events of the audit trail are copied into Epicor."""
        return RowEvents.NONE if self.shadow or not self.audit_table else RowEvents(self.audit_events)

    @property
    def vendor_columns(self) -> tuple[str, ...]:
        """The columns of Vendor that these settings read from."""
        return self._columns_of("Vendor.")

    @property
    def bank_columns(self) -> tuple[str, ...]:
        """The columns of VendBank that these settings read from; forms may name them without their table."""
        bare = {name for fields in self.recipient_columns.values() for names in fields.values() for name in names}
        return tuple(sorted({*self._columns_of("VendBank."), *(name for name in bare if "." not in name)}))

    def _columns_of(self, table: str) -> tuple[str, ...]:
        named = [name for fields in self.recipient_columns.values() for names in fields.values() for name in names]
        named += [answer for answers in self.transfer_answers.values() for answer in answers.values()]
        return tuple(sorted({name.removeprefix(table) for name in named if name.startswith(table)}))

    @property
    def pay_rules(self) -> PayRules:
        """When payments are made."""
        return PayRules(
            zone=ZoneInfo(self.time_zone),
            days_before_due=self.pay_days_before_due,
            earliest_days=self.pay_earliest_days,
            arrive_by=self.pay_when == "arrive_by",
            weekdays=frozenset(_WEEKDAYS.index(day) for day in self.pay_weekdays),
            opens=self.pay_opens,
            cut_off=self.pay_cut_off,
        )


def read(text: str, parameters: str = "") -> Settings:
    """The settings from their JSON text and the template's parameters'. Raises SettingsError."""
    chosen, given = _object(text), _object(parameters)
    if twice := sorted(chosen.keys() & given.keys()):
        named = ", ".join(f"{name} is the parameter {PARAMETERS.get(name, name)}" for name in twice)
        raise SettingsError(f"KINETIC_WISE_SETTINGS cannot be used: {named} of the template; take it out of Settings")
    try:
        return Settings.model_validate({**given, **chosen})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"KINETIC_WISE_SETTINGS cannot be used: {problems}") from None


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = simplejson.loads(text or "{}", use_decimal=True)
    except ValueError as error:
        raise SettingsError(f"KINETIC_WISE_SETTINGS cannot be used: settings: Invalid JSON: {error}") from None
    if not isinstance(found, dict):
        raise SettingsError("KINETIC_WISE_SETTINGS cannot be used: settings: it is no JSON object")
    return found
