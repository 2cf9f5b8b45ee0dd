"""`webhooks`: have Wise tell the connector what happens, or no longer."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.problem import Problem
from cli.shell import Json, many, say, say_json, shell

app = typer.Typer(help="What Wise tells the connector.", no_args_is_help=True)
Address = Annotated[str, typer.Option("--url", help="Where Wise shall call; without it the stack's own address.")]


@app.command()
def subscribe(context: typer.Context, url: Address = "", json: Json = False) -> None:
    """Subscribe to what the connector listens to; what it had before and does not use is removed. May be repeated."""
    connector = shell(context).connector
    address = url or connector.outputs.get("WebhookUrl", "")
    if not address:
        raise Problem("the stack names no address for webhooks", "name it with --url")
    answer = connector.order("subscribe", url=address)
    if json:
        say_json(answer)
    else:
        say(f"{len(answer['subscriptions'])} event types are told to {address}.")


@app.command()
def remove(context: typer.Context, json: Json = False) -> None:
    """Remove the connector's subscriptions at Wise: from then on polling alone finds out, later."""
    answer = shell(context).connector.order("unsubscribe")
    if json:
        say_json(answer)
    else:
        say(f"{many(len(answer['removed']), 'subscription')} removed; polling goes on.")
