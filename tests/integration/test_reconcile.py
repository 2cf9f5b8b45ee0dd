"""A month in which every class occurs, reconciled over the real clients and ledger: each found and none invented."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from kinetic_wise.flows.reconcile import Listener, UnknownCurrency, reconcile
from kinetic_wise.ledger.histories import History
from kinetic_wise.payments.books import LedgerPayment, Period
from kinetic_wise.payments.footing import Summary
from kinetic_wise.payments.reconciliation import Row, RowClass
from kinetic_wise.payments.systems import Transfer
from kinetic_wise.wise.camt import read_camt
from kinetic_wise.wise.statements import Statement
from tests.support import month as cast
from tests.support.acts import ask_a_person
from tests.support.month import Month, camt, sources_of

UTC_DAYS = ZoneInfo("UTC")


@pytest.fixture(scope="module")
def month() -> Month:
    """The month, worked off."""
    return Month()


def reconciled(
    month: Month, first: date = date(2026, 11, 1), last: date = date(2026, 11, 30), **more: Statement
) -> tuple[list[Row], Summary, dict[str, RowClass]]:
    """Rows, figures, and where each payment stands by its invoice's number."""
    rows: list[Row] = []
    stands: dict[str, RowClass] = {}

    def stand(payment: LedgerPayment, kind: RowClass) -> None:
        stands[payment.invoice_num] = kind

    period = Period.of(first, last, UTC_DAYS, month.now())
    summary = reconcile(sources_of(month), period, Listener(rows.append, stand), more)
    return rows, summary, stands


def expected(month: Month) -> dict[str, RowClass]:
    """What the month's makers know of it, by invoice number."""
    return {
        month.number(position): kind
        for position, kind in (
            (cast.MATCHED, RowClass.MATCHED),
            (cast.MATCHED_IN_DOLLARS, RowClass.MATCHED),
            (cast.SHORT, RowClass.AMOUNT_DIFFERS),
            (cast.NOT_POSTED, RowClass.PAID_NOT_POSTED),
            (cast.BOUNCED, RowClass.POSTED_BUT_RETURNED),
            (cast.STUCK, RowClass.IN_TRANSIT),
            (cast.RESERVED, RowClass.RESERVED),
            (cast.RETURNED, RowClass.RETURNED),
        )
    }


def test_every_class_is_found_and_none_is_invented(month: Month) -> None:
    """Each payment is in the class that its story gave it; what others did is told once; there is no other row."""
    rows, _, stands = reconciled(month)
    assert stands == expected(month)
    told = Counter((row.kind, row.invoices) for row in rows if row.kind is not RowClass.FEE)
    wanted = Counter({(kind, number): 1 for number, kind in expected(month).items()})
    wanted[RowClass.ONLY_IN_EPICOR, month.number(cast.BY_HAND)] = 1
    wanted[RowClass.ONLY_IN_WISE, ""] = 1
    wanted[RowClass.OTHER_MOVEMENT, ""] = 1
    assert told == wanted
    assert {row.kind for row in rows} == set(RowClass)
    (foreign,) = [row for row in rows if row.kind is RowClass.ONLY_IN_WISE]
    assert foreign.transfer_id == month.foreign


def test_opening_and_movements_are_closing_as_wise_has_it(month: Month) -> None:
    """The rows lead from what was in the balance to what is there by Wise's own book, fees in rows of their own."""
    rows, summary, _ = reconciled(month)
    (balance,) = summary.balances
    (held,) = month.wise.state()["balances"]
    assert summary.foots
    assert balance.opening == Decimal("900000.00")
    assert balance.closing == Decimal(str(held["amount"]))
    assert balance.opening + sum(balance.movements.values()) == balance.closing
    fees = {row.transfer_id: row.cash for row in rows if row.kind is RowClass.FEE}
    matched = month.transfer(cast.MATCHED)
    assert matched is not None
    assert fees[matched.id] == -matched.quote.options["BALANCE"].fee
    assert summary.rows == len(rows)


def test_what_came_back_short_is_told_with_the_amount(month: Month) -> None:
    """Twenty euros that a bank on the way kept stand in the row, as they stand in the ledger."""
    rows, _, _ = reconciled(month)
    (short,) = [row for row in rows if row.kind is RowClass.AMOUNT_DIFFERS]
    assert "20.00 EUR less came back" in short.detail
    assert short.cash == Decimal("-20.00")
    assert short.epicor_state == "voided"


