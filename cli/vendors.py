"""`vendors sync`: a recipient at Wise for every vendor who may be paid, and who cannot be paid, and why."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import typer

from cli.problem import FOUND
from cli.progress import counting
from cli.shell import Json, cells, many, say, say_json, screen, shell, table

app = typer.Typer(help="Vendors and their recipients at Wise.", no_args_is_help=True)
_AT_ONCE = 20  # vendors an order; an order has half a minute
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]


@app.callback()
def _group() -> None:
    """One command is a group too."""


@app.command()
def sync(context: typer.Context, dry_run: DryRun = False, json: Json = False) -> None:
    """Look up, make, match or deactivate recipients, and say who cannot be paid and which column to fill.

    Exit code 2 when somebody cannot be paid.
    """
    connector = shell(context).connector
    counts: Counter[str] = Counter()
    cannot: list[dict[str, Any]] = []
    with counting("vendors", quiet=json) as show:
        for part in connector.parts("sync_vendors", vendors=_AT_ONCE, dry_run=dry_run):
            counts["vendors"] += part["vendors"]
            show(counts["vendors"])
            for line in part["lines"]:
                counts["cannot be paid" if line["reason"] else "can be paid"] += 1
                counts[line["did"] or "as before"] += 1
                if line["reason"]:
                    cannot.append(line)
    if json:
        say_json({"counts": counts, "cannot_be_paid": cannot})
    else:
        _tell(counts, cannot, dry_run=dry_run)
    if cannot:
        raise typer.Exit(FOUND)


def _tell(counts: Counter[str], cannot: list[dict[str, Any]], *, dry_run: bool) -> None:
    if cannot:
        shown = table("Vendor", "Bank", "Reason", "What to do")
        for line in cannot:
            shown.add_row(*cells(line["name"] or line["vendor"], line["bank"], line["reason"], line["detail"]))
        screen().print(shown)
    done = ", ".join(f"{count} {what}" for what, count in counts.items() if what != "vendors")
    untouched = ", nothing was changed" if dry_run else ""
    say(f"{many(counts['vendors'], 'vendor')}{untouched}: {done or 'nobody in scope'}.")
