"""Names that are derived: pinned, because payments in flight carry what a release derived."""

import re

from hypothesis import given
from hypothesis import strategies as st

from kinetic_wise.payments import identity

ROW = "8D1F3C52-0B0E-4A55-9A39-3F0C6A1F9D10"


def test_transfer_key_is_pinned() -> None:
    """A released key derivation never changes, whatever the case of the row id (money-cases.md H16)."""
    assert identity.transfer_key(ROW, 1, 1) == "c98809a3-989a-57c3-8bca-e3ce9ca82f97"
    assert identity.transfer_key(ROW.lower(), 1, 1) == identity.transfer_key(ROW, 1, 1)


def test_instalments_and_attempts_have_keys_of_their_own() -> None:
    """No two instalments or attempts of an invoice share a key (money-cases.md H17)."""
    keys = {identity.transfer_key(ROW, pay_seq, attempt) for pay_seq in range(1, 5) for attempt in range(1, 5)}
    assert len(keys) == 16


def test_group_id_and_execution_name_are_pinned() -> None:
    """Names under which work in flight is found again never change."""
    assert identity.group_id("EPIC01:214:INV-7:1", 1) == "WE6YNU9P"
    assert identity.execution_name("EPIC01:214:INV-7:1", 1, 1) == "d2c5811c-04dc-5e86-8f00-aac632a91679-1-1"


def test_each_reservation_has_a_group_of_its_own() -> None:
    """After a void the next draft never meets the old group (money-cases.md H18)."""
    assert identity.group_id("EPIC01:214:INV-7:1", 1) != identity.group_id("EPIC01:214:INV-7:1", 2)


@given(st.text(max_size=60), st.integers(1, 99), st.integers(1, 9_999))
def test_names_are_what_epicor_and_aws_accept(invoice_num: str, attempt: int, run: int) -> None:
    """Whatever an invoice is called, its group fits Epicor and its execution's name fits Step Functions."""
    payment = identity.payment_id("EPIC01", 214, invoice_num, 1)
    assert re.fullmatch("[A-Z0-9]{8}", identity.group_id(payment, attempt))
    assert re.fullmatch("[A-Za-z0-9_-]{1,80}", identity.execution_name(payment, attempt, run))


@given(st.tuples(st.text(max_size=20), st.integers(1, 10**9), st.text(max_size=30), st.integers(1, 99)))
def test_payment_ids_can_be_taken_apart(parts: tuple[str, int, str, int]) -> None:
    """Escaping keeps different invoices apart: an id has exactly four parts."""
    assert identity.payment_id(*parts).count(":") == 3


def test_number_lock_ignores_case() -> None:
    """`inv1` and `INV1` are one debt (money-cases.md H6)."""
    assert identity.number_lock("A", 1, "inv/1", 1) == identity.number_lock("A", 1, "INV/1", 1)
