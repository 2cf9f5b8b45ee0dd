"""The screen is readable at 80 columns and in a log without a terminal."""

from __future__ import annotations

import io
from collections import Counter
from decimal import Decimal

from rich.console import Console

from local.accounts import Account, End
from local.day import Progress
from local.leaks import Hidden, Searched
from local.screen import LogMeter, Screen, moving_words, sum_of
from local.stop import Stop


def _end(number: str, outcome: str = "paid", reason: str = "", **values: object) -> End:
    key = ("EPIC01", 101, number)
    return End(key, "Nordlicht Maschinenbau", Decimal("184500.50"), "INR", outcome, reason, **values)  # type: ignore[arg-type]


def _account(*ends: End) -> Account:
    return Account(ends, len(ends), 0, {}, 0, 0, 0, 0)


def _screen() -> tuple[Screen, io.StringIO]:
    output = io.StringIO()
    return Screen(Console(file=output, width=80, force_terminal=False, no_color=True, highlight=False)), output


_ENDS = (
    _end("50% Anzahlung 3/[x]", transfers=(2147719016, 2147719021), head_num=5020),
    _end("KC-2026-14", "held", "bank_details_missing"),
    _end("GS-300", "not_eligible", "debit_memo"),
    _end("VL-6620", "failed", "transfer_cancelled", expect_outcome="paid"),
)


def test_a_log_has_no_control_characters_and_80_columns() -> None:
    """Without a terminal the whole ending is plain text, no table row wider than 80 columns."""
    screen, output = _screen()
    with screen.step("sam build") as word:
        word("nothing has changed since the last one")
    screen.ending(_account(*_ENDS), 31.2, compare=False)
    lines = output.getvalue().splitlines()
    assert all(character.isprintable() for line in lines for character in line)
    assert max(map(len, lines)) <= 80


def test_the_table_shows_each_invoice_with_its_money() -> None:
    """Amount with currency, every transfer, the Epicor payment, the outcome and its reason stand in the table."""
    screen, output = _screen()
    screen.ending(_account(*_ENDS), 31.2, compare=True)
    text = output.getvalue()
    for told in ("184500.50 INR", "2147719016", "2147719021", "5020", "bank details", "not", "eligible", "cancelled"):
        assert told in text
    assert "not as expected  VL-6620 of Nordlicht Maschinenbau (EPIC01): should end paid" in text
    assert "1 failed, 1 held, 1 not eligible, 1 paid of 4 invoices in 31 s" in text


def test_what_was_held_before_people_came_is_told() -> None:
    """A paid row says what it was held for, one held still why it is; a wrong state at the first rest is told too."""
    screen, output = _screen()
    noon = _account(
        _end("KC-2026-14", "held", "bank_details_missing"),
        _end("H-10027", "open", "queued", expect_outcome="held", expect_reason="vendor_on_hold"),
        _end("TF-20960", "held", "withholding_tax"),
    )
    ends = _account(_end("KC-2026-14"), _end("H-10027"), _end("TF-20960", "held", "withholding_tax"))
    screen.ending(ends, 31.2, compare=True, noon=noon)
    text = " ".join(output.getvalue().split())
    assert "paid was bank" in text
    assert "was withholding" not in text
    assert "not as expected before people came H-10027" in text


def test_the_search_for_secrets_is_told_in_a_line() -> None:
    """How much was sought, in how many places; what was found is shouted, and the report has all of it."""
    hidden = Hidden(frozenset({"DE89370400440532013000"}), {"wise's personal_token": "t"})
    screen, output = _screen()
    screen.searched(Searched(Counter(items=4, screen=1)), hidden)
    screen.searched(Searched(Counter(items=4), hits=[f"items {n}: account ending 3000" for n in range(9)]), hidden)
    lines = output.getvalue().splitlines()
    assert lines[0] == "Masking       1 accounts and 1 secrets sought in 5 places: none in full"
    assert lines[1] == "Masking       1 accounts and 1 secrets sought in 4 places: 9 in full"
    assert lines[2:] == [f"in full  items {n}: account ending 3000" for n in range(5)]


def test_what_was_shown_is_kept_for_the_search() -> None:
    """The screen of a run remembers its lines; another one has nothing to tell."""
    kept = Screen(Console(file=io.StringIO(), record=True))
    kept.say("Bank EPIC01/107/MAIN")
    assert "Bank EPIC01/107/MAIN" in kept.shown()
    assert _screen()[0].shown() == ""


def test_a_big_day_shows_the_exceptions_only() -> None:
    """Of a big day the table shows what was not paid, and not more than fits; the sum counts all."""
    screen, output = _screen()
    ends = [_end(f"P{n}") for n in range(100)] + [_end(f"H{n}", "held", "vendor_on_hold") for n in range(70)]
    screen.ending(_account(*ends), 99, compare=True)
    text = output.getvalue()
    assert "P1" not in text
    assert "H59" in text
    assert "H60" not in text
    assert "… and 10 more that were not paid" in text
    assert "100 paid, 70 held of 170 invoices in 99 s" in text


def test_money_paid_twice_is_shouted() -> None:
    """Money paid twice stands in the day's one line."""
    assert "2 PAID TWICE" in sum_of(Account((_end("A"),), 1, 1, {}, 0, 2, 0, 0))


def test_a_stop_shows_message_and_remedy() -> None:
    """Why the run stopped and what helps are both shown, brackets and all."""
    screen, output = _screen()
    screen.stopped(Stop("CREDENTIALS lacks [api_key]", "Add it."))
    assert output.getvalue() == "\nStopped: CREDENTIALS lacks [api_key]\nAdd it.\n"


def test_a_log_gets_a_line_now_and_then() -> None:
    """Progress without a terminal is a line every ten seconds, not one a look."""
    screen, output = _screen()
    now = [0.0]
    meter = LogMeter(screen, lambda: now[0])
    for second in range(25):
        now[0] = float(second)
        meter.show(Progress(second, 30, {"awaiting_funds": 2, "sent": 1}))
    assert output.getvalue().splitlines() == [
        f"  {second} of 30 at rest  2 awaiting funds, 1 sent" for second in (0, 10, 20)
    ]


def test_what_moves_is_told_most_first() -> None:
    """The busiest status comes first."""
    assert moving_words(Progress(0, 9, {"created": 1, "queued": 7})) == "7 queued, 1 created"
