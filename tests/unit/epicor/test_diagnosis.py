"""What `doctor epicor` finds: every fault of the simulated site, told in plain words, by reads only."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from kinetic_wise.epicor import BasicAuth, ConfigurationMissing, EpicorOptions, epicor_transport
from kinetic_wise.epicor.diagnosis import Diagnosis, Extras, Finding, Verdict, diagnose
from kinetic_wise.epicor.diagnosis.columns import columns_of
from kinetic_wise.transport import own_session
from simulators.epicor import INSTANCE
from simulators.epicor.access import API_KEY, PASSWORD
from simulators.epicor.functions import LIBRARY
from simulators.epicor.methods import METHODS
from simulators.epicor.services import SERVICES
from tests.contract.epicor import Epicor
from tests.contract.test_epicor_names import asked, columns_in, names, plain, unknown_columns
from tests.contract.test_epicor_reads import OPTIONS
from tests.support.credentials import with_key

COMPANY = "EPIC01"
EVERYTHING = Extras("UD05", memos=True, receipts=True, receipt_document_type="RECEIPT", bank_fee_id="WISEFEE")
URL = f"https://epicor.test/{INSTANCE}"


@dataclass
class Site:
    """A simulated Epicor to look at, over https."""

    options: EpicorOptions = field(default_factory=lambda: EpicorOptions(companies=(COMPANY,)))
    extras: Extras = field(default_factory=Extras)
    url: str = URL
    password: str = ""
    bearer: str = ""

    def __post_init__(self) -> None:
        self.epicor = Epicor()

    def people(self, act: str, **more: Any) -> None:
        """What an administrator does."""
        self.epicor.control("people", {"act": act, **more})

    def setup(self, table: str, key: list[Any], **columns: Any) -> None:
        """Maintain a row of a set-up table."""
        self.people("change_setup", table=table, key=key, columns=columns)

    def faults(self, *faults: dict[str, Any]) -> None:
        """Faults of transport."""
        self.epicor.control("faults", [{"times": -1, **fault} for fault in faults])

    def look(self) -> Diagnosis:
        """The doctor's pass."""
        session = own_session()
        session.mount("https://epicor.test", self.epicor.adapter)
        session.mount("http://epicor.test", self.epicor.adapter)
        ready = self.epicor.simulator.ready
        auth: Any = BasicAuth(ready["user"], self.password or ready["password"])
        if self.bearer:
            auth = Bearer(self.bearer)
        common: dict[str, Any] = {"now": lambda: self.epicor.time, "sleep": self.epicor.sleep}
        auth = with_key(auth, ready["api_key"])
        transport = epicor_transport(self.url, auth, session=session, dice=random.Random(1), **common)
        return diagnose(transport, self.options, self.extras)


@dataclass
class Bearer:
    """A token that was issued."""

    token: str
    user: str = ""

    def headers(self) -> dict[str, str]:
        """The header."""
        return {"Authorization": f"Bearer {self.token}"}

    def renew(self) -> bool:
        """Another one would be refused as well."""
        return False


def faults(found: Diagnosis) -> list[Finding]:
    """What stops payments."""
    return [finding for finding in found.findings if finding.verdict is Verdict.FAULT]


def told(found: Diagnosis, verdict: Verdict, check: str) -> str:
    """Texts and remedies of a check's findings of one verdict; there must be some."""
    texts = [f"{one.text} {one.remedy}" for one in found.findings if (one.verdict, one.check) == (verdict, check)]
    assert texts, found.findings
    return " | ".join(texts)


def test_a_site_that_works_has_no_fault() -> None:
    """With everything allowed and set, nothing stops payments; what no read shows is said to be open."""
    found = Site(extras=EVERYTHING).look()
    assert found.works, faults(found)
    assert {"access", "company", "clock", "time zone", "services", "columns"} <= {one.check for one in found.findings}
    assert "RunDirect" in told(found, Verdict.UNKNOWN, "posting")


