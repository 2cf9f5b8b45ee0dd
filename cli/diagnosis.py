"""What a look at a system found, on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cli.shell import say
from kinetic_wise.findings import Finding, Verdict

_MARKS = {Verdict.OK: "ok", Verdict.WARNING: "look", Verdict.FAULT: "FAULT", Verdict.UNKNOWN: "open"}
_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAULT: "bold red", Verdict.UNKNOWN: "cyan"}


def tell_each(findings: Iterable[Finding]) -> None:
    """A line for each, below it what to do."""
    for finding in findings:
        say(f"  {_MARKS[finding.verdict]:<6}{finding.check:<15} {finding.text}", _STYLES[finding.verdict])
        if finding.remedy:
            say(f"  {'':<21} → {finding.remedy}")


def tell_whether_it_works(findings: Sequence[Finding]) -> None:
    """The last line."""
    faults = len([finding for finding in findings if finding.verdict is Verdict.FAULT])
    say("")
    if faults:
        say(f"{faults} {'fault stops' if faults == 1 else 'faults stop'} payments.", "bold red")
    else:
        say("Nothing was found that stops payments.", "green")
