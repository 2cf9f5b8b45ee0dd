"""BAQs that the site made for whoever pays (1.5): their columns are `Table_Field` and `Calculated_Name`.

Each lists every row of its table, with the stored columns only; approval and change are calculated columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from simulators.epicor.errors import EpicorError, bad_call, not_served
from simulators.epicor.expressions import Call, Column, Literal, Node
from simulators.epicor.reads import read_baq
from simulators.epicor.schema import TABLES
from simulators.epicor.session import Answer, Session

SERVICE = "BaqSvc"


@dataclass(frozen=True)
class Baq:
    """A query over one table. `calculated` maps its further columns to what the table stores, `parameters` too."""

    table: str
    calculated: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        """Column of the BAQ -> column of the table."""
        table = TABLES[self.table]
        stored = {f"{self.table}_{name}": name for name in table.kinds if name not in table.joined}
        return {**stored, **self.calculated}


BAQS: Mapping[str, Baq] = {
    "WisePay-Invoices": Baq(
        "APInvHed",
        {"Calculated_Approved": "WiseApproved_c", "Calculated_UpdatedOn": "UpdatedOn_c"},
        {"Vendor": "VendorNum"},
    ),
    "WisePay-Vendors": Baq("Vendor"),
    "WisePay-VendorBanks": Baq("VendBank"),
}


def read(session: Session, verb: str, rest: str, query: str) -> Answer:
    """`{BaqID}/Data` with OData options and the BAQ's parameters, which may be repeated. Raises EpicorError."""
    name, _, what = rest.partition("/")
    baq = BAQS.get(name)
    if baq is None or what != "Data":
        raise not_served(f"{SERVICE}/{rest}")
    if verb != "GET":
        raise EpicorError(405, "System.Web.Http.HttpResponseException", "The BAQ is not updatable.")
    pairs = parse_qsl(query, keep_blank_values=True)
    options = {key: value for key, value in pairs if key.startswith("$")}
    return read_baq(session.books, baq.table, baq.names, options, _wanted(baq, pairs))


def _wanted(baq: Baq, pairs: list[tuple[str, str]]) -> Node | None:
    """The condition that the parameters put: any of the values given for each."""
    wanted: Node | None = None
    for name in dict.fromkeys(key for key, _ in pairs if not key.startswith("$")):
        if name not in baq.parameters:
            raise bad_call(f"The query has no parameter {name}.")
        values = [value for key, value in pairs if key == name]
        any_of = _any(baq.parameters[name], TABLES[baq.table].kind(baq.parameters[name]), values)
        wanted = Call("and", (any_of, wanted)) if wanted else any_of
    return wanted


def _any(column: str, kind: str, values: list[str]) -> Node:
    try:
        literals = [Literal(int(value), "d") if kind == "i" else Literal(value, "s") for value in values]
    except ValueError:
        raise bad_call(f"A parameter of the query has a value of the wrong type: {values}.") from None
    nodes: list[Node] = [Call("eq", (Column(column), literal)) for literal in literals]
    node = nodes[0]
    for other in nodes[1:]:
        node = Call("or", (node, other))
    return node
