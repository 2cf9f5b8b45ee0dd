"""Epicor Kinetic as flows see it. The calls are those of epicor-kinetic-api.md; sections are named where they matter.

Everything here raises RemoteError: NotArrived, Refused, Unclear, AccessRefused. Reads are repeated by the transport,
writes never. A client belongs to one worker at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from kinetic_wise.epicor.connection import EpicorTransport
from kinetic_wise.epicor.drafts import Drafts, LivePayment
from kinetic_wise.epicor.fees import Fees
from kinetic_wise.epicor.invoices import Invoices, Page
from kinetic_wise.epicor.library import Library
from kinetic_wise.epicor.looks import ByFunction, BySets, Look, Looks
from kinetic_wise.epicor.made_by_us import MadeByUs
from kinetic_wise.epicor.notes import Notes
from kinetic_wise.epicor.options import EpicorOptions
from kinetic_wise.epicor.periods import Periods
from kinetic_wise.epicor.posting import Posting
from kinetic_wise.epicor.register import Register
from kinetic_wise.epicor.reserving import Reserving
from kinetic_wise.epicor.rights import Rights
from kinetic_wise.epicor.service import Service
from kinetic_wise.epicor.tables import Tables
from kinetic_wise.epicor.vendors import Vendors
from kinetic_wise.epicor.voiding import Voiding
from kinetic_wise.epicor.watermark import Watermark
from kinetic_wise.epicor.write_back import ByFunctions, ByServices, WriteBack
from kinetic_wise.payments.books import BookedPayment
from kinetic_wise.payments.systems import Costs, Draft, Invoice, InvoiceKey, Reservation, Vendor, VendorBank


class EpicorClient:
    """One Epicor, all its companies. Only small tables (currencies, countries, methods) are kept, for an hour."""

    def __init__(self, transport: EpicorTransport, *, options: EpicorOptions) -> None:
        self._options = options
        self._service = Service(transport, options)
        tables = Tables(self._service)
        self._invoices = Invoices(self._service, tables)
        self._vendors = Vendors(self._service, tables)
        self._drafts = Drafts(self._service)
        self._made = MadeByUs(self._service, self._drafts)
        self._posting = Posting(self._service, self._drafts)
        self._looks, self._writes = self._ways(tables)
        self._register = Register(self._service, tables)
        self._periods = Periods(self._service)
        self._rights = Rights(self._service)
        self.notes = Notes(self._service)  # what is left beside payments
        self._fees = Fees(self._service, tables, self._drafts)

    def _ways(self, tables: Tables) -> tuple[Looks, WriteBack]:
        """How payments are looked at and written: by Epicor's own services, or by the customer's library."""
        if self._options.function_library:
            library = Library(self._service)
            looks = ByFunction(library, self._invoices, self._vendors)
            return looks, ByFunctions(self._service, tables, library)
        reserving = Reserving(self._service, tables, self._drafts)
        writes = ByServices(reserving, self._posting, Voiding(self._service, self._drafts))
        return BySets(self._invoices, self._vendors, self._drafts), writes

    # --- reading ---------------------------------------------------------------------------------------------------

    def eligible_page(self, company: str, watermark: Watermark | None, after: int) -> Page:
        """One page of at most 100 eligible invoices in the order of SysRevID, those above `after` (5.3, 5.4).

        Without a watermark everything eligible. At the end `last_sys_rev_id` is `after`. One call.
        """
        return self._invoices.eligible_page(company, watermark, after)

    def went_back(self, company: str, sys_rev_id: int, newest: str) -> str:
        """Why the database must be an older one than when `sys_rev_id` and `newest` were seen; "" if it need not be.

        `newest` as in `Page.newest_change`. At most two calls (pitfall 8).
        """
        return self._invoices.went_back(company, sys_rev_id, newest)

    def invoice(self, key: InvoiceKey) -> Invoice | None:
        """The invoice as it is now; a renamed one has its new number in `key`; None when it is gone.

        One call, two for a renamed or missing one. Raises Refused when its currency has no ISO code.
        """
        return self._invoices.invoice(key)

    def look_before(self, key: InvoiceKey) -> Look:
        """Invoice, vendor and the open debit memos that refer to the invoice, before a reservation. Four calls."""
        return self._looks.before(key)

    def look_back(self, key: InvoiceKey, draft: Draft) -> Look:
        """Invoice and draft right after its reservation: the read-back of rule 8. One call."""
        return self._looks.back(key, draft)

    def look_again(self, key: InvoiceKey, group_id: str) -> Look:
        """Invoice, vendor and draft right before money moves (rule 9). Five calls."""
        return self._looks.again(key, group_id)

    def vendor(self, company: str, vendor_num: int) -> Vendor | None:
        """The vendor as it is now with all its bank rows; None when there is none. Two calls."""
        return self._vendors.vendor(company, vendor_num)

    def vendors(self, company: str, after: int) -> list[Vendor]:
        """The next vendors by VendorNum, with bank rows and currency; [] at the end. Two calls, or a few more."""
        return self._vendors.page(company, after)

    def bank_rows(self, company: str) -> Iterator[tuple[int, VendorBank]]:
        """Each vendor bank row of a company with its VendorNum."""
        return self._vendors.bank_rows(company)

    def numbered_invoice(self, company: str, vendor_num: int, invoice_num: str) -> Invoice | None:
        """The invoice of this number as it is now; None when there is none. One call."""
        return self._invoices.numbered(company, vendor_num, invoice_num)

    def called(self, company: str, invoice_num: str) -> list[Invoice]:
        """Every vendor's invoice of this number, without instalments. One call."""
        return self._invoices.called(company, invoice_num)

    def unposted_drafts(self, company: str, reference_start: str) -> Iterator[Draft]:
        """Each payment in entry whose reference starts so. Four calls each, and one for every hundred."""
        return self._made.unposted(company, reference_start)

    def posted_drafts(self, company: str, reference_start: str, since: date) -> Iterator[Draft]:
        """Each posted payment, not voided, whose CheckDate is `since` or later and whose reference starts so.

        Two calls for every forty, and one for every hundred.
        """
        return self._made.posted(company, reference_start, since)

    def begun_groups(self, company: str, group_start: str, known: Collection[str]) -> Iterator[Draft]:
        """Each group but the `known` that our user made under an id that starts so, with nothing posted in it.

        As a draft: without HeadNum it is empty. Three calls each, and two for every hundred groups there are.
        """
        return self._made.begun(company, group_start, known)

    def draft(self, company: str, group_id: str) -> Draft | None:
        """What the group holds, posted payments included; None when there is neither group nor payment.

        Two calls for an empty group, three otherwise.
        """
        return self._looks.draft(company, group_id)

    def live_payments(self, company: str, vendor_num: int, invoice_num: str) -> tuple[LivePayment, ...]:
        """Every payment, in entry or posted and not voided, that takes something of the invoice. People's too."""
        return self._drafts.live_payments(company, vendor_num, invoice_num)

    def check_rights(self, company: str) -> None:
        """Whether what is begun could also be finished: no payment may be made where none could be posted (pitfall 3).

        Four calls, one with a library, once an hour. Raises AccessRefused when key or user may not use a service, and
        NotFound when Epicor does not have it. What only writing shows is not seen.
        """
        self._rights.check(company)

    def check_date(self, company: str, draft: Draft) -> date | None:
        """The date under which the draft would be posted (CheckDate). One call."""
        return self._posting.check_date(company, draft)

    def earliest_day(self, company: str) -> date | None:
        """The first day on which payables may be booked (EADSvc); None where none is set or may be read. Two calls."""
        return self._periods.earliest_day(company)

    def payments_page(self, company: str, since: date, after: int) -> list[BookedPayment]:
        """At most 100 payments of the bank accounts for Wise above HeadNum `after`, anybody's (7.3).

        Those in entry, and those dated or voided on `since` or later. An empty page is the end. Two calls as a rule.
        """
        return self._register.page(company, since, after)

    # --- writing ---------------------------------------------------------------------------------------------------

    def reserve(self, reservation: Reservation) -> Draft:
        """Make the draft that reserves an invoice, or what is missing of it, and read it back (7.5, rule 8).

        A fresh one takes 16 calls, 4 of them writes; one more when the vendor's currency is not the invoice's, one when
        not all that is open is paid, one for a discount or a question about the rate, and a few for small tables once
        an hour. A draft that is there already takes 3.

        May be called again at any time. Raises ForeignDraft when the group holds something that is not ours;
        ConfigurationMissing when bank account or payment method cannot be told; Refused when Epicor refuses, asks a
        question, or stores something else; Unclear when a step may or may not have been done.
        """
        return self._writes.reserve(reservation)

    def post(self, company: str, draft: Draft, day: date | None = None) -> None:
        """Post the draft's group, if it holds exactly the payment and line we know; nothing if it is posted (7.6).

        `day`: the payment is dated so first, because its own date lies in a closed period. An answer without error says
        nothing: only `draft()` shows whether it is posted. Raises ForeignDraft; Unclear also while a posting is in
        process; Refused also when the posting asks a question.
        """
        self._writes.post(company, draft, day)

    def book_costs(self, company: str, draft: Draft, costs: Costs) -> None:
        """Write Wise's fee as a bank fee line, and the amount that left the bank, onto the unposted draft (section 9).

        Looks first, writes at most once, reads back: eight calls. Raises ForeignDraft; Refused also when the bank
        account is in another currency than Wise took, or Epicor asks a question.
        """
        self._fees.book(company, draft, costs)

    def void(self, company: str, draft: Draft, reason: str, day: date) -> None:
        """Void the posted payment we know, with `day` as its apply date; nothing if it is voided (7.9).

        Looks first, by group, reference, vendor and line. Six calls, one of them a write. An answer without error says
        nothing: only `draft()` shows whether it is voided. Raises ForeignDraft, Refused also when Epicor wants to be
        told something before (the payment is cleared in the bank reconciliation).
        """
        self._writes.void(company, draft, reason, day)

    def delete_draft(self, company: str, draft: Draft) -> None:
        """Delete the draft's payment and group, whatever of them is still there (7.8).

        Looks first, by group, reference, vendor and line, whatever the HeadNum. An own group that Epicor will not
        delete stays behind, empty. Raises ForeignDraft.
        """
        self._writes.delete(company, draft)
