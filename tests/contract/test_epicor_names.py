"""Every name that client and simulator use is one of the public schema dump's (docs/epicor.md, Names checked)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qsl

import pytest

from kinetic_wise.epicor import EpicorOptions, filters
from kinetic_wise.epicor.options import ReadMode
from simulators.common.http import Request
from simulators.epicor.methods import METHODS
from simulators.epicor.schema import TABLES
from simulators.epicor.services import SERVICES
from tests.contract.epicor import GROUP, Epicor, known

RECORDED = Path(__file__).with_name("epicor_names.txt")
_UD = re.compile(r"UD\d\d")  # UD01 stands for all of them
_PATH = re.compile(r"/SaaS001/api/v2/odata/\w+/(?P<service>[\w.]+)/(?P<rest>\w+)")


@dataclass
class Names:
    """What the dump names: columns by table, keys by set, parameters and outputs by method."""

    tables: dict[str, list[str]] = field(default_factory=dict)
    sets: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    methods: dict[tuple[str, str], tuple[list[str], list[str]]] = field(default_factory=dict)


@cache
def names() -> Names:
    """The recorded names."""
    found = Names()
    text = RECORDED.read_text().replace("\n  ", " ")
    for line in text.splitlines():
        head, _, rest = line.partition(":")
        kind, *who = head.split()
        if kind == "table":
            found.tables[who[0]] = rest.split()
        elif kind == "set":
            found.sets[who[0], who[1]] = rest.split()
        elif kind == "method":
            taken, _, given = rest.partition(">")
            found.methods[who[0], who[1]] = (taken.split(), given.split())
    return found


def plain(name: str) -> str:
    """A name with UD01 for whichever UD table."""
    return _UD.sub("UD01", name)


def unknown_columns(table: str, columns: list[str]) -> list[str]:
    """Columns of a table that the dump does not have; those of a site's own end in `_c`."""
    recorded = names().tables[plain(table)]
    return [name for name in columns if plain(name) not in recorded and not name.endswith("_c")]


@pytest.mark.parametrize("table", [name for name in TABLES if not re.fullmatch(r"UD(?!01)\d\d", name)])
def test_simulator_has_columns_of_the_dump(table: str) -> None:
    """Whatever a row of the simulator shows is a column of this table in a real tenant."""
    assert unknown_columns(table, list(TABLES[table].kinds)) == []


@pytest.mark.parametrize("service", [name for name in SERVICES if not re.search(r"UD(?!01)\d\d", name)])
def test_simulator_has_sets_keys_and_clauses_of_the_dump(service: str) -> None:
    """Sets, their keys in order, GetByID's parameters and the clauses of GetRows, all of them and in their order."""
    known_service = SERVICES[service]
    for name, table in known_service.sets.items():
        definition = TABLES[table]
        keys = [*(["Company"] if definition.company_in_key else []), *definition.key]
        assert names().sets[service, name] == keys
    assert names().methods[service, "GetByID"][0] == list(known_service.key)
    clauses = [f"whereClause{table}" for table in known_service.clauses]
    assert names().methods[service, "GetRows"][0] == [*clauses, "pageSize", "absolutePage"]


@pytest.mark.parametrize("service", [name for name in METHODS if not re.search(r"UD(?!01)\d\d", name)])
def test_simulator_has_methods_of_the_dump(service: str) -> None:
    """Each method exists in a real tenant and takes the parameters that it is asked for."""
    for name, method in METHODS[service].items():
        taken, _ = names().methods[plain(service), plain(name)]
        assert set(method.parameters) <= set(taken), name


def asked(epicor: Epicor) -> Iterator[tuple[str, str, Request]]:
    """Service, set or method, and request of each call so far."""
    for request in epicor.adapter.requests:
        match = _PATH.fullmatch(request.path)
        if match is not None:
            yield match["service"], match["rest"], request


def use(epicor: Epicor) -> None:
    """Everything that the client reads and writes about an invoice, a vendor and a payment."""
    company, client = epicor.companies[0], epicor.client
    invoice = epicor.payable()
    page = client.eligible_page(company, None, 0)
    client.went_back(company, invoice.sys_rev_id, page.newest_change)
    list(client.bank_rows(company))
    draft = client.reserve(epicor.reservation(invoice))
    client.live_payments(company, invoice.key.vendor_num, invoice.key.invoice_num)
    list(client.unposted_drafts(company, "LEDGER01-"))
    list(client.begun_groups(company, "WTEST", set()))
    client.delete_draft(company, draft)
    client.post(company, client.reserve(epicor.reservation(invoice)))
    list(client.posted_drafts(company, "LEDGER01-", epicor.time.date()))
    assert known(client.draft(company, GROUP)).posted


@pytest.mark.parametrize("mode", get_args(ReadMode))
def test_client_asks_for_names_of_the_dump(mode: ReadMode) -> None:
    """Sets with their selected, filtered and ordering columns, methods with their parameters, rows of data sets."""
    epicor = Epicor(options=EpicorOptions(read_mode=mode, companies=("EPIC01",)))
    use(epicor)
    calls = list(asked(epicor))
    assert len({(service, name) for service, name, _ in calls}) > 15

    for service, name, request in calls:
        if (service, name) in names().sets:
            assert unknown_columns(SERVICES[service].sets[name], columns_in(request)) == []
        else:
            taken, _ = names().methods[service, name]
            body: dict[str, Any] = request.json() or {}
            assert set(body) <= set(taken), (service, name)
            for table, rows in (body.get("ds") or {}).items():
                for row in rows if table in names().tables else []:
                    assert unknown_columns(table, [column for column in row if column != "RowMod"]) == []


def columns_in(request: Request) -> list[str]:
    """The columns that a query of a set names."""
    options = dict(parse_qsl(request.query))
    listed = f"{options['$select']},{options['$orderby']}".split(",")
    return [*listed, *filters.columns(filters.parse(options.get("$filter", "")))]
