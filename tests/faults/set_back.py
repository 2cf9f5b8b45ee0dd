"""What happens around a ledger that is set back, for the scenarios written by hand (money-cases.md H9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.common.http import Request, dump_json

if TYPE_CHECKING:
    from tests.faults.scenarios import Played

CANCEL = "wise PUT transfers/cancel"
_RESERVE = "write intent.reserve"


def _backed_up(played: Played, moment: str, minutes: float, adopted_after: float, *, audit_kept: bool = False) -> None:
    """The ledger is backed up right before an effect, restored so many minutes later, and adopted some seconds on."""

    def back_up() -> None:
        saved = played.operations.back_up()
        played.at(minutes, lambda: played.operations.restore(saved, adopted_after, audit_kept=audit_kept))

    played.just_before[moment] = back_up


def between_attempts(played: Played) -> None:
    """Set back to before our own cancel, while the next attempt waits for money.

    Listed before `adopt` it counts as made outside; taken up it is ours, and the payment is paid once.
    """
    _backed_up(played, CANCEL, 20, 1800)
    played.at(120, played.world.top_up)


def beside_its_trail(played: Played) -> None:
    """As between attempts, and the audit table is kept: the trail is ahead of the ledger, and goes on."""
    _backed_up(played, CANCEL, 20, 1800, audit_kept=True)
    played.at(120, played.world.top_up)


def while_paid(played: Played) -> None:
    """Set back to before the create and adopted at once; the money is on its way."""

    def back_up() -> None:
        saved = played.operations.back_up()
        played.just_before["write sent"] = lambda: played.operations.restore(saved, 0)

    played.just_before["write quoted"] = back_up


def when_begun(played: Played) -> None:
    """Set back to before a reservation whose payment is still empty; renamed, its invoice is nobody's to go on with."""
    _backed_up(played, _RESERVE, 0.5, 900)
    played.act(0.4, "rename_invoice")


def when_posted(played: Played) -> None:
    """Set back to before the reservation of a payment that is posted; adopted, and then its money comes back."""
    _backed_up(played, _RESERVE, 20, 300)
    played.at(120, lambda: _in_wise(played, "bounce"))
    played.at(180, lambda: _in_wise(played, "give_back"))


def _in_wise(played: Played, act: str) -> None:
    for transfer in played.world.wise._world.books.transfers.values():
        body = dump_json({"act": act, "transfer": transfer.id}).encode()
        played.world.wise.handle(Request("POST", "/_sim/people", body=body))
