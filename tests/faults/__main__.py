"""`make faults`: the once-only matrix, then histories by seed; `SEED=s` or `--cell n` tells one of them.

SEEDS and FIRST_SEED say which histories. FULL=1 adds the matrix with each fault three times in a row, and 20,000 seeds.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from tests.faults import histories, matrix
from tests.faults.report import Part, Report
from tests.faults.running import results
from tests.faults.telling import tellings

_SEEDS, _MANY_SEEDS = 200, 20_000


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for; 0 when nothing is broken."""
    options = _parse(arguments)
    if options.cell is not None:
        return _tell(_cell(options.cell))
    if options.seed is not None:
        return _tell(histories.told(options.seed))
    report = Report()
    cells = matrix.cells() if options.full else matrix.once()
    report.follow(Part("cells of the matrix", len(cells)), results(matrix.verdict, cells))
    first, many = options.first_seed, options.seeds or (_MANY_SEEDS if options.full else _SEEDS)
    report.follow(Part("histories", many, first), results(histories.verdict, range(first, first + many)))
    for line in report.summary():
        print(line)
    return 0 if report.is_sound else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    env = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=int(env("SEEDS") or 0), help="how many histories")
    parser.add_argument("--first-seed", type=int, default=int(env("FIRST_SEED") or 0))
    parser.add_argument("--seed", type=int, default=int(env("SEED", "")) if env("SEED") else None, help="tell this one")
    parser.add_argument("--cell", type=int, help="tell this cell of the matrix")
    parser.add_argument("--full", action="store_true", default=env("FULL") == "1", help="three times in a row as well")
    return parser.parse_args(arguments)


def _cell(number: int) -> Iterator[str]:
    cell = matrix.cells()[number]
    world, found = matrix.ended(cell)
    yield str(cell)
    yield from tellings(world, [])
    yield from found or ["nothing is broken"]


def _tell(lines: Iterator[str]) -> int:
    last = ""
    for last in lines:
        print(last)
    return 0 if last == "nothing is broken" else 1


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets is part of a history
        os.execve(  # noqa: S606 - the same program again
            sys.executable, [sys.executable, "-m", "tests.faults", *sys.argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"}
        )
    sys.exit(main(sys.argv[1:]))