def test_what_is_open_has_an_age(month: Month) -> None:
    """In transit, reserved, paid and not posted, posted and returned: each says since when, in days."""
    rows, _, _ = reconciled(month)
    ages = {row.kind: row.age_days for row in rows if row.age_days is not None}
    kinds = {RowClass.IN_TRANSIT, RowClass.RESERVED, RowClass.PAID_NOT_POSTED, RowClass.POSTED_BUT_RETURNED}
    assert ages == dict.fromkeys(kinds, 9)


def test_the_next_month_tells_only_what_is_still_open(month: Month) -> None:
    """In December what was settled in November is no row; what is open is, and the balance did not move."""
    rows, summary, _ = reconciled(month, date(2026, 12, 1), date(2026, 12, 2))
    kinds = {RowClass.IN_TRANSIT, RowClass.RESERVED, RowClass.PAID_NOT_POSTED, RowClass.POSTED_BUT_RETURNED}
    assert Counter(row.kind for row in rows) == Counter(dict.fromkeys(kinds, 1))
    assert summary.foots
    assert all(balance.opening == balance.closing for balance in summary.balances)


def test_a_lost_answer_does_not_lose_the_transfer(month: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transfer whose id the ledger never saw is matched by its customerTransactionId."""
    number = month.payment(cast.MATCHED)
    sources = sources_of(month)
    known = sources.histories.everything

    def forgetful() -> Iterator[History]:
        for found in known():
            lost = tuple(attempt.model_copy(update={"transfer": None}) for attempt in found.attempts)
            yield found.model_copy(update={"attempts": lost}) if found.payment.id == number.id else found

    monkeypatch.setattr(sources.histories, "everything", forgetful)
    stands: dict[str, RowClass] = {}
    period = Period.of(date(2026, 11, 1), date(2026, 11, 30), UTC_DAYS, month.now())
    reconcile(sources, period, Listener(lambda row: None, lambda one, kind: stands.update({one.id: kind})))
    assert stands[number.id] is RowClass.MATCHED


def test_a_transfer_that_wise_does_not_show_is_only_in_epicor(month: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    """Posted in Epicor, and Wise lists no such transfer and no money: told, whatever the ledger remembers."""
    hidden = month.transfer(cast.MATCHED)
    assert hidden is not None
    wise = month.deps.wise
    listed, stated = wise.transfers, wise.statement

    def without(*bounds: object) -> list[Transfer]:
        return [one for one in listed(*bounds) if one.id != hidden.id]  # type: ignore[arg-type]

    monkeypatch.setattr(wise, "transfers", without)
    monkeypatch.setattr(wise, "statement", lambda *asked: _without(stated(*asked), hidden.id))
    rows, summary, stands = reconciled(month)
    assert stands[month.number(cast.MATCHED)] is RowClass.ONLY_IN_EPICOR
    assert not summary.foots
    assert len(rows) > 1


def _without(statement: Statement | None, transfer_id: int) -> Statement | None:
    if statement is None:
        return None
    kept = tuple(line for line in statement.lines if line.transfer_id != transfer_id)
    return Statement(statement.currency, kept, statement.closing)


def test_where_statements_are_closed_a_file_stands_in_for_them(month: Month) -> None:
    """Without its statement the balance is named as unknown; with the CAMT.053 file everything foots as before."""
    files = _camt(month)
    settings = month.wise._world.settings
    ask_a_person(month)
    try:
        rows, summary, stands = reconciled(month)
        assert (summary.without_statement, summary.balances) == (("EUR",), ())
        assert {key: kind for key, kind in stands.items() if kind is not expected(month)[key]} == {}
        assert not any(row.cash for row in rows)
        _, with_file, stands = reconciled(month, EUR=files["EUR"])
        assert with_file.foots
        assert with_file.without_statement == ()
        assert stands == expected(month)
    finally:
        object.__setattr__(month.wise._world, "settings", settings)


def _camt(month: Month) -> dict[str, Statement]:
    """What a person downloads in Wise."""
    return {one.currency: one for one in read_camt(camt(month))}


def test_a_statement_in_a_currency_without_balance_is_refused(month: Month) -> None:
    """A file of another account is told from ours by its currency, in one sentence."""
    with pytest.raises(UnknownCurrency, match="a statement in PLN was given; the balances are in EUR"):
        reconciled(month, PLN=Statement("PLN", (), Decimal(0)))
