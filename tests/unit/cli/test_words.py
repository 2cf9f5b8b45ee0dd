"""Codes, statuses and entries in words that a person reads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cli.export import _cell
from cli.shell import many
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.reasons import reason, reasons
from kinetic_wise.words import meaning_of, sentence, words_of


def test_every_status_has_a_meaning() -> None:
    """No status is shown without saying what it means."""
    assert all(meaning_of(status) for status in Status)


def test_reasons_are_those_of_the_page_on_holds() -> None:
    """Each code of the page, alone or in company, has its meaning, and its remedy where the page gives one."""
    assert reason("bank_details_missing").remedy.startswith("fill the column")
    assert reason("draft_voided") == reason("draft_missing")
    assert reason("transfer_cancelled").meaning.startswith("Wise, or a person in Wise")
    assert len(reasons()) > 40
    assert reason("never_heard_of").meaning == "never heard of"


def test_one_thing_is_not_told_in_the_plural() -> None:
    """A count and its noun agree, also where the plural is more than an s."""
    assert [many(n, "seal") for n in (0, 1, 2)] == ["0 seals", "1 seal", "2 seals"]
    assert [many(n, "entry", "entries") for n in (1, 3)] == ["1 entry", "3 entries"]


@pytest.mark.parametrize("code", sorted(reasons()))
def test_every_reason_says_by_itself_what_to_do(code: str) -> None:
    """A remedy is printed alone, so none is missing and none points to the row above it."""
    remedy = reason(code).remedy
    assert remedy
    assert "the same" not in remedy


def test_every_decision_on_a_payments_end_is_a_sentence_of_its_own() -> None:
    """How a payment ended is said in words, never by the entry's code."""
    for kind in ("posted", "watch_over", "closed", "failed", "returned", "rejected", "refund_amount"):
        assert not sentence(kind, {}).startswith(f"{kind.replace('_', ' ').capitalize()}.")


def test_an_entry_is_a_sentence_and_nothing_is_left_out() -> None:
    """What the sentence does not say stands behind it; a first try goes without saying."""
    told = sentence("reserved", {"head_num": 12, "check_num": 70})
    assert told == "Reserved: Epicor shows our draft payment 12. [check_num 70]"
    assert sentence("intent.fund", {"transfer": 5, "try": 1}).endswith("transfer 5.")
    assert sentence("intent.fund", {"transfer": 5, "try": 2}).endswith("[try 2]")


def test_an_unknown_kind_is_still_told() -> None:
    """Entries of a newer connector, or with fields missing, are told as well as can be."""
    assert sentence("something.new_here", {"ids": ["a", "b"]}) == "Something new here. [ids a, b]"
    assert sentence("posted", {}) == "Posted: Epicor shows payment ? as posted."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3600, "1 h"), (90_000, "1 d 1 h"), (-5, "0 s")],
)
def test_ages_are_short(seconds: int, words: str) -> None:
    """An age shows its two largest units."""
    assert words_of(timedelta(seconds=seconds)) == words


def test_a_cell_is_never_a_formula() -> None:
    """What a spreadsheet would run is shown as text instead; JSON stays JSON."""
    assert _cell("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert _cell("-1:2:3:1") == "'-1:2:3:1"
    assert _cell({"a": 1}) == '{"a": 1}'
