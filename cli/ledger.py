"""`ledger adopt`: bind the ledger to its systems, after matching what Wise and Epicor know (rule 15)."""

from __future__ import annotations

from typing import Any

import typer

from cli.shell import Json, say, say_json, shell

app = typer.Typer(help="The ledger as a whole.", no_args_is_help=True)
_STOPPED = (
    "The ledger was set back, so payments are stopped: what people stopped, rejected or cancelled after the backup is "
    "not known any more. Order that again, then let payments go on: `kinetic-wise resume`."
)


@app.callback()
def _group() -> None:
    """One command is a group too."""


@app.command()
def adopt(context: typer.Context, json: Json = False) -> None:
    """Match the ledger with Wise and Epicor and bind it to them: after set-up, a restore, or a changed setting.

    Only a ledger's first adopt approves the bank rows it finds. After a restore payments are stopped until `resume`.
    """
    answer = shell(context).connector.order("adopt")
    if json:
        say_json(answer)
    else:
        tell(answer)


def tell(answer: dict[str, Any]) -> None:
    """What an adopt found and did."""
    if answer["first"]:
        say(f"Bound for the first time; {len(answer['approved'])} bank rows are approved as they stand.")
    else:
        say("Bound again; no bank row was approved by this.")
    say(f"Transfers matched at Wise: {answer['transfers']}.")
    for line in answer["recovered"]:
        say(f"  {line}")
    if answer["left"]:
        say("Left in Epicor. Look at each in Payment Entry, delete what nobody completes, then adopt again:", "yellow")
    for line in answer["left"]:
        say(f"  {line}")
    if answer["set_back"]:
        say(_STOPPED, "yellow")
