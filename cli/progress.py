"""Progress of long work, on standard error, and only where somebody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cli.shell import screen


@contextmanager
def counting(what: str, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A growing number; call the value with it."""
    console = screen(errors=True)
    if quiet or not console.is_terminal:
        yield lambda count: None
        return
    with console.status(f"0 {what}") as status:
        yield lambda count: status.update(f"{count} {what}")
