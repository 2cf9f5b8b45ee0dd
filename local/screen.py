"""What the run shows: set-up steps with times, progress, and how the day ended. 80 columns are enough."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from local.accounts import Account, End
from local.books import InvoiceKey
from local.day import Progress
from local.leaks import Hidden, Searched
from local.stop import Stop

_COLUMNS = 80
_LOG_LINE_SECONDS = 10.0
_ALL_UP_TO = 60  # days of more invoices show the exceptional ones only
_HITS = 5  # the report has all
_STYLES = {"paid": "green", "held": "yellow", "failed": "red", "lost": "bold red", "open": "magenta"}


def make_console() -> Console:
    """The screen. Without a terminal: plain text without control characters, 80 columns."""
    terminal = sys.stdout.isatty()
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace", line_buffering=True)
    return Console(
        force_terminal=terminal,
        no_color=None if terminal else True,
        width=None if terminal else _COLUMNS,
        highlight=False,
        record=True,
    )


class Screen:
    """The screen of one run."""

    def __init__(self, console: Console, now: Callable[[], float] = time.monotonic) -> None:
        self.console = console
        self._now = now

    @contextmanager
    def step(self, name: str, since: float | None = None) -> Iterator[Callable[[str], None]]:
        """A step of the set-up, begun now or earlier: shown with its time when it is done.

        The value takes words about what came out.
        """
        words: list[str] = []
        begun = self._now() if since is None else since
        with self.console.status(f"{name} …") if self.console.is_terminal else _quiet():
            yield words.append
        self.console.print(_line(name, " ".join(words), f"{self._now() - begun:.1f} s"))

    def say(self, text: str) -> None:
        """A line."""
        self.console.print(text, markup=False, soft_wrap=True)

    def shown(self) -> str:
        """All that the screen has shown, as plain text; "" where nobody kept it."""
        return self.console.export_text(clear=False) if self.console.record else ""

    def stopped(self, stop: Stop) -> None:
        """Why the run stops, and what helps."""
        self.console.print(f"\n[bold red]Stopped:[/] {escape(stop.message)}", soft_wrap=True)
        if stop.remedy:
            self.console.print(escape(stop.remedy), soft_wrap=True)

    @contextmanager
    def meter(self) -> Iterator[BarMeter | LogMeter]:
        """Progress over the day's invoices."""
        if not self.console.is_terminal:
            yield LogMeter(self, self._now)
            return
        bar = Bar(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            _Elapsed(),
            TextColumn("{task.fields[moving]}"),
            console=self.console,
            transient=True,
        )
        with bar:
            yield BarMeter(bar)

    def ending(self, account: Account, seconds: float, *, compare: bool, noon: Account | None = None) -> None:
        """The table of the day, its sum in a line, and where to `compare` each difference from the sample.

        What was held at `noon`, before people came, is told with the reason.
        """
        shown = [end for end in account.ends if len(account.ends) <= _ALL_UP_TO or end.outcome != "paid"]
        self.console.print()
        if shown:
            self.console.print(_table(shown[:_ALL_UP_TO], _held(noon)))
        if len(shown) > _ALL_UP_TO:
            self.say(f"… and {len(shown) - _ALL_UP_TO} more that were not paid")
        self.say(f"{sum_of(account)} in {seconds:.0f} s")
        for difference in account.differences if compare else ():
            self.console.print(f"[red]not as expected[/]  {escape(difference)}", soft_wrap=True)
        for difference in noon.differences if noon else ():
            self.console.print(f"[red]not as expected before people came[/]  {escape(difference)}", soft_wrap=True)

    def searched(self, searched: Searched, hidden: Hidden) -> None:
        """Where account numbers and secrets were searched for, and what was found, in a line each."""
        sought = f"{len(hidden.accounts)} accounts and {len(hidden.secrets)} secrets"
        found = f"{len(searched.hits) or 'none'} in full"
        self.say(f"Masking       {sought} sought in {searched.places.total()} places: {found}")
        for hit in searched.hits[:_HITS]:
            self.console.print(f"[bold red]in full[/]  {escape(hit)}", soft_wrap=True)


@contextmanager
def _quiet() -> Iterator[None]:
    yield


def _line(name: str, words: str, seconds: str) -> str:
    return f"  [green]ok[/]  {escape(name):<26}{escape(words):<38.38}[dim]{seconds:>8}[/]"


class _Elapsed(ProgressColumn):
    """Time that goes on also while all is at rest: people may set it in motion again."""

    def render(self, task: Task) -> Text:
        """Since the bar was first shown."""
        return Text(str(timedelta(seconds=int(task.elapsed or 0))), style="progress.elapsed")


class BarMeter:
    """Progress as a bar."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task = bar.add_task("Invoices", total=None, moving="")

    def show(self, progress: Progress) -> None:
        """Show where the day stands."""
        self._bar.update(
            self._task, completed=progress.at_rest, total=progress.total or None, moving=moving_words(progress)[:34]
        )


class LogMeter:
    """Progress as a line now and then."""

    def __init__(self, screen: Screen, now: Callable[[], float]) -> None:
        self._screen = screen
        self._now = now
        self._next = now()

    def show(self, progress: Progress) -> None:
        """Show where the day stands, every few seconds."""
        if self._now() >= self._next:
            self._next = self._now() + _LOG_LINE_SECONDS
            self._screen.say(f"  {progress.at_rest} of {progress.total} at rest  {moving_words(progress)}".rstrip())


def moving_words(progress: Progress) -> str:
    """What moves, most first: `12 queued, 3 created`."""
    ordered = sorted(progress.moving.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in ordered)


def _held(noon: Account | None) -> dict[InvoiceKey, str]:
    return {end.key: end.reason for end in noon.ends if end.outcome == "held"} if noon else {}


def _table(ends: Sequence[End], held: Mapping[InvoiceKey, str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0, width=_COLUMNS)
    narrow: dict[str, Any] = {"no_wrap": True, "overflow": "ellipsis"}
    table.add_column("invoice", width=14, **narrow)
    table.add_column("vendor", width=10, **narrow)
    table.add_column("amount", width=13, justify="right", no_wrap=True)
    table.add_column("transfer", width=10, no_wrap=True)
    table.add_column("Epicor", width=6, no_wrap=True)
    table.add_column("outcome", width=8)
    table.add_column("reason")
    for end in ends:
        style = "bold red" if end.difference else _STYLES.get(end.outcome, "dim")
        table.add_row(*(escape(cell) for cell in _cells(end, held.get(end.key, ""))), style=style)
    return table


def _cells(end: End, was: str) -> tuple[str, ...]:
    return (
        end.key[2],
        end.vendor_name,
        f"{end.amount} {end.currency}",
        "\n".join(str(transfer) for transfer in end.transfers),
        str(end.head_num or ""),
        end.outcome.replace("_", " "),
        (f"was {was}" if was and end.outcome != "held" else end.reason).replace("_", " "),
    )


def sum_of(account: Account) -> str:
    """The day in a line: `31 paid, 2 held, 6 not eligible of 39 invoices`."""
    counts: dict[str, int] = {}
    for end in account.ends:
        counts[end.outcome] = counts.get(end.outcome, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    told = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in ordered) or "nothing to pay"
    twice = f", {account.paid_twice} PAID TWICE" if account.paid_twice else ""
    return f"{told}{twice} of {len(account.ends)} invoices"
