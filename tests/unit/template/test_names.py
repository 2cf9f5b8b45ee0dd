"""Names that carry the stack's fit where AWS takes them, and the page says how long a stack's name may be."""

from __future__ import annotations

import re

from tests.unit.template.source import ROOT, of_type

_LONGEST_SCHEDULE = 64  # of EventBridge Scheduler
_LONGEST_MACHINE = 80  # of Step Functions
_STACK = "${AWS::StackName}"


def _room(kind: str, key: str, longest: int) -> int:
    names = [resource[key]["Fn::Sub"] for resource in of_type(kind).values()]
    assert names
    assert all(name.startswith(_STACK) for name in names)
    return longest - max(len(name) - len(_STACK) for name in names)


def test_a_stacks_name_may_be_as_long_as_the_page_says() -> None:
    """What is named after the stack leaves its name that much room: the schedules least of all."""
    page = (ROOT / "docs/template.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"A stack's name may have (\d+) characters", page)
    assert int(told) == _room("Scheduler::Schedule", "Name", _LONGEST_SCHEDULE)
    assert int(told) < _room("StepFunctions::StateMachine", "StateMachineName", _LONGEST_MACHINE)
