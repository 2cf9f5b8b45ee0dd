"""The drawing of the life cycle is made from the data that the connector obeys."""

import re

from kinetic_wise.payments.life_cycle import TRANSITIONS, Status
from scripts.life_cycle_page import MEANINGS, PAGE, page

ASIDE = {Status.UNKNOWN, Status.HELD}


def test_the_page_is_up_to_date() -> None:
    """`docs/life-cycle.md` is what the script writes today."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_transition_is_drawn_and_no_other() -> None:
    """The drawing has an arrow for each allowed transition between statuses that are drawn together."""
    first = page().split("```")[1]
    drawn = {
        (Status(before), Status(after)) for before, after in re.findall(r"^    (\w+) --> (\w+)$", first, re.MULTILINE)
    }
    allowed = {(before, after) for before, all_after in TRANSITIONS.items() for after in all_after}
    assert drawn == {edge for edge in allowed if not ASIDE & set(edge)}


def test_every_status_is_explained() -> None:
    """Each status says what it means, and its row lists all that it may become."""
    assert set(MEANINGS) == set(Status)
    for status in Status:
        (row,) = re.findall(rf"^\| `{status.value}` \|.*$", page(), re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", row.rsplit("|", 2)[1])) == {after.value for after in TRANSITIONS[status]}
