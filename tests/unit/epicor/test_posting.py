"""Posting and deleting: by group, reference, vendor and line, never by HeadNum alone (H13, H14, H22)."""

from __future__ import annotations

from decimal import Decimal

import pytest
import requests

from kinetic_wise.epicor import ForeignDraft
from kinetic_wise.payments.systems import Draft, DraftLine
from kinetic_wise.transport import NotArrived, Refused, Unclear
from tests.unit.epicor.fake import FakeEpicor, Said, business_error
from tests.unit.epicor.rows import COMPANY, USER, line, payment

GROUP = "W7K2M9QX"
GROUP_ROW = {"GroupID": GROUP, "CreatedBy": USER, "ActiveUserID": "", "PostInProcess": False, "PostErrorLog": ""}
DRAFT = Draft(
    group_id=GROUP,
    head_num=5012,
    reference="LEDGER01-1",
    vendor_num=214,
    bank_id="MAIN",
    currency_code="EUR",
    check_num=70_005_012,
    entry_person=USER,
    lines=(DraftLine(invoice_num="7/24 A", amount=Decimal("1200.10")),),
)
WRITES = {"UnLockGroup", "PrePostGrp", "RunDirect", "DeleteByID"}


def header(**changes: object) -> dict[str, object]:
    """The row of our payment."""
    stored = {"VendorNum": 214, "VendorBankID": "MAIN", "XRefCheckNum": "LEDGER01-1", "CheckNum": 70_005_012}
    return payment(5012, GROUP, **{**stored, **changes})


@pytest.fixture
def epicor() -> FakeEpicor:
    """An Epicor that holds our draft."""
    fake = FakeEpicor()
    fake.tables |= {"APChkGrps": [dict(GROUP_ROW)], "PaymentEntries": [header()], "APTrans": [line(5012)]}
    return fake


FOREIGN = [
    ([], [], "gone"),
    ([header(XRefCheckNum="OTHER-1")], [line(5012)], "XRefCheckNum"),
    ([header(VendorNum=9)], [line(5012)], "VendorNum"),
    ([header(VendorBankID="OLD")], [line(5012)], "VendorBankID"),
    ([header(CurrencyCode="US$")], [line(5012)], "CurrencyCode"),
    ([header()], [line(5012, amount="1.00")], "line"),
    ([header()], [], "0 lines"),
    ([header()], [line(5012), line(5012, number="B", APTranNo=1)], "2 lines"),
    ([header(), payment(5013, GROUP, EntryPerson="ANNA")], [line(5012)], "also holds payment 5013"),
    ([header(Voided=True)], [line(5012)], "voided"),
]


def test_draft_reads_what_the_group_says(epicor: FakeEpicor) -> None:
    """A draft is the group's state and its payment with lines; a posting's error log comes with it, masked."""
    epicor.tables["APChkGrps"][0] |= {"PostInProcess": True, "PostErrorLog": "Bad IBAN DE89370400440532013000"}

    draft = epicor.client().draft(COMPANY, GROUP)

    assert draft == DRAFT.model_copy(update={"post_in_process": True, "post_error": "Bad IBAN ***3000"})


def test_no_draft_at_all(epicor: FakeEpicor) -> None:
    """A group that nobody made is none."""
    assert epicor.client().draft(COMPANY, "W0000000") is None


def test_empty_group_is_a_draft_without_payment(epicor: FakeEpicor) -> None:
    """A group left over without payment is told apart from no group."""
    epicor.tables["PaymentEntries"] = []

    draft = epicor.client().draft(COMPANY, GROUP)

    assert draft is not None
    assert (draft.head_num, draft.entry_person, draft.lines) == (None, USER, ())


def test_posted_payment_is_found_without_its_group(epicor: FakeEpicor) -> None:
    """Posting may remove the group row; the payment keeps its GroupID and is found."""
    epicor.tables |= {"APChkGrps": [], "PaymentEntries": [header(Posted=True)]}

    draft = epicor.client().draft(COMPANY, GROUP)

    assert draft is not None
    assert draft.posted


def test_posting_runs_for_our_group(epicor: FakeEpicor) -> None:
    """The posting service gets its own parameters back, complete, with our group in them."""
    epicor.client().post(COMPANY, DRAFT)

    row = epicor.sent("RunDirect")[0]["ds"]["APPaymentPostProcess"][0]
    assert row == {"GroupID": GROUP, "ActType": "", "AgentID": "", "RowMod": "A"}
    assert epicor.tables["PaymentEntries"][0]["Posted"] is True
    assert "UnLockGroup" not in epicor.calls


