"""`make lock`: resolve again what the requirements' in-files ask for.

A pin that still fits stays; to move one, change it in its in-file. Locks hold hashes and no address, so they
mean the same on every machine and mirror.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
OLDEST_PYTHON = "3.11"
LAYER_LOCK = Path("layers/kinetic_wise/requirements.txt")

LOCKS = {  # the layer first: the project's lock is constrained by it
    Path("requirements/layer.in"): LAYER_LOCK,
    Path("requirements/dev.in"): Path("requirements/dev.txt"),
    Path("requirements/sam.in"): Path("requirements/sam.txt"),
    Path("requirements/checkov.in"): Path("requirements/checkov.txt"),
    Path("requirements/uv.in"): Path("requirements/uv.txt"),
}


def lock(source: Path, target: Path) -> None:
    """Write the lock of one in-file. Raises CalledProcessError when it cannot be resolved."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
    command += ["--python-version", OLDEST_PYTHON, "--no-emit-index-url", "--no-emit-find-links"]
    command += ["--custom-compile-command", "make lock", "--output-file", str(target), str(source)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    """Write every lock; the exit code is 1 when one cannot be resolved."""
    for source, target in LOCKS.items():
        print(f"lock  {target}", flush=True)
        try:
            lock(source, target)
        except subprocess.CalledProcessError:
            print(f"\n{source} cannot be resolved: uv says why above. Later locks are as they were.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
