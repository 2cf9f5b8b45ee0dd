"""Vendors to recipients: whoever may be paid has a recipient at Wise before the first invoice comes (docs/vendors.md).

A pass goes through the vendors by number and may stop after any: the next one goes on from there. It makes recipients
only of details that two people approved, announces each write in the audit trail, and looks before it makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from kinetic_wise.flows.bank_codes import unapproved
from kinetic_wise.flows.binding import is_bound
from kinetic_wise.flows.case import NotBound
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.recipient import paying_currency, unchanged_recipient
from kinetic_wise.ledger import Entry
from kinetic_wise.ledger.approvals import BankRow
from kinetic_wise.ledger.connector_state import KnownRecipient
from kinetic_wise.payments.record import Record
from kinetic_wise.payments.systems import Recipient, Vendor, VendorBank
from kinetic_wise.transport import Refused, Unclear
from kinetic_wise.wise import Balance, DetailsMissing, RecipientDetails, name_key, problems_of

_SOURCE = "vendors"
_TYPICAL = Decimal(1000)  # the form depends on the quote, hardly on its amount


class Position(Record):
    """Where a pass stands: after this vendor of this company."""

    company: str
    after: int = 0


@dataclass(frozen=True)
class Line:
    """What came of one bank row, or of a vendor without any."""

    bank: str
    vendor: str
    name: str
    reason: str = ""  # why it cannot be paid, a code of docs/holds.md; empty: it can
    detail: str = ""  # which column to fill
    did: str = ""  # made, matched, deactivated; with a dry run what would be done


@dataclass
class Pass:
    """A pass over the vendors, or a part of one. `lines` yields what came of each bank row."""

    deps: Deps
    dry_run: bool
    position: Position | None
    until: datetime | None = None  # stop after the vendor that is in hand then
    vendors: int = 0
    at_most: int | None = None  # vendors of this part
    balances: Mapping[str, Balance] = field(init=False)

    def lines(self) -> Iterator[Line]:
        """Go on from the position, which moves along; it is None at the end. Raises NotBound, RemoteError, Busy."""
        if not is_bound(self.deps):
            raise NotBound("the ledger is not bound to these systems: order `adopt`")
        self.balances = self.deps.wise.balances()
        while self.position is not None and not self._is_over():
            with self.deps.epicor_place() as epicor:
                page = epicor.vendors(self.position.company, self.position.after)
            for vendor in page:
                yield from self._vendor(vendor)
                self.deps.exchanges.take()  # what the audit trail has not taken stays nowhere
                self.vendors += 1
                self.position = Position(company=vendor.company, after=vendor.vendor_num)
                if self._is_over():
                    return
            if not page:
                self.position = following(self.deps, self.position)

    def _is_over(self) -> bool:
        late = self.until is not None and self.deps.now() >= self.until
        return late or (self.at_most is not None and self.vendors >= self.at_most)

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        """Ids of the recipients at Wise by currency and name: all that is kept of them."""
        found: dict[str, list[int]] = {}
        with self.deps.exchanges.unkept():
            for recipient, _ in self.deps.wise.recipients.active():
                found.setdefault(name_key(recipient.currency, recipient.name), []).append(recipient.id)
        return found

    # --- one vendor --------------------------------------------------------------------------------------------------

    def _vendor(self, vendor: Vendor) -> Iterator[Line]:
        if not vendor.currency:
            yield _line(vendor, None, "currency_without_iso", "fill ISOCurrCode in Currency Maintenance")
        elif not any(bank.bank_id == vendor.primary_bank_id for bank in vendor.banks):
            yield _line(vendor, None, "bank_details_missing", "fill PrimaryBankID in Vendor Maintenance > Bank")
        for bank in vendor.banks if vendor.currency else ():
            yield self._bank(vendor, bank)

    def _bank(self, vendor: Vendor, bank: VendorBank) -> Line:
        row, now = _row(vendor, bank), self.deps.fingerprint(bank)
        known = self._known(row, vendor.currency)
        approval = self.deps.state.approvals.approved(row)
        if approval is None or approval.fingerprint != now:
            reason = "bank_details_changed" if approval else "bank_details_new"
            did = self._deactivate(row, known) if known and known.fingerprint != now else ""
            return _line(vendor, bank, reason, f"two people approve: {unapproved(bank, now, approval)}", did)
        held = self._stop_sign(vendor)
        if held:
            return _line(vendor, bank, held, "clear it in Vendor Maintenance")
        if known and known.fingerprint == now and unchanged_recipient(self.deps, known.recipient_id, known.hash):
            return _line(vendor, bank)
        try:
            return self._match_or_make(vendor, bank, row, now)
        except DetailsMissing as error:
            return _line(vendor, bank, "bank_details_missing", str(error))

    def _stop_sign(self, vendor: Vendor) -> str:
        return "vendor_inactive" if vendor.inactive else "vendor_on_hold" if vendor.pay_hold else ""

    def _known(self, row: BankRow, currency: str) -> KnownRecipient | None:
        return self.deps.state.recipient(str(row), currency, self.deps.wise_site.profile)

    def _match_or_make(self, vendor: Vendor, bank: VendorBank, row: BankRow, fingerprint: str) -> Line:
        source = paying_currency(self.balances, vendor.currency, self.deps.settings.funding_currency)
        details = self.deps.wise.recipient_details(vendor, bank, vendor.currency, source, _TYPICAL)
        found, did = self._match(details), "matched"
        if self.dry_run:
            return _line(vendor, bank, did="match" if found else "make")
        if found is None:
            found, problem = self._make(row, details)
            if found is None:
                return _line(vendor, bank, "recipient_refused", problem)
            self._by_name.setdefault(name_key(details.currency, details.name), []).append(found.id)
            did = "made"
        kept = KnownRecipient(recipient_id=found.id, hash=found.hash, fingerprint=fingerprint)
        self.deps.state.remember_recipient(str(row), vendor.currency, self.deps.wise_site.profile, kept)
        self._note(f"recipient_{did}", row, recipient=found.id)
        return _line(vendor, bank, did=did)

    def _match(self, details: RecipientDetails) -> Recipient | None:
        ids = self._by_name.get(name_key(details.currency, details.name), [])
        return next(filter(None, (self.deps.wise.recipients.same(one, details) for one in sorted(ids))), None)

    def _make(self, row: BankRow, details: RecipientDetails) -> tuple[Recipient | None, str]:
        """Announce and make; what is unclear is found by the next pass, or made again, which is harmless (rule 5)."""
        self._note("intent.create_recipient", row, type=details.type, currency=details.currency)
        try:
            return self.deps.wise.create_recipient(details), ""
        except Refused as error:
            told = [details.refused(problem) for problem in problems_of(error)] or [str(error)]
        except Unclear as error:
            told = [f"nobody knows whether it was made, the next pass looks: {error}"]
        self._note("recipient_not_made", row, problem="; ".join(told))
        return None, "; ".join(told)

    def _deactivate(self, row: BankRow, known: KnownRecipient) -> str:
        """Nobody shall pay the old account by hand in Wise either: what is in flight to it meets the gate."""
        if not unchanged_recipient(self.deps, known.recipient_id, known.hash):
            return ""
        if self.dry_run:
            return "deactivate"
        self._note("intent.deactivate_recipient", row, recipient=known.recipient_id)
        self.deps.wise.recipients.deactivate(known.recipient_id)
        self._note("recipient_deactivated", row, recipient=known.recipient_id)
        return "deactivated"

    def _note(self, kind: str, row: BankRow, **data: Any) -> None:
        self.deps.state.note(_SOURCE, Entry(kind, {"bank": str(row), **data}, self.deps.exchanges.take()))


def start(deps: Deps) -> Position:
    """Before the first vendor of the first company."""
    return Position(company=deps.epicor_site.companies[0])


def following(deps: Deps, position: Position) -> Position | None:
    """The start of the next company; None after the last."""
    companies = deps.epicor_site.companies
    number = companies.index(position.company) + 1
    return Position(company=companies[number]) if number < len(companies) else None


def _row(vendor: Vendor, bank: VendorBank) -> BankRow:
    return BankRow(company=vendor.company, vendor_num=vendor.vendor_num, bank_id=bank.bank_id)


def _line(vendor: Vendor, bank: VendorBank | None, reason: str = "", detail: str = "", did: str = "") -> Line:
    row = str(_row(vendor, bank)) if bank else f"{vendor.company}/{vendor.vendor_num}"
    return Line(row, vendor.vendor_id, vendor.name, reason, detail, did)