@pytest.mark.parametrize("mode", OPTIONS)
def test_every_way_to_read_is_looked_at(mode: str) -> None:
    """By sets, by GetRows, by BAQs: a site that works has no fault, and the invoices that wait are the same."""
    site = Site(options=replace(OPTIONS[mode], companies=(COMPANY,)))
    found = site.look()
    assert found.works, faults(found)
    assert "34 invoices are eligible" in told(found, Verdict.WARNING, "invoices")


@pytest.mark.parametrize("library", ["", LIBRARY])
def test_it_never_writes(library: str) -> None:
    """Books and row versions stay; each call is a GET or a method that leaves nothing."""
    options = EpicorOptions(companies=("EPIC01", "EPIC02"), function_library=library)
    site = Site(options=options, extras=EVERYTHING)
    simulator = site.epicor.simulator
    books, version = {**simulator.state(), "calls": 0}, simulator.site.revisions.last
    assert site.look().works
    assert ({**simulator.state(), "calls": 0}, simulator.site.revisions.last) == (books, version)
    assert len(site.epicor.adapter.requests) > 50
    assert all(simulator.is_look(request) for request in site.epicor.adapter.requests)


def test_it_asks_for_names_of_the_schema_dump() -> None:
    """Every set, column, method and parameter that it asks for is one of a real tenant."""
    site = Site(extras=EVERYTHING)
    site.look()
    for service, name, request in asked(site.epicor):
        if (plain(service), plain(name)) in names().sets:
            table = SERVICES[service].sets[name]
            listed = columns_in(request) if "orderby" in request.query else [request.params["$select"]]
            assert unknown_columns(table, listed) == []
        elif name != "metadata":
            assert name in METHODS[service]
            assert set(request.json() or {}) <= set(names().methods[plain(service), plain(name)][0])


# --- the door --------------------------------------------------------------------------------------------------------


def test_nobody_at_the_address() -> None:
    """A host that does not answer is told by its address, and is the only finding of the company."""
    found = Site(url="https://127.0.0.1:9/SaaS001").look()
    assert "nobody answers at https://127.0.0.1:9/SaaS001" in told(found, Verdict.FAULT, "host")
    assert [one.check for one in found.findings if one.company] == ["host"]


def test_an_address_without_its_instance() -> None:
    """An address that is no Epicor instance says how one looks."""
    found = Site(url="https://epicor.test").look()
    assert "https://host/SaaS123" in told(found, Verdict.FAULT, "host")


def test_a_gateway_in_between_and_an_upgrade() -> None:
    """A gateway's page is not taken for Epicor; an upgrade is told as what it is."""
    site = Site()
    site.faults({"fault": "status", "status": 502})
    assert "does not answer as Epicor does" in told(site.look(), Verdict.FAULT, "host")
    site.faults()
    site.people("upgrade")
    assert "is being upgraded" in told(site.look(), Verdict.FAULT, "host")


def test_without_encryption() -> None:
    """Password and key are not sent in the clear beyond this machine."""
    assert "use https" in told(Site(url=f"http://epicor.test/{INSTANCE}").look(), Verdict.FAULT, "host")


@pytest.mark.parametrize("change", [{"enabled": False}, {"expires": "2026-01-01T00:00:00+00:00"}])
def test_a_key_that_is_disabled_or_expired(change: dict[str, Any]) -> None:
    """Behind a valid token a 401 can only mean the key (pitfall 1); by Basic the key is the first thing to look at."""
    site = Site()
    site.people("restrict_key", **change)
    assert "API key first" in told(site.look(), Verdict.FAULT, "access")
    site.bearer = site.epicor.simulator.access.issue("wisepay", 3600)
    assert "the login works, and Epicor refuses the API key" in told(site.look(), Verdict.FAULT, "access")


def test_a_wrong_password_is_presented_once() -> None:
    """A doctor locks nobody out: one refusal ends the pass (pitfall 40)."""
    site = Site(password="Wrong-2026")
    found = site.look()
    assert len(faults(found)) == 1
    assert sum(site.epicor.simulator.access.wrong.values()) == 1


