"""Whether each service may be used: the key says what, the user who, and both must allow it (2.2, pitfall 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from kinetic_wise.epicor.diagnosis.findings import Finding, failed, fault, ok, unknown, warning
from kinetic_wise.epicor.errors import NotFound
from kinetic_wise.epicor.rights import Need, may_read, to_pay
from kinetic_wise.epicor.service import Service
from kinetic_wise.epicor.sets import BANK_ACCOUNTS, COUNTRIES, CURRENCIES, GROUPS, INVOICES, METHODS, PAYMENTS, VENDORS
from kinetic_wise.transport import AccessRefused, RemoteError

_SCOPE = (
    "put {service} into the API key's access scope (API Key Maintenance, Access Scope), and look whether the user may "
    "use it (menu and service security)"
)
_READ = (
    may_read(INVOICES, "read invoices"),
    may_read(VENDORS, "read vendors and their bank rows"),
    may_read(CURRENCIES, "tell currencies by their ISO codes"),
    may_read(COUNTRIES, "tell countries by their ISO codes"),
    may_read(METHODS, "find the payment method for Wise"),
    may_read(BANK_ACCOUNTS, "find the bank account to pay from"),
    may_read("Erp.BO.EADSvc/EADs", "see which days are still open (without it today counts as open)"),
)
_DRAFTS = (  # read by their sets even where a library writes them: `adopt`, and payments of others
    may_read(GROUPS, "find payment groups"),
    may_read(PAYMENTS, "find payments of ours and of others"),
)
_DISPENSABLE = "Erp.BO.EADSvc"


@dataclass(frozen=True)
class Extras:
    """What is wanted beside payments (a UD table, memos, receipts, a bank fee code), and when credentials end."""

    audit_table: str = ""
    memos: bool = False
    receipts: bool = False
    receipt_document_type: str = ""
    bank_fee_id: str = ""
    endings: Mapping[str, date] = field(default_factory=dict)  # last days of key and password

    @property
    def needs(self) -> Iterator[Need]:
        """The services for it."""
        if self.audit_table:
            yield may_read(f"Ice.BO.{self.audit_table}Svc/{self.audit_table}s", "write audit rows")
        if self.memos:
            yield may_read("Ice.BO.MemoSvc/Memos", "write memos")
        if self.receipts:
            yield Need("Ice.BO.AttachmentSvc", "attach receipts", self._storage)
        if self.bank_fee_id:
            yield may_read("Erp.BO.BankFeeSvc/BankFees", "book Wise's fee")

    def _storage(self, service: Service, company: str) -> object:
        """How a document type is stored: asking it leaves nothing (8.3)."""
        method = "Ice.BO.AttachmentSvc/DetermineTransferModeByStorageType"
        return service.ask(company, method, {"docTypeID": self.receipt_document_type}).returned


def look(service: Service, company: str, extras: Extras) -> tuple[list[Finding], list[float]]:
    """A finding for each service that may not be used, one for those that may, and how many seconds each call took."""
    findings, allowed, seconds = [], [], []
    library = service.options.function_library
    for need in (*_READ, *to_pay(library), *(_DRAFTS if library else ()), *extras.needs):
        before = service.transport.now()
        found = _try(service, company, need)
        seconds.append((service.transport.now() - before).total_seconds())
        if found is None:
            allowed.append(need.service)
        else:
            findings.append(found)
    if allowed:
        findings.insert(0, ok("services", f"may be used: {', '.join(dict.fromkeys(allowed))}"))
    return [*findings, *_sets(service), _writing(service)], seconds


def _try(service: Service, company: str, need: Need) -> Finding | None:
    try:
        need.probe(service, company)
    except AccessRefused as error:
        told = f"{need.service} may not be used, which is needed to {need.purpose}: {error}"
        remedy = _SCOPE.format(service=need.service)
        return (warning if need.service == _DISPENSABLE else fault)("services", told, remedy)
    except NotFound as error:
        told = f"{need.service} is not there, which is needed to {need.purpose}: {error}"
        remedy = "check Epicor's version and licensed modules, and that a library is published for this company"
        return (warning if need.service == _DISPENSABLE else fault)("services", told, remedy)
    except RemoteError as error:
        return failed("services", error, f"without it one cannot {need.purpose}")
    return None


def _sets(service: Service) -> Iterator[Finding]:
    broken = service.reading.broken_services
    if broken:
        text = f"entity sets are answered with Epicor's own 500: {', '.join(broken)}; they are read by GetRows instead"
        yield warning("read mode", text, 'set `read_mode` to "getrows": it saves a failed call every hour')


def _writing(service: Service) -> Finding:
    text = "whether Update, DeleteByID and RunDirect are allowed, only doing them shows"
    if service.options.function_library:
        text = "whether the library's functions that write are allowed, only calling them shows"
    return unknown("posting", text, "pay one small invoice first: its draft and its posting show the rest")
