"""What the two simulated systems themselves know of an invoice, whatever the connector believes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from simulators.epicor import money
from simulators.sample_day import Invoice
from simulators.wise.books import CANCELLED, CONVERTED, PROCESSING, WAITING, Transfer

if TYPE_CHECKING:
    from tests.faults.world import FaultWorld

OURS = ("TESTLEDG-", "OTHERLDG-")  # the ledgers of both stacks


@dataclass(frozen=True)
class Payment:
    """A payment in Epicor (CheckHed) and its live lines: invoice number and amount."""

    head_num: int
    group_id: str
    reference: str
    entry_person: str
    posted: bool
    voided: bool
    lines: tuple[tuple[str, Decimal], ...]

    @property
    def ours(self) -> bool:
        """Whether it carries the reference of a ledger of ours."""
        return self.reference.startswith(OURS)


def stand(world: FaultWorld) -> tuple[object, ...]:
    """Where both systems' books stand: while this stays the same, so does all that can be read from them."""
    companies = world.epicor.site.companies.values()
    rows = [len(books[table]) for books in companies for table in ("CheckHed", "APTran", "APChkGrp")]
    transfers = world.wise._world.books.transfers.values()
    money = [(t.status, t.debited, t.refunded, t.was_sent, len(t.payments)) for t in transfers]
    return world.epicor.site.revisions.last, rows, money


def transfers_for(world: FaultWorld, invoice: Invoice) -> list[Transfer]:
    """The transfers made for an invoice: known by the amounts quoted, which are no other invoice's of the day."""
    amounts = shares(invoice)
    known = [t for t in world.wise._world.books.transfers.values() if t.quote.target_currency == invoice.currency]
    return [t for t in known if t.quote.target_amount in amounts]


def shares(invoice: Invoice) -> list[Decimal]:
    """The amounts of its instalments, or of all of it."""
    return [instalment.amount for instalment in invoice.instalments] or [invoice.amount]


def is_out(transfer: Transfer) -> bool:
    """Whether its money has left and is not back."""
    return transfer.debited > transfer.refunded


def travels(transfer: Transfer) -> bool:
    """Whether its money is on the way, to the vendor or back."""
    return transfer.status in (PROCESSING, CONVERTED) or (transfer.status == CANCELLED and is_out(transfer))


def is_live(transfer: Transfer) -> bool:
    """Whether it took money, or still may."""
    return transfer.status == WAITING or is_out(transfer)


def payments(world: FaultWorld, invoice: Invoice) -> list[Payment]:
    """Everybody's payments of an invoice in Epicor, voided ones too."""
    return [each for each in every_payment(world, invoice.company) if invoice.invoice_num in dict(each.lines)]


def day_number(world: FaultWorld, number: str) -> str:
    """A line keeps the number that its invoice had when it was made: the day's number stands for all of them."""
    return world.renamed.get(number, number)


def every_payment(world: FaultWorld, company: str) -> list[Payment]:
    """All payments of a company in Epicor."""
    books = world.epicor.site.companies[company]
    return [_payment(world, head, money.live_lines(books, head["HeadNum"])) for head in books["CheckHed"].rows()]


def _payment(world: FaultWorld, head: dict[str, Any], lines: list[dict[str, Any]]) -> Payment:
    return Payment(
        head_num=head["HeadNum"],
        group_id=head["GroupID"],
        reference=head.get("XRefCheckNum", ""),
        entry_person=head.get("EntryPerson", ""),
        posted=bool(head.get("Posted")),
        voided=bool(head.get("Voided")),
        lines=tuple((day_number(world, line["InvoiceNum"]), line["DocTranAmt"]) for line in lines),
    )


def bank_row(world: FaultWorld, invoice: Invoice) -> dict[str, Any] | None:
    """The bank row of its vendor that an invoice is paid to."""
    books = world.epicor.site.companies[invoice.company]
    vendor = books["Vendor"].get(invoice.vendor_num) or {}
    row: dict[str, Any] | None = books["VendBank"].get(
        invoice.vendor_num, invoice.bank_id or vendor.get("PrimaryBankID", "")
    )
    return row


def groups_made_by(world: FaultWorld, company: str, user: str) -> list[str]:
    """The payment groups in Epicor that a user made."""
    rows = world.epicor.site.companies[company]["APChkGrp"].rows()
    return [row["GroupID"] for row in rows if row.get("CreatedBy", "").casefold() == user.casefold()]
