"""The client of Wise against the simulated Wise, in process: both keep to the same reference."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID, uuid5

import pytest
import requests
import simplejson
from cryptography.hazmat.primitives.asymmetric import rsa

from kinetic_wise.payments.money import decimals
from kinetic_wise.payments.systems import Recipient, Transfer, Vendor, VendorBank
from kinetic_wise.transport import AccessRefused, Exchange, NotArrived, Refused, RemoteError, Unclear
from kinetic_wise.wise import (
    DetailsMissing,
    FundingStatus,
    PersonalToken,
    WiseClient,
    reference_for,
    webhooks,
    wise_transport,
)
from simulators import sample_day
from simulators.common.clock import Clock
from simulators.common.http import Request, dump_json
from simulators.wise.deliveries import new_key
from simulators.wise.simulator import WiseSimulator
from simulators.wise.world import Settings
from tests.support.in_process import InProcessAdapter

URL = "http://wise.test"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
VERSIONS = pytest.mark.parametrize("version", ["2026Q3", ""], ids=["calendar", "legacy"])


@cache
def webhook_key() -> rsa.RSAPrivateKey:
    return new_key()


@dataclass
class Wise:
    """A simulated Wise and a client of it."""

    simulator: WiseSimulator
    adapter: InProcessAdapter
    client: WiseClient
    exchanges: list[Exchange]
    deliveries: list[tuple[dict[str, str], bytes]]

    def control(self, path: str, body: Any) -> Any:
        answer = self.simulator.handle(Request("POST", f"/_sim/{path}", body=dump_json(body).encode()))
        assert answer.response is not None
        assert answer.response.status == 200, answer.response.body
        return simplejson.loads(answer.response.body)

    def fault(self, method: str, path: str, kind: str, **more: Any) -> None:
        self.control("faults", [{"match": {"method": method, "path": path}, "fault": kind, **more}])

    def asked(self, method: str, ending: str) -> int:
        return sum(one.method == method and one.path.endswith(ending) for one in self.adapter.requests)


def wise(version: str = "2026Q3", *, token: str = "", profile: int | None = None, sca: bool = False) -> Wise:
    deliveries: list[tuple[dict[str, str], bytes]] = []

    def deliver(_: str, headers: dict[str, str], body: bytes) -> int:
        deliveries.append((headers, body))
        return 200

    simulator = WiseSimulator(
        Clock(lambda: START),
        day=sample_day.make_day(),
        deliver=deliver,
        dice=random.Random(7),
        settings=Settings(sca_region=sca, allow_local_webhooks=True),
        webhook_key=webhook_key(),
    )
    ready = simulator.ready(URL)
    adapter = InProcessAdapter(simulator)
    session = requests.Session()
    session.mount(URL, adapter)
    exchanges: list[Exchange] = []
    transport = wise_transport(
        URL,
        PersonalToken(token or ready["personal_token"]),
        session=session,
        record=exchanges.append,
        now=simulator.clock.now,
        sleep=lambda seconds: None,
        dice=random.Random(1),
    )
    client = WiseClient(transport, profile or ready["profile_id"], version)
    return Wise(simulator, adapter, client, exchanges, deliveries)


def vendors() -> list[Vendor]:
    """The sample day's vendors that have a bank row, as the client of Epicor gives them."""
    return [_vendor(one) for one in sample_day.make_day().vendors if one.banks]


def _vendor(one: sample_day.Vendor) -> Vendor:
    address = {
        "firstLine": one.address,
        "city": one.city,
        "state": one.state,
        "postCode": one.zip,
        "country": one.country,
    }
    return Vendor(
        company=one.company,
        vendor_num=one.vendor_num,
        vendor_id=one.vendor_id,
        name=one.name,
        legal_name=one.legal_name,
        address=address,
        primary_bank_id=one.primary_bank_id,
        banks=tuple(_bank(row) for row in one.banks),
    )


