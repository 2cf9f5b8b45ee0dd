"""One step of the state machine: the only door from `transfer.asl.json` into the flows."""

from __future__ import annotations

from collections.abc import Callable

from kinetic_wise.flows.cancel import cancel
from kinetic_wise.flows.carrying_out import carry_out
from kinetic_wise.flows.case import Case, NoSuchPayment, NotBound
from kinetic_wise.flows.create import create_transfer
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.fund import fund
from kinetic_wise.flows.outcomes import ROUTES, Outcome, Step
from kinetic_wise.flows.quote import make_quote
from kinetic_wise.flows.recipient import ready_recipient
from kinetic_wise.flows.reserve import reserve
from kinetic_wise.flows.resolve import resolve
from kinetic_wise.flows.settle import follow, is_behind
from kinetic_wise.ledger import LedgerUnclear, Moved
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments.life_cycle import MOVING, Status
from kinetic_wise.transport import NotArrived, Unclear


def record(case: Case) -> Outcome:
    """A step died and was not brought back by retries: say so. An announced write is unknown now."""
    if case.intent is not None and case.status in MOVING:
        case.write("step_died", payment={"status": Status.UNKNOWN})
    else:
        case.write("step_died")
    case.deps.log("step died", payment_id=case.id, alarm=True)
    return Outcome.STOPPED


_FLOWS: dict[Step, Callable[[Case], Outcome]] = {
    Step.RESERVE: reserve,
    Step.RECIPIENT: ready_recipient,
    Step.QUOTE: make_quote,
    Step.TRANSFER: create_transfer,
    Step.FUND: fund,
    Step.CANCEL: cancel,
    Step.RESOLVE: resolve,
}
# What a look may bring about, beyond its own routes: the payment goes on from its first step.
_GOES_ON = frozenset({Outcome.RESERVED, Outcome.READY, Outcome.QUOTED, Outcome.CREATED, Outcome.NEXT_ATTEMPT})


def run_step(deps: Deps, step: Step, payment_id: str, run: int) -> Outcome:
    """Run one step of one payment. Any step may be run at any time and does only what is still missing.

    An execution of an earlier run has nothing to do any more (the ledger counts runs). Raises AccessRefused and bugs.
    """
    deps.exchanges.take()  # what an earlier call of this process left unwritten is none of this payment's
    try:
        case = Case.open(deps, payment_id)
    except NoSuchPayment:  # set back to before its claim: `adopt` takes up what was begun (rule 15)
        deps.log("an execution works on a payment the ledger does not know", payment_id=payment_id, alarm=True)
        return Outcome.STOPPED
    if case.payment.run != run:
        return Outcome.STOPPED
    return _routed(step, _run(case, step))


def _run(case: Case, step: Step) -> Outcome:
    try:
        if step is Step.RECORD:
            return record(case)
        if case.payment.order is not None:
            return carry_out(case)
        return follow(case) if is_behind(case) else _FLOWS[step](case)
    except NotBound as error:
        case.hold("ledger_not_bound", str(error))
        return Outcome.STOPPED
    except Moved:
        return Outcome.BUSY  # somebody else wrote it: read again and go on from there
    except LedgerUnclear as error:
        case.deps.log("the ledger did not answer, the step is run again", payment_id=case.id, problem=str(error))
        return Outcome.BUSY
    except (Busy, NotArrived, Unclear) as error:  # of a read: what a write met stands in the trail (outside.py)
        case.deps.log("Epicor or Wise could not be read, the step is run again", payment_id=case.id, problem=str(error))
        return Outcome.BUSY


def _routed(step: Step, outcome: Outcome) -> Outcome:
    """The outcome as the state machine routes it: a look that brought the payment on sends it back to the start."""
    if outcome in ROUTES[step]:
        return outcome
    return Outcome.RESOLVED if step is Step.RESOLVE and outcome in _GOES_ON else Outcome.STOPPED
