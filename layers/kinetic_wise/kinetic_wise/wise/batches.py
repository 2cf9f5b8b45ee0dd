"""The client of Wise's batch groups: transfers that one approval, or one call, pays for together (wise-api.md 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kinetic_wise.payments.systems import Transfer
from kinetic_wise.transport import AccessRefused, Answer, Call, Effect, Refused, Transport
from kinetic_wise.wise import answers
from kinetic_wise.wise.answers import read
from kinetic_wise.wise.errors import problems_of
from kinetic_wise.wise.funding import Funding, FundingStatus, refused
from kinetic_wise.wise.transfer_details import transfer_body
from kinetic_wise.wise.values import whole

NEW, COMPLETED, CANCELLED = "NEW", "COMPLETED", "CANCELLED"  # COMPLETED is closed for editing, not paid
_LONGEST_NAME = 100
_NOT_OF_A_MEMBER = frozenset({"transferPurposeInvoiceNumber"})  # (section 0, 6.1)
_WRONG_STATE = "wrong state"


@dataclass(frozen=True)
class Group:
    """A batch group as it was last seen. The version changes with every change, in no order."""

    id: str
    version: int
    status: str
    currency: str
    transfer_ids: frozenset[int]


class Batches:
    """Wise's batch groups of one profile."""

    def __init__(self, transport: Transport, profile: int, version: str) -> None:
        self._transport = transport
        self._profile = profile
        self._version = version or "v3"

    def create(self, currency: str, name: str) -> Group:
        """Make an empty group. There is no list of them: one whose answer was lost stays empty (section 13)."""
        return read(
            self._write("POST", "batch-groups", {"sourceCurrency": currency, "name": name[:_LONGEST_NAME]}), group
        )

    def group(self, group_id: str) -> Group | None:
        """A group as it is now; None when Wise does not know it for us."""
        try:
            return read(self._send(Call("GET", self._path(f"batch-groups/{group_id}"), Effect.READ)), group)
        except Refused as error:
            if error.exchange is not None and error.exchange.status == 404:
                return None
            raise

    def add(
        self,
        group_id: str,
        key: str,
        recipient_id: int,
        quote_id: str,
        reference: str,
        details: Mapping[str, str],
    ) -> Transfer:
        """Create the transfer of this key in a group, or get the one it created there before. It moves no money."""
        told = {name: value for name, value in details.items() if name not in _NOT_OF_A_MEMBER}
        body = transfer_body(key, recipient_id, quote_id, reference, told)
        return read(self._write("POST", f"batch-groups/{group_id}/transfers", body), answers.transfer)

    def complete(self, seen: Group) -> Group:
        """Close a group that has not changed since it was seen. Unclear "Group version conflict" when it has."""
        return self._patch(seen, COMPLETED)

    def cancel(self, seen: Group) -> Group:
        """Begin to cancel an unfunded group with all its transfers; each of them shows what became of it."""
        return self._patch(seen, CANCELLED)

    def _patch(self, seen: Group, status: str) -> Group:
        body = {"status": status, "version": seen.version}
        return read(self._write("PATCH", f"batch-groups/{seen.id}", body), group)

    def fund(self, group_id: str) -> Funding:
        """Pay a closed group from the balance. PENDING: it was accepted, and each transfer tells whether it was paid.

        NEEDS_APPROVAL also where the token may not fund at all: either way nothing was carried out.
        """
        try:
            answer = self._write("POST", f"batch-payments/{group_id}/payments", {"type": "BALANCE"})
        except AccessRefused as error:
            return Funding(FundingStatus.NEEDS_APPROVAL, error.code)
        except Refused as error:
            return refused(error.code)
        return Funding(FundingStatus.PENDING, read(answer, lambda data: str(data["status"])))

    # --- requests ------------------------------------------------------------------------------------------------

    def _path(self, path: str) -> str:
        return f"/{self._version}/profiles/{self._profile}/{path}"

    def _write(self, method: str, path: str, body: Any) -> Answer:
        return self._send(Call(method, self._path(path), Effect.WRITE, json=body))

    def _send(self, call: Call) -> Answer:
        return self._transport.send(call)


def group(data: Any) -> Group:
    """One batch group."""
    return Group(
        id=str(data["id"]),
        version=whole(data["version"]),
        status=str(data["status"]),
        currency=str(data["sourceCurrency"]),
        transfer_ids=frozenset(whole(number) for number in data["transferIds"]),
    )


def is_closed_to_members(error: Refused) -> bool:
    """Whether an add was refused because its group takes no more transfers (1.4)."""
    return any(_WRONG_STATE in problem.message for problem in problems_of(error))
