"""What must be right before anything is started. Each check raises Stop with a remedy."""

from __future__ import annotations

import fcntl
import os
import platform
import secrets
import shutil
import string
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from kinetic_wise.transport import own_session
from local import places
from local.options import Options
from local.processes import clean_environment
from local.stop import Stop

_RUNTIMES = ((3, 11), (3, 14))  # the template's PythonRuntime; MiniStack runs handlers with this interpreter
_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
_ANSWER_SECONDS = 5


def runtime() -> str:
    """The Lambda runtime that is this interpreter. Raises Stop when the template has none for it."""
    version = sys.version_info[:2]
    if not _RUNTIMES[0] <= version <= _RUNTIMES[1]:
        found = ".".join(map(str, version))
        raise Stop(f"Python {found} is no Lambda runtime that the template knows", "make run PYTHON=python3.13")
    return f"python{version[0]}.{version[1]}"


def architecture() -> str:
    """The template's Architecture that is this machine. Raises Stop when there is none."""
    machine = platform.machine().lower()
    if machine not in _ARCHITECTURES:
        raise Stop(f"Lambda knows no processor {machine}", "Run it on an x86_64 or arm64 machine.")
    return _ARCHITECTURES[machine]


def check_environments() -> None:
    """See that set-up has run. Raises Stop."""
    try:
        done = subprocess.run(
            [str(places.SAM.parent / "python"), "-c", "import samcli"],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        done = None
    if done is None or done.returncode or not places.SAM.exists():
        raise Stop("SAM CLI is not there, or does not run", "make setup")


def check_addresses(options: Options) -> None:
    """See that each system given answers at its address, whatever it says. Raises Stop."""
    session = own_session()
    for system, envelope in options.given.items():
        variable, address = f"{system.upper()}_BASE_URL", envelope["url"]
        try:
            session.get(address, timeout=_ANSWER_SECONDS, allow_redirects=False)
        except requests.RequestException as error:
            raise Stop(
                f"{variable}={address} does not answer ({type(error).__name__})",
                f"Start that system or mend the address; without {variable} our own simulator is used.",
            ) from None


@contextmanager
def only_run() -> Iterator[None]:
    """Be the only run of this checkout. A lock whose holder died is free again by itself. Raises Stop."""
    try:
        places.LOCAL.mkdir(exist_ok=True)
        handle = places.LOCK.open("a+", encoding="ascii")
    except OSError as error:
        raise Stop(f"{places.LOCAL} cannot be written to: {error.strerror}", "Check its rights.") from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "?"
            raise Stop(
                f"another run is up in this checkout (process {holder})",
                f"Wait for its end, or stop it with Ctrl-C or: kill {holder}",
            ) from None
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        try:
            yield
        finally:
            handle.truncate(0)


@contextmanager
def fresh_folder() -> Iterator[Path]:
    """A folder for this run's temporary files, without what interrupted runs left; removed at the end."""
    shutil.rmtree(places.RUNS, ignore_errors=True)
    folder = places.RUNS / str(os.getpid())
    folder.mkdir(parents=True)
    places.LOGS.mkdir(exist_ok=True)
    places.REPORT.unlink(missing_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(places.RUNS, ignore_errors=True)


def ledger_id() -> str:
    """The name of this checkout's ledger: made once, kept for ever (rule 8)."""
    if places.LEDGER_ID.exists():
        kept = places.LEDGER_ID.read_text().strip()
        if len(kept) == 8 and kept.isascii() and kept.isalnum() and kept == kept.upper():
            return kept
    made = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(8))
    places.LEDGER_ID.write_text(made + "\n")
    return made
