"""`queues redrive`: have messages that could not be worked off worked off again, once the cause is mended."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.shell import Json, say, say_json, shell

app = typer.Typer(help="Messages that could not be worked off.", no_args_is_help=True)


class Queue(StrEnum):
    """The queues that have dead letters."""

    PAYMENTS = "payments"
    TRANSFER_EVENTS = "transfer-events"
    BALANCE_EVENTS = "balance-events"


@app.command()
def redrive(
    context: typer.Context,
    queue: Annotated[Queue, typer.Argument(help="Whose dead letters.")],
    json: Json = False,
) -> None:
    """Work a queue's dead letters off again. Nothing is lost: what fails five times more lies there again."""
    answer = shell(context).connector.order("redrive", queue=queue.value)
    if json:
        say_json(answer)
    else:
        say(f"{answer['moved']} messages are worked off again.")
