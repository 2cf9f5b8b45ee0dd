"""What a transfer must say: Wise's form answered from settings and from Epicor, never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from kinetic_wise.wise import DetailsMissing, Telling
from kinetic_wise.wise.forms import Form, read_forms
from kinetic_wise.wise.transfer_details import Answers, fill_transfer
from tests.unit.wise.scripted import Reply, client_of
from tests.unit.wise.test_filling import field

PURPOSE = "verification.transfers.purpose.pay.bills"
PURPOSES = field("transferPurpose", choices={PURPOSE: "Paying bills", "other": "Other"}, refreshes=True)
INVOICE = field("transferPurposeInvoiceNumber", minLength=1, maxLength=35)
REFERENCE = field("reference", "[a-zA-Z0-9- ]*", required=False, maxLength=10)


def forms(*fields: Any) -> list[Form]:
    return read_forms([{"type": "transfer", "fields": [{"name": f["name"], "group": [f]} for f in fields]}])


def telling(answers: Answers | None = None, reference: str = "INV-2026-000421", **columns: str) -> Telling:
    columns = {"Invoice.InvoiceNum": "INV/2026_000421"} | {k.replace("__", "."): v for k, v in columns.items()}
    return Telling("INR", answers or {}, lambda name: columns[name], reference)


def fill(*fields: Any, told: Telling | None = None) -> dict[str, str]:
    return fill_transfer(forms(*fields), told or telling(), lambda details: forms(*fields))


def test_goods_and_services_are_what_invoices_are_for() -> None:
    """Without any setting the purpose is paying a bill, and the invoice number stands there whole."""
    assert fill(PURPOSES, INVOICE) == {
        "transferPurpose": PURPOSE,
        "transferPurposeInvoiceNumber": "INV/2026_000421",
    }


def test_the_form_is_asked_again_until_nothing_new_comes() -> None:
    """A purpose brings the invoice number, asked once more and then no more."""
    asked: list[dict[str, str]] = []

    def refresh(details: dict[str, str]) -> list[Form]:
        asked.append(details)
        return forms(PURPOSES, INVOICE)

    filled = fill_transfer(forms(PURPOSES), telling(), refresh)

    assert set(filled) == {"transferPurpose", "transferPurposeInvoiceNumber"}
    assert len(asked) == 2


def test_a_currency_has_its_own_answers() -> None:
    """The currency's answer wins over the one for all, and that over the default."""
    assert fill(PURPOSES, told=telling({"*": {"transferPurpose": "other"}})) == {"transferPurpose": "other"}
    answers = {"*": {"transferPurpose": PURPOSE}, "INR": {"transferPurpose": "other"}}
    assert fill(PURPOSES, told=telling(answers)) == {"transferPurpose": "other"}


def test_an_answer_can_be_a_column() -> None:
    """`Vendor.…` and `VendBank.…` are read from Epicor, and only when the form asks."""
    answers = {"INR": {"transferPurpose": "Vendor.Purpose_c", "sourceOfFunds": "Vendor.Missing_c"}}

    assert fill(PURPOSES, told=telling(answers, Vendor__Purpose_c="other")) == {"transferPurpose": "other"}


@pytest.mark.parametrize(
    ("asked", "answers", "told"),
    [
        (field("sourceOfFunds", choices={"salary": "Salary", "other": "Other"}), {}, "salary (Salary); other (Other)"),
        (field("transferNature", choices={"OTHER": "Other"}), {}, "transfer_answers, INR, transferNature"),
        (PURPOSES, {"INR": {"transferPurpose": "bills"}}, "'bills' is none of the values that Wise offers"),
        (field("mystery"), {}, "set it to a text, or to a column of Epicor"),
        (field("transferPurposeInvoiceNumber", maxLength=5), {}, "is longer than 5 characters"),
    ],
)
def test_what_cannot_be_answered_says_what_to_set(asked: Any, answers: Answers, told: str) -> None:
    """The setting, the field and Wise's choices are named; a number that does not fit is never cut."""
    with pytest.raises(DetailsMissing) as caught:
        fill(asked, told=telling(answers))

    assert told in str(caught.value)


def test_optional_questions_stop_nothing() -> None:
    """An optional field is left out when no answer fits."""
    optional = field("transferPurpose", choices={"other": "Other"}, required=False)

    assert fill(optional) == {}


def test_the_reference_keeps_to_the_routes_form() -> None:
    """The form's own limit counts: shorter than the currency's, without a lone blank at the end, or empty."""
    assert fill(REFERENCE) == {"reference": "INV-2026-0"}
    assert fill(REFERENCE, told=telling(reference="INV 20261 042")) == {"reference": "INV 20261"}
    assert fill(field("reference", required=False, maxLength=0)) == {"reference": ""}


def test_the_nature_goes_with_the_quote_and_not_with_the_transfer() -> None:
    """BRL and NPR: `transferNature` is quoted as payment metadata; the transfer's details leave it out."""
    transfer = {
        "id": 1, "targetAccount": 2, "status": "incoming_payment_waiting", "sourceCurrency": "EUR",
        "targetCurrency": "BRL",
    }  # fmt: skip
    client, wise = client_of(Reply(transfer))

    client.create_transfer("key", 2, "quote", "INV 1", {"transferNature": "OTHER", "transferPurpose": "other"})

    assert wise.body()["details"] == {"reference": "INV 1", "transferPurpose": "other"}
