"""The members of a batch: who is in it, on the way into it, still waiting in it, and whether all pass the gate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from kinetic_wise.flows import gate
from kinetic_wise.flows.admission import admission
from kinetic_wise.flows.batch import BECAUSE_OF_OTHERS, give_up, note_objection
from kinetic_wise.flows.case import Case, NoSuchPayment
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.gate import Verdict
from kinetic_wise.payments import transfer_status
from kinetic_wise.payments.batch import Batch, Member
from kinetic_wise.payments.life_cycle import MOVING, Status
from kinetic_wise.payments.model import Action
from kinetic_wise.payments.policy import Objection

_MAY_PASS = frozenset({Status.CREATED, Status.AWAITING_FUNDS})


@dataclass(frozen=True)
class InBatch:
    """A member with its payment, whose current attempt is in the batch."""

    member: Member
    case: Case

    @property
    def is_on_its_way(self) -> bool:
        """Whether nobody knows yet if its transfer is in the group, and somebody is finding out."""
        intent = self.case.intent
        return intent is not None and intent.action is Action.CREATE_TRANSFER and self.case.status in MOVING

    @property
    def waits(self) -> bool:
        """Whether its transfer was last seen waiting for its money."""
        transfer = self.case.attempt.transfer
        return (
            transfer is not None and transfer.status == transfer_status.WAITING and not self.case.attempt.may_have_money
        )


def members_of(deps: Deps, batch: Batch) -> Iterator[InBatch]:
    """The members one after the other, each as last written."""
    for member in deps.state.batches.members(batch.id):
        deps.exchanges.take()  # what was read of one member is none of the next one's
        try:
            case = Case.open(deps, member.payment_id)
        except NoSuchPayment:  # the ledger was set back: the group shows a transfer more than the members have
            deps.log(
                "a batch has a member the ledger does not know",
                batch=batch.id,
                payment_id=member.payment_id,
                alarm=True,
            )
            continue
        attempt = case.current
        if attempt and attempt.number == member.attempt and attempt.batch and attempt.batch.id == batch.id:
            yield InBatch(member, case)


def pass_gates(deps: Deps, batch: Batch, members: list[InBatch], until: datetime) -> Batch | None:
    """Have every member pass the gate and be counted under the caps, those lately done left out (rule 9).

    Answers the batch when all have passed, or given up because one has not; None when that is not known yet: the turn
    is over, or the stop switch is on. Raises Stopped, Moved, Busy and RemoteError.
    """
    young = deps.now() - timedelta(seconds=deps.settings.batch_gate_age)
    objected = False
    for each in members:
        if deps.now() >= until:
            return None
        if each.member.passed_at is not None and each.member.passed_at > young:
            continue
        objection = _objection(each.case, batch)
        if objection is None:
            return None
        if objection:
            note_objection(deps, batch, each.case, objection)
            objected = True
    return give_up(deps, batch, BECAUSE_OF_OTHERS) if objected else batch


def _objection(case: Case, batch: Batch) -> str | None:
    """Why a member may not be paid, as "reason: detail"; "" when it may; None while the stop switch is on."""
    case.deps.exchanges.take()
    if case.intent is not None or case.status not in _MAY_PASS:
        return f"{case.status.value}: the payment is {case.status.value}"
    found = gate.look(case)
    if found.verdict is Verdict.CLOSED and found.objection is not None:
        return _told(found.objection)
    if found.verdict is not Verdict.OPEN:
        return f"{found.verdict.value}: the gate says {found.verdict.value}"
    admitted = admission(case)
    if admitted is None:
        return None
    if isinstance(admitted, Objection):
        return _told(admitted)
    case.write(
        "passed_gate",
        attempt={"counted_on": admitted.day},
        data={"batch": batch.id},
        admission=admitted.part,
        merge=False,
    )
    passed = Member(payment_id=case.id, attempt=case.attempt.number, passed_at=case.now)
    case.deps.state.batches.note(batch.id, passed)
    return ""


def _told(objection: Objection) -> str:
    return f"{objection.reason}: {objection.detail}"