def test_lock_of_a_crashed_run_is_lifted_first(epicor: FakeEpicor) -> None:
    """A group that somebody's crashed run left open is unlocked before it is posted (pitfall 24)."""
    epicor.tables["APChkGrps"][0]["ActiveUserID"] = USER

    epicor.client().post(COMPANY, DRAFT)

    assert epicor.calls.index("UnLockGroup") < epicor.calls.index("RunDirect")


def test_parameters_are_asked_by_post_where_get_is_not_served(epicor: FakeEpicor) -> None:
    """GetNewParameters is documented for GET and seen with POST: both are tried (section 0a)."""
    epicor.faults["GetNewParameters"] = [business_error("not here", "X", 404)]

    epicor.client().post(COMPANY, DRAFT)

    assert epicor.tables["PaymentEntries"][0]["Posted"] is True


def test_posted_draft_is_not_posted_again(epicor: FakeEpicor) -> None:
    """What is posted already needs no second run."""
    epicor.tables["PaymentEntries"] = [header(Posted=True)]

    epicor.client().post(COMPANY, DRAFT)

    assert not WRITES & set(epicor.calls)


def test_no_second_run_while_one_is_in_process(epicor: FakeEpicor) -> None:
    """A posting under way is waited for, never doubled (H22)."""
    epicor.tables["APChkGrps"][0]["PostInProcess"] = True

    with pytest.raises(Unclear) as caught:
        epicor.client().post(COMPANY, DRAFT)

    assert caught.value.code == "post_in_process"
    assert not WRITES & set(epicor.calls)


@pytest.mark.parametrize(("heads", "lines", "why"), FOREIGN)
def test_only_our_unchanged_draft_is_posted(
    epicor: FakeEpicor, heads: list[dict[str, object]], lines: list[dict[str, object]], why: str
) -> None:
    """Whatever differs from the draft we know, nothing is posted and the difference is told."""
    epicor.tables |= {"PaymentEntries": heads, "APTrans": lines}

    with pytest.raises(ForeignDraft, match=why):
        epicor.client().post(COMPANY, DRAFT)

    assert not WRITES & set(epicor.calls)


@pytest.mark.parametrize("name", ["taxRecMessage", "LNMessage"])
def test_question_before_posting_goes_to_a_person(epicor: FakeEpicor, name: str) -> None:
    """Zero-amount tax rows and legal numbers are decided by people; nothing is posted."""
    epicor.faults["PrePostGrp"] = [Said(data={"parameters": {name: "Delete them?"}})]

    with pytest.raises(Refused, match=r"Delete them\?") as caught:
        epicor.client().post(COMPANY, DRAFT)

    assert caught.value.code == "question"
    assert "RunDirect" not in epicor.calls


def test_lost_posting_is_unclear(epicor: FakeEpicor) -> None:
    """A posting whose answer is lost may have happened: the caller reads."""
    epicor.faults["RunDirect"] = [Said(error=requests.ReadTimeout("lost"), after=True)]
    client = epicor.client()

    with pytest.raises(Unclear):
        client.post(COMPANY, DRAFT)

    read = client.draft(COMPANY, GROUP)
    assert read is not None
    assert read.posted


def test_throttled_before_the_first_write_did_not_arrive(epicor: FakeEpicor) -> None:
    """Nothing was begun when the first write is turned away: it may simply be tried later."""
    epicor.faults["PrePostGrp"] = [Said(429, {}, headers={"Retry-After": "60"})]

    with pytest.raises(NotArrived) as caught:
        epicor.client().post(COMPANY, DRAFT)

    assert caught.value.retry_after == 60.0


def test_posting_refused_because_it_is_done_is_done(epicor: FakeEpicor) -> None:
    """An earlier RunDirect that landed late makes the next one fail: the payment is posted all the same (rule 4)."""
    missing = business_error("Group to post was not found.")
    epicor.faults["RunDirect"] = [Said(400, missing.data, after=True)]

    epicor.client().post(COMPANY, DRAFT)

    assert epicor.tables["PaymentEntries"][0]["Posted"] is True


def test_refused_posting_is_told(epicor: FakeEpicor) -> None:
    """A posting that was really refused is."""
    epicor.faults["RunDirect"] = [business_error("No rights to post.")]

    with pytest.raises(Refused, match="No rights to post"):
        epicor.client().post(COMPANY, DRAFT)


def test_empty_payment_of_ours_goes_before_posting(epicor: FakeEpicor) -> None:
    """A late CreateNewCheckHed must not be posted along with the draft (crash points)."""
    epicor.tables["PaymentEntries"].append(payment(5013, GROUP))

    epicor.client().post(COMPANY, DRAFT)

    assert [row["HeadNum"] for row in epicor.tables["PaymentEntries"]] == [5012]


def test_draft_is_deleted_with_its_group(epicor: FakeEpicor) -> None:
    """Payment first, then the group: nothing of ours stays."""
    epicor.client().delete_draft(COMPANY, DRAFT)

    assert epicor.sent("DeleteByID") == [{"headNum": 5012}, {"groupID": GROUP}]
    assert epicor.client().draft(COMPANY, GROUP) is None


