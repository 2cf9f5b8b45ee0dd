"""The command line: its groups, whom it speaks with, and how it ends (0 ok, 1 error, 2 something found)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError
from typer.core import TyperGroup
from typer.exceptions import TyperException

from cli import (
    audit,
    doctor,
    holds,
    init,
    ledger,
    limits,
    payment,
    preview,
    queues,
    reconcile,
    shadow,
    status,
    switch,
    vendors,
    webhooks,
)
from cli.problem import ERROR, OK, Problem, of_aws
from cli.shell import say_json, say_problem, shell
from cli.stack import Where


class Commands(TyperGroup):
    """Tells every problem in a sentence, and ends with this command line's own exit codes."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command; standing alone, exit."""
        given = sys.argv[1:] if args is None else list(args)
        run = partial(super().main, given, prog_name, complete_var, False, windows_expand_args, **extra)
        code = _ended(run, in_json="--json" in given)
        return sys.exit(code) if standalone_mode else code


def _ended(run: Callable[[], int | None], *, in_json: bool) -> int:
    try:
        return run() or OK
    except TyperException as error:
        problem = Problem(error.format_message().rstrip("."), "see `kinetic-wise --help`")
    except typer.Abort:
        problem = Problem("stopped at the question", "nothing was ordered")
    except (BotoCoreError, ClientError) as error:
        problem = of_aws(error)
    except ValidationError:
        problem = Problem("the ledger holds something that this version cannot read", "use the deployed version's")
    except Problem as error:
        problem = error
    if problem.message:  # a group without a command has shown its help
        _tell(problem, in_json=in_json)
    return ERROR


def _tell(problem: Problem, *, in_json: bool) -> None:
    if in_json:
        say_json(problem.as_dict())
    say_problem(problem)


app = typer.Typer(
    cls=Commands,
    help="Pays AP invoices approved in Epicor Kinetic through Wise: look, understand, order.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a trace could show what a variable holds
)


@app.callback()
def _where(
    context: typer.Context,
    stack: Annotated[
        str, typer.Option(envvar="KINETIC_WISE_STACK", help="The CloudFormation stack; without it the local run.")
    ] = "",
    region: Annotated[str, typer.Option(help="The stack's AWS region.")] = "",
    profile: Annotated[str, typer.Option(help="A profile of your AWS configuration.")] = "",
    caller: Annotated[str, typer.Option("--as", help="Who orders, on the local run only.")] = "",
) -> None:
    shell(context).where = Where(stack, region, profile, caller)


app.command("init")(init.init)
app.command("status")(status.status)
app.command("preview")(preview.preview)
app.command("shadow")(shadow.shadow)
app.command("stop")(switch.stop)
app.command("resume")(switch.resume)
app.command("reconcile")(reconcile.reconcile_books)
app.add_typer(doctor.app, name="doctor")
app.add_typer(payment.app, name="payment")
app.add_typer(holds.app, name="holds")
app.add_typer(limits.app, name="limits")
app.add_typer(vendors.app, name="vendors")
app.add_typer(audit.app, name="audit")
app.add_typer(ledger.app, name="ledger")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(queues.app, name="queues")
