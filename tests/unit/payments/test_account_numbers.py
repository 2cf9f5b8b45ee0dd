"""What of an account number may be shown."""

from __future__ import annotations

import pytest

from kinetic_wise.payments.account_numbers import hide_ibans, last_four


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("DE89 3704 0044 0532 0130 00", "***3000"),
        ("12-34567-8", "***5678"),
        ("1234567", "***"),  # four of seven would tell too much
        ("7", "***"),
        ("", ""),  # that nothing is there may be seen
    ],
)
def test_of_an_account_number_the_end_is_shown_if_it_is_long_enough(value: str, shown: str) -> None:
    """Spaces and dashes do not count, and a short number shows nothing."""
    assert last_four(value) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pay NO9386011117947 now", "pay ***7947 now"),  # Norway's, the shortest there is
        ("pay NO938601111794, cut short", "pay ***1794, cut short"),
        ("FR14 2004 1010 0505 0001 3M02 606", "***2606"),
        ("Invoice RE-2026-104711", "Invoice RE-2026-104711"),
    ],
)
def test_ibans_are_hidden_wherever_they_stand(text: str, shown: str) -> None:
    """Grouped or not, and one character short of the shortest IBAN."""
    assert hide_ibans(text) == shown
