"""The simulated Wise held against a client that we did not write: wise-api-client, generated from Wise's description.

It types every answer, so each call says that the simulator's answer has the shape which others expect. Where it and
our reference differ, docs/wise.md says which one we follow.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import wise_api_client as client
from wise_api_client.exceptions import ApiException

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 10
LYON = {"legalType": "BUSINESS", "IBAN": "DE89370400440532013000"}


@dataclass
class Desk:
    """A client at a simulator."""

    api: Any  # its models are optional throughout: a wrong answer fails the test anyway
    profile: int

    @property
    def quotes(self) -> Any:
        return client.QuotesApi(self.api)

    @property
    def recipients(self) -> Any:
        return client.RecipientsApi(self.api)

    @property
    def transfers(self) -> Any:
        return client.TransfersApi(self.api)

    def quote(self, target: str = "EUR", account: int | None = None, source: str = "GBP") -> Any:
        terms = client.CreateAuthenticatedTargetAmountQuoteRequest(
            source_currency=source, target_currency=target, target_amount=120.5, target_account=account
        )
        return self.quotes.create_authenticated_quote(self.profile, client.CreateAuthenticatedQuoteRequest(terms))

    def recipient(self) -> Any:
        return self.recipients.create_recipient_account(self.draft())

    def draft(self) -> Any:
        body = {
            "currency": "EUR",
            "type": "iban",
            "profile": self.profile,
            "accountHolderName": "Galvano Lyon SAS",
            "details": LYON,
        }
        return client.CreateRecipientRequest.from_dict(body)

    def transfer(self) -> Any:
        recipient = self.recipient()
        quote = self.quote(account=recipient.id)
        return self.transfers.create_transfer(self.wish(recipient.id, quote.id, uuid4()))

    def wish(self, recipient: int, quote: UUID, key: UUID) -> Any:
        return client.CreateStandardTransferRequest(
            target_account=recipient,
            quote_uuid=quote,
            customer_transaction_id=key,
            details=client.TransferDetails(reference="INV 2026 0042"),
        )


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """The client at a simulator that is a program of its own, on the legacy paths that the client knows."""
    command = [sys.executable, "-m", "simulators.wise", "--port", "0"]
    program = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert program.stdout
    ready = json.loads(program.stdout.readline())
    configuration = client.Configuration(host=ready["url"], access_token=ready["personal_token"])
    with client.ApiClient(configuration) as api:
        yield Desk(api, ready["profile_id"])
    program.terminate()
    program.communicate(timeout=PATIENCE)


def test_profiles_parse(desk: Desk) -> None:
    """The list of profiles and each of them are what the client expects: a personal and a business one."""
    api: Any = client.ProfilesApi(desk.api)

    kinds = {type(one.actual_instance).__name__ for one in api.list_profiles()}

    assert kinds == {"PersonalProfile", "BusinessProfile"}
    assert api.get_profile_by_id(desk.profile).actual_instance.business_name


def test_quotes_parse(desk: Desk) -> None:
    """A quote for an exact amount has options with fee and price; it is read again and patched with its recipient."""
    quote = desk.quote()

    again = desk.quotes.get_quote_by_id(desk.profile, quote.id)
    patched = desk.quotes.update_quote(
        desk.profile, quote.id, client.UpdateQuoteRequest(target_account=desk.recipient().id)
    )

    assert quote.target_amount == again.target_amount == 120.5
    assert quote.source_amount is None
    (balance,) = [option for option in quote.payment_options if option.pay_in == "BALANCE"]
    assert balance.fee.total == balance.price.total.value.amount
    assert patched.id == quote.id
    assert patched.rate_expiration_time == quote.rate_expiration_time


def test_an_illustrative_quote_parses(desk: Desk) -> None:
    """A quote without a profile parses as well."""
    terms = client.CreateUnauthenticatedSourceAmountQuoteRequest(
        source_currency="GBP", target_currency="EUR", source_amount=1000
    )

    token = {"Authorization": f"Bearer {desk.api.configuration.access_token}"}
    quote = desk.quotes.create_unauthenticated_quote(client.CreateUnauthenticatedQuoteRequest(terms), _headers=token)

    assert quote.profile is None
    assert quote.rate == pytest.approx(1.20512)


@pytest.mark.parametrize("currency", ["EUR", "USD", "JPY", "INR", "CZK", "BRL", "ZAR", "PHP"])
def test_recipient_forms_parse(desk: Desk, currency: str) -> None:
    """The forms of a quote, and a form asked again, parse: types, groups, fields, the values of a select."""
    quote = desk.quote(currency)

    forms = desk.recipients.get_account_requirements(quote.id, accept_minor_version=1)
    refined = desk.recipients.get_refined_account_requirements(quote.id, desk.draft(), accept_minor_version=1)

    assert [form.type for form in forms] == [form.type for form in refined]
    keys = [field.key for form in forms for row in form.fields for field in row.group]
    assert {"legalType", "accountHolderName"} <= set(keys)
    assert len(keys) == len([field for form in refined for row in form.fields for field in row.group])


def test_recipients_parse(desk: Desk) -> None:
    """A recipient is created, read and listed, page by page, and deactivated."""
    made = [desk.recipient().id for _ in range(3)]

    read = desk.recipients.get_recipient_account_by_id(made[0])
    page = desk.recipients.list_recipient_accounts(profile_id=desk.profile, currency="EUR", size=2)
    rest = desk.recipients.list_recipient_accounts(
        profile_id=desk.profile, currency="EUR", seek_position=page.seek_position_for_next
    )

    assert read.name.full_name == "Galvano Lyon SAS"
    assert read.hash
    assert read.common_field_map.bank_code_field
    assert len(page.content) == 2
    assert set(made) <= {one.id for one in (*page.content, *rest.content)}
    assert desk.recipients.deactivate_recipient_account(made[0]).active is False


def test_transfers_parse(desk: Desk) -> None:
    """Requirements, transfer, list and cancel parse; a repeated key gives the first transfer."""
    recipient, key = desk.recipient(), uuid4()
    quote = desk.quote(account=recipient.id)
    asked = client.TransferRequirementsRequest(target_account=recipient.id, quote_uuid=quote.id)

    (form,) = desk.transfers.calculate_transfer_requirements(asked)
    made = desk.transfers.create_transfer(desk.wish(recipient.id, quote.id, key))
    again = desk.transfers.create_transfer(desk.wish(recipient.id, quote.id, key))

    assert form.fields[0].group[0].key == "reference"
    assert again.id == made.id
    assert made.customer_transaction_id == key
    listed = desk.transfers.list_transfers(profile=desk.profile, limit=100, offset=0)
    assert made.id in [one.actual_instance.id for one in listed]
    assert desk.transfers.cancel_transfer(made.id).actual_instance.status == "cancelled"
    assert desk.transfers.get_transfer_by_id(made.id).actual_instance.status == "cancelled"


def test_funding_answers_201(desk: Desk) -> None:
    """The client knows 200 only and drops the body of Wise's 201; its payments and the balances parse (pitfall 1)."""
    transfer = desk.transfer()

    answer = desk.transfers.fund_transfer_with_http_info(
        desk.profile, transfer.id, client.PaymentRequest(type="BALANCE")
    )

    assert answer.status_code == 201
    assert json.loads(answer.raw_data)["status"] == "COMPLETED"
    (payment,) = desk.transfers.list_transfer_payments(transfer.id)
    assert payment.method == "BALANCE"
    balances = client.BalancesApi(desk.api).list_balances(desk.profile, "STANDARD")
    assert {"EUR", "GBP"} <= {one.currency for one in balances}


def test_refusals_are_the_clients_own(desk: Desk) -> None:
    """A refused recipient and an unknown transfer raise the client's error for their status, with Wise's body."""
    wrong = desk.draft()
    wrong.additional_properties["details"] = {**LYON, "IBAN": "DE12345678901234567890"}

    with pytest.raises(ApiException) as refused:
        desk.recipients.create_recipient_account(wrong)
    with pytest.raises(ApiException) as unknown:
        desk.transfers.get_transfer_by_id(1)

    assert refused.value.status == 422
    assert json.loads(str(refused.value.body))["errors"][0]["path"] == "IBAN"
    assert unknown.value.status == 403
