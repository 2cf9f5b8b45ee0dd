"""What Wise does with a transfer by itself (wise-api.md sections 4.3, 6.1 and 6.4)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from simulators.wise.books import (
    BOUNCED,
    CANCELLED,
    CONVERTED,
    PROCESSING,
    REFUNDED,
    SENT,
    WAITING,
    Balance,
    Movement,
    Payment,
    Transfer,
)
from simulators.wise.currencies import live_rate, round_money
from simulators.wise.events import Events
from simulators.wise.transfer_forms import ASK_NATURE
from simulators.wise.world import World

STEP_SECONDS = 5
UNFUNDED_LIFE = timedelta(days=14)


def _lacks_nature(transfer: Transfer) -> bool:
    """Without the transfer's nature Wise takes the money, blocks the payment and gives it back (pitfall 12)."""
    metadata = transfer.quote.payment_metadata or {}
    return transfer.quote.target_currency in ASK_NATURE and not metadata.get("transferNature")


class Engine:
    """Moves transfers and money; every move tells the subscribers."""

    def __init__(self, world: World, events: Events) -> None:
        self._world = world
        self._events = events

    def begin(self, transfer: Transfer) -> None:
        """A new transfer waits for its money, for 14 days at most."""
        self._events.state_changed(transfer, None)
        self._world.agenda.at(transfer.created + UNFUNDED_LIFE, lambda: self._give_up(transfer))

    def _give_up(self, transfer: Transfer) -> None:
        if transfer.status == WAITING:
            self.move(transfer, CANCELLED)

    def fund(self, transfer: Transfer, balance: Balance) -> Payment:
        """Take the BALANCE option's source amount, fee included; the caller has checked that it may."""
        now = self._world.now()
        option = transfer.quote.options["BALANCE"]
        payment = Payment(self._world.ids.movement(), balance.id, option.source_amount, balance.currency, now)
        self._book(balance, -option.source_amount, str(transfer.id), option.fee)
        transfer.payments.append(payment)
        transfer.funded_count += 1
        transfer.debited += option.source_amount
        transfer.source_account = balance.recipient_id
        transfer.source_value = option.source_amount - option.fee
        transfer.target_value = option.target_amount
        if now >= transfer.quote.rate_expires:  # silently: shown as zero until converted at the live rate
            transfer.rate = Decimal("0.0")
            transfer.target_value = round_money(Decimal(0), transfer.quote.target_currency)
        transfer.quote.status = "FUNDED"
        self._events.balance_changed(balance, option.source_amount, "debit", str(transfer.id))
        self.move(transfer, PROCESSING)
        return payment

    def _book(self, balance: Balance, amount: Decimal, reference: str, fee: Decimal = Decimal(0)) -> None:
        balance.amount += amount
        balance.modified = self._world.now()
        movement = Movement(balance.id, self._world.now(), amount, reference, balance.amount, fee)
        self._world.books.movements.append(movement)

    def top_up(self, balance: Balance, amount: Decimal, reference: str) -> None:
        """Money comes into a balance."""
        self._book(balance, amount, reference)
        self._events.balance_changed(balance, amount, "credit", reference)

    def move(self, transfer: Transfer, status: str) -> None:
        """Bring the transfer into a status, and plan what follows from it."""
        previous, transfer.status = transfer.status, status
        if status == CONVERTED and not transfer.rate:
            self._reprice(transfer)
        transfer.was_sent = transfer.was_sent or status == SENT
        self._events.state_changed(transfer, previous)
        if status in (PROCESSING, CONVERTED):
            self._world.agenda.after(STEP_SECONDS, lambda: self._go_on(transfer, status))

    def _go_on(self, transfer: Transfer, status: str) -> None:
        if transfer.status != status or transfer.cases or not self._world.books.verified:
            return
        if status == CONVERTED:
            self.move(transfer, SENT)
        elif _lacks_nature(transfer) or (transfer.behaviour and transfer.behaviour.cancel_after_funding):
            self.move(transfer, CANCELLED)
            self._world.agenda.after(STEP_SECONDS, lambda: self.give_back(transfer, REFUNDED))
        else:
            self.move(transfer, CONVERTED)

    def raise_case(self, transfer: Transfer, name: str) -> None:
        """Something holds the transfer up: `hasActiveIssues`, and an event with all that is open."""
        transfer.cases.append(name)
        self._events.cases_changed(transfer)

    def settle_cases(self, transfer: Transfer) -> None:
        """What held the transfer up is done with."""
        transfer.cases.clear()
        self._events.cases_changed(transfer)
        self.take_up(transfer)

    def take_up(self, transfer: Transfer) -> None:
        """A transfer that stood still goes on."""
        if transfer.status in (PROCESSING, CONVERTED):
            status = transfer.status
            self._world.agenda.after(STEP_SECONDS, lambda: self._go_on(transfer, status))

    def _reprice(self, transfer: Transfer) -> None:
        quote = transfer.quote
        transfer.rate = live_rate(quote.source_currency, quote.target_currency)
        transfer.target_value = round_money(transfer.source_value * transfer.rate, quote.target_currency)

    def can_cancel(self, transfer: Transfer) -> bool:
        """Until the funds are converted, if nothing holds it up; by switch, until they are taken (6.3, section 0)."""
        takes_back = self._world.settings.cancel_until == "converted" and not transfer.cases
        return transfer.status == WAITING or (transfer.status == PROCESSING and takes_back)

    def cancel(self, transfer: Transfer) -> None:
        """Cancelled for good; money already taken comes back to the balance."""
        self.move(transfer, CANCELLED)
        if transfer.payments:
            self._world.agenda.after(STEP_SECONDS, lambda: self.give_back(transfer))

    def bounce_home(self, transfer: Transfer) -> None:
        """A bounced payout's money returns; SWIFT banks keep 5 to 15 per cent."""
        share = Decimal(1)
        if transfer.quote.pay_out.startswith("SWIFT"):
            share -= Decimal(str(round(self._world.ids.share(0.05, 0.15), 4)))
        self.give_back(transfer, REFUNDED, share)

    def give_back(
        self,
        transfer: Transfer,
        status: str | None = None,
        share: Decimal = Decimal(1),
        kept: Decimal = Decimal(0),
    ) -> None:
        """Credit what was taken, a share of it, or what banks on the way did not keep, to the balance it came from."""
        amount = round_money(transfer.debited * share - kept, transfer.quote.source_currency)
        transfer.refunded += amount
        if status:
            self.move(transfer, status)
        self._events.refunded(transfer, amount)
        self.top_up(self._world.books.balances[transfer.payments[-1].balance], amount, str(transfer.id))

    def follows(self, transfer: Transfer, status: str) -> bool:
        """Whether a simulation call may bring the transfer into this status now."""
        before = {PROCESSING: PROCESSING, CONVERTED: PROCESSING, SENT: CONVERTED, BOUNCED: SENT, REFUNDED: BOUNCED}
        return before.get(status) == transfer.status
