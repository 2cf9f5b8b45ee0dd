"""`doctor`: whether the systems work for us. Looks only."""

from __future__ import annotations

import typer

from cli import doctor_epicor, doctor_wise

app = typer.Typer(help="Whether Epicor and Wise will work: looks only, changes nothing.", no_args_is_help=True)


app.command("epicor")(doctor_epicor.epicor)
app.command("wise")(doctor_wise.wise)
