"""Where the run keeps what: inside the checkout's `.local/`, and what only lives as long as it in memory if it can."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own below it
_ENOUGH_BYTES = 3 * 2**30


def _for_runs(root: Path) -> Path:
    """A folder for one run's temporary files.

    MiniStack unpacks the layer for every worker, tens of thousands of small files: on a slow disk that takes minutes.
    """
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ENOUGH_BYTES:
        return _MEMORY / f"kinetic-wise-{hashlib.sha256(str(root).encode()).hexdigest()[:12]}"
    return root / ".local" / "runs"


ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
SAM = LOCAL / "venvs" / "sam" / "bin" / "sam"
LOGS = LOCAL / "logs"
RUNS = _for_runs(ROOT)  # one folder a run
LOCK = LOCAL / "run.lock"
LEDGER_ID = LOCAL / "ledger-id"
BUILD = LOCAL / "sam" / "build"
BUILD_CACHE = LOCAL / "sam" / "cache"
BUILD_STAMP = LOCAL / "sam" / "built.json"
SAM_HOME = LOCAL / "sam" / "home"
REPORT = LOCAL / "report.json"
BOOKS = LOCAL / "books.json"
AUDIT_TRAIL = LOCAL / "audit-trail.json"
CREDENTIALS = LOCAL / "credentials.json"