def test_a_company_that_is_closed_to_key_or_user() -> None:
    """Whether the key is of another company or the user has no right to it, Epicor's words say (pitfalls 2, 34)."""
    site = Site()
    site.people("restrict_key", companies=["EPIC02"])
    assert "not valid for company EPIC01" in told(site.look(), Verdict.FAULT, "access")
    site.people("restrict_key")
    site.people("restrict_user", companies=["EPIC02"])
    assert "not authorized for company EPIC01" in told(site.look(), Verdict.FAULT, "access")


def test_a_company_that_there_is_not() -> None:
    """A company that Epicor does not know is told in its words."""
    found = Site(options=EpicorOptions(companies=("NOPE",))).look()
    assert "Invalid company NOPE" in told(found, Verdict.FAULT, "company")
    with pytest.raises(ConfigurationMissing):
        Site(options=EpicorOptions()).look()


def test_the_environment_shows_its_name() -> None:
    """A copy of production whose key works as well is known by the company's name: a person compares it (pitfall 2)."""
    site = Site()
    site.people("rename_company", name="PILOT copy of 1 November")
    assert "PILOT copy of 1 November" in told(site.look(), Verdict.OK, "company")


# --- licences, clock, time zone --------------------------------------------------------------------------------------


def test_licences() -> None:
    """No free licence ends the pass; calls without a type of their own, or with 20 s each, are told (pitfall 23)."""
    site = Site()
    assert "compete with people" in told(site.look(), Verdict.WARNING, "licence")
    site.options = replace(site.options, license_id="00000003-9439-4b30-a6f4-6d2fd4b9fd0f")
    assert "'web service'" in told(site.look(), Verdict.OK, "licence")
    site.faults({"match": {"path": "Svc/"}, "fault": "delay", "seconds": 20})
    assert "every call takes 20 s" in told(site.look(), Verdict.WARNING, "licence")
    site.faults({"fault": "status", "status": 400})
    assert "Maximum users" in told(site.look(), Verdict.FAULT, "licence")


@pytest.mark.parametrize(("seconds", "where"), [(300, "300 s ahead of"), (-300, "300 s behind")])
def test_clocks_that_differ(seconds: int, where: str) -> None:
    """A clock that is off is told with how much."""
    site = Site()
    site.epicor.control("clock", {"advance_seconds": seconds})
    assert where in told(site.look(), Verdict.WARNING, "clock")


def test_time_zones_that_differ() -> None:
    """The company's own time zone stands beside the setting; one that is not shown is said to be open (pitfall 31)."""
    site = Site()
    site.setup("Company", [COMPANY], TimeZoneID="Eastern Standard Time")
    assert "'Eastern Standard Time', `time_zone` is UTC" in told(site.look(), Verdict.WARNING, "time zone")
    site.people("restrict_key", without=["Ice.BO.CompanySvc"])
    assert "does not show" in told(site.look(), Verdict.UNKNOWN, "time zone")


# --- services --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "service",
    [
        "Erp.BO.APInvoiceSvc", "Erp.BO.VendorSvc", "Erp.BO.CurrencySvc", "Erp.BO.CountrySvc", "Erp.BO.PayMethodSvc",
        "Erp.BO.BankAcctSvc", "Erp.BO.APChkGrpSvc", "Erp.BO.PaymentEntrySvc", "Erp.Proc.APPaymentPostSvc",
        "Erp.BO.VoidPaymentSvc", "Ice.BO.UD05Svc", "Ice.BO.MemoSvc", "Ice.BO.AttachmentSvc", "Erp.BO.BankFeeSvc",
    ],
)  # fmt: skip
@pytest.mark.parametrize("who", ["restrict_key", "restrict_user"])
def test_each_service_that_is_missing_is_named(who: str, service: str) -> None:
    """Out of the key's scope or the user's rights: the service, what it is for, and where to allow it (pitfall 3)."""
    site = Site(extras=EVERYTHING)
    site.people(who, without=[service])
    text = told(site.look(), Verdict.FAULT, "services")
    assert f"{service} may not be used, which is needed to" in text
    assert f"put {service} into the API key's access scope" in text


