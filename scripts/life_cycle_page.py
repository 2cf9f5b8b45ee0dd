"""Draws `docs/life-cycle.md` from `payments/life_cycle.py`: run as a module, it writes the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from kinetic_wise.payments.life_cycle import AT_REST, FOLLOWED, MOVING, TRANSITIONS, Status

PAGE = Path(__file__).resolve().parent.parent / "docs" / "life-cycle.md"
_ASIDE = (Status.UNKNOWN, Status.HELD)  # nearly every status leads there and back: listed, not drawn
_KINDS = {
    "moving": (MOVING, "an execution of the state machine works on it; the sweep starts one where none does"),
    "followed": (FOLLOWED, "its money is on its way; settlement brings it on, woken by webhooks, polls and the sweep"),
    "at_rest": (AT_REST, "nobody needs to act until a person, or news from Wise, says otherwise"),
}
MEANINGS = {
    Status.QUEUED: "claimed; nothing is reserved yet",
    Status.HELD: "stopped by a rule, with a reason of holds.md",
    Status.RESERVED: "an unposted draft in Epicor reserves the invoice",
    Status.RECIPIENT_READY: "the Wise recipient is known and frozen",
    Status.QUOTED: "a quote for exactly the amount lives",
    Status.CREATED: "the transfer exists and waits for money",
    Status.AWAITING_FUNDS: "the Wise balance is too low",
    Status.AWAITING_APPROVAL: "a person must fund it in Wise",
    Status.UNKNOWN: "nobody knows what became of a write: it is looked at",
    Status.PROCESSING: "funded; Wise works on it",
    Status.SENT: "Wise paid it out",
    Status.POSTED: "the payment is posted in Epicor",
    Status.FAILED: "it ended without paying; the draft is gone, a person decides",
    Status.RETURNED: "the money came back after it was sent",
    Status.REFUND_UNKNOWN: "the money came back, or is on its way, in an amount that nobody knows yet",
    Status.CLOSED: "it ended for good: paid otherwise, or no news after sixty days",
    Status.REJECTED: "a person ended it",
}


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            "# Life cycle of a payment",
            "",
            "Generated from `payments/life_cycle.py`; a test keeps it true. Written by",
            "`PYTHONPATH=layers/kinetic_wise python -m scripts.life_cycle_page`.",
            "",
            "The table limits what the connector and people *do*. What is true, above all that money moved, is written",
            "in any status.",
            "",
            "## The way of a payment",
            "",
            *_drawing((s for s in Status if s not in _ASIDE), _edges(_ASIDE)),
            *_asides(),
            "## Every transition",
            "",
            *_kinds(),
            "",
            "| Status | Kind | Means | May become |",
            "|---|---|---|---|",
            *(_row(status) for status in Status),
            "",
        ]
    )


def _edges(without: Iterable[Status]) -> list[tuple[Status, Status]]:
    """The transitions that touch none of these statuses, in the order of the statuses."""
    left_out = set(without)
    drawn = [status for status in Status if status not in left_out]
    return [(before, after) for before in drawn for after in drawn if after in TRANSITIONS[before]]


def _drawing(statuses: Iterable[Status], edges: Iterable[tuple[Status, Status]]) -> Iterator[str]:
    yield from ("```mermaid", "stateDiagram-v2", f"    [*] --> {Status.QUEUED.value}: claim")
    yield from (f"    {before.value} --> {after.value}" for before, after in edges)
    for kind in _KINDS:
        yield f"    classDef {kind} {_COLOURS[kind]}"
    yield from (f"    class {status.value} {_kind(status)}" for status in statuses)
    yield from ("```", "")


_COLOURS = {
    "moving": "fill:#dbeafe,stroke:#1d4ed8,color:#000",
    "followed": "fill:#fef3c7,stroke:#b45309,color:#000",
    "at_rest": "fill:#e5e7eb,stroke:#374151,color:#000",
}


def _asides() -> Iterator[str]:
    for status in _ASIDE:
        comes = (before for before in Status if before is not status and status in TRANSITIONS[before])
        goes = (after for after in Status if after in TRANSITIONS[status])
        yield from (f"## `{status.value}`: {MEANINGS[status]}", "")
        yield from (f"Comes from {_listed(comes)}.", "", f"Goes on to {_listed(goes)}.", "")


def _listed(statuses: Iterable[Status]) -> str:
    return ", ".join(f"`{status.value}`" for status in statuses)


def _kinds() -> Iterator[str]:
    yield from (f"- *{kind.replace('_', ' ')}*: {meaning}" for kind, (_, meaning) in _KINDS.items())


def _kind(status: Status) -> str:
    return next(kind for kind, (statuses, _) in _KINDS.items() if status in statuses)


def _row(status: Status) -> str:
    after = _listed(each for each in Status if each in TRANSITIONS[status])
    return f"| `{status.value}` | {_kind(status).replace('_', ' ')} | {MEANINGS[status]} | {after} |"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