def _bank(row: sample_day.VendorBank) -> VendorBank:
    columns = {
        "NameOnAccount": row.name_on_account,
        "BankName": row.bank_name,
        "IBANCode": row.iban,
        "SwiftNum": row.swift,
        "BankAcctNumber": row.account_number,
        "LocalBIC": row.local_bic,
        "BankBranchCode": row.branch_code,
    }
    return VendorBank(bank_id=row.bank_id, columns=columns)


def currency_of(vendor: Vendor) -> str:
    rows = sample_day.make_day().vendors
    return next(one.currency for one in rows if (one.company, one.vendor_num) == (vendor.company, vendor.vendor_num))


def vendor_called(vendor_id: str) -> Vendor:
    return next(vendor for vendor in vendors() if vendor.vendor_id == vendor_id)


def source_for(world: Wise, currency: str) -> str:
    balances = world.client.balances()
    return currency if currency in balances else min(balances.values(), key=lambda balance: balance.id).currency


def make_recipient(world: Wise, vendor: Vendor) -> Recipient:
    currency = currency_of(vendor)
    source = source_for(world, currency)
    bank = next(bank for bank in vendor.banks if bank.bank_id == vendor.primary_bank_id)
    return world.client.create_recipient(world.client.recipient_details(vendor, bank, currency, source, Decimal(1200)))


def make_transfer(world: Wise, vendor_id: str = "NORD01", amount: str = "1234.56", key: int = 1) -> Transfer:
    vendor = vendor_called(vendor_id)
    currency = currency_of(vendor)
    recipient = make_recipient(world, vendor)
    quote = world.client.create_quote(source_for(world, currency), currency, Decimal(amount), recipient.id)
    return world.client.create_transfer(str(uuid5(UUID(int=1), str(key))), recipient.id, quote.id, "INV 42")


@VERSIONS
@pytest.mark.parametrize("vendor_id", sorted({vendor.vendor_id for vendor in vendors()}))
def test_every_vendor_of_the_day_can_be_paid(version: str, vendor_id: str) -> None:
    """From the Epicor row to a funded transfer of exactly the amount, for each vendor of the sample day."""
    world = wise(version)
    vendor = vendor_called(vendor_id)
    currency = currency_of(vendor)
    amount = Decimal(12000) if decimals(currency) == 0 else Decimal("120.55")

    recipient = make_recipient(world, vendor)
    source = source_for(world, currency)
    quote = world.client.create_quote(source, currency, amount, recipient.id)
    transfer = world.client.create_transfer(str(UUID(int=5)), recipient.id, quote.id, reference_for(currency, "INV/42"))

    assert quote.payable
    assert quote.target_amount == transfer.target_amount == amount
    assert transfer.recipient_id == recipient.id
    assert transfer.profile == recipient.profile
    balance = world.client.balances()[source]
    funded = world.client.fund(transfer.id)
    if balance.amount >= quote.source_amount:
        assert funded.status is FundingStatus.FUNDED
        (payment,) = world.client.payments(transfer.id)
        assert payment.amount == quote.source_amount
        assert world.client.balances()[source].amount == balance.amount - quote.source_amount
    else:
        assert funded.status is FundingStatus.NO_MONEY


@VERSIONS
def test_a_recipient_is_found_again_and_not_made_twice(version: str) -> None:
    """What the client made it finds by search, among more than one page of others; for other details it finds none."""
    world = wise(version)
    vendor = vendor_called("THAMES")
    for number in range(25):
        other = vendor.banks[0].model_copy(
            update={"columns": {**vendor.banks[0].columns, "BankAcctNumber": f"{number:08d}"}}
        )
        world.client.create_recipient(world.client.recipient_details(vendor, other, "GBP", "GBP", Decimal(1)))
    details = world.client.recipient_details(vendor, vendor.banks[0], "GBP", "GBP", Decimal(1))
    assert world.client.find_recipient(details) is None

    made = world.client.create_recipient(details)
    found = world.client.find_recipient(details)

    assert found == made
    assert world.client.recipient(made.id) == made
    assert made.hash


