"""`doctor`: whether the systems work for us. Looks only."""

from __future__ import annotations

import typer

from cli import doctor_epicor, doctor_wise, site
from cli.problem import FOUND
from cli.progress import counting
from cli.shell import Json, say_json, shell

app = typer.Typer(help="Whether Epicor and Wise will work: looks only, changes nothing.")


@app.callback(invoke_without_command=True)
def both(
    context: typer.Context,
    credentials: site.Credentials = None,
    settings: site.SettingsFile = None,
    json: Json = False,
) -> None:
    """Whether Epicor and Wise will work, and what to do where not: looks only. Exit code 2 for a fault.

    Without a command both; `doctor epicor` and `doctor wise` look at one.
    """
    if context.invoked_subcommand is not None:
        return
    here = shell(context)
    chosen = site.settings(here, settings, connected=credentials is None)
    with counting("calls to Epicor", quiet=json) as count:
        epicor = doctor_epicor.look(here, site.envelope(here, "epicor", credentials), chosen, (), count)
    if credentials is None:
        wise = doctor_wise.through_the_connector(here)
    else:
        wise = doctor_wise.from_here(here, site.envelope(here, "wise", credentials), chosen)
    told = {"epicor": doctor_epicor.as_dict(epicor), "wise": doctor_wise.as_dict(wise)}
    if json:
        say_json({"works": all(one["works"] for one in told.values()), **told})
    else:
        doctor_epicor.tell(epicor)
        doctor_wise.tell(wise)
    if not all(one["works"] for one in told.values()):
        raise typer.Exit(FOUND)


app.command("epicor")(doctor_epicor.epicor)
app.command("wise")(doctor_wise.wise)
