"""A ledger set back to before a reservation: what Epicor holds of it is taken up or told, and the books agree (H9)."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from kinetic_wise.flows import adopt
from kinetic_wise.payments.life_cycle import Status
from simulators.common.http import Request, dump_json
from tests.faults import days
from tests.faults.effects import Fault
from tests.faults.scenarios import Played, Scenario, play

_RESERVED_ON = "write intent.reserve"


def _begun_and_renamed(played: Played) -> None:
    """A worker dies with its payment still empty, the ledger is set back, and nobody goes on with it."""

    def back_up() -> None:
        saved = played.operations.back_up()
        played.at(0.5, lambda: played.operations.restore(saved, 900))

    played.just_before[_RESERVED_ON] = back_up
    played.act(0.4, "rename_invoice")


def _posted_and_bounced(played: Played) -> None:
    """The ledger is set back after the payment was posted; adopted, and its money comes back."""

    def back_up() -> None:
        saved = played.operations.back_up()
        played.at(20, lambda: played.operations.restore(saved, 300))

    def happen(act: str) -> None:
        for transfer in played.world.wise._world.books.transfers.values():
            body = dump_json({"act": act, "transfer": transfer.id}).encode()
            played.world.wise.handle(Request("POST", "/_sim/people", body=body))

    played.just_before[_RESERVED_ON] = back_up
    played.at(120, lambda: happen("bounce"))
    played.at(180, lambda: happen("give_back"))


BEGUN = Scenario(
    days.PLAIN,
    Status.HELD,
    (("CreateNewCheckHed", Fault.DIES_AFTER),),
    prepare=_begun_and_renamed,
    reason="invoice_changed",
)
POSTED = Scenario(days.PLAIN, Status.RETURNED, prepare=_posted_and_bounced, reason="bounced_back")


@pytest.mark.parametrize("scenario", [BEGUN, POSTED], ids=["begun", "posted"])
def test_what_was_done_since_the_backup_is_taken_up_or_told(scenario: Scenario) -> None:
    """An empty payment is named for a person; a posted one is watched again, and voided when it returns."""
    assert play(scenario) == []


def test_an_adopt_that_keeps_it_to_itself_is_caught() -> None:
    """The check accepts a group left behind only because adopt named it: without that it fails."""
    with patch.object(adopt, "leftovers", lambda deps, company, drafts: ()):
        found = play(BEGUN)
    assert [line.partition(":")[0] for line in found] == ["nothing_left_behind"] * 2


def test_an_adopt_that_forgets_what_was_posted_is_caught() -> None:
    """Without the posted payments money that comes back is nobody's, and the invoice looks as if others had paid it."""
    with patch.object(adopt, "own_drafts", lambda deps, company, since: []):
        assert "right_end" in [line.partition(":")[0] for line in play(POSTED)]
