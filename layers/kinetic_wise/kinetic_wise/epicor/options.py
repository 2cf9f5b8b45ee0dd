"""What differs from site to site (epicor-kinetic-api.md 5.3, 5.4, 7.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ReadMode = Literal["odata", "getrows"]
PLAIN_KINETIC = (
    "Posted eq true and OpenPayable eq true and PayHold eq false and DebitMemo eq false and DocUnpostedBal gt 0"
)


@dataclass(frozen=True)
class EpicorOptions:
    """How a site books payments to Wise and which invoices are for us.

    `bank_account_id` is the company's own BankAcct and `payment_method` a PMUID; empty ones are found by name.
    `eligible_filter` is OData text over stored columns of APInvHed; an empty one is PLAIN_KINETIC together with a
    payment method marked for Wise. `approval_column` is a Boolean one that must be true besides. `change_column` names
    the watermark preset: ChangeDate, UpdatedOn or SysRevID.
    `read_mode` "getrows" reads by the business objects' GetRows; `baqs` are BAQs to read instead of entity sets, by the
    set's name. `columns` are the site's names for columns that Epicor does not have, or that its BAQ calls otherwise.
    `bank_columns` and `vendor_columns` are read besides the usual ones; `vendor_filter` says whose recipients are kept.
    `function_library` is the customer's own library of docs/epicor-function.md, by which payments are then written;
    days are those of `time_zone` (IANA).
    A manual CheckNum is `check_number_base` plus the payment's HeadNum, both 32-bit. `license_id` is the GUID of the
    licence type to claim, `call_settings` go into the header of that name.
    """

    bank_account_id: str = ""
    payment_method: int | None = None
    check_number_base: int = 70_000_000
    eligible_filter: str = ""
    approval_column: str = ""
    change_column: str = "ChangeDate"
    read_mode: ReadMode = "odata"
    baqs: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    bank_columns: tuple[str, ...] = ()
    vendor_columns: tuple[str, ...] = ()
    vendor_filter: str = ""
    function_library: str = ""
    time_zone: str = "UTC"
    companies: tuple[str, ...] = ()
    license_id: str = ""
    call_settings: Mapping[str, str] = field(default_factory=dict)
