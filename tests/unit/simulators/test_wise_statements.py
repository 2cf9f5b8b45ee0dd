"""Statements of the simulated Wise (wise-api.md section 8.3)."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree as ET

from simulators.wise.camt import NAMESPACE
from simulators.wise.world import Settings
from tests.unit.simulators.wise_desk import Desk, Reply

DAY = 24 * 3600
NAMES = {"c": NAMESPACE}


def statement(desk: Desk, kind: str = "json", start: str = "2026-08-30", end: str = "2026-12-31", **more: str) -> Reply:
    query = "&".join(f"{name}={value}" for name, value in more.items())
    path = f"/profiles/{desk.profile}/balance-statements/200001/statement.{kind}"
    return desk.get(f"{path}?currency=EUR&intervalStart={start}&intervalEnd={end}&{query}")


def refunded(desk: Desk) -> int:
    """A transfer that was sent, bounced and came back short."""
    transfer = desk.funded()
    desk.wait(30)
    desk.people(act="bounce", transfer=transfer)
    desk.people(act="give_back", transfer=transfer, kept="2.00")
    return transfer


def test_compact_lines_have_the_fee_in_them() -> None:
    """One line a movement, newest first: amount with fee, the fee beside it, the balance after it, the transfer."""
    desk = Desk()
    transfer = refunded(desk)
    credit, debit = statement(desk).json["transactions"]
    assert (credit["type"], debit["type"]) == ("CREDIT", "DEBIT")
    assert credit["referenceNumber"] == debit["referenceNumber"] == f"TRANSFER-{transfer}"
    assert debit["amount"]["value"] < 0 < debit["totalFees"]["value"]
    assert credit["amount"]["value"] == -debit["amount"]["value"] - 2
    assert credit["runningBalance"]["value"] == Decimal("9998.00")
    assert statement(desk).json["endOfStatementBalance"]["value"] == Decimal("9998.00")


def test_flat_lines_have_the_fee_beside_them() -> None:
    """The fee is a line of its own before its transfer, and named beside it; amounts and balances add up the same."""
    desk = Desk()
    transfer = refunded(desk)
    compact, flat = (statement(desk, type=kind).json["transactions"] for kind in ("COMPACT", "FLAT"))
    references = [f"TRANSFER-{transfer}", f"TRANSFER-{transfer}", f"FEE-TRANSFER-{transfer}"]
    assert [line["referenceNumber"] for line in flat] == references
    assert sum(line["amount"]["value"] for line in flat) == sum(line["amount"]["value"] for line in compact)
    assert flat[1]["totalFees"]["value"] == -flat[2]["amount"]["value"] > 0
    assert flat[1]["runningBalance"]["value"] == flat[2]["runningBalance"]["value"] + flat[1]["amount"]["value"]


def test_camt_says_what_json_says() -> None:
    """Entries, the newest first, with the JSON statement's amounts, references and words, after the two balances."""
    desk = Desk()
    refunded(desk)
    lines = statement(desk).json["transactions"]
    root = ET.fromstring(statement(desk, "xml").response.body)  # noqa: S314 - our own simulator's
    entries = root.findall(".//c:Ntry", NAMES)
    signs = {"CRDT": 1, "DBIT": -1}
    amounts = [
        Decimal(entry.findtext("c:Amt", "", NAMES)) * signs[entry.findtext("c:CdtDbtInd", "", NAMES)]
        for entry in entries
    ]
    assert amounts == [line["amount"]["value"] for line in lines]
    codes = [entry.findtext("c:BkTxCd/c:Prtry/c:Cd", "", NAMES) for entry in entries]
    assert codes == [line["referenceNumber"] for line in lines]
    assert f"(fee: {lines[1]['totalFees']['value']} EUR)" in entries[1].findtext("c:AddtlNtryInf", "", NAMES)
    assert [balance.text for balance in root.findall(".//c:Bal/c:Amt", NAMES)] == ["9998.00", "10000.00"]


def test_statements_have_bounds() -> None:
    """At most 469 days, the balance's currency, a known type; an interval before the movements is empty."""
    desk = Desk()
    refunded(desk)
    assert statement(desk, start="2025-01-01").status == 400
    assert statement(desk, type="THIN").status == 400
    before = statement(desk, start="2026-08-01", end="2026-08-20").json
    assert (before["transactions"], before["endOfStatementBalance"]["value"]) == ([], 10_000)


def test_an_approval_opens_statements_for_ninety_days() -> None:
    """In an SCA region a statement asks a person once; ninety days later it asks again."""
    desk = Desk(settings=Settings(sca_region=True))
    refused = statement(desk)
    assert (refused.status, refused.response.headers["x-2fa-approval-result"]) == (403, "REJECTED")
    desk.people(act="approve", token=refused.response.headers["x-2fa-approval"])
    path = f"/profiles/{desk.profile}/balance-statements/200001/statement.json"
    query = "?currency=EUR&intervalStart=2026-08-30&intervalEnd=2026-12-31"
    assert desk.get(path + query, x_2fa_approval=refused.response.headers["x-2fa-approval"]).status == 200
    assert statement(desk).status == statement(desk, "xml").status == 200
    desk.wait(91 * DAY)
    assert statement(desk).status == 403
