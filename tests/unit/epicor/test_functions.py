"""The customer's Function library: what an answer of 200 may hide, and what is compared before it counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kinetic_wise.epicor import EpicorOptions, ForeignDraft
from kinetic_wise.payments.systems import Draft, DraftLine, InvoiceKey
from kinetic_wise.transport import Refused, Unclear
from tests.unit.epicor.fake import FakeEpicor, Said
from tests.unit.epicor.rows import COMPANY, ROW_ID, Body, invoice, line, payment, vendor, vendor_bank
from tests.unit.epicor.test_reserving import GROUP, GROUP_ROW, REFERENCE, WANTED

OPTIONS = EpicorOptions(companies=(COMPANY,), function_library="KineticWise")
KEY = InvoiceKey(company=COMPANY, vendor_num=214, invoice_num="7/24 A", sys_row_id=ROW_ID)
KNOWN = Draft(
    group_id=GROUP,
    head_num=5012,
    reference=REFERENCE,
    vendor_num=214,
    bank_id="MAIN",
    currency_code="EUR",
    check_num=70_005_012,
    lines=(DraftLine(invoice_num="7/24 A", amount=Decimal("1200.10")),),
)


@pytest.fixture
def epicor() -> FakeEpicor:
    """An Epicor whose library answers what a test plans."""
    return FakeEpicor()


def _held(**changes: Any) -> Body:
    """A data set with our payment in its group."""
    stored = {"VendorNum": 214, "VendorBankID": "MAIN", "XRefCheckNum": REFERENCE, "CheckNum": 70_005_012}
    head = payment(5012, GROUP, **{**stored, **changes})
    return {"APChkGrp": [GROUP_ROW], "CheckHed": [head], "APTran": [line(5012)]}


def _answers(epicor: FakeEpicor, function: str, ds: Any = None, **outputs: Any) -> None:
    epicor.faults[function] = [Said(data={"errorsOccurred": False, "error": "", "ds": ds, **outputs})]


def test_one_call_reserves(epicor: FakeEpicor) -> None:
    """Everything that the payment must say is in the one call, amounts exact, at the library's own address."""
    _answers(epicor, "ReservePayment", _held())
    draft = epicor.client(OPTIONS).reserve(WANTED)
    assert (draft.head_num, draft.reference, draft.lines) == (5012, REFERENCE, KNOWN.lines)
    (sent,) = epicor.sent("ReservePayment")
    assert (sent["groupID"], sent["reference"], sent["amount"]) == (GROUP, REFERENCE, Decimal("1200.10"))
    assert (sent["bankAcctID"], sent["pmUID"], sent["checkDate"]) == ("WISE", 7, "2026-11-23T00:00:00")
    assert str(epicor.requests[-1].url).endswith(f"/SaaS001/api/v2/efx/{COMPANY}/KineticWise/ReservePayment")


@pytest.mark.parametrize(
    "outputs",
    [
        {"errorsOccurred": True, "error": "The period 11/2026 is closed."},
        {"errorsOccurred": False, "error": "The period 11/2026 is closed."},
        {"errorsOccurred": True, "error": ""},
    ],
)
def test_a_failure_in_the_outputs_is_no_success(epicor: FakeEpicor, outputs: Body) -> None:
    """A Function that answers 200 and tells an error has failed; its words reach the clerk (pitfall 36)."""
    _answers(epicor, "ReservePayment", _held(), **outputs)
    with pytest.raises(Refused, match=outputs["error"] or "errorsOccurred"):
        epicor.client(OPTIONS).reserve(WANTED)


@pytest.mark.parametrize("data", [{}, {"errorsOccurred": False, "error": "", "ds": None}, {"ds": "[]"}])
def test_an_answer_without_data_is_unclear(epicor: FakeEpicor, data: Body) -> None:
    """An answer that shows nothing proves nothing: looked at, never taken for done or for refused."""
    epicor.faults["ReservePayment"] = [Said(data=data)]
    with pytest.raises(Unclear):
        epicor.client(OPTIONS).reserve(WANTED)


@pytest.mark.parametrize(
    "changes", [{"XRefCheckNum": "OTHER-1"}, {"VendorNum": 9}, {"VendorBankID": "OLD"}, {"CurrencyCode": "US$"}]
)
def test_what_the_library_shows_is_judged_here(epicor: FakeEpicor, changes: Body) -> None:
    """Whatever the library says of itself: a payment with other terms is not ours (rule 8)."""
    client = epicor.client(OPTIONS)
    for function, act in (
        ("ReservePayment", lambda: client.reserve(WANTED)),
        ("PostPayment", lambda: client.post(COMPANY, KNOWN)),
        ("DeletePayment", lambda: client.delete_draft(COMPANY, KNOWN)),
    ):
        _answers(epicor, function, _held(**changes))
        with pytest.raises(ForeignDraft):
            act()


def test_a_payment_left_behind_is_not_deleted(epicor: FakeEpicor) -> None:
    """Deleting that leaves our payment there is a refusal, also without an error in the outputs."""
    _answers(epicor, "DeletePayment", _held())
    with pytest.raises(Refused, match="left the payment"):
        epicor.client(OPTIONS).delete_draft(COMPANY, KNOWN)


def test_a_refused_posting_that_was_done_is_no_refusal(epicor: FakeEpicor) -> None:
    """An earlier try that landed late makes the repeat fail: what is posted counts (rule 4)."""
    _answers(epicor, "PostPayment", errorsOccurred=True, error="Group not found.")
    _answers(epicor, "LookAtPayment", _held(Posted=True))
    epicor.client(OPTIONS).post(COMPANY, KNOWN)
    assert epicor.calls == ["PostPayment", "LookAtPayment"]


def test_one_call_looks_at_everything(epicor: FakeEpicor) -> None:
    """Invoice with instalments, vendor with banks, open debit memos and draft come out of one data set."""
    memo = invoice("GS-1", SysRowID="row-2", DebitMemo=True, InvoiceRef="7/24 A")
    schedule = [{"PaySeq": n, "PayDueDate": None, "DocPayAmount": Decimal("600.05")} for n in (2, 1)]
    tables = {"APInvHed": [invoice(), memo], "APInvSched": schedule, "Vendor": [vendor()], "VendBank": [vendor_bank()]}
    _answers(epicor, "LookAtPayment", {**_held(), **tables})
    client = epicor.client(OPTIONS)
    client.bank_rows(COMPANY)
    look = client.look_again(KEY, GROUP)
    assert look.invoice is not None
    assert [instalment.pay_seq for instalment in look.invoice.instalments] == [1, 2]
    assert look.vendor is not None
    assert [bank.bank_id for bank in look.vendor.banks] == ["MAIN"]
    assert (look.memos, look.draft) == (("GS-1",), KNOWN.model_copy(update={"entry_person": "kwise"}))
