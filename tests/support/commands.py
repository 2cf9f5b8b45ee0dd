"""The command line as pages and texts speak of it."""

from __future__ import annotations

import shlex

import typer

from cli.main import app


def is_command(line: str) -> bool:
    """Whether `kinetic-wise LINE` names a command, and no option that it does not have."""
    whole = command = typer.main.get_command(app)
    words = shlex.split(line, comments=True)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
    known = {option for parameter in command.params for option in parameter.opts}
    return command is not whole and {word for word in words if word.startswith("--")} <= known
