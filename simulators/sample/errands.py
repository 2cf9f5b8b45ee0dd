"""What people do on a sample day: steps on the way of one invoice, taken by two persons.

Whoever carries them out (the local run, tests) knows the systems; here is only what is done, by whom, and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Person = Literal["ANNA", "BEN"]


@dataclass(frozen=True)
class Act:
    """Somebody acts in one of the two systems: `POST /_sim/people` with `body`.

    In Epicor, company and vendor are the errand's. In Wise, `about` says which number goes into the body: that of the
    payment's own `transfer`, of its `recipient`, or of the transfer that a person `repeated`.
    """

    system: Literal["epicor", "wise"]
    body: Mapping[str, Any]
    about: Literal["", "transfer", "recipient", "repeated"] = ""


@dataclass(frozen=True)
class Order:
    """Somebody orders something of the connector; on the errand's payment unless it names none (`set_caps`)."""

    by: Person
    action: Literal["release", "reject", "approve_bank", "set_caps"]
    why: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Until:
    """The payment is waited for: until it has this status, and is held for this reason."""

    status: str
    reason: str = ""
    invoice_num: str = ""  # of the same vendor's other invoice; empty: the errand's own


Step = Act | Order | Until
End = tuple[str, str | None]  # outcome and reason, as in a sample


@dataclass(frozen=True)
class Errand:
    """What people have to do with one invoice: before the day's first poll, while it runs, after its first rest.

    `noon` is how it stands at the first rest, `evening` how it must end.
    """

    invoice: tuple[str, int, str]  # Company, VendorNum, InvoiceNum
    noon: End
    evening: End
    before: tuple[Step, ...] = ()
    during: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()
