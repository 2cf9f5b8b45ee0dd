"""The client's questions before a transfer against the simulated Wise: forms, natures, rates, checks of the payee."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from kinetic_wise.transport import Refused
from kinetic_wise.wise import DetailsMissing, Telling
from kinetic_wise.wise.transfer_details import Answers
from tests.contract.test_wise_client import VERSIONS, Wise, make_recipient, vendor_called, wise
from tests.contract.test_wise_recipient_types import Case, case_of, details_of

IBAN = "DE89370400440532013000"
NATURES: Answers = {"BRL": {"transferNature": "BUY_OR_SELL_OTHER_SERVICE"}}


def telling(currency: str, answers: Answers | None = None) -> Telling:
    return Telling(currency, answers or {}, lambda name: "INV-42", "INV 42")


def paid_to_brazil(world: Wise, answers: Answers) -> tuple[str, int]:
    """Status and fundings of a BRL transfer, some minutes after its funding."""
    client, told = world.client, telling("BRL", answers)
    recipient = client.create_recipient(details_of(world, case_of("brazil_business", "BRL")))
    nature = told.answer("transferNature")
    quote = client.create_quote("EUR", "BRL", Decimal("100.00"), recipient.id, nature)
    details = client.transfer_details(recipient.id, quote.id, told) if nature else {}
    transfer = client.create_transfer(str(UUID(int=3)), recipient.id, quote.id, "INV 42", details)
    client.fund(transfer.id)
    for _ in range(3):
        world.control("clock", {"advance_seconds": 60})
    (state,) = world.simulator.state()["transfers"]
    return state["status"], state["funded_count"]


@VERSIONS
def test_a_brazilian_transfer_needs_its_nature_on_the_quote(version: str) -> None:
    """Quoted with its nature it is sent; without it Wise takes the money, blocks the payment and gives it back."""
    assert paid_to_brazil(wise(version), NATURES) == ("outgoing_payment_sent", 1)
    assert paid_to_brazil(wise(version), {}) == ("funds_refunded", 1)


def test_the_form_tells_that_a_nature_is_missing() -> None:
    """Before any transfer the form's question holds the payment, with the natures to choose from."""
    world = wise()
    recipient = world.client.create_recipient(details_of(world, case_of("brazil_business", "BRL")))
    quote = world.client.create_quote("EUR", "BRL", Decimal(100), recipient.id)

    with pytest.raises(DetailsMissing, match=r"transferNature.*BUY_OR_SELL_MERCHANDISE"):
        world.client.transfer_details(recipient.id, quote.id, telling("BRL"))


@VERSIONS
@pytest.mark.parametrize(("kind", "currency"), [("indian", "INR"), ("thailand", "THB"), ("malaysian", "MYR")])
def test_purposes_are_asked_and_taken(version: str, kind: str, currency: str) -> None:
    """Where Wise asks for a purpose, what the form was filled with is accepted at the transfer."""
    world = wise(version)
    recipient = world.client.create_recipient(details_of(world, case_of(kind, currency)))
    quote = world.client.create_quote("EUR", currency, Decimal(500), recipient.id)

    details = world.client.transfer_details(recipient.id, quote.id, telling(currency))
    transfer = world.client.create_transfer(str(UUID(int=4)), recipient.id, quote.id, "INV_42 is cut", details)

    assert details["transferPurpose"] == "verification.transfers.purpose.pay.bills"
    assert details["reference"] == "INV 42"
    assert transfer.status == "incoming_payment_waiting"


@VERSIONS
def test_the_mid_market_rate_is_wises_own(version: str) -> None:
    """The rate to compare with comes from Wise at that moment, to the last digit."""
    client = wise(version).client

    assert client.rate("GBP", "EUR") == Decimal("1.20512")
    assert client.rate("EUR", "EUR") == 1


@VERSIONS
@pytest.mark.parametrize(
    ("known", "found"),
    [("Acme Parts and Tooling", ""), ("Acme Holding", "PARTIAL_FAILURE"), ("J Doe", "FAILURE"), (None, "")],
)
def test_the_check_of_the_payee_is_read(version: str, known: str | None, found: str) -> None:
    """A name that the bank has otherwise is told, and the transfer refused, until a person accepts it in Wise."""
    world = wise(version)
    if known:
        world.control("people", {"act": "hold_account", "account": IBAN, "name": known})
    one = Case("iban", "EUR", {"IBANCode": IBAN}, {})
    recipient = world.client.create_recipient(details_of(world, one))
    quote = world.client.create_quote("EUR", "EUR", Decimal(10), recipient.id)

    problem = world.client.payee_problem(recipient.id, quote.id)

    assert found in problem
    assert bool(problem) == bool(found)
    assert recipient.payee_problem == problem
    assert (known or "nobody") not in problem
    if problem:
        with pytest.raises(Refused):
            world.client.create_transfer(str(UUID(int=8)), recipient.id, quote.id, "x")
        world.control("people", {"act": "accept_payee", "recipient": recipient.id})
    seen = world.client.recipient(recipient.id)
    assert seen is not None
    assert seen.payee_problem == world.client.payee_problem(recipient.id, quote.id) == ""
    assert world.client.create_transfer(str(UUID(int=8)), recipient.id, quote.id, "x").id


def test_no_e_mail_is_stored_that_wise_does_not_ask_for() -> None:
    """Wise writes to payees whose e-mail it has: it gets one only where the form demands it."""
    world = wise()
    vendor = vendor_called("NORD01").model_copy(update={"email": "accounts@nord.example"})

    recipient = make_recipient(world, vendor)

    answer = world.exchanges[-1]
    assert recipient.active
    assert not any("accounts@nord" in exchange.request for exchange in world.exchanges)
    assert '"email"' not in answer.request
