"""People in Wise and in Epicor: what they do while the connector works."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulators.common.http import Request, dump_json
from simulators.common.simulator import Simulator
from simulators.sample_day import Invoice
from simulators.wise.books import WAITING, Transfer
from tests.faults import books
from tests.faults.world import FaultWorld

_OTHER_ACCOUNT = {"IBANCode": "DE89370400440532013000", "BankAcctNumber": "31926819"}


@dataclass
class People:
    """Acts in a world, each told in `story`. An act that the system refuses did not happen."""

    world: FaultWorld
    dice: random.Random

    def __post_init__(self) -> None:
        self.story: list[str] = []
        self._banks: dict[int, dict[str, str]] = {}  # vendor -> what stood in its bank row before

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
            "edit_bank": self._edit_bank,
            "mend_bank": self._mend_bank,
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
            self.tell(f"a person funds transfer {transfer.id}")

    def _cancel(self, invoice: Invoice) -> None:
        transfers = [t for t in books.transfers_for(self.world, invoice) if t.status != "cancelled"]
        if transfers and self._ask(self.world.wise, {"act": "cancel", "transfer": transfers[-1].id}):
            self.world.cancelled.append((invoice, transfers[-1].id, self.world.time))
            self.tell(f"a person cancels transfer {transfers[-1].id}")

    # --- in Epicor -----------------------------------------------------------------------------------------------

    def _in_epicor(self, act: str, invoice: Invoice, **more: Any) -> bool:
        number = self._number(invoice)
        where = {"company": invoice.company, "vendor_num": invoice.vendor_num, "invoice_num": number}
        if act == "pay_by_hand" and not self._is_open(number):
            return False
        done = self._ask(self.world.epicor, {"act": act, **where, **more})
        if done:
            self.tell(f"{act} {number}")
        return done

    def _pay(self, invoice: Invoice) -> None:
        self._in_epicor("pay_by_hand", invoice)

    def _number(self, invoice: Invoice) -> str:
        """The number that the invoice has now."""
        renamed = {old: new for new, old in self.world.renamed.items()}
        return renamed.get(invoice.invoice_num, invoice.invoice_num)

    def _hold(self, invoice: Invoice) -> None:
        if self._in_epicor("set_hold", invoice):
            self.world.stopped.setdefault((invoice.invoice_num, "on hold"), self.world.time)

    def _clear(self, invoice: Invoice) -> None:
        if self._in_epicor("clear_hold", invoice):
            self.world.stopped.pop((invoice.invoice_num, "on hold"), None)

    def _edit_bank(self, invoice: Invoice) -> None:
        """Somebody types another account into the bank row that the invoice is paid to."""
        bank = books.bank_row(self.world, invoice)
        if bank is None or bank["VendorNum"] in self._banks:
            return
        column = "IBANCode" if bank.get("IBANCode") else "BankAcctNumber"
        self._banks[bank["VendorNum"]] = {column: bank.get(column, "")}
        self._set_bank(invoice, bank["BankID"], {column: _OTHER_ACCOUNT[column]})

    def _mend_bank(self, invoice: Invoice) -> None:
        """The account is typed in as it was."""
        bank, columns = books.bank_row(self.world, invoice), self._banks.pop(invoice.vendor_num, None)
        if bank is None or columns is None:
            return
        self._set_bank(invoice, bank["BankID"], columns)

    def _set_bank(self, invoice: Invoice, bank_id: str, columns: dict[str, str]) -> None:
        where = {"company": invoice.company, "vendor_num": invoice.vendor_num, "bank_id": bank_id}
        if self._ask(self.world.epicor, {"act": "change_bank", **where, "columns": columns}):
            self.tell(f"bank row {bank_id!r} of vendor {invoice.vendor_num}: {', '.join(columns)} is typed anew")
        self.world.accounts.typed(invoice.vendor_num)

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
                self.tell(f"{act} {drafts[0].head_num}")

        return do

    def _ask(self, simulator: Simulator, body: dict[str, Any]) -> bool:
        answer = simulator.handle(Request("POST", "/_sim/people", body=dump_json(body).encode()))
        self.world.look()
        return answer.response is not None and answer.response.status == 200

    def tell(self, what: str) -> None:
        self.story.append(f"{self.world.time:%H:%M:%S} {what}")
