"""What `make run KEEP=1` writes for the command line into `.local/stack.json`: where everything is, sample callers."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from cli.problem import Problem

PATH = Path(__file__).resolve().parent.parent / ".local" / "stack.json"


class LocalStack(BaseModel):
    """A connector on this machine. Nobody checks signatures there: the signing key stands for the person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str  # of all AWS services
    region: str
    operations_url: str
    outputs: dict[str, str]  # of the CloudFormation stack
    callers: tuple[str, ...]  # access keys to sign with


def write(stack: LocalStack, path: Path) -> None:
    """Let the command line find the stack."""
    path.write_text(stack.model_dump_json(indent=2) + "\n", encoding="utf-8")


def read(path: Path) -> LocalStack:
    """The stack of the local run that is up. Raises Problem."""
    try:
        return LocalStack.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Problem(
            "no stack is named and no local run is up",
            "name one with --stack (or KINETIC_WISE_STACK), or start one with `make run KEEP=1`",
        ) from None
    except (OSError, ValidationError):
        raise Problem(f"{path.name} of the local run cannot be read", "run `make run KEEP=1` again") from None
