"""Reserving an invoice: look first, make what is missing, never touch what is not ours (rules 4, 5, 8)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import requests

from kinetic_wise.epicor import ConfigurationMissing, EpicorOptions, ForeignDraft
from kinetic_wise.payments.systems import Draft, DraftLine, Reservation
from kinetic_wise.transport import NotArrived, Refused, RemoteError, Unclear
from tests.unit.epicor.fake import FakeEpicor, Said, business_error
from tests.unit.epicor.rows import COMPANY, USER, Body, bank_account, line, payment, payment_method, vendor

GROUP = "W7K2M9QX"
REFERENCE = "LEDGER01-1"
WANTED = Reservation(
    company=COMPANY,
    group_id=GROUP,
    reference=REFERENCE,
    vendor_num=214,
    vendor_id="NORD01",
    bank_id="MAIN",
    invoice_num="7/24 A",
    amount=Decimal("1200.10"),
    currency="EUR",
    currency_code="EUR",
)
WRITES = ("Update", "CreateNewCheckHed", "DeleteByID")
GROUP_ROW = {"GroupID": GROUP, "CreatedBy": USER, "ActiveUserID": "", "PostInProcess": False, "PostErrorLog": ""}


@pytest.fixture
def epicor() -> FakeEpicor:
    """An Epicor with nothing in entry."""
    return FakeEpicor()


def header(head_num: int = 5012, **changes: object) -> Body:
    """Our payment with its header stored."""
    stored = {"VendorNum": 214, "VendorBankID": "MAIN", "XRefCheckNum": REFERENCE, "CheckNum": 70_005_012}
    return payment(head_num, GROUP, **{**stored, **changes})


def writes(epicor: FakeEpicor) -> int:
    """How many calls changed something."""
    return sum(epicor.count()[name] for name in WRITES)


def test_fresh_draft_says_everything_it_must(epicor: FakeEpicor) -> None:
    """Group, payment and line are made with reference, bank, check number, exact amount and no discount."""
    draft = epicor.client().reserve(WANTED)

    assert draft == Draft(
        group_id=GROUP,
        head_num=5012,
        reference=REFERENCE,
        vendor_num=214,
        bank_id="MAIN",
        currency_code="EUR",
        check_num=70_005_012,
        entry_person=USER,
        lines=(DraftLine(invoice_num="7/24 A", amount=Decimal("1200.10")),),
    )
    group = epicor.tables["APChkGrps"][0]
    assert (group["BankAcctID"], group["PMUID"], group["CheckDate"]) == ("WISE", 7, "2026-11-23T00:00:00")


def test_fresh_draft_costs_sixteen_calls(epicor: FakeEpicor) -> None:
    """With the small tables known, a fresh reservation takes the promised 16 calls, 4 of them writes."""
    client = epicor.client()
    client.reserve(WANTED)
    epicor.calls.clear()

    client.reserve(WANTED.model_copy(update={"group_id": "W0000002", "reference": "LEDGER01-2"}))

    assert len(epicor.calls) == 16
    assert writes(epicor) == 4


def test_complete_draft_is_only_looked_at(epicor: FakeEpicor) -> None:
    """Reserving again finds the draft in three reads and changes nothing."""
    client = epicor.client()
    made = client.reserve(WANTED)
    epicor.calls.clear()

    assert client.reserve(WANTED) == made
    assert epicor.calls == ["PaymentEntries", "APChkGrps", "APTrans"]


def test_data_sets_go_back_complete(epicor: FakeEpicor) -> None:
    """Columns and tables that we do not know travel through every call (pitfall 35)."""
    epicor.client().reserve(WANTED)

    header_update = epicor.sent("Update")[1]["ds"]
    assert header_update["Unknown"] == [{"Kept": 1}]
    assert header_update["CheckHed"][0]["Odd_c"] == "kept"
    assert header_update["CheckHed"][0]["RowMod"] == "U"


def test_reference_is_there_from_the_first_write_of_the_header(epicor: FakeEpicor) -> None:
    """The header is never stored without the ledger's reference (rule 8)."""
    epicor.client().reserve(WANTED)

    assert epicor.sent("Update")[1]["ds"]["CheckHed"][0]["XRefCheckNum"] == REFERENCE


