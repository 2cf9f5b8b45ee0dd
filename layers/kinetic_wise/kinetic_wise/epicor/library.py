"""A customer's own Epicor Function library, docs/epicor-function.md: one call each (epicor-kinetic-api.md 1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kinetic_wise.epicor.drafts import Found, found_in
from kinetic_wise.epicor.service import DataSet, Service
from kinetic_wise.payments.systems import Draft
from kinetic_wise.transport import Effect, Unclear

LOOK, RESERVE, POST, DELETE, VOID = (
    "LookAtPayment", "ReservePayment", "PostPayment", "DeletePayment", "VoidPayment"
)  # fmt: skip
_SECONDS = 60.0
_POSTING_SECONDS = 240.0  # posting is slow, and a function lives 300 s at most


@dataclass
class Library:
    """Calls the functions of the library that the options name."""

    service: Service

    def look(self, company: str, inputs: Mapping[str, Any]) -> DataSet:
        """LookAtPayment: the data set. Raises RemoteError."""
        return self._call(company, LOOK, inputs, Effect.READ, _SECONDS)

    def write(self, company: str, function: str, group_id: str, reference: str, inputs: Mapping[str, Any]) -> Found:
        """Call a function that changes a payment, once: what its group holds afterwards. Raises RemoteError."""
        seconds = _SECONDS if function == RESERVE else _POSTING_SECONDS
        named = {"groupID": group_id, "reference": reference, **inputs}
        return found_in(self._call(company, function, named, Effect.WRITE, seconds), group_id, reference)

    def _call(self, company: str, function: str, inputs: Mapping[str, Any], effect: Effect, seconds: float) -> DataSet:
        outputs = self.service.call_function(company, function, inputs, effect, seconds)
        ds = outputs.get("ds")
        if not isinstance(ds, dict):
            raise Unclear(f"{function} answered without a data set")
        return ds


def terms(draft: Draft) -> dict[str, Any]:
    """What a function compares before it touches a payment we know."""
    line = draft.lines[0] if draft.lines else None
    return {
        "vendorNum": draft.vendor_num or 0,
        "vendorBankID": draft.bank_id,
        "currencyCode": draft.currency_code,
        "invoiceNum": line.invoice_num if line else "",
        "amount": line.amount if line else 0,
        "discount": line.discount if line else 0,
    }
