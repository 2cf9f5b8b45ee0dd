"""What would be paid in the coming days and what would be held, from reads only; worked off in parts.

What only Wise decides (its price, its check of the payee) is not known before a quote, and not said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.due import due_of
from kinetic_wise.flows.objections import bank_objection, discount, invoice_objection
from kinetic_wise.flows.overview import why
from kinetic_wise.flows.start import new_payment
from kinetic_wise.payments import caps, payable, policy
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.money import Money
from kinetic_wise.payments.policy import Objection
from kinetic_wise.payments.record import Record
from kinetic_wise.payments.systems import Instalment, Invoice, InvoiceKey


class Position(Record):
    """Where a preview stands: the invoices of `company` above this SysRevID come next."""

    company: str = ""  # empty: the first
    after: int = 0


@dataclass(frozen=True)
class Line:
    """One payment. `day` is ISO, empty where none is planned; `would`: pay, hold, wait (later), stand (as it is)."""

    payment: str
    invoice: str
    company: str
    vendor: str
    amount: str
    currency: str
    day: str
    would: str
    status: str  # of the ledger; empty: not claimed yet
    reason: str = ""
    detail: str = ""


def preview_part(deps: Deps, position: Position, invoices: int, days: int) -> dict[str, Any]:
    """So many invoices after a position, with what would become of each until `days` from today.

    Answers `lines` and `position`, null at the end. Raises RemoteError and Busy.
    """
    companies = sorted(deps.epicor_site.companies)
    company = position.company or companies[0]
    with deps.epicor_place() as epicor:
        page = epicor.eligible_page(company, None, position.after)
    taken = page.invoices[:invoices]
    until = deps.today + timedelta(days=days)
    lines = [asdict(line) for invoice in taken for line in _lines(deps, invoice.key, until)]
    deps.exchanges.take()
    if len(taken) < len(page.invoices):
        after = Position(company=company, after=taken[-1].sys_rev_id)
    elif page.last_sys_rev_id > position.after:
        after = Position(company=company, after=page.last_sys_rev_id)
    else:
        others = [one for one in companies if one > company]
        return {"lines": lines, "position": Position(company=others[0]).model_dump() if others else None}
    return {"lines": lines, "position": after.model_dump()}


def _lines(deps: Deps, key: InvoiceKey, until: date) -> Iterator[Line]:
    """What a claim would claim; a page of invoices does not have their instalments."""
    with deps.epicor_place() as epicor:
        invoice = epicor.invoice(key)
    if invoice is None or policy.not_eligible(invoice) is not None:
        return
    for instalment in payable.open_instalments(invoice):
        yield _line(deps, invoice, instalment, until)


def _line(deps: Deps, invoice: Invoice, instalment: Instalment, until: date) -> Line:
    known = deps.ledger.get(invoice.key.payment_id(instalment.pay_seq))
    if known is not None and known.invoice.sys_row_id != invoice.key.sys_row_id:
        lock = "the same debt was claimed before under another identity"
        return _told(known, invoice, "", "hold", Objection("second_identity", lock))
    if known is not None and known.status is not Status.QUEUED:
        return _told(known, invoice, "", "stand", Objection(*why(known)))
    payment = known or new_payment(deps, invoice, instalment)
    start = due_of(deps, invoice, payment.pay_seq) or deps.now()
    day = start.astimezone(ZoneInfo(deps.settings.time_zone)).date()
    if day > until:
        return _told(payment, invoice, day.isoformat(), "wait", None)
    objection, vendor = _objection(deps, payment, start)
    named = payment.model_copy(update={"vendor_name": vendor or payment.vendor_name})
    return _told(named, invoice, day.isoformat(), "hold" if objection else "pay", objection)


def _objection(deps: Deps, payment: Payment, start: datetime) -> tuple[Objection | None, str]:
    """What would stop it, begun then, as far as reads tell, and the vendor's name."""
    with deps.epicor_place() as epicor:
        look = epicor.look_before(payment.invoice)
    objection = invoice_objection(deps, payment, look, begun=False)
    name = look.vendor.name if look.vendor else ""
    if objection is not None or look.invoice is None or look.vendor is None:
        return objection, name
    bank = look.vendor.bank_for(look.invoice)
    money = Money(payment.amount - discount(deps, look.invoice), look.invoice.currency)
    by_bank = bank_objection(deps, look.vendor, bank) if bank is not None else None
    return by_bank or _over_cap(deps, money, start), name


def _over_cap(deps: Deps, money: Money, start: datetime) -> Objection | None:
    """Whether a cap stops it, beside what is counted on its day already."""
    seen = deps.state.switch.read()
    return caps.breach(seen.caps, money, seen.counted(f"{start.astimezone(UTC):%Y-%m-%d}", money.currency))


def _told(payment: Payment, invoice: Invoice, day: str, would: str, objection: Objection | None) -> Line:
    is_new = payment.version == 0
    return Line(
        payment=payment.id,
        invoice=invoice.key.invoice_num,
        company=invoice.key.company,
        vendor=payment.vendor_name or str(invoice.key.vendor_num),
        amount=str(payment.amount),
        currency=payment.currency,
        day=day,
        would=would,
        status="" if is_new else payment.status.value,
        reason=objection.reason if objection else "",
        detail=objection.detail if objection else "",
    )