def test_what_one_can_do_without_is_a_warning() -> None:
    """Without the open days payments work; only a closed period is seen late (pitfall 29)."""
    site = Site()
    site.people("restrict_key", without=["Erp.BO.EADSvc"])
    found = site.look()
    assert found.works
    assert "Erp.BO.EADSvc may not be used" in told(found, Verdict.WARNING, "services")
    assert "no earliest apply date can be read" in told(found, Verdict.WARNING, "open days")


def test_a_session_service_out_of_scope_does_not_end_the_pass() -> None:
    """The first call may be refused by itself: the rest is looked at all the same."""
    site = Site()
    site.people("restrict_key", without=["Ice.Lib.SessionModSvc"])
    found = site.look()
    assert "put Ice.Lib.SessionModSvc" in told(found, Verdict.FAULT, "access")
    assert told(found, Verdict.OK, "services")


def test_a_library_that_is_not_there() -> None:
    """A site that pays by functions needs its library published for the company."""
    site = Site(options=EpicorOptions(companies=(COMPANY,), function_library=LIBRARY))
    site.epicor.simulator.libraries.clear()
    assert "library is published" in told(site.look(), Verdict.FAULT, "services")


@pytest.mark.parametrize("service", ["Erp.BO.APChkGrpSvc", "Erp.BO.PaymentEntrySvc"])
def test_a_library_does_not_replace_reading(service: str) -> None:
    """Where a library writes payments, groups and payments are still found by their sets."""
    site = Site(options=EpicorOptions(companies=(COMPANY,), function_library=LIBRARY))
    assert site.look().works
    site.people("restrict_key", without=[service])
    assert f"{service} may not be used, which is needed to find" in told(site.look(), Verdict.FAULT, "services")


def test_sets_that_cannot_be_read() -> None:
    """Sets that Epicor answers with its own 500 are read by GetRows, and that setting is proposed (pitfall 9)."""
    site = Site()
    path = "(APInvoice|Vendor)Svc/(APInvoices|Vendors)"
    site.faults({"match": {"method": "GET", "path": path}, "fault": "status", "status": 500})
    found = site.look()
    assert "Erp.BO.APInvoiceSvc, Erp.BO.VendorSvc" in told(found, Verdict.WARNING, "read mode")
    assert found.proposal["read_mode"] == "getrows"


# --- columns ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"approval_column": "Approved_c"}, "`approval_column` names Approved_c, which"),
        ({"approval_column": "wiseApproved_c"}, "it is spelled WiseApproved_c"),
        ({"approval_column": "Description"}, "which is Edm.String, not Edm.Boolean"),
        ({"change_column": "UpdatedOn"}, "`change_column` names UpdatedOn"),
        ({"change_column": "UpdatedOn", "columns": {"UpdatedOn": "ChangedOn_c"}}, "names ChangedOn_c"),
        ({"eligible_filter": "Status eq 'A'"}, "`eligible_filter` names Status"),
        ({"bank_columns": ("RoutingNum_c",)}, "`recipient_columns` names RoutingNum_c"),
        ({"vendor_columns": ("Tax_c",)}, "`recipient_columns` names Tax_c"),
        ({"columns": {"PayHold": "Hold_c"}}, "has no Hold_c, which this connector reads"),
    ],
)
def test_a_column_that_a_setting_names_and_nobody_has(options: dict[str, Any], text: str) -> None:
    """Each configured column is looked up in $metadata before the first poll fails (pitfall 6)."""
    found = Site(options=EpicorOptions(companies=(COMPANY,), **options)).look()
    assert text in told(found, Verdict.FAULT, "columns")