@pytest.mark.parametrize(("call", "nth"), [("Update", 0), ("CreateNewCheckHed", 0), ("Update", 1), ("Update", 2)])
def test_lost_answer_is_unclear_and_the_next_try_finishes(epicor: FakeEpicor, call: str, nth: int) -> None:
    """Whichever write loses its answer after the effect, trying again finds what was made and makes the rest once."""
    client = epicor.client()
    real = epicor._answer
    seen = {"n": -1}

    def flaky(name: str, query: str, body: Body) -> Said:
        said = real(name, query, body)
        seen["n"] += name == call
        if name == call and seen["n"] == nth:
            seen["n"] += 100
            raise requests.ReadTimeout("lost")
        return said

    epicor._answer = flaky  # type: ignore[method-assign]
    with pytest.raises(Unclear):
        client.reserve(WANTED)

    draft = client.reserve(WANTED)

    assert draft.lines == (DraftLine(invoice_num="7/24 A", amount=Decimal("1200.10")),)
    assert [len(epicor.tables[name]) for name in ("APChkGrps", "PaymentEntries", "APTrans")] == [1, 1, 1]


@pytest.mark.parametrize("fault", [Said(502, text="<html>gateway</html>"), Said(text='{"parameters": {"ds"')])
def test_server_fault_and_broken_answer_are_unclear(epicor: FakeEpicor, fault: Said) -> None:
    """A 5xx or half an answer to a write says nothing about its effect, and it is not sent again unasked."""
    epicor.faults["CreateNewCheckHed"] = [fault]

    with pytest.raises(Unclear):
        epicor.client().reserve(WANTED)

    assert epicor.count()["CreateNewCheckHed"] == 1


def test_nothing_done_yet_may_be_said_not_to_have_arrived(epicor: FakeEpicor) -> None:
    """Without a free licence nothing was begun, and the caller may simply come later."""
    epicor.faults["PaymentEntries"] = [business_error("Maximum users exceeded", "Ice.Common.LicenseAccessException")]

    with pytest.raises(NotArrived) as caught:
        epicor.client().reserve(WANTED)

    assert (caught.value.code, caught.value.retry_after) == ("licence", 30.0)


def test_no_licence_half_way_is_unclear(epicor: FakeEpicor) -> None:
    """Once the group is made, the reservation as a whole can no longer be said not to have arrived."""
    epicor.faults["CreateNewCheckHed"] = [Said(429, {}, headers={"Retry-After": "60"})]

    with pytest.raises(Unclear) as caught:
        epicor.client().reserve(WANTED)

    assert caught.value.code == "throttled"
    assert len(epicor.tables["APChkGrps"]) == 1


@pytest.mark.parametrize(
    ("group", "heads", "lines"),
    [
        ([{**GROUP_ROW, "CreatedBy": "ANNA"}], [], []),
        ([GROUP_ROW], [payment(5012, GROUP, EntryPerson="ANNA")], []),
        ([GROUP_ROW], [header(XRefCheckNum="OTHER-1")], []),
        ([GROUP_ROW], [header(XRefCheckNum="")], []),
        ([GROUP_ROW], [header(VendorNum=9)], []),
        ([GROUP_ROW], [header(VendorBankID="OLD")], []),
        ([GROUP_ROW], [header(CurrencyCode="US$")], []),
        ([GROUP_ROW], [header()], [line(5012, amount="1200.11")]),
        ([GROUP_ROW], [header()], [line(5012, number="OTHER")]),
        ([GROUP_ROW], [header()], [line(5012), line(5012, number="OTHER", APTranNo=1)]),
        ([GROUP_ROW], [header(Voided=True)], []),
        ([GROUP_ROW], [header(), payment(5013, GROUP, EntryPerson="ANNA")], [line(5012)]),
        ([GROUP_ROW], [header(), header(5013)], [line(5012)]),
    ],
)
def test_group_that_is_not_ours_is_never_touched(
    epicor: FakeEpicor, group: list[Body], heads: list[Body], lines: list[Body]
) -> None:
    """Another reference, vendor, bank, currency, amount, user, or a further payment: left as it is (H14, H15)."""
    epicor.tables |= {"APChkGrps": group, "PaymentEntries": heads, "APTrans": lines}

    with pytest.raises(ForeignDraft) as caught:
        epicor.client().reserve(WANTED)

    assert caught.value.draft.group_id == GROUP
    assert writes(epicor) == 0


