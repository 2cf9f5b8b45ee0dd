"""Groups and empty payments that were begun in Epicor and that no draft of ours explains: named, never removed.

An empty payment takes nothing of an invoice, so nothing is lost by leaving it. Whose it is cannot be proved: a worker
of the lost ledger, or a second stack under the same user, may be about to fill it, and what the ledger does not know
it cannot announce (rules 3 and 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.recover import Finding, is_complete
from kinetic_wise.payments import identity, transfer_status
from kinetic_wise.payments.life_cycle import FOLLOWED, MOVING, Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.systems import Draft, Transfer

_OPEN = MOVING | FOLLOWED | {Status.HELD}
_TRIED = 9  # reservations at least: a ledger that was set back knows fewer than there were
_OVER = frozenset({transfer_status.CANCELLED, transfer_status.REFUNDED})
_BY_A_PERSON = "left for a person to delete"


def leftovers(deps: Deps, company: str, drafts: Iterable[Draft]) -> Iterator[Finding]:
    """Name what is begun under our group ids in a company, other than complete `drafts` and what the ledger works on.

    Raises RemoteError and Busy.
    """
    known = {draft.group_id for draft in drafts if is_complete(draft)}
    with deps.epicor_place() as epicor:
        begun = list(epicor.begun_groups(company, identity.GROUP_PREFIX, known))
    found = {draft.group_id: draft for draft in begun if identity.is_group_id(draft.group_id)}
    owners = _owners(deps, company, found)
    for group_id, draft in found.items():
        owner = owners.get(group_id)
        if owner is None or not _is_at_work(*owner):
            yield _named(deps, f"{company}/{group_id}", draft, owner)


def unknown_transfers(deps: Deps, transfers: Iterable[Transfer]) -> Iterator[Finding]:
    """Name the transfers under keys of payments that the ledger knows, in attempts that it does not.

    Their draft is gone, or they would have been taken up. One that waits can still be paid; what has money was made for
    the payment. The payment comes upon it by itself when it gets to that attempt, under the same key.
    """
    living = {transfer.key: transfer for transfer in transfers if transfer.status not in _OVER}
    unknown = living.keys() - deps.ledger.seen_transfers(list(living)).keys()
    ids = [one for status in Status for one in deps.ledger.in_status(status)] if unknown else []
    for payment in deps.ledger.payments(ids):
        for key in unknown.intersection(identity.attempt_keys(payment.invoice.sys_row_id, payment.pay_seq)):
            made = f"transfer {living[key].id} ({living[key].status}), made for it in an attempt that is lost"
            yield Finding(f"{payment.id} ({payment.status.value}): {made}, left for it or a person in Wise", left=True)


def _owners(deps: Deps, company: str, groups: Iterable[str]) -> dict[str, tuple[Payment, int]]:
    """The payments and reservations from which these groups are derived, as far as the ledger knows the payments."""
    wanted = set(groups)
    ids = [one for status in Status for one in deps.ledger.in_status(status)] if wanted else []
    return {
        group: (payment, number)
        for payment in deps.ledger.payments(ids)
        if payment.invoice.company == company
        for number in range(1, max(_TRIED, payment.reservation + 1) + 1)
        if (group := identity.group_id(payment.id, number)) in wanted
    }


def _is_at_work(payment: Payment, number: int) -> bool:
    """Whether it is the payment's present reservation, which the payment completes or takes back."""
    return number == payment.reservation and payment.status in _OPEN


def _named(deps: Deps, where: str, draft: Draft, owner: tuple[Payment, int] | None) -> Finding:
    if draft.reference and not draft.reference.startswith(f"{deps.ledger_id}-"):
        return Finding(f"{where}: payment {draft.head_num} is another ledger's ({draft.reference})")
    is_empty = not (draft.reference or draft.vendor_num or draft.lines)
    what = "an empty group" if draft.head_num is None else f"{'empty ' if is_empty else ''}payment {draft.head_num}"
    return Finding(f"{where}: {what} {_fate(owner)}", left=True)


def _fate(owner: tuple[Payment, int] | None) -> str:
    if owner is None:
        return f"of no payment that the ledger knows, {_BY_A_PERSON}"
    payment, number = owner
    if number > payment.reservation and payment.status in _OPEN:
        return f"begun for {payment.id} ({payment.status.value}), left for it to complete or a person to delete"
    return f"of {payment.id} ({payment.status.value}), {_BY_A_PERSON}"
