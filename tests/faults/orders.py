"""What persons order of the connector, through its one API route: each order a worker of its own, struck like the rest.

Somebody means to release, reject, retry or cancel a payment, or to have a vendor's new account approved. They look now
and then, and once more the next morning, until the payment is so that the order fits; some order without looking.
Whoever gets no clear answer orders again; some do so anyway.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.payments.life_cycle import AT_REST, Status
from kinetic_wise.payments.model import Payment
from simulators.sample_day import Invoice
from tests.faults.stack import Stack
from tests.faults.truths import GO_ON
from tests.faults.world import FaultWorld, Ordered

ANNA, BEN = (f"arn:aws:iam::111122223333:user/{name}" for name in ("anna", "ben"))
_END = frozenset({"reject", "cancel"})
_FITS: dict[str, frozenset[Status]] = {
    "release": frozenset({Status.HELD}),
    "reject": frozenset({Status.HELD}),
    "approve_bank": frozenset({Status.HELD}),
    "cancel": frozenset(Status) - AT_REST,
    "retry": frozenset({Status.FAILED, Status.RETURNED, Status.REJECTED}),
}
MEANT = tuple(_FITS)
_ENDED, _SWITCH = "ended by a person", "stopped"
_LOOKS, _LOOKS_AGAIN = 4, (20.0, 900.0)
_BLINDLY, _AGAIN = 0.15, 0.3  # how many order without looking, or order again
_SURE = 900.0  # longer than a worker can stall
_THINK = (0.0, 3.0, 40.0, 700.0)
Answer = dict[str, Any]


@dataclass
class Plan:
    """What somebody means to do about an invoice."""

    action: str
    invoice: Invoice
    blindly: bool
    looks: int = 0

    def fits(self, payment: Payment) -> bool:
        """Whether they order it of a payment as it is."""
        return self.blindly or payment.status in _FITS[self.action]


@dataclass
class Orders:
    """The persons who may order, Anna and Ben. `tell` hears each order when it is sent, and what they were told."""

    world: FaultWorld
    dice: random.Random
    tell: Callable[[str], None]
    _plans: list[Plan] = field(default_factory=list)
    _stops: bool = False  # whether somebody wants all to be stopped

    # --- about an invoice ----------------------------------------------------------------------------------------

    def mean_to(self, action: str, invoice: Invoice) -> None:
        """From now on somebody looks for the moment to order this."""
        plan = Plan(action, invoice, self.dice.random() < _BLINDLY)
        self._plans.append(plan)
        self._look(plan)

    def next_morning(self) -> bool:
        """Who did not find their moment looks once more; whether anybody ordered anything."""
        ordered = [self._act(plan) for plan in list(self._plans)]
        return any(ordered)

    def _look(self, plan: Plan) -> None:
        plan.looks += 1
        if plan in self._plans and not self._act(plan) and plan.looks < _LOOKS:
            self.world.later(self.dice.uniform(*_LOOKS_AGAIN), lambda: self._look(plan))

    def _act(self, plan: Plan) -> bool:
        found = [(stack, payment) for stack, payment in self._payments(plan.invoice) if plan.fits(payment)]
        if not found:
            return False
        self._plans.remove(plan)
        stack, payment = self.dice.choice(found)
        if plan.action == "approve_bank":
            self._see_account(stack, payment.id, plan.invoice, (ANNA, BEN))
        else:
            self._decide(stack, payment.id, plan)
        return True

    def _payments(self, invoice: Invoice) -> list[tuple[Stack, Payment]]:
        row = self.world.row_id(invoice)
        known = [(stack, payment) for stack in self.world.stacks for payment in stack.payments().values()]
        return [(stack, payment) for stack, payment in known if payment.invoice.sys_row_id == row]

    def _decide(self, stack: Stack, payment: str, plan: Plan) -> None:
        """Release, reject, retry or cancel, perhaps twice."""
        caller, order = self.dice.choice((ANNA, BEN)), {"action": plan.action, "payment": payment, "why": "as agreed"}

        def carry_out(deps: Deps) -> None:
            with self._lifted([plan.invoice], _ENDED) if plan.action in GO_ON else nullcontext():
                answer = self._ask(deps, order, caller, plan.invoice)
            if answer and plan.action in _END and (answer["under_way"] or answer["status"] == Status.REJECTED):
                self._stop([plan.invoice], _ENDED, stack, deps)

        stack.order(carry_out)
        if self.dice.random() < _AGAIN:
            self.world.later(self.dice.choice(_THINK), lambda: stack.order(carry_out))

    # --- bank details --------------------------------------------------------------------------------------------

    def approve(self, callers: Sequence[str], invoice: Invoice) -> None:
        """These persons, one after the other, approve the account that an invoice would be paid to."""
        [(stack, payment)] = self._payments(invoice)
        self._see_account(stack, payment.id, invoice, callers)

    def _see_account(self, stack: Stack, payment: str, invoice: Invoice, callers: Sequence[str]) -> None:
        """The first of these persons looks at the details and approves what they see, then the next one does."""
        order, current = {"action": "bank_details", "payment": payment}, self.world.accounts.current

        def look(deps: Deps) -> None:
            before = current(invoice)
            answer = self._ask(deps, order, callers[0], invoice)
            if answer:
                approval = {**order, "action": "approve_bank", "code": answer["code"], "why": "called the vendor"}
                seen = frozenset({before, current(invoice)})
                self._soon(lambda: self._approve(stack, approval, invoice, seen, callers[0]))

        stack.order(look)
        if callers[1:]:
            self._soon(lambda: self._see_account(stack, payment, invoice, callers[1:]))

    def _approve(self, stack: Stack, order: Answer, invoice: Invoice, seen: frozenset[str], caller: str) -> None:
        accounts = self.world.accounts

        def approve(deps: Deps) -> None:
            with accounts.approved_by(caller, invoice.vendor_num, seen), self._lifted([invoice], _ENDED):
                answer = self._ask(deps, order, caller, invoice)
            if answer and answer["approved"] and self._speaks_for_all(stack, deps):
                accounts.only(invoice.vendor_num, seen)

        stack.order(approve)

    def _soon(self, work: Callable[[], None]) -> None:
        seconds = self.dice.choice(_THINK)
        self.world.acts_until(seconds)
        self.world.later(seconds, work)

    # --- about all payments --------------------------------------------------------------------------------------

    def stop_for(self, seconds: float) -> None:
        """A person stops all payments, has them go on after a while, and makes sure that no late stop undid that."""
        self._stops = True
        self.world.main.order(self._stop_all)
        for moment in (seconds, seconds + _SURE):
            self.world.acts_until(moment)
            self.world.later(moment, self._go_on)

    def _go_on(self) -> None:
        self._stops = False
        self.world.main.order(self._resume)

    def go_on_unless_stopped(self) -> None:
        """A ledger that was set back is stopped by each adopt of it: who means none to be has payments go on."""
        for moment in (0.0, _SURE):
            self.world.acts_until(moment)
            self.world.later(moment, lambda: None if self._stops else self._go_on())

    def _stop_all(self, deps: Deps) -> None:
        if self._stops and self._ask(deps, {"action": "stop"}, ANNA):
            self._stop(self.world.day.invoices, _SWITCH, self.world.main, deps)

    def _resume(self, deps: Deps) -> None:
        with self._lifted(self.world.day.invoices, _SWITCH):
            self._ask(deps, {"action": "resume"}, BEN)

    def set_caps(self, day: dict[str, str]) -> None:
        """A person replaces all caps: amounts a day, by currency."""
        self.world.main.order(lambda deps: self._ask(deps, {"action": "set_caps", "day": day}, ANNA))

    def adopt(self, stack: Stack, then: Callable[[], None] = lambda: None, *, first: bool = False) -> None:
        """A person adopts a stack's ledger, and `then` does what is next.

        The first adopt approves the accounts it finds, its answer lost or not.
        """

        def adopt(deps: Deps) -> None:
            try:
                self._ask(deps, {"action": "adopt"}, ANNA)
            finally:
                if first:
                    self.world.accounts.adopted()
            then()

        stack.order(adopt)

    def forgotten(self) -> None:
        """A ledger that has not heard of the orders may pay from now on."""
        self.world.lift([stop for stop in self.world.stopped if stop[1] in (_ENDED, _SWITCH)])

    # --- sent, answered, obeyed ----------------------------------------------------------------------------------

    def _ask(self, deps: Deps, order: Answer, caller: str, invoice: Invoice | None = None) -> Answer | None:
        """What is answered; None where the connector says no."""
        who, what, payment = caller.rpartition("/")[2], order["action"], order.get("payment", "")
        self.tell(f"{who} orders {what} {payment}")
        ordered = Ordered(self.world.time, what, invoice.invoice_num if invoice else "", payment, caller)
        self.world.ordered.append(ordered)
        try:
            answer = operate(deps, order, caller)
        except BadOrder as error:
            self.tell(f"{who} ordered {what}, and is told: {error}")
            return None
        self.tell(f"{who} ordered {what}, and is told: {answer.get('status', 'done')}")
        self.world.accepted.append(ordered)
        return answer

    def _stop(self, invoices: Iterable[Invoice], why: str, stack: Stack, deps: Deps) -> None:
        """From now on nothing may be funded, where the ledger that heard it speaks for all."""
        if self._speaks_for_all(stack, deps):
            for invoice in invoices:
                self.world.stopped.setdefault((invoice.invoice_num, why), self.world.time)

    def _speaks_for_all(self, stack: Stack, deps: Deps) -> bool:
        return self.world.stacks == [stack] and not stack.former and deps.ledger is stack.deps.ledger

    @contextmanager
    def _lifted(self, invoices: Iterable[Invoice], why: str) -> Iterator[None]:
        """What was stopped may go on from when the order is sent, and may hear of it as late as its function ends."""
        names = [(invoice.invoice_num, why) for invoice in invoices]
        self.world.lift(names)
        try:
            yield
        finally:
            self.world.lift(names)
