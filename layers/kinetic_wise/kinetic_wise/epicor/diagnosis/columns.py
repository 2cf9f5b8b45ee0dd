"""Whether the columns are there that are read and set: each service's `$metadata` (1.1, pitfall 6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kinetic_wise.epicor import filters
from kinetic_wise.epicor.diagnosis.findings import Finding, failed, fault, ok
from kinetic_wise.epicor.drafts import GROUP_COLUMNS, LINE_COLUMNS, PAYMENT_COLUMNS
from kinetic_wise.epicor.invoices import INVOICE_COLUMNS, SCHEDULE_COLUMNS
from kinetic_wise.epicor.options import EpicorOptions
from kinetic_wise.epicor.service import Service
from kinetic_wise.epicor.sets import GROUPS, INVOICES, LINES, PAYMENTS, SCHEDULES, SETS, VENDOR_BANKS, VENDORS
from kinetic_wise.epicor.vendors import BANK_COLUMNS, VENDOR_COLUMNS
from kinetic_wise.epicor.watermark import UPDATED_ON
from kinetic_wise.transport import RemoteError

_OWN: Mapping[str, str] = {
    INVOICES: INVOICE_COLUMNS,
    SCHEDULES: SCHEDULE_COLUMNS,
    VENDORS: VENDOR_COLUMNS,
    VENDOR_BANKS: BANK_COLUMNS,
    GROUPS: GROUP_COLUMNS,
    PAYMENTS: PAYMENT_COLUMNS,
    LINES: LINE_COLUMNS,
}
_MADE = ("CountryISO", "BCountryISO")  # by us, from numbers
_BOOLEAN, _MOMENT = "Edm.Boolean", "Edm.DateTimeOffset"
_ELEMENT = re.compile(r"<(EntityType|EntitySet|Property)\b([^>]*)>|</(EntityType)>")
_ATTRIBUTE = re.compile(r"""(\w+)\s*=\s*["']([^"']*)["']""")

Columns = Mapping[str, str]  # name -> Edm type


@dataclass(frozen=True)
class Wanted:
    """A column that a setting names, the set it must be in, and the type it must have ("" for any)."""

    setting: str
    entity_set: str
    column: str
    kind: str = ""


def columns_of(document: str) -> dict[str, Columns]:
    """The columns of each set in a metadata document."""
    types: dict[str, dict[str, str]] = {}
    sets: dict[str, str] = {}
    inside = ""
    for element, text, end in _ELEMENT.findall(document):
        said = dict(_ATTRIBUTE.findall(text))
        if element == "EntityType":
            inside = "" if text.endswith("/") else said.get("Name", "")
            types[said.get("Name", "")] = {}
        elif element == "EntitySet":
            sets[said.get("Name", "")] = said.get("EntityType", "").rpartition(".")[2]
        elif element == "Property" and inside:
            types[inside][said.get("Name", "")] = said.get("Type", "")
        elif end:
            inside = ""
    return {name: types.get(kind, {}) for name, kind in sets.items()}


def look(service: Service, company: str) -> tuple[list[Finding], Columns]:
    """What is missing, and the columns of APInvHed that this site has."""
    read, findings = _read(service, company)
    missing = [finding for path, found in read.items() for finding in _missing(service.options, path, found)]
    wrong = [finding for wanted in _configured(service.options) for finding in _unlike(wanted, read)]
    if read and not (findings or missing or wrong):
        findings = [ok("columns", "every column that is read, or named by a setting, is there")]
    return [*findings, *missing, *wrong], read.get(INVOICES, {})


def _read(service: Service, company: str) -> tuple[dict[str, Columns], list[Finding]]:
    """By the paths of sets; those that a BAQ stands for have the BAQ's columns, which reading itself shows."""
    read: dict[str, Columns] = {}
    findings = []
    by_set = [path for path in _OWN if SETS[path].name not in service.options.baqs]
    for name in dict.fromkeys(SETS[path].service for path in by_set):
        try:
            found = columns_of(service.metadata(company, name))
        except RemoteError as error:
            findings.append(failed("columns", error, f"allow $metadata of {name}; it tells which columns there are"))
            continue
        read |= {path: found.get(SETS[path].name, {}) for path in by_set if SETS[path].service == name}
    return read, findings


def _missing(options: EpicorOptions, path: str, found: Columns) -> list[Finding]:
    names = [options.columns.get(name, name) for name in _OWN[path].split(",")]
    lacking = [name for name in names if name not in found]
    if not lacking:
        return []
    text = f"{path} has no {', '.join(lacking)}, which this connector reads"
    return [fault("columns", text, "name the site's own columns in `epicor_columns`, or read by a BAQ (`baqs`)")]


def _configured(options: EpicorOptions) -> list[Wanted]:
    def own(name: str) -> str:
        return options.columns.get(name, name)

    wanted = [Wanted("approval_column", INVOICES, own(options.approval_column), _BOOLEAN)]
    kind = _MOMENT if options.change_column == UPDATED_ON else ""
    wanted.append(Wanted("change_column", INVOICES, own(options.change_column), kind))
    named = filters.columns(filters.parse(options.eligible_filter))
    wanted += [Wanted("eligible_filter", INVOICES, own(name)) for name in sorted(named)]
    wanted += [Wanted("recipient_columns", VENDORS, own(name)) for name in options.vendor_columns]
    wanted += [
        Wanted("recipient_columns", VENDOR_BANKS, own(name)) for name in options.bank_columns if name not in _MADE
    ]
    return [one for one in wanted if one.column]


def _unlike(wanted: Wanted, read: Mapping[str, Columns]) -> Iterable[Finding]:
    found = read.get(wanted.entity_set)
    if found is None:
        return
    named = f"`{wanted.setting}` names {wanted.column}"
    if wanted.column not in found:
        like = [name for name in found if name.lower() == wanted.column.lower()]
        remedy = f"it is spelled {like[0]}" if like else "Epicor answers 400 to it: name one that is there"
        yield fault("columns", f"{named}, which {wanted.entity_set} does not have", remedy)
    elif wanted.kind and found[wanted.column] != wanted.kind:
        yield fault("columns", f"{named}, which is {found[wanted.column]}, not {wanted.kind}", "name another column")
