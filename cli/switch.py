"""`stop` and `resume`: the stop switch. It stops new fundings; looks, cancels and settlement go on (rule 9)."""

from __future__ import annotations

import typer

from cli.shell import Json, say, say_json, shell


def stop(context: typer.Context, json: Json = False) -> None:
    """Let no more money leave: no transfer is funded from now on. Looking, cancelling and booking go on."""
    _order(context, "stop", "Stopped: nothing is funded until `kinetic-wise resume`.", json=json)


def resume(context: typer.Context, json: Json = False) -> None:
    """Let money leave again."""
    _order(context, "resume", "Resumed: what is due is funded again.", json=json)


def _order(context: typer.Context, action: str, words: str, *, json: bool) -> None:
    answer = shell(context).connector.order(action)
    if json:
        say_json(answer)
    else:
        say(words)
