"""Statements of the simulated Wise: by its API and as CAMT.053 the same rows (wise-api.md section 8.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from kinetic_wise.transport import TokenRejected
from kinetic_wise.wise.camt import NotAStatement, read_camt
from kinetic_wise.wise.statements import Statement, StatementClosed, StatementLine, intervals, statement, with_fees
from tests.contract.test_wise_client import START, Wise, currency_of, vendors, wise
from tests.unit.simulators.wise_desk import NOON, Desk, SmallDay

SINCE, UNTIL = START - timedelta(days=1), START + timedelta(days=2)
WHOLE = "currency=EUR&intervalStart=2026-08-30&intervalEnd=2026-12-31"


def a_day() -> Desk:
    """A transfer paid, another one that came back 2.00 short, and a top-up."""
    desk = Desk(SmallDay())
    desk.funded()
    back = desk.funded()
    desk.wait(30)
    desk.people(act="bounce", transfer=back)
    desk.people(act="give_back", transfer=back, kept="2.00")
    body = {"profileId": desk.profile, "balanceId": 200_001, "currency": "EUR", "amount": 500}
    assert desk.post("/simulation/balance/topup", body).status == 200
    return desk


def path(desk: Desk, kind: str) -> str:
    return f"/profiles/{desk.profile}/balance-statements/200001/statement.{kind}?{WHOLE}"


def by_api(desk: Desk, kind: str = "COMPACT") -> Statement:
    return statement(desk.get(f"{path(desk, 'json')}&type={kind}").json)


def by_file(desk: Desk, kind: str = "COMPACT") -> Statement:
    (found,) = read_camt(desk.get(f"{path(desk, 'xml')}&type={kind}").response.body)
    return found


def test_four_ways_give_the_same_rows() -> None:
    """JSON or CAMT.053, COMPACT or FLAT: date, amount, fee, reference and running balance are the same."""
    desk = a_day()
    rows = by_api(desk)
    assert by_file(desk) == rows
    assert by_api(desk, "FLAT") == rows
    assert by_file(desk, "FLAT") == rows
    assert [line.amount > 0 for line in rows.lines] == [False, False, True, True]


def test_rows_say_what_moved_and_for_which_transfer() -> None:
    """The fee is in the amount and beside it, balances follow from amounts, a refund names its transfer."""
    desk = a_day()
    lines = by_api(desk).lines
    book = {transfer["id"]: transfer for transfer in desk.wise.state()["transfers"]}
    paid, sent_back, refund, top_up = lines
    assert [line.transfer_id for line in lines] == [*book, list(book)[1], None]
    assert paid.amount == -Decimal(book[paid.transfer_id or 0]["debited_amount"])
    assert paid.fee == -paid.amount - Decimal(book[paid.transfer_id or 0]["source_amount"]) > 0
    assert refund.amount == -sent_back.amount - 2
    assert top_up.running_balance == by_api(desk).closing == desk.balance("EUR")
    for before, after in pairwise(lines):
        assert after.running_balance == before.running_balance + after.amount
    assert all(line.date.tzinfo is UTC and line.date >= NOON for line in lines)


def paid(world: Wise) -> int:
    """A transfer of the sample's first EUR vendor, funded."""
    vendor = next(one for one in vendors() if currency_of(one) == "EUR")
    details = world.client.recipient_details(vendor, vendor.banks[0], "EUR", "EUR", Decimal(100))
    recipient = world.client.create_recipient(details)
    quote = world.client.create_quote("EUR", "EUR", Decimal(100), recipient.id)
    transfer = world.client.create_transfer("00000000-0000-5000-8000-000000000001", recipient.id, quote.id, "INV 1")
    world.client.fund(transfer.id)
    return transfer.id


