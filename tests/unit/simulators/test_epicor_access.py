"""Who may call the Epicor simulator, and how it words its refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.datastructures import Headers

from simulators.epicor.access import API_KEY, ApiKey
from tests.unit.simulators.epicor_desk import INVOICES, NOW, Desk, parse

CURRENT = "Ice.Lib.SessionModSvc/GetCurrentValues"


def test_key_is_needed_beside_credentials() -> None:
    """Valid credentials without the API key, or with an unknown one, get a 401 (pitfall 1)."""
    desk = Desk()
    for key in ("", "unknown"):
        headers = desk.headers()
        headers["X-API-Key"] = key
        assert desk.send("GET", desk.path(f"{INVOICES}/APInvoices"), headers=headers).status == 401


@pytest.mark.parametrize(
    "change",
    [{"enabled": False}, {"expires": NOW - timedelta(seconds=1)}, {"companies": frozenset({"EPIC02"})}],
    ids=["disabled", "expired", "other company"],
)
def test_key_can_be_refused(change: dict[str, object]) -> None:
    """A disabled or expired key gets 401, one of another company 403."""
    desk = Desk()
    desk.simulator.access.keys[API_KEY] = replace(ApiKey(API_KEY), **change)  # type: ignore[arg-type]
    expected = 403 if "companies" in change else 401
    assert desk.read(f"{INVOICES}/APInvoices").status == expected


def test_scope_of_the_key() -> None:
    """A service outside the key's scope gets 403 while others work (pitfall 3)."""
    desk = Desk()
    desk.simulator.access.keys[API_KEY] = ApiKey(API_KEY, services=frozenset({INVOICES}))
    assert desk.read(f"{INVOICES}/APInvoices", top=1).status == 200
    refused = desk.read("Erp.BO.VendorSvc/Vendors")
    assert refused.status == 403
    assert parse(refused)["ErrorType"].endswith("UnauthorizedAccessException")


def test_wrong_password() -> None:
    """A wrong password gets 401."""
    desk = Desk()
    headers = desk.headers()
    headers["Authorization"] = "Basic d2lzZXBheTp3cm9uZw=="
    assert desk.send("GET", desk.path(f"{INVOICES}/APInvoices"), headers=headers).status == 401


def test_token_works_until_it_expires() -> None:
    """TokenResource gives a bearer token that works beside the key until its time is over."""
    desk = Desk()
    ready = desk.simulator.ready
    asked = Headers({"username": ready["user"], "password": ready["password"], "Accept": "application/json"})
    token = parse(desk.send("POST", "/SaaS001/TokenResource.svc/", headers=asked))
    bearer = Headers({"X-API-Key": ready["api_key"], "Authorization": f"Bearer {token['AccessToken']}"})
    path = desk.path(f"{INVOICES}/APInvoices")
    assert desk.send("GET", path, headers=bearer).status == 200
    desk.simulator.clock.advance(float(token["ExpiresIn"]) + 1)
    assert desk.send("GET", path, headers=bearer).status == 401


def test_token_is_xml_unless_json_is_accepted() -> None:
    """Without Accept the token comes as XML."""
    desk = Desk()
    ready = desk.simulator.ready
    asked = Headers({"username": ready["user"], "password": ready["password"]})
    assert desk.send("POST", "/SaaS001/TokenResource.svc/", headers=asked).body.startswith(b"<")


@pytest.mark.parametrize(
    "path",
    [
        "/SaaS001/api/v2/odata/EPIC01/Erp.BO.NoSuchSvc/Things",
        "/SaaS001/api/v2/odata/EPIC01/erp.bo.apinvoicesvc/APInvoices",
        "/SaaS001/api/v2/odata/EPIC01/Erp.BO.APInvoiceSvc/apinvoices",
        "/SaaS001/api/v2/odata/EPIC01/Erp.BO.APInvoiceSvc/getRows",
        "/SaaS001/api/v1/Erp.BO.APInvoiceSvc/APInvoices",
        "/SaaS001/api/v2/efx/EPIC01/Lib/Fun",
    ],
)
def test_unknown_paths(path: str) -> None:
    """Unknown services, sets and methods, and known ones in the wrong case, are 404."""
    assert Desk().send("GET", path).status == 404


def test_any_instance_but_not_any_company() -> None:
    """The instance segment is free; an unknown company is an error."""
    desk = Desk()
    assert desk.send("GET", f"/Anything/api/v2/odata/EPIC01/{INVOICES}/APInvoices").status == 200
    assert desk.send("GET", f"/SaaS001/api/v2/odata/NOPE/{INVOICES}/APInvoices").status == 400


def test_error_body() -> None:
    """A business error has the shape of section 4.1, with a CorrelationId that differs each time."""
    desk = Desk()
    refusals = [parse(desk.post("Erp.BO.PaymentEntrySvc/CreateNewCheckHed", pcGroupID="NONE", ds={})) for _ in range(2)]
    assert refusals[0]["HttpStatus"] == 400
    assert refusals[0]["ErrorType"] == "Ice.Common.BusinessObjectException"
    assert refusals[0]["ErrorDetails"][0]["Table"] == "APChkGrp"
    assert refusals[0]["CorrelationId"] != refusals[1]["CorrelationId"]


def test_content_type_is_needed() -> None:
    """A POST without Content-Type fails obscurely (1.3)."""
    desk = Desk()
    headers = desk.headers()
    del headers["Content-Type"]
    refused = desk.send("POST", desk.path(CURRENT), body={}, headers=headers)
    assert refused.status == 400
    assert "Content" not in parse(refused)["ErrorMessage"]


def test_missing_parameter() -> None:
    """A method without one of its parameters names it (pitfall 12)."""
    refused = Desk().post("Erp.BO.APChkGrpSvc/GroupExits")
    assert refused.status == 400
    assert parse(refused)["ErrorMessage"] == "Parameter groupID is not found in the input object"


def test_current_values_tell_the_company() -> None:
    """GetCurrentValues tells the company, and neither user nor version (0a)."""
    values = Desk(company="EPIC02").call(CURRENT)["parameters"]
    assert (values["companyID"], values["companyName"]) == ("EPIC02", "Epic Pumps UK Ltd")
    assert not {"user", "userID", "version"} & set(values)


@pytest.mark.parametrize(("status", "text"), [(400, b"Maximum users"), (429, b"Too many"), (503, b"<html>")])
def test_faults_speak_epicor(status: int, text: bytes) -> None:
    """A fault of a status is worded as Epicor or its gateway words it; 400 is the exhausted licence."""
    desk = Desk()
    desk.send("POST", "/_sim/faults", body=[{"fault": "status", "status": status}], headers=Headers())
    answer = desk.read(f"{INVOICES}/APInvoices")
    assert answer.status == status
    assert text in answer.body
