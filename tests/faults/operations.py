"""What befalls the connector itself meanwhile: settings, releases, restores, a second stack, outages, clocks."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from kinetic_wise.flows.deps import Deps
from simulators.wise.books import Profile
from tests.faults.accounts import Allowed
from tests.faults.orders import Orders
from tests.faults.stack import Stack
from tests.faults.world import FaultWorld
from tests.support.dynamodb import Tables

OTHER_PROFILE = 30_000_077
_OTHER = Tables("payments-other", "audit-other", "connector-other")
_LIMITS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"own_cancels": 0},
    {"own_cancels": 1, "tries": 1},
    {"tries": 2, "waiting_days": 1},
    {"rate_margin": 7200.0, "quote_margin": 1500.0},
    {"running": 1, "epicor_slots": 1},
)
_FUNCTIONS = ("poll_invoices", "start_payment", "step", "settle_payment", "poll_transfers", "sweep")
_RATE_IS_OVER = 3 * 86_400.0  # Wise holds a rate until the end of the day after the next


@dataclass(frozen=True)
class BackUp:
    """The rows of a stack's tables at a moment."""

    at: datetime
    rows: dict[str, list[dict[str, Any]]]
    allowed: Allowed  # accounts that may be paid


@dataclass
class Operations:
    """Acts on a world's main stack, each told."""

    world: FaultWorld
    dice: random.Random
    orders: Orders

    def __post_init__(self) -> None:
        self.outage_ends = self.world.time
        self.tell = self.orders.tell

    def acts(self) -> dict[str, Callable[[], None]]:
        """Everything that can happen, by name."""
        return {
            "stop_for_a_while": self._stop,
            "epicor_outage": self._outage,
            "clock_jump": self._jump,
            "limits_changed": self._limits,
            "profile_changed": self._profile,
            "ledger_restored": self._restore,
            "second_stack": self._second_stack,
            "bad_release": self._bad_release,
        }

    def _later(self, seconds: float, work: Callable[[], None]) -> None:
        self.world.acts_until(seconds)
        self.world.later(seconds, work)

    # --- around --------------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        self.orders.stop_for(self.dice.uniform(60, 2400))

    def _outage(self) -> None:
        seconds = self.dice.uniform(60, 1500)
        self.outage_ends = self.world.time + timedelta(seconds=seconds)
        self.tell(f"Epicor is out for {seconds:.0f} s")

    def _jump(self) -> None:
        seconds = self.dice.choice((700.0, 2000.0, 4000.0, _RATE_IS_OVER))
        self.world.jump(seconds)
        self.tell(f"nothing runs for {seconds:.0f} s")

    # --- deployments ---------------------------------------------------------------------------------------------

    def _limits(self) -> None:
        """Settings change, or caps, which are lifted again later."""
        stack, limits = self.world.main, self.dice.choice(_LIMITS)
        if limits is None:
            self._caps()
            return
        self.tell(f"settings: {limits}")
        stack.change(settings=stack.deps.settings.model_copy(update=limits))

    def _caps(self) -> None:
        self.orders.set_caps(dict.fromkeys(self.world.day.balances, self.dice.choice(("1", "5000"))))
        self._later(self.dice.uniform(60, 3600), lambda: self.orders.set_caps({}))

    def _bad_release(self) -> None:
        name, seconds = self.dice.choice(_FUNCTIONS), self.dice.choice((600.0, 2400.0, 10_000.0))
        self.tell(f"a broken release: {name} dies at once for {seconds:.0f} s")
        self.world.main.broken[name] = self.world.time + timedelta(seconds=seconds)
        self.world.acts_until(seconds)

    def _profile(self) -> None:
        """Another Wise profile is set, perhaps adopted, and set back."""
        stack = self.world.main
        if stack.profile == OTHER_PROFILE:
            return
        ours, adopted = stack.profile, self.dice.random() < 0.5
        self.set_other_profile()
        if adopted:
            self._later(self.dice.uniform(1, 600), lambda: self.adopt(stack))
        self._later(self.dice.uniform(600, 2400), lambda: self._set_back(stack, ours, adopted=adopted))

    def set_other_profile(self) -> None:
        """The connector is set to another business profile of the same customer."""
        self._open_other_profile()
        self.tell("another Wise profile is set")
        self.world.main.point_at(OTHER_PROFILE)

    def _open_other_profile(self) -> None:
        wise = self.world.wise
        profiles = wise._world.books.profiles
        if OTHER_PROFILE not in profiles:
            profile = Profile(OTHER_PROFILE, True, "77777777-0000-4000-8000-000000000077", "US")
            profiles[OTHER_PROFILE] = profile
            for currency, amount in self.world.day.balances.items():
                wise._desks.balances.open(profile, currency, amount)

    def _set_back(self, stack: Stack, profile: int, *, adopted: bool) -> None:
        self.tell("the Wise profile is set back")
        stack.point_at(profile)
        if adopted:
            self.adopt(stack)

    def adopt(self, stack: Stack) -> None:
        """A person adopts a stack's ledger."""
        self.orders.adopt(stack)

    # --- ledgers -------------------------------------------------------------------------------------------------

    def _restore(self) -> None:
        """The tables are restored to how they are now, some time from now, under new names; then adopted.

        Now and then the audit table is kept, which is the evidence.
        """
        if self.world.main.former:
            return
        back_up, audit_kept = self.back_up(), self.dice.random() < 0.5
        delay = self.dice.choice((self.dice.uniform(1, 60), self.dice.uniform(60, 3600)))
        self._later(delay, lambda: self._restore_once(back_up, audit_kept=audit_kept))

    def _restore_once(self, back_up: BackUp, *, audit_kept: bool) -> None:
        if not self.world.main.former:
            self.restore(back_up, self.dice.uniform(300, 1800), audit_kept=audit_kept)  # what runs ends before

    def back_up(self) -> BackUp:
        """The main stack's tables as they are now."""
        tables = self.world.main.tables
        rows = {name: list(self.world.database.rows(name)) for name in tables.names}
        return BackUp(self.world.time, rows, dict(self.world.accounts.allowed))

    def restore(self, back_up: BackUp, adopted_after: float, *, audit_kept: bool = False) -> None:
        """New tables as the old ones were, perhaps beside the old audit table; what runs already keeps the old ones."""
        world, stack, old = self.world, self.world.main, self.world.main.tables
        new = Tables(*(f"{name}-restored" for name in old.names))
        self.tell(f"the ledger is restored to {back_up.at:%H:%M:%S}{', its trail kept' if audit_kept else ''}")
        world.database.create(new)
        if audit_kept:
            new = replace(new, audit=old.audit)
        for name, restored in zip(old.names, new.names, strict=True):
            for row in back_up.rows[name] if name != restored else ():
                world.database.carry_out("PutItem", {"TableName": restored, "Item": row})
        world.accounts.set_back(back_up.allowed)
        self.orders.forgotten()
        stack.former.append(old)
        stack.tables = new
        stack.change(ledger=world.ledger_on(new), state=world.state_on(new), table_id=lambda: "table-2")
        self._later(adopted_after, lambda: self.orders.adopt(stack, self.orders.go_on_unless_stopped))

    def _second_stack(self) -> None:
        """Somebody deploys the connector once more for the same company and profile."""
        world = self.world
        if len(world.stacks) > 1:
            return
        self.tell("a second stack is deployed for the same company")
        world.database.create(_OTHER)
        deps: Deps = replace(
            world.deps,
            ledger_id="OTHERLDG",
            ledger=world.ledger_on(_OTHER),
            state=world.state_on(_OTHER),
            table_id=lambda: "other-table",
        )
        self.orders.forgotten()  # the other one has not heard of them
        stack = Stack(world, deps, _OTHER)
        world.stacks.append(stack)
        self.orders.adopt(stack, first=True)