@VERSIONS
def test_what_is_not_known_is_none(version: str) -> None:
    """Unknown transfers and recipients are None; a deactivated recipient says so and is not found any more."""
    world = wise(version)
    assert world.client.transfer(2_147_000_001) is None
    assert world.client.recipient(1) is None

    vendor = vendor_called("NORD01")
    recipient = make_recipient(world, vendor)
    world.control("people", {"act": "deactivate_recipient", "recipient": recipient.id})

    seen = world.client.recipient(recipient.id)
    assert seen is not None
    assert not seen.active
    details = world.client.recipient_details(vendor, vendor.banks[0], "EUR", "EUR", Decimal(1))
    assert world.client.find_recipient(details) is None


def test_the_same_key_gives_the_same_transfer() -> None:
    """A repeated create returns the first transfer, also with another quote."""
    world = wise()
    first = make_transfer(world)

    again = make_transfer(world, amount="99.00")

    assert again.id == first.id
    assert again.target_amount == Decimal("1234.56")
    assert len(world.simulator.state()["transfers"]) == 1


def test_an_expired_quote_is_unclear_for_a_transfer() -> None:
    """`error.quote.not.found` does not prove that an earlier try did not arrive."""
    world = wise()
    recipient = make_recipient(world, vendor_called("NORD01"))
    quote = world.client.create_quote("EUR", "EUR", Decimal(5), recipient.id)
    world.control("clock", {"advance_seconds": 31 * 60})

    with pytest.raises(Unclear) as caught:
        world.client.create_transfer(str(UUID(int=9)), recipient.id, quote.id, "x")
    assert caught.value.code == "error.quote.not.found"


def test_a_refused_reference_is_a_refusal() -> None:
    """A reference with a forbidden character is refused with the field named."""
    world = wise()
    recipient = make_recipient(world, vendor_called("NORD01"))
    quote = world.client.create_quote("EUR", "EUR", Decimal(5), recipient.id)

    with pytest.raises(Refused, match="paymentReference"):
        world.client.create_transfer(str(UUID(int=9)), recipient.id, quote.id, "INV_42")


def test_a_lost_answer_to_a_create_is_unclear_and_the_key_finds_it() -> None:
    """The transfer exists although nobody told us: the same key brings it back."""
    world = wise()
    world.fault("POST", "/transfers$", "lost")

    with pytest.raises(Unclear) as caught:
        make_transfer(world)
    assert caught.value.code == "no_answer"
    assert len(world.simulator.state()["transfers"]) == 1

    transfer = make_transfer(world)
    assert [one["id"] for one in world.simulator.state()["transfers"]] == [transfer.id]


@pytest.mark.parametrize("kind", ["before", "lost", "late", "truncated"])
def test_funding_is_sent_once_whatever_becomes_of_the_answer(kind: str) -> None:
    """A closed connection, a lost, late or broken answer are unclear, and the client repeats no funding by itself."""
    world = wise()
    transfer = make_transfer(world)
    world.fault("POST", "/payments$", kind)

    with pytest.raises(Unclear):
        world.client.fund(transfer.id)

    assert world.asked("POST", "/payments") == 1
    effect = kind in ("lost", "truncated")
    assert len(world.client.payments(transfer.id)) == int(effect)


def test_a_slow_funding_is_unclear_after_the_effect() -> None:
    """Past the read time-out the money has left and we do not know it; within it the answer counts."""
    world = wise()
    slow, quick = make_transfer(world), make_transfer(world, key=2)

    world.fault("POST", "/payments$", "delay", seconds=120)
    with pytest.raises(Unclear):
        world.client.fund(slow.id)
    assert len(world.client.payments(slow.id)) == 1

    world.fault("POST", "/payments$", "delay", seconds=5)
    assert world.client.fund(quick.id).status is FundingStatus.FUNDED


