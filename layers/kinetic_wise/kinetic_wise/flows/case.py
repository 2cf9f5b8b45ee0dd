"""One payment in the hands of a flow: read together, written together with the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kinetic_wise import metrics
from kinetic_wise.flows.binding import is_bound
from kinetic_wise.flows.counts import recounted
from kinetic_wise.flows.deps import Deps
from kinetic_wise.ledger import Entry, Moved
from kinetic_wise.payments import life_cycle
from kinetic_wise.payments.life_cycle import MOVING, Status
from kinetic_wise.payments.model import Action, Attempt, Hold, Intent, Payment
from kinetic_wise.payments.systems import Draft, Transfer

_MERGES = 5
_LOOKS = 2
# What became of an unclear funding is read after the cancel, which says that it comes after one.
_MAY_REPLACE = frozenset({(Action.FUND, Action.CANCEL)})
_CREATING_OR_FUNDING = frozenset({Action.RESERVE, Action.CREATE_RECIPIENT, Action.CREATE_TRANSFER, Action.FUND})


class NoSuchPayment(Exception):
    """The ledger knows no payment of this id."""


class NotBound(Exception):
    """Ledger or attempt belongs to other systems than those in use: nothing may be created or funded."""


@dataclass
class Case:
    """A payment and its current attempt as last read or written; or an earlier one of which there is news."""

    deps: Deps
    payment: Payment
    current: Attempt | None

    @classmethod
    def open(cls, deps: Deps, payment_id: str) -> Case:
        """Read a payment. Raises NoSuchPayment."""
        loaded = deps.ledger.load(payment_id)
        if loaded is None:
            raise NoSuchPayment(payment_id)
        return cls(deps, *loaded)

    @property
    def id(self) -> str:
        """The payment's id."""
        return self.payment.id

    @property
    def status(self) -> Status:
        """The payment's status."""
        return self.payment.status

    @property
    def intent(self) -> Intent | None:
        """The open intent."""
        return self.payment.intent

    @property
    def transfer(self) -> Transfer:
        """The current attempt's transfer; a payment asked for it has one."""
        if self.attempt.transfer is None:
            raise AssertionError(f"attempt {self.attempt.number} of {self.id} has no transfer yet")
        return self.attempt.transfer

    @property
    def announced(self) -> Intent:
        """The open intent; a payment asked for it has one."""
        if self.intent is None:
            raise AssertionError(f"payment {self.id} has announced nothing")
        return self.intent

    @property
    def was_tried_before(self) -> bool:
        """Whether an earlier try of the announced write, or what it took the place of, may have had effect (rule 4)."""
        return self.intent is not None and (self.intent.tries > 1 or self.intent.after_unclear)

    @property
    def is_overtaken(self) -> bool:
        """Whether money moved although the reservation is still announced: the ledger was set back (H9)."""
        return self.intent is not None and self.intent.action is Action.RESERVE and self.attempt.funded

    @property
    def attempt(self) -> Attempt:
        """The current attempt; a payment asked for it has one."""
        if self.current is None:
            raise AssertionError(f"payment {self.id} has no attempt yet")
        return self.current

    @property
    def now(self) -> datetime:
        """The time."""
        return self.deps.now()

    def draft_in_epicor(self) -> Draft | None:
        """What the payment's group holds in Epicor just now. Raises Busy and RemoteError."""
        with self.deps.epicor_place() as epicor:
            return epicor.draft(self.payment.invoice.company, self.payment.group_id)

    def write(
        self,
        kind: str,
        *,
        payment: dict[str, Any] | None = None,
        attempt: dict[str, Any] | None = None,
        new_attempt: Attempt | None = None,
        data: dict[str, Any] | None = None,
        also: Sequence[dict[str, Any]] = (),
        admission: dict[str, Any] | None = None,
        merge: bool = True,
    ) -> None:
        """Write changes of payment and current attempt, with one audit entry that carries the exchanges so far.

        Facts that settlement wrote meanwhile are kept: the changes are put on top of them, as long as the intent is
        still the one this case has read. A person's order ends where an execution's work does: it came too late, and is
        told so. What the caps count follows the attempt, unless an `admission` counts it. Raises Moved when somebody
        else acted, or wrote at all without `merge`, Stopped when the stop switch refuses the `admission`.
        """
        entry = Entry(kind, data or {}, self.deps.exchanges.take())
        for _ in range(_MERGES):
            after, too_late = _without_late_order(self.payment.model_copy(update=payment or {}))
            life_cycle.check(self.payment.status, after.status)
            changed = _grown(self.attempt, attempt) if attempt else None
            attempts = [one for one in (changed, new_attempt) if one is not None]
            parts = [*also, *(recounted(self.deps, self.attempt, changed) if changed and not admission else [])]
            try:
                written = self.deps.ledger.write(self.payment, after, [entry, *too_late], attempts, parts, admission)
            except Moved:
                if not merge:
                    raise
                self._follow_facts()
                continue
            before, self.payment = self.payment.status, written
            self.current = new_attempt or changed or self.current
            self._measure(before)
            return
        raise Moved(f"payment {self.id} keeps moving")

    def _measure(self, before: Status) -> None:
        """Count a move of the payment; of one that is paid how much, and how long it took from the claim on."""
        after, payment, meter = self.payment.status, self.payment, self.deps.meter
        if after is not before:
            meter(metrics.MOVED, 1, status=after.value)
        if after is Status.POSTED and before is not Status.POSTED:
            meter(metrics.PAID, payment.amount, currency=payment.currency)
            meter(metrics.TIME_TO_PAY, (self.now - payment.created_at).total_seconds())

    def _follow_facts(self) -> None:
        fresh, number = Case.open(self.deps, self.id), self.current.number if self.current else 0
        mine, theirs = self.payment, fresh.payment
        if (mine.status, mine.intent, mine.attempt, mine.run) != (
            theirs.status,
            theirs.intent,
            theirs.attempt,
            theirs.run,
        ):
            raise Moved(f"payment {self.id} was acted on by somebody else")
        self.payment, self.current = theirs, fresh.current
        if number not in (0, theirs.attempt):  # news of an earlier attempt
            self.current = self.deps.ledger.attempt(self.id, number)

    def intend(
        self,
        action: Action,
        *,
        reason: str = "",
        data: dict[str, Any] | None = None,
        also: Sequence[dict[str, Any]] = (),
        admission: dict[str, Any] | None = None,
        attempt: dict[str, Any] | None = None,
        new_attempt: Attempt | None = None,
        payment: dict[str, Any] | None = None,
    ) -> None:
        """Announce an outside write (rule 3). An open intent of the same action counts one more try of it.

        Raises NotBound when ledger or attempt belongs to other systems (rules 15 and 2), Moved when anybody wrote since
        it was read, Stopped when the stop switch refuses the `admission` (rule 9).
        """
        before = self.intent
        if before is not None and before.action is not action and (before.action, action) not in _MAY_REPLACE:
            raise AssertionError(f"{before.action} is open, {action} may not begin")
        if action in _CREATING_OR_FUNDING:
            self._check_systems(new_attempt or self.current)
        goes_on = before is not None and before.action is action
        tries = before.tries + 1 if before and goes_on else 1
        after = before is not None and (before.after_unclear or not goes_on)
        at = before.at if before else self.now
        intent = Intent(action=action, at=at, tries=tries, reason=reason, after_unclear=after)
        self.write(
            f"intent.{action}",
            payment={**(payment or {}), "intent": intent},
            attempt=attempt,
            new_attempt=new_attempt,
            data={"try": tries, **({"reason": reason} if reason else {}), **(data or {})},
            also=also,
            admission=admission,
            merge=False,  # decided on what was read: with anything new it is decided again
        )

    def _check_systems(self, attempt: Attempt | None) -> None:
        """The ledger must be bound to the systems in use (rule 15), and the attempt be frozen for them (rule 2)."""
        if not is_bound(self.deps):
            raise NotBound("the ledger is not bound to these systems: order `adopt`")
        terms, site = attempt.terms if attempt else None, self.deps.wise_site
        if terms is not None and (terms.environment, terms.profile) != (site.environment, site.profile):
            raise NotBound(f"the attempt is frozen for profile {terms.profile} of {terms.environment}: set it back")

    def conclude(
        self,
        kind: str,
        *,
        payment: dict[str, Any] | None = None,
        attempt: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        also: Sequence[dict[str, Any]] = (),
        merge: bool = True,
    ) -> None:
        """Write the outcome of the open intent and close it. What was unknown is where the facts say it is.

        `merge`, and what is raised: as of `write`.
        """
        changes = {**(payment or {}), "intent": None}
        if self.status is Status.UNKNOWN and self.payment.order is None:  # an order decides where it goes
            changes.setdefault("status", self.status_by_facts())
        self.write(kind, payment=changes, attempt=attempt, data=data, also=also, merge=merge)

    def status_by_facts(self) -> Status:
        """Which step comes next by what is there, whatever the status says."""
        attempt = self.current
        if attempt is None or self.payment.draft is None:
            return Status.QUEUED
        if attempt.transfer is not None:
            return Status.CREATED
        if attempt.quote is not None:
            return Status.QUOTED
        return Status.RECIPIENT_READY if attempt.recipient_id is not None else Status.RESERVED

    def not_arrived(self, problem: str) -> None:
        """The announced write provably had no effect. An earlier try may have had one: then the intent stays open."""
        if self.was_tried_before:
            intent = self.announced.model_copy(update={"tries": self.announced.tries - 1})
            self.write("not_arrived", payment={"intent": intent, "status": Status.UNKNOWN}, data={"problem": problem})
        else:
            self.conclude("not_arrived", data={"problem": problem})

    def unclear(self, problem: str, *, answer: str = "") -> None:
        """Nobody knows what became of the announced write: the intent stays open (rule 4).

        `answer`: to the last try, where that was clear by itself.
        """
        changes: dict[str, Any] = {"status": Status.UNKNOWN}
        if self.intent is not None and answer:
            changes["intent"] = self.intent.model_copy(update={"answer": answer})
        self.write("unclear", payment=changes, data={"problem": problem})

    def looked(self, saw: str) -> None:
        """A look showed nothing yet."""
        intent = self.announced
        looked = intent.model_copy(update={"looks": intent.looks + 1, "looked_at": self.now})
        self.write("looked", payment={"intent": looked, "status": Status.UNKNOWN}, data={"saw": saw})

    def must_look_again(self, saw: str, pause: float, *, still_moving: bool = False) -> bool:
        """Whether a look that saw nothing, in words `saw`, is too early to conclude from (rule 5).

        Two of them must be written down, the last one `pause` seconds ago, and the other side not be `still_moving`.
        """
        intent = self.announced
        if intent.looked_at and intent.looked_at + timedelta(seconds=pause) > self.now:
            return True
        if intent.looks >= _LOOKS and not still_moving:
            return False
        self.looked(saw)
        return True

    def hold(self, reason: str, detail: str, *, attempt: dict[str, Any] | None = None, **changes: Any) -> None:
        """Stop the payment with a reason of docs/holds.md. An open intent stays open: release only leads to a look.

        An order that was being carried out ends here as well: the person is asked again. A second hold keeps where the
        first one came from.
        """
        before = self.payment.hold if self.status is Status.HELD else None
        came_from = before.came_from if before else self.status
        hold = Hold(reason=reason, detail=detail, since=self.now, came_from=came_from)
        self.write(
            "held",
            payment={"status": Status.HELD, "hold": hold, "order": None, **changes},
            attempt=attempt,
            data={"reason": reason, "detail": detail},
        )
        self.deps.log("payment held", payment_id=self.id, reason=reason)


def _without_late_order(payment: Payment) -> tuple[Payment, list[Entry]]:
    """The payment, with its order only while an execution can carry it out, and what the trail is told otherwise."""
    if payment.order is None or payment.status in MOVING:
        return payment, []
    return payment.model_copy(update={"order": None}), [Entry("order_too_late", {"status": payment.status.value})]


def _grown(attempt: Attempt, changes: dict[str, Any]) -> Attempt:
    """The attempt with the changes; that money was seen is never unlearned by an older look."""
    changed = attempt.model_copy(update=changes)
    seen = {name: getattr(attempt, name) or getattr(changed, name) for name in ("funded", "may_have_money", "sent")}
    return changed.model_copy(update=seen)
