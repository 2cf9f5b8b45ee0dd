"""The kinds of notes (epicor-kinetic-api.md section 8): when each is wanted, how found again, how written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kinetic_wise.epicor import EpicorClient
from kinetic_wise.epicor.notes import Attachment
from kinetic_wise.flows.case import Case
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Attempt, Note
from kinetic_wise.payments.systems import Transfer

MARKER = "KINETIC-WISE"


class NotYet(Exception):
    """What the note needs is not there yet."""


class Kind(Protocol):
    """A kind of note."""

    def is_wanted(self, case: Case) -> bool:
        """Whether settings and status ask for one."""

    def is_there(self, case: Case, note: Note, epicor: EpicorClient) -> bool:
        """Whether Epicor has it. Raises RemoteError."""

    def write(self, case: Case, note: Note) -> None:
        """Write it. Raises RemoteError, Busy and NotYet."""


@dataclass(frozen=True)
class _Memos:
    """A memo on the invoice with the transfer's page at Wise."""

    def is_wanted(self, case: Case) -> bool:
        return case.deps.settings.invoice_memos and case.current is not None and case.current.transfer is not None

    def is_there(self, case: Case, note: Note, epicor: EpicorClient) -> bool:
        key = case.payment.invoice
        return epicor.notes.has_memo(key.company, key.sys_row_id, _title(case, note))

    def write(self, case: Case, note: Note) -> None:
        key, page = case.payment.invoice, case.deps.settings.transfer_page
        lines = [page.replace("{id}", _transfer_id(case, note))]
        lines += [f"{name}: {value}" for name, value in amounts_of(_attempt(case, note)).items()]
        with case.deps.epicor_place() as epicor:
            epicor.notes.add_memo(key.company, key.sys_row_id, _title(case, note), "\n".join(lines))


def _title(case: Case, note: Note) -> str:
    return f"Wise transfer {_transfer_id(case, note)}: {note.event}"


@dataclass(frozen=True)
class _Receipts:
    """Wise's PDF on the posted payment."""

    def is_wanted(self, case: Case) -> bool:
        return case.deps.settings.receipts and case.status is Status.POSTED

    def is_there(self, case: Case, note: Note, epicor: EpicorClient) -> bool:
        head_num = _head_num(case)
        return head_num is not None and epicor.notes.has_attachment(
            case.payment.invoice.company, head_num, _receipt_title(case, note)
        )

    def write(self, case: Case, note: Note) -> None:
        transfer, head_num = _transfer(case, note), _head_num(case)
        content = case.deps.wise.receipt(transfer.id) if transfer else None
        if content is None or head_num is None:
            raise NotYet("Wise has no receipt, or Epicor no posted payment")
        title, document_type = _receipt_title(case, note), case.deps.settings.receipt_document_type
        file = Attachment(f"wise-transfer-{_transfer_id(case, note)}.pdf", content, document_type)
        with case.deps.epicor_place() as epicor:
            epicor.notes.attach(case.payment.invoice.company, head_num, title, file)


def _receipt_title(case: Case, note: Note) -> str:
    return f"Wise receipt {_transfer_id(case, note)}"


def _head_num(case: Case) -> int | None:
    return case.payment.draft.head_num if case.payment.draft else None


def _attempt(case: Case, note: Note) -> Attempt | None:
    """The attempt that the note tells of: a person may have begun another since."""
    if case.current is not None and case.current.number == note.attempt:
        return case.current
    return case.deps.ledger.attempt(case.id, note.attempt)


def _transfer(case: Case, note: Note) -> Transfer | None:
    attempt = _attempt(case, note)
    return attempt.transfer if attempt else None


def _transfer_id(case: Case, note: Note) -> str:
    transfer = _transfer(case, note)
    return str(transfer.id) if transfer else ""


def amounts_of(attempt: Attempt | None) -> dict[str, str]:
    """What is known of an attempt's money, in words that a clerk reads."""
    if attempt is None or attempt.transfer is None:
        return {}
    transfer, refund = attempt.transfer, attempt.refund
    told = {
        "paid out": f"{transfer.target_amount} {transfer.target_currency}",
        "rate": str(transfer.rate),
        "debited": f"{attempt.debited} {transfer.source_currency}" if attempt.debited is not None else "",
        "fee": f"{attempt.fee} {transfer.source_currency}" if attempt.fee is not None else "",
        "came back": f"{refund.amount} {refund.currency}" if refund else "",
        "short": str(attempt.shortfall) if attempt.shortfall is not None else "",
    }
    return {name: value for name, value in told.items() if value}


KINDS: dict[str, Kind] = {"memo": _Memos(), "receipt": _Receipts()}
