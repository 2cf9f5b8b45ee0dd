"""Which account of a vendor may be paid: what the first adopt found, and what two persons approved since (rule 14)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simulators.sample_day import Invoice
from tests.faults import books

if TYPE_CHECKING:
    from tests.faults.world import FaultWorld

_WHY = "another account"
Allowed = dict[int, frozenset[str]]


class Accounts:
    """Keeps in the world's `stopped` since when a vendor's bank row holds an account that may not be paid.

    An approval counts from when the second person sent it; what stood there before stops counting when they are told
    that it was approved. What may be paid by one of several ledgers, or by one that was set back, may be paid.
    """

    def __init__(self, world: FaultWorld) -> None:
        self._world = world
        self._said: dict[tuple[int, str], set[str]] = {}  # (vendor, account) -> who approved it
        self.allowed: Allowed = {}
        self.adopted()

    def current(self, invoice: Invoice) -> str:
        """The account in the bank row that an invoice is paid to; "" without one."""
        row = books.bank_row(self._world, invoice) or {}
        return str(row.get("IBANCode") or row.get("BankAcctNumber") or "")

    def typed(self, vendor: int) -> None:
        """Somebody typed into the vendor's bank row: from now on it may not be paid, or may again."""
        for invoice in self._world.day.invoices:
            if invoice.vendor_num != vendor:
                continue
            if self.current(invoice) in self.allowed.get(vendor, ()):
                self._world.lift([(invoice.invoice_num, _WHY)])
            else:
                self._world.stopped.setdefault((invoice.invoice_num, _WHY), self._world.time)

    def adopted(self) -> None:
        """A ledger's first adopt approves what it finds."""
        for invoice in self._world.day.invoices:
            self._allow(invoice.vendor_num, self.current(invoice))

    def set_back(self, allowed: Allowed) -> None:
        """A ledger was set back to when these were approved."""
        for vendor, accounts in allowed.items():
            for account in accounts:
                self._allow(vendor, account)

    @contextmanager
    def approved_by(self, caller: str, vendor: int, seen: frozenset[str]) -> Iterator[None]:
        """A person's approval is under way: of one of these, where the account changed while they looked."""
        self._approve(caller, vendor, seen)
        try:
            yield
        finally:
            self._approve(caller, vendor, seen)

    def _approve(self, caller: str, vendor: int, seen: frozenset[str]) -> None:
        for account in seen:
            said = self._said.setdefault((vendor, account), set())
            said.add(caller)
            if len(said) > 1:
                self._allow(vendor, account)

    def only(self, vendor: int, seen: frozenset[str]) -> None:
        """Somebody was told that this is approved: no other may be paid any more, nor this unless two said so.

        Who approved it is kept: the other one may be told the same a moment later.
        """
        self.allowed[vendor] = frozenset(account for account in seen if len(self._said.get((vendor, account), ())) > 1)
        self._said = {key: said for key, said in self._said.items() if key[0] != vendor or key[1] in seen}
        self.typed(vendor)

    def _allow(self, vendor: int, account: str) -> None:
        self.allowed[vendor] = self.allowed.get(vendor, frozenset()) | {account}
        self.typed(vendor)
