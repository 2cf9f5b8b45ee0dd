"""`doctor`: whether the systems work for us. Looks only."""

from __future__ import annotations

import typer

from cli import doctor_epicor

app = typer.Typer(help="Whether Epicor and Wise will work: looks only, changes nothing.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """One command is a group too."""


app.command("epicor")(doctor_epicor.epicor)
