"""Which AWS account each stack was set up in, as `init` remembers it: other credentials must not reach another one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import simplejson
import typer

from cli.problem import Problem


def _usual_path() -> Path:
    return Path(typer.get_app_dir("kinetic-wise")) / "accounts.json"


@dataclass(frozen=True)
class Accounts:
    """The file of this person: stack -> account id. What no `init` remembered is not expected to be anywhere."""

    path: Path = field(default_factory=_usual_path)

    def check(self, stack: str, account: str) -> None:
        """Refuse a stack of this name in another account than the one it was set up in. Raises Problem."""
        expected = self._read().get(stack)
        if stack and expected and expected != account:
            raise Problem(
                f"stack {stack!r} was set up in account {expected}, and these credentials are for account {account}",
                "choose the right --profile; if it has moved for good, `kinetic-wise init --account` says so",
            )

    def remember(self, stack: str, account: str) -> None:
        """From now on this stack is expected in this account. Raises Problem when the file cannot be written."""
        known = self._read()
        if not stack or known.get(stack) == account:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(simplejson.dumps({**known, stack: account}, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise Problem(
                f"{self.path} cannot be written: {error.strerror}", "it holds the expected accounts"
            ) from None

    def _read(self) -> dict[str, str]:
        try:
            return dict(simplejson.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError):
            remedy = "mend it, or delete it and run `kinetic-wise init` again"
            raise Problem(f"{self.path} cannot be read", remedy) from None