def test_metadata_is_read_however_it_is_written() -> None:
    """Attributes in any order and quotes, types without columns, names in a namespace."""
    document = """<edmx:Edmx><EntityType Name='Empty'/>
      <EntityType Name="Row"><Key/><Property Type="Edm.Int64" Name="A"/>
      <Property Name='B' Type='Edm.String' Nullable="false"></Property></EntityType><Property Name="lost"/>
      <EntitySet EntityType="Erp.BO.Row" Name="Rows"/><EntitySet Name="None" EntityType="Empty"/></edmx:Edmx>"""
    assert columns_of(document) == {"Rows": {"A": "Edm.Int64", "B": "Edm.String"}, "None": {}}


# --- set-up ----------------------------------------------------------------------------------------------------------


def test_currencies_without_iso_code() -> None:
    """Active currencies that Wise cannot be told are listed; inactive ones are not (pitfall 13)."""
    site = Site()
    site.setup("Currency", ["SEK"], ISOCurrCode="kr")
    text = told(site.look(), Verdict.WARNING, "currencies")
    assert "without an ISO code: BON, SEK;" in text
    site.setup("Currency", ["SEK"], Inactive=True)
    site.setup("Currency", ["BON"], Inactive=True)
    assert told(site.look(), Verdict.OK, "currencies")


@pytest.mark.parametrize(
    ("columns", "verdict", "text"),
    [
        ({"Inactive": True}, Verdict.FAULT, "is inactive"),
        ({"PMSource": 1}, Verdict.FAULT, "is one of receivables"),
        ({"EnterPymtTotal": True}, Verdict.FAULT, "wants a payment total"),
        ({"Type": 1}, Verdict.WARNING, "with its bank file a colleague could pay again"),
    ],
)
def test_a_payment_method_that_will_not_do(columns: dict[str, Any], verdict: Verdict, text: str) -> None:
    """The method that settings name is looked at: one that writes a bank file could pay a second time (pitfall 45)."""
    site = Site(options=EpicorOptions(companies=(COMPANY,), payment_method=7))
    site.setup("PayMethod", [7], **columns)
    assert text in told(site.look(), verdict, "payment method")


def test_a_payment_method_with_the_banks_currency_only() -> None:
    """OnlyBankCurr forbids other currencies than the account's: told before a draft is refused."""
    site = Site()
    site.setup("PayMethod", [7], OnlyBankCurr=True)
    assert "bank account's currency only" in told(site.look(), Verdict.WARNING, "payment method")


def test_no_payment_method_for_wise() -> None:
    """Where no method says Wise, the setting to make is named with the candidates; a wrong number is told."""
    site = Site()
    for number in (2, 7):
        site.setup("PayMethod", [number], Name=f"Method {number}")
    assert "set `payment_method`" in told(site.look(), Verdict.FAULT, "payment method")
    assert "set `payment_method`" in told(site.look(), Verdict.FAULT, "settings")
    site.options = replace(site.options, payment_method=99)
    assert "there is no payment method 99" in told(site.look(), Verdict.FAULT, "payment method")


def test_bank_accounts() -> None:
    """A closed or unknown account, and a choice that nobody can make, are told."""
    site = Site(options=EpicorOptions(companies=(COMPANY,), bank_account_id="WISEOLD"))
    assert "WISEOLD is closed" in told(site.look(), Verdict.FAULT, "bank account")
    site.options = replace(site.options, bank_account_id="NONE")
    assert "there is no bank account NONE" in told(site.look(), Verdict.FAULT, "bank account")
    site.options = replace(site.options, bank_account_id="")
    for account in ("WISEEUR", "WISEGBP", "WISEUSD", "WISEAUD"):
        site.setup("BankAcct", [account], Closed=True)
    site.setup("BankAcct", ["SPARE"], Description="Spare", CurrencyCode="EUR")
    assert "set `bank_account_id`" in told(site.look(), Verdict.FAULT, "bank account")


def test_a_bank_fee_that_there_is_not() -> None:
    """A fee code that a setting names must be one of Epicor's."""
    found = Site(extras=Extras(bank_fee_id="FEE")).look()
    assert "there is no bank fee FEE; there are WISEFEE" in told(found, Verdict.FAULT, "bank fee")


