"""Whether key and user let us do what a payment needs: tiny reads that leave nothing (2.2, pitfall 3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from kinetic_wise.epicor.errors import NotFound
from kinetic_wise.epicor.library import Library
from kinetic_wise.epicor.posting import posting_parameters
from kinetic_wise.epicor.service import Service
from kinetic_wise.epicor.sets import GROUP_SERVICE, PAYMENTS, POSTING_SERVICE, VOID_SERVICE

_KEPT = timedelta(hours=1)
_NOTHING = "SysRevID lt 0"  # no row is meant, only whether one may ask
_NO_KEY = {"vendorNum": 0, "invoiceNum": "", "sysRowID": "", "groupID": ""}


@dataclass(frozen=True)
class Need:
    """A service as an access scope lists it, what it is for, and a read that shows whether it may be used."""

    service: str
    purpose: str
    probe: Callable[[Service, str], object]


def may_read(entity_set: str, purpose: str) -> Need:
    """Reading a set such as `Erp.BO.VendorSvc/Vendors`."""
    return Need(entity_set.partition("/")[0], purpose, partial(_read, entity_set))


def _read(entity_set: str, service: Service, company: str) -> object:
    return service.rows(company, entity_set, "SysRevID", _NOTHING, "SysRevID")


def _new_group(service: Service, company: str) -> object:
    return service.ask(company, f"{GROUP_SERVICE}/GetNewAPChkGrpNoLock", {"ds": {}}).ds


def _posting(service: Service, company: str) -> object:
    return posting_parameters(service, company)


def _void(service: Service, company: str) -> object:
    """By a payment that there is not: the set is one of those that some sites answer with a 500 (3.5)."""
    try:
        return service.ask(company, f"{VOID_SERVICE}/GetByID", {"headNum": 0})
    except NotFound as error:
        if error.code != "RecordNotFoundException":
            raise
        return None


def _library(service: Service, company: str) -> object:
    return Library(service).look(company, _NO_KEY)


BY_SERVICES = (
    Need(GROUP_SERVICE, "make payment groups", _new_group),
    may_read(PAYMENTS, "make the payments that reserve invoices"),
    Need(POSTING_SERVICE, "post payments", _posting),
    Need(VOID_SERVICE, "void a payment whose money came back", _void),
)


def to_pay(library: str) -> tuple[Need, ...]:
    """What paying needs beside reading invoices and vendors; by services, or by a Function library."""
    return (Need(library, "make, post and void payments", _library),) if library else BY_SERVICES


@dataclass
class Rights:
    """Asks once an hour whether payments could be finished."""

    service: Service
    _known: dict[str, datetime] = field(default_factory=dict, init=False)  # company -> until when

    def check(self, company: str) -> None:
        """See `EpicorClient.check_rights`."""
        now = self.service.transport.now()
        if self._known.get(company, now) > now:
            return
        for need in to_pay(self.service.options.function_library):
            need.probe(self.service, company)
        self._known[company] = now + _KEPT
