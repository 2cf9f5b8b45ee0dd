"""What Wise's answer to a funding says (wise-api.md 6.5): of a call's answers only COMPLETED means funded (rule 11)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kinetic_wise.wise.errors import speaks_of_state


class FundingStatus(StrEnum):
    """The outcomes of a funding that are clear."""

    FUNDED = "funded"
    PENDING = "pending"
    NO_MONEY = "no_money"
    NEEDS_APPROVAL = "needs_approval"
    REFUSED = "refused"


@dataclass(frozen=True)
class Funding:
    """An outcome and, where Wise gave one, its error code."""

    status: FundingStatus
    error_code: str = ""


_NO_MONEY = frozenset(
    {"balance.insufficient-funds", "balance.payment-option-unavailable", "transfer.insufficient_funds"}
)


def funding(data: Any) -> Funding:
    """The outcome in a 2xx answer, which can be a refusal. Raises LookupError and ValueError when it is not clear."""
    status, code = str(data["status"]), str(data.get("errorCode") or "")
    if status == "COMPLETED":
        return Funding(FundingStatus.FUNDED)
    if status == "CREATED":
        return Funding(FundingStatus.PENDING, code)
    if status != "REJECTED" or speaks_of_state(code):
        raise ValueError(f"unclear: {status} {code}")
    return refused(code)


def refused(code: str) -> Funding:
    """The outcome that a clear refusal's code means."""
    return Funding(FundingStatus.NO_MONEY if code in _NO_MONEY else FundingStatus.REFUSED, code)
