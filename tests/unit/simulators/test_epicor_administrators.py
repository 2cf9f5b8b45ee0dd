"""What administrators of the simulated Epicor do, and what comes of it for a caller."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from simulators.common.http import Response
from tests.unit.simulators.epicor_desk import ENTRY, GROUPS, INVOICES, NOW, POSTING, Desk

VENDORS = f"{INVOICES}/APInvoices"


@pytest.fixture
def desk() -> Desk:
    """A desk at the sample day."""
    return Desk()


def act(desk: Desk, act: str, /, **fields: Any) -> Response:
    """An administrator acts."""
    return desk.send("POST", "/_sim/people", body={"act": act, **fields})


def message(answer: Response) -> str:
    """An error's text."""
    return answer.body.decode()


@pytest.mark.parametrize("who", ["restrict_key", "restrict_user"])
def test_services_methods_and_companies_are_taken_away_and_given_back(desk: Desk, who: str) -> None:
    """Whole services or single methods answer 403, other companies too; the next act replaces the one before."""
    act(desk, who, without=[INVOICES, f"{POSTING}/RunDirect"])
    assert desk.read(VENDORS, top=1).status == 403
    assert desk.send("GET", desk.path(f"{POSTING}/GetNewParameters")).status == 200
    assert desk.send("POST", desk.path(f"{POSTING}/RunDirect"), body={}).status == 403
    act(desk, who, companies=["EPIC02"])
    assert desk.read(VENDORS, top=1).status == 403
    act(desk, who)
    assert desk.read(VENDORS, top=1).status == 200


def test_a_key_ends_when_it_says(desk: Desk) -> None:
    """A disabled key and one whose time is over are 401, whatever the user."""
    act(desk, "restrict_key", enabled=False)
    assert desk.read(VENDORS, top=1).status == 401
    act(desk, "restrict_key", expires="2026-11-23T08:59:59+00:00")
    assert desk.read(VENDORS, top=1).status == 401
    act(desk, "restrict_key", expires="2026-11-23T09:00:01+00:00")
    assert desk.read(VENDORS, top=1).status == 200


def test_set_up_is_maintained(desk: Desk) -> None:
    """Rows of set-up tables change or are made; other tables and unknown columns are refused."""
    assert act(desk, "change_setup", table="PayMethod", key=[7], columns={"Inactive": True}).status == 200
    assert act(desk, "change_setup", table="Currency", key=["NOK"], columns={"ISOCurrCode": "NOK"}).status == 200
    read = desk.read("Erp.BO.PayMethodSvc/PayMethods", filter="PMUID eq 7", select="Inactive,Name")
    assert '"Inactive": true, "Name": "Wise"' in message(read)
    assert '"NOK"' in message(desk.read("Erp.BO.CurrencySvc/Currencies", filter="ISOCurrCode eq 'NOK'"))
    assert act(desk, "change_setup", table="APInvHed", key=[1], columns={}).status == 400
    assert act(desk, "change_setup", table="PayMethod", key=[7], columns={"Nothing": 1}).status == 400


def test_a_directive_refuses_or_alters_until_it_goes(desk: Desk) -> None:
    """It refuses with its text, or sets columns of rows that are sent; a method without one does as ever."""
    create = desk.path(f"{GROUPS}/GetNewAPChkGrpNoLock")
    act(desk, "set_directive", method=f"{GROUPS}/GetNewAPChkGrpNoLock", says="Not on a Monday.")
    answer = desk.send("POST", create, body={"ds": {}})
    assert (answer.status, "Not on a Monday." in message(answer)) == (400, True)
    act(desk, "set_directive", method=f"{GROUPS}/GetNewAPChkGrpNoLock")
    assert desk.send("POST", create, body={"ds": {}}).status == 200
    alters = {"APChkGrp": {"CheckDate": "2026-12-24T00:00:00"}}
    act(desk, "set_directive", method=f"{GROUPS}/OnChangeBankAcctID", alters=alters)
    body = {"pcBankAcctID": "HOUSE", "ds": {"APChkGrp": [{"GroupID": "G1", "RowMod": "A"}]}}
    changed = message(desk.send("POST", desk.path(f"{GROUPS}/OnChangeBankAcctID"), body=body))
    assert '"CheckDate": "2026-12-24T00:00:00"' in changed


def test_legal_numbers_are_asked_for(desk: Desk) -> None:
    """PreUpdate tells that a person must type one, in that company only."""
    body = {"ds": {"CheckHed": [{"HeadNum": 1, "RowMod": "U"}]}}
    act(desk, "legal_numbers", company="EPIC01")
    assert '"requiresUserInput": true' in message(desk.send("POST", desk.path(f"{ENTRY}/PreUpdate"), body=body))
    desk.company = "EPIC02"
    assert '"requiresUserInput": false' in message(desk.send("POST", desk.path(f"{ENTRY}/PreUpdate"), body=body))


def test_the_company_tells_its_name_and_time_zone(desk: Desk) -> None:
    """A copy says so in its name; Companies has the time zone; every answer has the server's own time."""
    act(desk, "rename_company", name="PILOT")
    answer = desk.send("POST", desk.path("Ice.Lib.SessionModSvc/GetCurrentValues"), body={})
    assert '"companyName": "PILOT"' in message(answer)
    assert '"TimeZoneID": "UTC"' in message(desk.read("Ice.BO.CompanySvc/Companies", select="Company1,TimeZoneID"))
    assert desk.read("Ice.BO.CompanySvc/Companies('EPIC01')").status == 200
    assert parsedate_to_datetime(answer.headers["Date"]) == NOW
