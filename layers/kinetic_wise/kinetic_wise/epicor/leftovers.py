"""Empty payments that a lost or late CreateNewCheckHed left in a group of ours (money-cases.md, crash points)."""

from __future__ import annotations

from kinetic_wise.epicor.drafts import Found, is_empty_of
from kinetic_wise.epicor.errors import ForeignDraft
from kinetic_wise.epicor.service import Service
from kinetic_wise.epicor.sets import ENTRY_SERVICE
from kinetic_wise.epicor.values import Row


def without_empty_payments(service: Service, company: str, found: Found) -> Found:
    """Delete all payments of the group but the first, if they are empty and ours. Raises ForeignDraft for any other."""
    for payment in found.payments[1:]:
        _delete_empty(service, company, found, payment)
    return Found(found.group_id, found.group, found.payments[:1], found.lines)


def _delete_empty(service: Service, company: str, found: Found, payment: Row) -> None:
    header = found.draft_of(payment)
    body = {"headNum": header.head_num}
    empty = is_empty_of(header, service.transport.auth.user)
    if not empty or service.ask(company, f"{ENTRY_SERVICE}/GetByID", body).returned_ds.get("APTran"):
        raise ForeignDraft(found.draft or header, f"the group also holds payment {header.head_num}")
    service.change(company, f"{ENTRY_SERVICE}/DeleteByID", body)
