"""`make faults-mutants`: deliberate defects, one at a time. Each must be caught, or the proof proves nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from tests.faults import defects
from tests.faults.scenarios import SCENARIOS, play


@dataclass(frozen=True)
class Mutant:
    """A defect: what it does wrong, and in which scenario it must show."""

    name: str
    patches: Callable[[], defects.Patches]
    scenarios: tuple[str, ...]


MUTANTS = (
    Mutant("random key", defects.random_key, ("create_lost_and_quote_over",)),
    Mutant("no conditional claim", defects.unconditional_claim, ("claimed_meanwhile",)),
    Mutant("time-out treated as failure", defects.timeout_is_failure, ("create_late",)),
    Mutant("time-out treated as success", defects.timeout_is_success, ("fund_before",)),
    Mutant("next attempt on error.quote.not.found", defects.next_attempt_on_unknown_quote, ("repeat_refused",)),
    Mutant("next attempt after any cancelled", defects.next_attempt_after_any_cancelled, ("cancelled_while_poor",)),
    Mutant("cancelled taken as dead without looking at payments", defects.cancelled_is_dead, ("funded_meanwhile",)),
    Mutant("refusal after an unclear create taken as failed", defects.refusal_is_final, ("create_late",)),
    Mutant("draft released before the transfer is dead", defects.draft_released_early, ("held_while_poor",)),
    Mutant("facts refused at rest", defects.facts_refused_at_rest, ("bounces",)),
    Mutant("absent in the list taken as not made", defects.absence_is_proof, ("create_late",)),
    Mutant("adopted transfer not matched", defects.adopted_unmatched, ("key_is_taken",)),
    Mutant("gate skipped while waiting", defects.gate_skipped_while_waiting, ("held_while_poor",)),
    Mutant("funding repeated blindly", defects.funded_blindly_again, ("fund_lost",)),
    Mutant("posting before the end", defects.posted_early, ("calm",)),
    Mutant("a REJECTED funding in a 2xx taken as funded", defects.rejected_is_funded, ("poor",)),
    Mutant("draft not deleted on failure", defects.draft_kept_on_failure, ("returned",)),
    Mutant("the ledger's version ignored while a worker outlives its lease", defects.version_ignored, ("overtaken",)),
    Mutant("paySeq left out of the key", defects.pay_seq_left_out, ("instalments",)),
    Mutant("instalments claimed one by one", defects.claimed_one_by_one, ("instalments_claimed_and_held",)),
    Mutant("GroupID reused after a void", defects.group_reused, ("retried_after_void",)),
    Mutant("own failed condition taken as someone else's", defects.own_failed_condition, ("claim_repeated",)),
    Mutant("cursor moved before the pages are queued", defects.cursor_before_queue, ("poller_dies",)),
    Mutant("webhook order trusted", defects.webhook_order_trusted, ("only_webhooks",)),
    Mutant("the same execution name on resumption", defects.same_execution_name, ("poor",)),
    Mutant("sweep missing", defects.no_sweep, ("poor",)),
    Mutant("audit key by time instead of sequence", defects.audit_by_time, ("calm",)),
    Mutant("a ledger that was set back is not caught up", defects.set_back_and_not_caught_up, ("set_back",)),
    Mutant("adopt keeps an empty payment to itself", defects.leftovers_not_told, ("set_back_when_begun",)),
    Mutant("adopt forgets what was posted", defects.posted_not_taken_up, ("set_back_when_posted",)),
    Mutant("funding without an intent", defects.no_intent, ("calm",)),
    Mutant("commitment kept after failure", defects.commitment_kept, ("returned",)),
    Mutant("ended beside an earlier transfer that lives", defects.earlier_forgotten, ("ended_beside_an_earlier",)),
    Mutant("what took no money stays counted", defects.dead_is_counted, ("held_before_approval",)),
    Mutant("the stop switch ignored", defects.switch_ignored, ("stopped_while_poor",)),
    Mutant("a person's order forgotten", defects.order_forgotten, ("ended_while_poor",)),
    Mutant("bank details approved by one person alone", defects.approved_alone, ("approved_alone",)),
    Mutant("posted without posting and reading back", defects.posting_not_read_back, ("calm",)),
)


def caught(mutant: Mutant) -> str:
    """What catches a mutant, `invariant: what` of the first that does; "" when nothing does."""
    with ExitStack() as stack:
        for each in mutant.patches():
            stack.enter_context(each)
        for name in mutant.scenarios:
            found = [line for line in play(SCENARIOS[name]) if not line.startswith("no_bugs")]  # a crash proves nothing
            if found:
                return found[0]
    return ""


def _caught(number: int) -> str:
    return caught(MUTANTS[number])


def _unclean(name: str) -> list[str]:
    return play(SCENARIOS[name])


def main() -> int:
    """Play each scenario without any defect, then apply each defect; 0 when all are sound and all are caught."""
    with ProcessPoolExecutor(2) as pool:
        unclean = [
            f"{name}: {found}" for name, found in zip(SCENARIOS, pool.map(_unclean, SCENARIOS), strict=True) if found
        ]
        found = list(pool.map(_caught, range(len(MUTANTS))))
    for line in unclean:
        print(f"BROKEN  without any defect, {line}")
    for mutant, what in zip(MUTANTS, found, strict=True):
        print(f"{'caught' if what else 'MISSED'}  {mutant.name}: {what[:140] or 'nothing noticed'}")
    print(f"{sum(map(bool, found))} of {len(found)} mutants caught")
    return 0 if all(found) and not unclean else 1


if __name__ == "__main__":
    sys.exit(main())
