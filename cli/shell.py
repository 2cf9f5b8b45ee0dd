"""What every command is given: the connector, the time, and the two ways to answer: words or `--json`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Any

import requests
import simplejson
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.accounts import Accounts
from cli.problem import Problem
from cli.stack import Connector, Where, connect
from kinetic_wise.transport import own_session, system_time

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
_COLUMNS = 110  # where no terminal says how wide it is


@dataclass
class Shell:
    """One call of the command."""

    connect: Callable[[Where], Connector] = connect
    now: Callable[[], datetime] = system_time
    sleep: Callable[[float], None] = time.sleep
    session: Callable[[], requests.Session] = own_session  # to Epicor and Wise
    where: Where = field(default_factory=Where)
    accounts: Accounts = field(default_factory=Accounts)

    @cached_property
    def connector(self) -> Connector:
        """The connector, found when first asked for. Raises Problem."""
        found = self.connect(self.where)
        self.accounts.check(self.where.stack, found.account)
        return found

    def age(self, since: datetime) -> timedelta:
        """How long ago."""
        return self.now() - since


def shell(context: typer.Context) -> Shell:
    """The shell of a command's context."""
    return context.ensure_object(Shell)


def screen(*, errors: bool = False) -> Console:
    """Standard output, or standard error. Without a terminal: plain text."""
    stream = sys.stderr if errors else sys.stdout
    width = None if stream.isatty() else _COLUMNS
    return Console(file=stream, highlight=False, width=width, no_color=None if stream.isatty() else True)


def say(text: str, style: str = "") -> None:
    """A line of words; brackets in it are just brackets."""
    screen().print(escape(text), style=style or None, soft_wrap=True)


def say_problem(problem: Problem) -> None:
    """A problem and what to do about it, on standard error."""
    console = screen(errors=True)
    remedy = f". {problem.remedy[:1].upper()}{problem.remedy[1:]}" if problem.remedy else ""
    console.print(f"[bold red]Error:[/] {escape(problem.message + remedy)}.", soft_wrap=True)
    for candidate in problem.candidates:
        console.print(f"  {escape(candidate)}", soft_wrap=True)


def say_json(data: Any) -> None:
    """One JSON document; amounts and times as text."""
    print(simplejson.dumps(data, indent=2, ensure_ascii=False, default=str))


def many(count: int, one: str, several: str = "") -> str:
    """A count and its noun; `several` where the plural is more than an s."""
    return f"{count} {one if count == 1 else several or one + 's'}"


def table(*columns: str, right: Iterable[str] = ()) -> Table:
    """An empty table; columns named in `right` hold numbers."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def cells(*values: object) -> list[str]:
    """Values as cells; brackets in them are just brackets."""
    return [escape("" if value is None else str(value)) for value in values]
