"""The only place of the layer that builds real clients and hands them to flows; the command line builds its own."""

from kinetic_wise.wiring.assembly import balances_queue, deps, events_queue, keeping, sources
from kinetic_wise.wiring.envelopes import webhook_keys, wise_envelope
from kinetic_wise.wiring.stores import books, evidence, reading, state, trail
from kinetic_wise.wiring.surroundings import measured, meter
from kinetic_wise.wiring.systems import epicor_options

__all__ = [
    "balances_queue",
    "books",
    "deps",
    "epicor_options",
    "events_queue",
    "evidence",
    "keeping",
    "measured",
    "meter",
    "reading",
    "sources",
    "state",
    "trail",
    "webhook_keys",
    "wise_envelope",
]
