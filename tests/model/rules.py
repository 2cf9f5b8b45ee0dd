"""The rules of the protocol as switches: each can be weakened by itself."""

from __future__ import annotations

from dataclasses import dataclass

# The invariants, by name.
PAYS_ONCE = "pays once"
CANCEL_STANDS = "a person's cancel stands"
RELEASED_DEAD = "released only when dead"
MONEY_SEEN = "money is seen"
BOOKS_TRUE = "booked only what left"
GATE_KEPT = "nothing past the gate"
GATE_HOLDS = "stopped by the gate is held"
LEGAL = "legal transitions"
OWN_INTENT = "one intent at a time"
TRUE_HOLDS = "holds tell the truth"
RESTS = "rest is reachable"

INVARIANTS = {
    PAYS_ONCE: "never two transfers of one invoice with their money out",
    CANCEL_STANDS: "a cancel that a look of ours saw is never answered by a payment of ours",
    RELEASED_DEAD: "neither draft nor commitment goes, and no next attempt begins, while a transfer can take money",
    MONEY_SEEN: "at rest, no money is out of which the ledger does not know",
    BOOKS_TRUE: "the ledger never says that money left which did not",
    GATE_KEPT: "nothing is funded whose draft was gone when the gate should have looked",
    GATE_HOLDS: "a payment that the gate stopped is held with its draft, not ended",
    LEGAL: "every change of status is in the life cycle's table",
    OWN_INTENT: "an open intent allows only its own look or repeat",
    TRUE_HOLDS: "no payment is held for something that did not happen",
    RESTS: "from every state, rest can be reached without a person's help",
}


@dataclass(frozen=True)
class Rules:
    """True: the rule holds. Numbers are those of the design's section 4."""

    stored_key: bool = True  # 1
    own_write_read_back: bool = True  # 1, 16
    unclear_is_no_failure: bool = True  # 4
    unclear_is_no_success: bool = True  # 4, 11
    refusal_final_only_when_clear: bool = True  # 4
    absence_proves_nothing: bool = True  # 5
    look_before_funding_again: bool = True  # 5
    intent_closed_before_following: bool = True  # 3, 5
    payments_looked_at: bool = True  # 6
    refund_known_is_dead: bool = True  # 6
    dead_before_release: bool = True  # 6
    dead_before_next_attempt: bool = True  # 6
    foreign_cancel_ends: bool = True  # 7
    gate_cancel_holds_at_once: bool = True  # 7
    group_per_reservation: bool = True  # 8
    gate: bool = True  # 9
    gate_while_waiting: bool = True  # 9
    facts_always: bool = True  # 10
    version: bool = True  # 16
    every_intent_has_an_owner: bool = True  # 18
    all_transfers_compared: bool = True  # 18
    sweep: bool = True  # 18


@dataclass(frozen=True)
class Weakened:
    """A rule broken, in words, and the invariant that is to catch it."""

    rule: str
    told: str
    caught_by: str
    workers: int = 1  # as many as it takes

    @property
    def rules(self) -> Rules:
        """All rules but this one."""
        return Rules(**{self.rule: False})


WEAKENED = (
    Weakened("stored_key", "each try draws a random key", PAYS_ONCE),
    Weakened("own_write_read_back", "our own failed condition is taken as somebody else's", TRUE_HOLDS),
    Weakened("unclear_is_no_failure", "a time-out of the create is a failure", PAYS_ONCE),
    Weakened("unclear_is_no_success", "a time-out of the funding is a success", BOOKS_TRUE),
    Weakened("refusal_final_only_when_clear", "a refusal after an unclear create is final", PAYS_ONCE),
    Weakened("absence_proves_nothing", "absent in the list is taken as not made", PAYS_ONCE),
    Weakened("look_before_funding_again", "an unclear funding is repeated blindly", GATE_KEPT),
    Weakened("intent_closed_before_following", "facts are followed while the funding's intent is open", OWN_INTENT),
    Weakened("payments_looked_at", "cancelled is taken as dead without looking at payments", PAYS_ONCE),
    Weakened("refund_known_is_dead", "money back in a known amount counts under funds_refunded only", RESTS),
    Weakened("dead_before_release", "the draft is released before the transfer is dead", RELEASED_DEAD),
    Weakened("dead_before_next_attempt", "the next attempt begins before the cancel is proved", PAYS_ONCE),
    Weakened("foreign_cancel_ends", "the next attempt begins after somebody else's cancel", CANCEL_STANDS),
    Weakened("gate_cancel_holds_at_once", "proof of death and hold are two writes", GATE_HOLDS),
    Weakened("group_per_reservation", "the next reservation reuses the group", RELEASED_DEAD, workers=2),
    Weakened("gate", "the gate is skipped", GATE_KEPT),
    Weakened("gate_while_waiting", "what waits is funded without passing the gate again", GATE_KEPT),
    Weakened("facts_always", "facts are refused at rest (held, failed, …)", MONEY_SEEN),
    Weakened("version", "the ledger's version is ignored", RELEASED_DEAD, workers=2),
    Weakened("every_intent_has_an_owner", "nobody takes up an intent of settlement", RESTS),
    Weakened("all_transfers_compared", "held payments' transfers are not compared, a webhook is lost", MONEY_SEEN),
    Weakened("sweep", "nothing starts what an execution left behind", RESTS),
)