@pytest.mark.parametrize("version", ["2026Q3", ""], ids=["calendar", "legacy"])
def test_a_statement_is_had_by_currency(version: str) -> None:
    """Both kinds of path give it; a currency without a balance has none."""
    world = wise(version)
    transfer = paid(world)
    found = world.client.statement("EUR", SINCE, UNTIL)
    assert found is not None
    assert [line.transfer_id for line in found.lines] == [transfer]
    assert found.currency == "EUR"
    assert world.client.statement("NOK", SINCE, UNTIL) is None
    assert world.client.refund_in_statement("EUR", transfer, SINCE, UNTIL) is None


def test_years_are_asked_for_in_parts() -> None:
    """Wise takes 469 days at once: three years are four calls, and a line on a common bound counts once."""
    world = wise()
    transfer = paid(world)
    since = START - timedelta(days=469)
    found = world.client.statement("EUR", since, since + timedelta(days=1200))
    assert found is not None
    assert [line.transfer_id for line in found.lines] == [transfer]
    assert world.asked("GET", "/statement.json") == 3
    parts = list(intervals(since, since + timedelta(days=1200)))
    assert all(end - start <= timedelta(days=469) for start, end in parts)
    assert [parts[0][0], parts[-1][1]] == [since, since + timedelta(days=1200)]


def test_where_a_person_must_approve_the_file_is_named() -> None:
    """In an SCA region the refusal says what to do instead: download CAMT.053 and import it."""
    with pytest.raises(StatementClosed, match=r"CAMT\.053 \(XML\) and import"):
        wise(sca=True).client.statement("EUR", SINCE, UNTIL)


def test_a_dead_token_is_not_taken_for_a_closed_statement() -> None:
    """401 is about credentials: no file helps there."""
    with pytest.raises(TokenRejected):
        wise(token="nobody").client.statement("EUR", SINCE, UNTIL)


# --- files that are none, or not whole ------------------------------------------------------------------------------


def _document(entries: str, closing: str = "100.00", extra: str = "", sign: str = "CRDT") -> bytes:
    def balance(code: str, amount: str, indicator: str) -> str:
        kind = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        return f'<Bal>{kind}<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{indicator}</CdtDbtInd></Bal>'

    balances = balance("OPBD", "100.00", "CRDT") + balance("CLBD", closing, sign)
    text = f"{extra}<d:Document xmlns:d='urn:x'><d:BkToCstmrStmt><Stmt>{balances}{entries}</Stmt></d:BkToCstmrStmt>"
    return f"{text}</d:Document>".encode()


def _ntry(amount: str, indicator: str, reference: str, day: str = "2026-11-01", status: str = "BOOK") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{indicator}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><NtryDtls><TxDtls><Refs><TxId>{reference}</TxId></Refs></TxDtls></NtryDtls>"
        "</Ntry>"
    )