def test_a_second_funding_proves_nothing() -> None:
    """`payment.exists` and `transfer.invalid-state` are unclear: GET decides. Money leaves once."""
    world = wise()
    transfer = make_transfer(world)
    assert world.client.fund(transfer.id).status is FundingStatus.FUNDED

    with pytest.raises(Unclear):
        world.client.fund(transfer.id)
    with pytest.raises(Unclear) as caught:
        world.client.fund(1)

    assert caught.value.code == "transfer.invalid-state"
    assert len(world.client.payments(transfer.id)) == 1


def test_funding_an_empty_balance_waits_for_money() -> None:
    """Too little money is no failure, inside a 201 or a 422."""
    world = wise()
    transfer = make_transfer(world, amount="99999999.00")

    funding = world.client.fund(transfer.id)

    assert funding.status is FundingStatus.NO_MONEY
    assert world.client.payments(transfer.id) == ()


def test_strong_authentication_waits_for_a_person() -> None:
    """Where SCA applies the funding needs approval, and money has not moved."""
    world = wise(sca=True)
    transfer = make_transfer(world)

    assert world.client.fund(transfer.id).status is FundingStatus.NEEDS_APPROVAL
    assert world.client.payments(transfer.id) == ()
    assert world.asked("POST", "/payments") == 1


@VERSIONS
def test_a_cancelled_transfer_took_no_money(version: str) -> None:
    """A cancel is answered and read back; a second one is refused by state and therefore unclear."""
    world = wise(version)
    transfer = make_transfer(world)

    assert world.client.cancel(transfer.id).status == "cancelled"
    seen = world.client.transfer(transfer.id)
    assert seen is not None
    assert seen.status == "cancelled"
    assert world.client.payments(transfer.id) == ()
    with pytest.raises(Unclear):
        world.client.cancel(transfer.id)


@VERSIONS
def test_all_transfers_are_listed_once(version: str) -> None:
    """More than a page of our profile's transfers, in the time asked for, each once."""
    world = wise(version)
    recipient = make_recipient(world, vendor_called("NORD01"))
    made = []
    for number in range(230):
        quote = world.client.create_quote("EUR", "EUR", Decimal(5), recipient.id)
        made.append(world.client.create_transfer(str(UUID(int=number + 1)), recipient.id, quote.id, "x"))

    listed = list(world.client.transfers(START - timedelta(days=1)))

    assert [transfer.key for transfer in listed] == [transfer.key for transfer in made]
    assert listed[0] == made[0]
    assert list(world.client.transfers(START + timedelta(days=1))) == []


def test_reads_survive_a_bad_moment() -> None:
    """A read is asked again after a 502, a 429 or a lost answer; after three bad ones the caller is told."""
    world = wise()
    transfer = make_transfer(world)
    for kind, more in (("status", {"status": 502}), ("status", {"status": 429}), ("lost", {}), ("truncated", {})):
        world.fault("GET", f"/transfers/{transfer.id}$", kind, **more)
        assert world.client.transfer(transfer.id) == transfer

    world.fault("GET", f"/transfers/{transfer.id}$", "status", status=502, times=-1)
    with pytest.raises(Unclear):
        world.client.transfer(transfer.id)


def test_a_write_turned_away_by_the_rate_limit_is_sent_again() -> None:
    """A 429 provably had no effect: the transfer is created all the same, once."""
    world = wise()
    world.fault("POST", "/transfers$", "status", status=429)

    make_transfer(world)

    assert len(world.simulator.state()["transfers"]) == 1
    world.fault("POST", "/payments$", "status", status=429, times=-1)
    with pytest.raises(NotArrived):
        world.client.fund(world.simulator.state()["transfers"][0]["id"])


def test_wrong_credentials_and_foreign_profiles_are_access_refused() -> None:
    """A wrong token or a profile of somebody else stops at once."""
    for world in (wise(token="wrong"), wise(profile=12345)):
        with pytest.raises(AccessRefused):
            world.client.balances()
        assert len(world.adapter.requests) == 1


def test_an_unknown_version_is_no_answer_about_a_transfer() -> None:
    """A version that Wise does not serve refuses everything but names no transfer as absent by itself."""
    world = wise("2031Q9")

    with pytest.raises(RemoteError):
        world.client.balances()


