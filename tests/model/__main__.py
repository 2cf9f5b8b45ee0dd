"""`python -m tests.model`: search the model; tell how a weakened rule fails; write `docs/model.md`."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.model.page import DEFAULT, page, weakened_bounds
from tests.model.rules import WEAKENED, Rules
from tests.model.search import search
from tests.model.state import Bounds

PAGE = Path(__file__).parents[2] / "docs/model.md"


def main() -> int:
    """Exit code 0: the rules hold (or the weakened rule was caught, or the page was written)."""
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--workers", type=int, default=DEFAULT.workers)
    parser.add_argument("--stale", action="store_true", help="let outdated workers wait for the ledger to come back")
    parser.add_argument("--without", choices=[weak.rule for weak in WEAKENED], help="tell how this rule's lack fails")
    parser.add_argument("--write-docs", action="store_true", help="search everything and write docs/model.md")
    asked = parser.parse_args()
    if asked.write_docs:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    weak = next((weak for weak in WEAKENED if weak.rule == asked.without), None)
    if weak:
        found = search(weak.rules, weakened_bounds(weak), weak.caught_by)
    else:
        found = search(Rules(), Bounds(asked.workers, asked.stale))
    print(found.told())
    return int(bool(found.invariant) != bool(weak))


if __name__ == "__main__":
    raise SystemExit(main())
