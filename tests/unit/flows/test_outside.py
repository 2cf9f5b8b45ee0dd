"""One way around an outside write: what means the same everywhere, and what a flow judges for itself (rules 3 to 5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from kinetic_wise.epicor import ForeignDraft
from kinetic_wise.flows.case import Case
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.outside import reading_back, write_to_epicor, write_to_wise
from kinetic_wise.ledger.connector_state import Busy
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Action, Intent, Payment
from kinetic_wise.payments.systems import Draft, InvoiceKey
from kinetic_wise.transport import AccessRefused, NotArrived, Refused, Unclear

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
KEY = InvoiceKey(company="EPIC01", vendor_num=214, invoice_num="INV-7", sys_row_id="7")
PAUSE = 60.0


class Epicor:
    """Places for calls to Epicor, and a client that is only handed on."""

    def __init__(self, *, places: int = 1) -> None:
        self.places = places
        self.now = NOW
        self.wise = "the client of Wise"

    @contextmanager
    def epicor_place(self) -> Iterator[str]:
        """One place, as long as there is one."""
        if not self.places:
            raise Busy("all places are taken")
        self.places -= 1
        yield "the client of Epicor"
        self.places += 1


class Kept(Case):
    """A case whose writes are kept in memory, by kind."""

    kinds: tuple[str, ...] = ()

    def write(self, kind: str, *, payment: dict[str, Any] | None = None, **_: Any) -> None:
        """Keep the changes."""
        self.kinds = (*self.kinds, kind)
        self.payment = self.payment.model_copy(update=payment or {})

    @property
    def now(self) -> datetime:
        """The time that the test has set."""
        return cast(Epicor, self.deps).now


def case(deps: Epicor | None = None, **intent: Any) -> Kept:
    """A payment whose posting is announced."""
    payment = Payment(
        id=KEY.payment_id(),
        invoice=KEY,
        status=Status.SENT,
        amount=Decimal(100),
        currency="EUR",
        currency_code="EUR",
        intent=Intent(action=Action.POST, at=NOW, **intent),
        created_at=NOW,
        updated_at=NOW,
    )
    return Kept(cast(Deps, deps or Epicor()), payment, None)


def raising(error: Exception) -> Any:
    """A call that ends so, whatever it is called with."""

    def call(*_: object) -> Any:
        raise error

    return call


def never(what: object) -> Outcome:
    """What must not be asked."""
    raise AssertionError(f"asked to judge {what!r}")


WRITES = pytest.mark.parametrize("write", [write_to_epicor, write_to_wise])


@WRITES
def test_what_did_not_arrive_closes_its_intent(write: Any) -> None:
    """A write that provably had no effect may be announced anew: the flow is not asked what it means."""
    sent = case()
    assert write(sent, raising(NotArrived("no connection")), done=never, refused=never) is Outcome.BUSY
    assert (sent.kinds, sent.intent) == (("not_arrived",), None)


@WRITES
def test_an_earlier_try_keeps_the_intent_open(write: Any) -> None:
    """That the second try did not arrive says nothing of the first, of which nobody knows (rule 4)."""
    sent = case(tries=2)
    assert write(sent, raising(NotArrived("no connection")), done=never, refused=never) is Outcome.BUSY
    assert (sent.status, sent.announced.tries) == (Status.UNKNOWN, 1)


def test_without_a_place_nothing_is_sent() -> None:
    """Where all places for calls to Epicor are taken the write was not made, so it counts as not arrived."""
    sent = case(Epicor(places=0))
    assert write_to_epicor(sent, never, done=never, refused=never) is Outcome.BUSY
    assert sent.kinds == ("not_arrived",)


@WRITES
def test_what_nobody_knows_stays_announced(write: Any) -> None:
    """An unclear write is neither done nor refused: its intent stays open, and the payment is unknown (rule 4)."""
    sent = case()
    assert write(sent, raising(Unclear("no answer")), done=never, refused=never) is Outcome.UNKNOWN
    assert (sent.kinds, sent.status, sent.announced.tries) == (("unclear",), Status.UNKNOWN, 1)


@WRITES
def test_an_answer_is_judged_by_the_flow(write: Any) -> None:
    """The flow gets what its write answered, and says what that means; nothing is written for it."""
    sent = case()
    assert write(sent, lambda client: [client], done=lambda answer: (answer,), refused=never) in (
        (["the client of Epicor"],),
        (["the client of Wise"],),
    )
    assert sent.kinds == ()


@pytest.mark.parametrize("error", [Refused("closed period"), ForeignDraft(Draft(group_id="G1"), "another vendor")])
def test_a_refusal_is_judged_by_the_flow(error: Exception) -> None:
    """A refusal, and what stands where our draft should, are data for the flow's decision."""
    sent = case()
    assert write_to_epicor(sent, raising(error), done=never, refused=lambda found: (found,)) == (error,)  # type: ignore[type-var]
    assert sent.kinds == ()


@WRITES
def test_refused_credentials_are_nobodys_decision(write: Any) -> None:
    """Rights that are missing stop the function, and say nothing of the payment."""
    sent = case()
    with pytest.raises(AccessRefused):
        write(sent, raising(AccessRefused("no right")), done=never, refused=never)
    assert sent.kinds == ()


@WRITES
def test_a_look_after_the_write_is_not_taken_for_it(write: Any) -> None:
    """What fails while an answer is judged is the judge's own: the write itself was clear."""
    sent = case()
    with pytest.raises(NotArrived):
        write(sent, lambda _: None, done=raising(NotArrived("the read-back")), refused=never)
    assert sent.kinds == ()


def test_a_read_within_the_write_that_did_not_arrive_leaves_it_unclear() -> None:
    """What was written before stands, whether it could be read back or not: the intent stays open (rule 4)."""

    def write(_: object) -> None:
        with reading_back():
            raise NotArrived("429")

    sent = case()
    assert write_to_epicor(sent, write, done=never, refused=never) is Outcome.UNKNOWN
    assert (sent.kinds, sent.status) == (("unclear",), Status.UNKNOWN)
    assert sent.intent is not None


def test_the_place_is_free_again_for_reading_back() -> None:
    """A read-back takes a place of its own: with a single place, the write has given its back by then."""
    deps = Epicor(places=1)
    sent = case(deps)

    def read_back(_: object) -> Outcome:
        with deps.epicor_place():
            return Outcome.STOPPED

    assert write_to_epicor(sent, lambda _: None, done=read_back, refused=never) is Outcome.STOPPED


def test_nothing_counts_before_two_looks_with_a_pause() -> None:
    """From what does not show nothing follows before two looks, and a pause after the last one (rule 5)."""
    deps = Epicor()
    looked = case(deps)
    answers = []
    for seconds in (0, 59, 60, 119, 120):
        deps.now = NOW + timedelta(seconds=seconds)
        answers.append(looked.must_look_again("nothing", PAUSE))
    assert answers == [True, True, True, True, False]
    assert (looked.kinds, looked.announced.looks) == (("looked", "looked"), 2)


def test_what_still_moves_is_looked_at_for_as_long_as_it_does() -> None:
    """While the other side is at work, no number of looks proves that nothing comes of it."""
    deps = Epicor()
    looked = case(deps, looks=2, looked_at=NOW - timedelta(seconds=PAUSE))
    assert looked.must_look_again("in process", PAUSE, still_moving=True)
    assert looked.announced.looks == 3