def test_empty_payments_of_broken_off_calls_go(epicor: FakeEpicor) -> None:
    """A late CreateNewCheckHed leaves a second, empty payment of ours: it is deleted before the draft counts (H13)."""
    epicor.tables |= {"APChkGrps": [GROUP_ROW], "PaymentEntries": [payment(5010, GROUP), header()]}
    epicor.tables["APTrans"] = [line(5012)]

    draft = epicor.client().reserve(WANTED)

    assert (draft.head_num, draft.other_payments) == (5012, 0)
    assert epicor.sent("DeleteByID") == [{"headNum": 5010}]


def test_posted_draft_is_answered_as_it_is(epicor: FakeEpicor) -> None:
    """Somebody posted our draft: the caller is told, nothing is made anew."""
    epicor.tables |= {"PaymentEntries": [header(Posted=True)], "APTrans": [line(5012, Posted=True)]}
    epicor.tables["APTrans"].append(line(5012, amount="-3.10", TranType="Adj", APTranNo=1))

    draft = epicor.client().reserve(WANTED)

    assert draft.posted
    assert len(draft.lines) == 1


def test_refusal_is_told_in_epicors_words(epicor: FakeEpicor) -> None:
    """A business rule's text reaches the clerk with the id by which IT finds it."""
    epicor.faults["CreateNewCheckHed"] = [business_error("The period is closed for 11/2026.")]

    with pytest.raises(Refused, match=r"The period is closed for 11/2026\. \(CorrelationId c0ffee\)") as caught:
        epicor.client().reserve(WANTED)

    assert caught.value.code == "BusinessObjectException"


def test_refusal_of_what_is_there_after_all_is_unclear(epicor: FakeEpicor) -> None:
    """An earlier try that lands late makes the repeat fail with `exists`: that is no refusal (rule 4, H1)."""
    client, real = epicor.client(), epicor._answer

    def late(name: str, query: str, body: Body) -> Said:
        if name == "Update" and not epicor.tables["APChkGrps"]:
            real(name, query, body)
        return real(name, query, body)

    epicor._answer = late  # type: ignore[method-assign]
    with pytest.raises(Unclear, match="Group already exists"):
        client.reserve(WANTED)

    epicor._answer = real  # type: ignore[method-assign]
    assert client.reserve(WANTED).head_num == 5012


def test_part_of_the_balance_with_a_discount_offered(epicor: FakeEpicor) -> None:
    """The line carries exactly the reservation's amount; a discount that Epicor proposes is set to nothing."""
    real = epicor._on_change_invoice_num

    def with_discount(body: Body, ds: Body) -> Said:
        said = real(body, ds)
        ds["APTran"][-1]["DocDiscAmt"] = Decimal("24.00")
        return said

    epicor._on_change_invoice_num = with_discount  # type: ignore[method-assign]

    draft = epicor.client().reserve(WANTED.model_copy(update={"amount": Decimal("1000.00")}))

    assert draft.lines[0].amount == Decimal("1000.00")
    assert draft.lines[0].discount == 0


def test_other_currency_than_the_vendors_is_set(epicor: FakeEpicor) -> None:
    """The payment is in the invoice's currency, by its internal code, whatever currency the vendor has."""
    epicor.tables["APInvoices"][0]["CurrencyCode"] = "US$"

    draft = epicor.client().reserve(WANTED.model_copy(update={"currency": "USD", "currency_code": "US$"}))

    assert draft.currency_code == "US$"
    assert epicor.sent("OnChangeCurrency")[0]["pCurrencyCode"] == "US$"


def test_bank_of_the_reservation_wins_over_the_primary_one(epicor: FakeEpicor) -> None:
    """OnChangeVendor copies the primary bank; the draft names the one that is really paid (open point 14)."""
    epicor.tables["Vendors"] = [vendor(PrimaryBankID="OTHER")]

    assert epicor.client().reserve(WANTED).bank_id == "MAIN"


def test_bank_that_epicor_puts_back_is_refused(epicor: FakeEpicor) -> None:
    """A site's rule that changes the bank again must not go unnoticed (H12f)."""
    ds = {"CheckHed": [header(VendorBankID="OTHER", ManualPrint=True)]}
    epicor.faults["PreUpdate"] = [Said(data={"parameters": {"ds": ds}})]

    with pytest.raises(Refused, match="VendorBankID") as caught:
        epicor.client().reserve(WANTED)

    assert caught.value.code == "read_back"