@VERSIONS
def test_our_profile_is_a_business(version: str) -> None:
    """The profile says what it is."""
    profile = wise(version).client.profile_details()

    assert (profile.type, profile.state, profile.country) == ("BUSINESS", "VISIBLE", "US")
    assert profile.name


@VERSIONS
def test_subscriptions_deliver_signed_events_that_we_read(version: str) -> None:
    """A subscription is made, listed and removed; its events verify with the published key and name our transfer."""
    world = wise(version)
    made = world.client.subscribe("kinetic-wise L1", "transfers#state-change", "4.0.0", "http://127.0.0.1:9/hook")
    assert world.client.subscriptions() == [made]
    key = world.simulator.ready(URL)["webhook_public_key"]

    transfer = make_transfer(world)
    world.client.fund(transfer.id)
    world.control("clock", {"advance_seconds": 60})

    events = []
    for headers, body in world.deliveries:
        lower = {name.lower(): value for name, value in headers.items()}
        assert webhooks.verify(body, lower["x-signature-sha256"], key)
        if lower.get("x-test-notification") != "true":
            events.append(webhooks.parse(body))
    assert events
    assert {event.transfer_id for event in events} == {transfer.id}
    assert {event.profile_id for event in events} == {transfer.profile}
    assert {event.subscription_id for event in events} == {made.id}
    assert all(event.is_known and event.occurred_at for event in events)
    world.client.unsubscribe(made.id)
    world.client.unsubscribe(made.id)
    assert world.client.subscriptions() == []


def test_missing_details_name_vendor_and_column() -> None:
    """A clerk reads which vendor, which column of Epicor and what to do."""
    world = wise()
    vendor = vendor_called("PACTOOL")
    bank = vendor.banks[0].model_copy(update={"columns": {**vendor.banks[0].columns, "LocalBIC": "021000022"}})

    with pytest.raises(DetailsMissing) as caught:
        world.client.recipient_details(vendor, bank, "USD", "USD", Decimal(10))

    assert caught.value.column == "VendBank.LocalBIC"
    assert "vendor PACTOOL" in str(caught.value)
    assert "not a valid ABA routing number" in str(caught.value)


def test_nothing_personal_is_left_in_the_exchanges() -> None:
    """Paying every vendor leaves no account number, name or token in what is kept."""
    world = wise()
    for vendor in vendors():
        recipient = make_recipient(world, vendor)
        world.client.recipient(recipient.id)
        bank = next(bank for bank in vendor.banks if bank.bank_id == vendor.primary_bank_id)
        source = source_for(world, currency_of(vendor))
        details = world.client.recipient_details(vendor, bank, currency_of(vendor), source, Decimal(1))
        assert world.client.find_recipient(details) is not None
    kept = "\n".join(f"{exchange.url} {exchange.request} {exchange.response}" for exchange in world.exchanges)

    assert world.simulator.credentials.personal_token not in kept
    for bank in [bank for vendor in vendors() for bank in vendor.banks]:
        for column in ("NameOnAccount", "IBANCode", "BankAcctNumber"):
            if bank[column] and not _is_short(bank[column]):
                assert bank[column] not in kept, column


def _is_short(value: str) -> bool:
    return len(value) < 7


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("before", requests.ConnectionError),
        ("lost", requests.ConnectionError),
        ("delay", requests.ReadTimeout),
        ("truncated", requests.exceptions.ChunkedEncodingError),
    ],
)
def test_the_adapter_fails_as_a_wire_does(kind: str, error: type[Exception]) -> None:
    """In process a fault raises what `requests` raises on a socket."""
    world = wise()
    world.fault("GET", "/currencies", kind, seconds=60 if kind == "delay" else 0)
    session = requests.Session()
    session.mount(URL, world.adapter)

    with pytest.raises(error):
        session.get(f"{URL}/2026Q3/currencies", timeout=(3, 30))
    assert session.get(f"{URL}/2026Q3/currencies", timeout=(3, 30)).status_code == 200
