"""Where the run keeps what: everything is inside the checkout's `.local/`."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
SAM = LOCAL / "venvs" / "sam" / "bin" / "sam"
LOGS = LOCAL / "logs"
RUNS = LOCAL / "runs"  # one folder a run, for temporary files
LOCK = LOCAL / "run.lock"
LEDGER_ID = LOCAL / "ledger-id"
BUILD = LOCAL / "sam" / "build"
BUILD_CACHE = LOCAL / "sam" / "cache"
BUILD_STAMP = LOCAL / "sam" / "built.json"
SAM_HOME = LOCAL / "sam" / "home"
REPORT = LOCAL / "report.json"
AUDIT_TRAIL = LOCAL / "audit-trail.json"
CREDENTIALS = LOCAL / "credentials.json"