def test_head_num_of_the_group_decides(epicor: FakeEpicor) -> None:
    """After a restore our HeadNum may be somebody else's: the one that the group holds now is deleted (H14)."""
    epicor.tables["PaymentEntries"] = [header(HeadNum=4800), payment(5012, "PEOPLE", XRefCheckNum="HAND")]
    epicor.tables["APTrans"] = [line(4800), line(5012, number="OTHER")]

    epicor.client().delete_draft(COMPANY, DRAFT)

    assert [row["HeadNum"] for row in epicor.tables["PaymentEntries"]] == [5012]


@pytest.mark.parametrize(("heads", "lines", "why"), FOREIGN[1:])
def test_only_our_unchanged_draft_is_deleted(
    epicor: FakeEpicor, heads: list[dict[str, object]], lines: list[dict[str, object]], why: str
) -> None:
    """Whatever differs from the draft we know is somebody's work and stays."""
    epicor.tables |= {"PaymentEntries": heads, "APTrans": lines}

    with pytest.raises(ForeignDraft, match=why):
        epicor.client().delete_draft(COMPANY, DRAFT)

    assert not WRITES & set(epicor.calls)


def test_posted_draft_is_not_deleted(epicor: FakeEpicor) -> None:
    """Posted is final: only a void takes it back."""
    epicor.tables["PaymentEntries"] = [header(Posted=True)]

    with pytest.raises(ForeignDraft, match="void"):
        epicor.client().delete_draft(COMPANY, DRAFT)


def test_deleting_again_is_harmless(epicor: FakeEpicor) -> None:
    """A repeat finds nothing, or only the group, and finishes."""
    client = epicor.client()
    epicor.tables |= {"PaymentEntries": [], "APTrans": []}

    client.delete_draft(COMPANY, DRAFT)
    client.delete_draft(COMPANY, DRAFT)

    assert epicor.sent("DeleteByID") == [{"groupID": GROUP}]


def test_deletion_that_was_done_before_is_no_refusal(epicor: FakeEpicor) -> None:
    """A first try that landed late makes the second one fail with not found; the payment is gone all the same."""
    missing = business_error("Record not found.", "Ice.Common.RecordNotFoundException", 404)
    epicor.faults["DeleteByID"] = [Said(404, missing.data, after=True)]

    epicor.client().delete_draft(COMPANY, DRAFT)

    assert epicor.tables["PaymentEntries"] == []


def test_refused_deletion_is_told(epicor: FakeEpicor) -> None:
    """A payment that Epicor keeps is not taken for deleted."""
    epicor.faults["DeleteByID"] = [business_error("Group is locked by ANNA.")]

    with pytest.raises(Refused, match="Group is locked by ANNA"):
        epicor.client().delete_draft(COMPANY, DRAFT)


def test_group_that_epicor_keeps_is_no_failure(epicor: FakeEpicor) -> None:
    """Deleting groups is unreliable; an empty one of ours blocks nothing (pitfall 43)."""
    epicor.tables |= {"PaymentEntries": [], "APTrans": []}
    epicor.faults["DeleteByID"] = [business_error("Cannot delete.")]

    epicor.client().delete_draft(COMPANY, DRAFT)

    assert len(epicor.tables["APChkGrps"]) == 1


def test_empty_group_of_somebody_else_stays(epicor: FakeEpicor) -> None:
    """A group that another user made under our name's hash is not ours to delete."""
    epicor.tables |= {"PaymentEntries": [], "APTrans": []}
    epicor.tables["APChkGrps"][0]["CreatedBy"] = "ANNA"

    with pytest.raises(ForeignDraft, match="ANNA"):
        epicor.client().delete_draft(COMPANY, DRAFT)


def test_live_payments_are_everybodys(epicor: FakeEpicor) -> None:
    """What pays an invoice is found whoever made it; voided ones pay nothing any more."""
    epicor.tables["PaymentEntries"] += [
        payment(4000, "HAND", EntryPerson="ANNA", Posted=True, VendorNum=214),
        payment(4001, "HAND", EntryPerson="ANNA", Posted=True, Voided=True, VendorNum=214),
    ]
    epicor.tables["APTrans"] += [
        line(4000, amount="10.00"),
        line(4001, amount="5.00"),
        line(4001, amount="-5.00", Voided=True),
    ]

    found = epicor.client().live_payments(COMPANY, 214, "7/24 A")

    told = {(one.group_id, one.head_num, one.entry_person, one.posted) for one in found}
    assert told == {
        ("HAND", 4000, "ANNA", True),
        (GROUP, 5012, USER, False),
    }
    assert len(epicor.calls) == 2