def test_other_versions_and_orders_are_read() -> None:
    """Any namespace, plain days, the newest first, references elsewhere; what is only announced does not count."""
    entries = (
        _ntry("7.00", "DBIT", "CARD-9", "2026-11-03", "PDNG")
        + _ntry("5.00", "CRDT", "Refund TRANSFER-12 received", "2026-11-02")
        + _ntry("25.50", "DBIT", "x")
    )
    (found,) = read_camt(_document(entries, "79.50"))
    day = datetime(2026, 11, 1, tzinfo=UTC)
    assert found.lines == (
        StatementLine(day, Decimal("-25.50"), Decimal(0), "EUR", "x", Decimal("74.50")),
        StatementLine(day + timedelta(days=1), Decimal("5.00"), Decimal(0), "EUR", "TRANSFER-12", Decimal("79.50")),
    )
    assert found.lines[1].transfer_id == 12


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"not xml", "no XML"),
        (b"", "no XML"),
        (b"<Document/>", "no CAMT.053 statement"),
        (_document(_ntry("1.00", "CRDT", "x")), "lead from 100.00 to 101.00 EUR, the file says 100.00"),
        (_document(_ntry("NaN", "CRDT", "x")), "no amount"),
        (_document(_ntry("-1.00", "CRDT", "x")), "no amount"),
        (_document(_ntry("1.00", "MAYBE", "x")), "came or left"),
        (_document(_ntry("1.00", "CRDT", "x", "yesterday"), "101.00"), "no date"),
        (_document("", extra='<!DOCTYPE d [<!ENTITY a "b">]>'), "document type"),
        (_document("", extra='<!DOCTYPE d SYSTEM "file:///etc/passwd">'), "document type"),
        (_document("").replace(b"CLBD", b"PRCD"), "no CLBD balance"),
        (_document("").replace(b'Ccy="EUR"', b'Ccy="euro"'), "names euro"),
        (_document("").replace(b'Ccy="EUR"', b'Ccy="USD"', 1), "in one currency"),
        (b'<?xml version="1.0" encoding="martian"?><Document/>', "no XML"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(document: bytes, words: str) -> None:
    """No XML, no statement, entities, nonsense, or a file that does not add up: refused with the reason."""
    with pytest.raises(NotAStatement, match=words.replace("(", r"\(")):
        read_camt(document)


def test_a_file_as_wise_writes_it_is_read() -> None:
    """The newest first, closing before opening balance, the reference as a code, the fee in words, another zone."""
    entries = [
        ("1000.00", "CRDT", "2026-01-31T19:24:13.233587+02:00", "TRANSFER-12", "Payment received"),
        ("2041.93", "DBIT", "2026-01-23T20:06:02.508842+02:00", "TRANSFER-7", "Sent money to A B (fee: 1,012.07 EUR)"),
        ("1012.07", "DBIT", "2026-01-23T20:06:02.508842+02:00", "FEE-TRANSFER-7", "Wise Charges for: TRANSFER-7"),
    ]
    text = "".join(
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><BookgDt><DtTm>{moment}</DtTm></BookgDt>'
        f"<BkTxCd><Prtry><Cd>{code}</Cd></Prtry></BkTxCd><AddtlNtryInf>{words}</AddtlNtryInf></Ntry>"
        for amount, way, moment, code, words in entries
    )
    (found,) = read_camt(_document(text, "1954.00", sign="DBIT"))
    paid, received = found.lines
    assert (paid.transfer_id, paid.amount, paid.fee) == (7, Decimal("-3054.00"), Decimal("1012.07"))
    assert (paid.running_balance, received.running_balance) == (Decimal("-2954.00"), Decimal("-1954.00"))
    assert received.date == datetime(2026, 1, 31, 17, 24, 13, 233587, tzinfo=UTC)


def test_a_balance_never_used_has_an_empty_statement() -> None:
    """Wise writes neither balances nor entries then: there is nothing, and nothing is wrong."""
    document = b"<Document><BkToCstmrStmt><Stmt><Acct><Ccy>EUR</Ccy></Acct></Stmt></BkToCstmrStmt></Document>"
    assert read_camt(document) == (Statement("EUR", (), Decimal(0)),)


def test_a_fee_is_put_only_into_its_own_line() -> None:
    """A FLAT fee goes into the line right beside it that it names, once; a fee given back stays a line."""
    day = datetime(2026, 11, 1, tzinfo=UTC)

    def line(amount: str, reference: str, after: str, fee: str = "0") -> StatementLine:
        return StatementLine(day, Decimal(amount), Decimal(fee), "EUR", reference, Decimal(after))

    fee, paid, other, back = (
        line("-1.20", "FEE-TRANSFER-1", "998.80"),
        line("-100.00", "TRANSFER-1", "898.80", fee="1.20"),
        line("-0.50", "FEE-CARD-7", "898.30"),
        line("1.20", "FEE-TRANSFER-1", "899.50"),
    )
    for order in ([fee, paid, other, back], [paid, fee, other, back]):
        put, kept, returned = with_fees(order)
        assert (put.amount, put.fee) == (Decimal("-101.20"), Decimal("1.20"))
        assert put.running_balance == order[1].running_balance
        assert (kept, returned) == (other, back)
    assert (back.transfer_id, other.transfer_id) == (1, None)
