"""A few random histories; `make faults` has as many as wanted."""

import pytest

from tests.faults import histories


@pytest.mark.parametrize("seed", range(20))
def test_a_history_breaks_nothing(seed: int) -> None:
    """Several payments and faults, workers at the same time, people in between: all books agree in the end."""
    assert histories.verdict(seed).broken == ""


def test_a_history_is_the_same_for_the_same_seed() -> None:
    """What a seed tells once it tells again, line by line."""
    assert list(histories.told(7)) == list(histories.told(7))


def test_histories_are_wild() -> None:
    """Among a few there are faults, people who act and who order, and several payments at once."""
    drawn = [histories.History(seed) for seed in range(12)]
    for history in drawn:
        history.verdict()
    assert any(history.effects.struck for history in drawn)
    assert any(history.people.story for history in drawn)
    assert any(history.accepted for history in drawn)
    assert any(len(history.day.invoices) > 1 for history in drawn)