def test_closed_days() -> None:
    """A day that is closed already cannot be posted on (pitfall 29)."""
    site = Site()
    site.people("close_period", through="2026-12-31")
    assert "from 2027-01-01 on, and today is 2026-11-23" in told(site.look(), Verdict.FAULT, "open days")


# --- what fits this site ---------------------------------------------------------------------------------------------


def test_the_settings_that_fit_are_proposed() -> None:
    """A site that keeps the moment of changes and an approval of its own gets both proposed, and they work."""
    site = Site()
    found = site.look()
    assert found.proposal["change_column"] == "UpdatedOn"
    assert found.proposal["epicor_columns"] == {"UpdatedOn": "UpdatedOn_c"}
    assert found.proposal["approval_column"] == "WiseApproved_c"
    assert str(found.proposal["eligible_filter"]).endswith("and (PMUID eq 7)")
    fitting = EpicorOptions(
        companies=(COMPANY,),
        change_column="UpdatedOn",
        columns={"UpdatedOn": "UpdatedOn_c"},
        approval_column="WiseApproved_c",
        eligible_filter=str(found.proposal["eligible_filter"]),
    )
    again = Site(options=fitting).look()
    assert again.works
    assert "34 invoices are eligible" in told(again, Verdict.WARNING, "invoices")
    assert again.proposal["eligible_filter"] == f"({fitting.eligible_filter})"


def test_change_dates_that_are_not_always_filled() -> None:
    """Where an open invoice lacks its ChangeDate, the row version is proposed instead (5.4)."""
    site = Site()
    store = site.epicor.simulator.site.companies[COMPANY]["APInvHed"]
    row = next(row for row in store.rows() if row.get("PMUID") == 7 and row.get("OpenPayable"))
    store.change(row, ChangeDate=None)["UpdatedOn_c"] = None
    assert site.look().proposal["change_column"] == "SysRevID"


def test_invoices_that_carry_another_payment_method() -> None:
    """Where no open invoice is marked for Wise, the methods that they carry are counted."""
    site = Site(options=EpicorOptions(companies=(COMPANY,), payment_method=8))
    text = told(site.look(), Verdict.WARNING, "eligibility")
    assert "none of " in text
    assert "they carry 7 (" in text


def test_companies_that_differ() -> None:
    """What fits one company and not the other is shown for each."""
    site = Site(options=EpicorOptions(companies=("EPIC01", "EPIC02")))
    site.setup("PayMethod", [7], Name="Old")
    site.setup("PayMethod", [2], Name="Transfer by Wise")
    filters = site.look().proposal["eligible_filter"]
    assert isinstance(filters, list)
    assert [one.rpartition(" and ")[2] for one in filters] == ["(PMUID eq 2)", "(PMUID eq 7)"]


def test_no_secret_is_told() -> None:
    """Whatever is found, neither password nor key stands in it."""
    site = Site(password="Wrong-2026")
    assert "Wrong-2026" not in repr(site.look())
    site.password = ""
    assert API_KEY not in repr(site.look())
    assert PASSWORD not in repr(site.look())


@pytest.mark.parametrize(
    ("day", "verdict", "text"),
    [
        ("2026-11-22", Verdict.FAULT, "the API key ended on 2026-11-22"),
        ("2026-12-01", Verdict.WARNING, "in 8 days"),
        ("2027-12-01", Verdict.OK, "ends on 2027-12-01"),
    ],
)
def test_credentials_that_end_soon(day: str, verdict: Verdict, text: str) -> None:
    """The last day that the envelope names is looked at; without one it is said to be open (pitfall 41)."""
    site = Site(extras=Extras(endings={"API key": date.fromisoformat(day)}))
    assert text in told(site.look(), verdict, "endings")
    site.extras = Extras()
    assert "does not say when" in told(site.look(), Verdict.UNKNOWN, "endings")