def test_question_about_the_rate_is_answered(epicor: FakeEpicor) -> None:
    """Asked whether the exchange rate may change, the client says yes, as real integrations do (7.5, step 14)."""
    epicor.question = "Change the exchange rate?"

    epicor.client().reserve(WANTED)

    answers = [body["pcChangeExchangeRateResponse"] for body in epicor.sent("OnChangeInvoiceNum")]
    assert answers == ["?", "Yes"]


def test_other_questions_go_to_a_person(epicor: FakeEpicor) -> None:
    """A legal number to be typed in cannot be answered by a machine (pitfall 26)."""
    ds = {"CheckHed": [payment(5012, GROUP)]}
    epicor.faults["PreUpdate"] = [Said(data={"parameters": {"ds": ds, "requiresUserInput": True}})]

    with pytest.raises(Refused, match="requiresUserInput") as caught:
        epicor.client().reserve(WANTED)

    assert caught.value.code == "question"


def test_options_name_account_and_method(epicor: FakeEpicor) -> None:
    """What is set is used without looking it up."""
    options = EpicorOptions(bank_account_id="MAIN", payment_method=1, check_number_base=90_000_000)

    draft = epicor.client(options).reserve(WANTED)

    assert draft.check_num == 90_005_012
    assert epicor.tables["APChkGrps"][0]["BankAcctID"] == "MAIN"
    assert not {"BankAccts", "PayMethods"} & set(epicor.calls)


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        ([bank_account("A", "Wise USD", "US$"), bank_account("B", "Wise EUR", "EUR")], "B"),
        ([bank_account("A", "Wise EUR", "EUR"), bank_account("B", "Wise GBP", "GBP")], "A"),
        ([bank_account("A", "House", "EUR"), bank_account("B", "WISE", "GBP")], "B"),
        ([bank_account("A", "House", "GBP")], "A"),
        ([bank_account("A", "Wise EUR", "EUR"), bank_account("B", "Wise EUR", "EUR", Closed=True)], "A"),
    ],
)
def test_account_for_wise_is_found(epicor: FakeEpicor, accounts: list[Body], expected: str) -> None:
    """The open account that says Wise, in the invoice's currency if there are several, else the only one."""
    epicor.tables["BankAccts"] = accounts

    epicor.client().reserve(WANTED)

    assert epicor.tables["APChkGrps"][0]["BankAcctID"] == expected


def test_account_in_the_companys_currency_serves_the_rest(epicor: FakeEpicor) -> None:
    """Where no account for Wise has the invoice's currency, the one in the company's is taken."""
    epicor.tables["BankAccts"] = [bank_account("A", "Wise GBP", "GBP"), bank_account("B", "Wise EUR", "EUR")]

    epicor.client().reserve(WANTED.model_copy(update={"currency": "USD", "currency_code": "US$"}))

    assert epicor.tables["APChkGrps"][0]["BankAcctID"] == "B"


@pytest.mark.parametrize(
    ("table", "rows", "told"),
    [
        (
            "BankAccts",
            [bank_account("A", "House", "EUR"), bank_account("B", "Cash", "EUR")],
            r"`bank_account_id`.*A \(House\)",
        ),
        ("BankAccts", [bank_account("A", "Wise 1", "EUR"), bank_account("B", "Wise 2", "EUR")], r"B \(Wise 2\)"),
        ("PayMethods", [payment_method(1, "A"), payment_method(2, "B")], r"`payment_method`.*2 \(B\)"),
        ("PayMethods", [payment_method(1, "Wise file", Type=1)], "there are none"),
    ],
)
def test_unsettled_setting_is_named_before_anything_is_made(
    epicor: FakeEpicor, table: str, rows: list[Body], told: str
) -> None:
    """Where the account or method cannot be told, the setting and its candidates are, and Epicor stays untouched."""
    epicor.tables[table] = rows

    with pytest.raises(ConfigurationMissing, match=told):
        epicor.client().reserve(WANTED)

    assert writes(epicor) == 0


def test_every_failure_is_of_the_family(epicor: FakeEpicor) -> None:
    """Whatever answer a method gives, flows see a RemoteError and nothing else."""
    nothing: list[Any] = [{}, {"parameters": {}}, {"parameters": {"ds": {}}}, [], {"value": [{}]}]
    for name in ("PaymentEntries", "GetNewAPChkGrpNoLock", "CreateNewCheckHed", "OnChangeVendor", "GetNewAPTran"):
        for data in nothing:
            fake = FakeEpicor()
            fake.faults[name] = [Said(data=data)] * 3
            with pytest.raises(RemoteError):
                fake.client().reserve(WANTED)
