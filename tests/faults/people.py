"""People, outages and clocks: what else happens while the connector works."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from kinetic_wise.ledger.items import to_item
from simulators.common.http import Request, dump_json
from simulators.common.simulator import Simulator
from simulators.sample_day import Invoice
from simulators.wise.books import WAITING, Transfer
from tests.faults import books
from tests.faults.world import FaultWorld
from tests.support.dynamodb import CONNECTOR


@dataclass
class People:
    """Acts in a world, each told in `story`. An act that the system refuses did not happen."""

    world: FaultWorld
    dice: random.Random

    def __post_init__(self) -> None:
        self.story: list[str] = []
        self.outage_ends = self.world.time

    def acts(self) -> dict[str, Callable[[Invoice], None]]:
        """Everything that can happen, by name, each with likelihoods of its own by how often it is named."""
        return {
            "fund": self._fund,
            "cancel": self._cancel,
            "set_hold": self._hold,
            "clear_hold": self._clear,
            "pay_by_hand": self._pay,
            "rename_invoice": self._rename,
            "delete_draft": self._on_draft("delete_draft"),
            "post_draft": self._on_draft("post_draft"),
            "stop_for_a_while": lambda _: self._stop(),
            "epicor_outage": lambda _: self._outage(),
            "clock_jump": lambda _: self._jump(),
        }

    def do(self, name: str, invoice: Invoice) -> None:
        """Let something happen, if it can."""
        before, touched = len(self.story), self.world.touched.setdefault(invoice.invoice_num, [])
        touched.append(name)
        self.acts()[name](invoice)
        if len(self.story) == before:
            touched.remove(name)

    # --- in Wise -------------------------------------------------------------------------------------------------

    def _waiting(self, invoice: Invoice) -> Transfer | None:
        return next((t for t in books.transfers_for(self.world, invoice) if t.status == WAITING), None)

    def _fund(self, invoice: Invoice) -> None:
        transfer = self._waiting(invoice)
        if transfer and self._ask(self.world.wise, {"act": "fund", "transfer": transfer.id}):
            self._tell(f"a person funds transfer {transfer.id}")

    def _cancel(self, invoice: Invoice) -> None:
        transfers = [t for t in books.transfers_for(self.world, invoice) if t.status != "cancelled"]
        if transfers and self._ask(self.world.wise, {"act": "cancel", "transfer": transfers[-1].id}):
            self.world.cancelled.append((invoice, transfers[-1].id, self.world.time))
            self._tell(f"a person cancels transfer {transfers[-1].id}")

    # --- in Epicor -----------------------------------------------------------------------------------------------

    def _in_epicor(self, act: str, invoice: Invoice, **more: Any) -> bool:
        number = self._number(invoice)
        where = {"company": invoice.company, "vendor_num": invoice.vendor_num, "invoice_num": number}
        if act == "pay_by_hand" and not self._is_open(number):
            return False
        done = self._ask(self.world.epicor, {"act": act, **where, **more})
        if done:
            self._tell(f"{act} {number}")
        return done

    def _pay(self, invoice: Invoice) -> None:
        self._in_epicor("pay_by_hand", invoice)

    def _number(self, invoice: Invoice) -> str:
        """The number that the invoice has now."""
        renamed = {old: new for new, old in self.world.renamed.items()}
        return renamed.get(invoice.invoice_num, invoice.invoice_num)

    def _hold(self, invoice: Invoice) -> None:
        if self._in_epicor("set_hold", invoice):
            self.world.on_hold.setdefault(invoice.invoice_num, self.world.time)

    def _clear(self, invoice: Invoice) -> None:
        if self._in_epicor("clear_hold", invoice):
            self.world.on_hold.pop(invoice.invoice_num, None)

    def _is_open(self, number: str) -> bool:
        rows = self.world.epicor.state()["invoices"]
        return any(row["invoice_num"] == number and Decimal(row["doc_unposted_bal"]) > 0 for row in rows)

    def _rename(self, invoice: Invoice) -> None:
        new = f"{invoice.invoice_num}A"
        if new in self.world.renamed:
            return
        if self._in_epicor("rename_invoice", invoice, new_invoice_num=new):
            self.world.renamed[new] = invoice.invoice_num

    def _on_draft(self, act: str) -> Callable[[Invoice], None]:
        def do(invoice: Invoice) -> None:
            drafts = [p for p in books.payments(self.world, invoice) if p.ours and not (p.posted or p.voided)]
            body = {"act": act, "company": invoice.company, "head_num": drafts[0].head_num if drafts else 0}
            if drafts and self._ask(self.world.epicor, body):
                self._tell(f"{act} {drafts[0].head_num}")

        return do

    # --- around --------------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        self._tell("the stop switch is on")
        self._switch(stopped=True)
        self.world.later(self.dice.uniform(60, 2400), lambda: self._switch(stopped=False))

    def _switch(self, *, stopped: bool) -> None:
        item = to_item({"pk": "SWITCH", "sk": "-", "stopped": stopped})
        self.world.database.client.put_item(TableName=CONNECTOR, Item=item)

    def _outage(self) -> None:
        seconds = self.dice.uniform(60, 1500)
        self.outage_ends = self.world.time + timedelta(seconds=seconds)
        self._tell(f"Epicor is out for {seconds:.0f} s")

    def _jump(self) -> None:
        seconds = self.dice.choice((700.0, 2000.0, 4000.0))
        self.world.time += timedelta(seconds=seconds)
        self._tell(f"nothing runs for {seconds:.0f} s")

    def _ask(self, simulator: Simulator, body: dict[str, Any]) -> bool:
        answer = simulator.handle(Request("POST", "/_sim/people", body=dump_json(body).encode()))
        self.world.look()
        return answer.response is not None and answer.response.status == 200

    def _tell(self, what: str) -> None:
        self.story.append(f"{self.world.time:%H:%M:%S} {what}")
