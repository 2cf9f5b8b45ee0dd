"""`scripts/setup`: makes the Python environments that the make targets need; costs next to nothing when they stand.

    .venv                  the project: command line, simulators, MiniStack, tests
    .local/venvs/sam       SAM CLI, which needs another botocore
    .local/venvs/checkov   the policy scanner, big, only for `make check`

An environment is complete when its stamp, written last, names the lock, the interpreter and the place of the checkout
as they are now. Only the lock changed: packages are put in step. Anything else, or no stamp: made again from nothing.
Runs on a bare Python 3.11, before anything is installed.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
UV_LOCK = ROOT / "requirements" / "uv.txt"
IMPORTABLE = (ROOT, ROOT / "layers" / "kinetic_wise")
STAMP = "complete.json"
TOLD_LINES = 12

# What pip is told about registries, uv must be told in its own words.
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


class SetupFailed(Exception):
    """An environment could not be made; the message says what to do."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment and the lock that fills it."""

    folder: Path
    lock: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def title(self) -> str:
        """Its folder, as seen from the checkout."""
        return str(self.folder.relative_to(ROOT))


PROJECT = Environment(ROOT / ".venv", ROOT / "requirements" / "dev.txt")
ENVIRONMENTS = {
    "project": PROJECT,
    "sam": Environment(LOCAL / "venvs" / "sam", ROOT / "requirements" / "sam.txt"),
    "checkov": Environment(LOCAL / "venvs" / "checkov", ROOT / "requirements" / "checkov.txt"),
}


def wanted_stamp(environment: Environment) -> dict[str, str]:
    """What the stamp of a complete environment says."""
    return {
        "root": str(ROOT),
        "python": f"{platform.python_implementation()} {platform.python_version()} {platform.machine()}",
        "lock": hashlib.sha256(environment.lock.read_bytes() + UV_LOCK.read_bytes()).hexdigest(),
    }


def read_stamp(environment: Environment) -> dict[str, str]:
    """What the stamp says; nothing when there is none that can be read."""
    try:
        stamp = json.loads((environment.folder / STAMP).read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def bring_up(environment: Environment) -> None:
    """Make the environment complete. Raises SetupFailed and leaves it without a stamp then."""
    wanted, found = wanted_stamp(environment), read_stamp(environment)
    if found == wanted:
        return
    started = time.monotonic()
    print(f"setup  {environment.title} …", flush=True)
    (environment.folder / STAMP).unlink(missing_ok=True)
    if {**found, "lock": wanted["lock"]} != wanted:
        create(environment)
    sync(environment)
    if environment is PROJECT:
        make_importable(environment)
    (environment.folder / STAMP).write_text(json.dumps(wanted))
    print(f"setup  {environment.title} ready, {time.monotonic() - started:.1f} s", flush=True)


def create(environment: Environment) -> None:
    """An empty environment; the project's holds pip, and uv to fill all of them."""
    shutil.rmtree(environment.folder, ignore_errors=True)
    base = getattr(sys, "_base_executable", sys.executable)  # outlives the .venv that may be running this
    pip = [] if environment is PROJECT else ["--without-pip"]
    run([base, "-m", "venv", *pip, str(environment.folder)], f"cannot make {environment.title}")


def sync(environment: Environment) -> None:
    """Install exactly what the lock says, by hash, wheels only."""
    if environment is PROJECT:
        install_uv()
    command = [str(PROJECT.python), "-m", "uv", "pip", "sync", "--quiet", "--require-hashes", "--only-binary", ":all:"]
    # Hashes say which files are right, so any index that has them may serve them.
    command += ["--index-strategy", "unsafe-best-match", "--python", str(environment.python), str(environment.lock)]
    run(command, f"cannot install {environment.lock.relative_to(ROOT)}", uv_environment())


def install_uv() -> None:
    """Install uv, three times faster than pip, by pip."""
    command = [str(PROJECT.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "2"]
    command += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(UV_LOCK)]
    run(command, "cannot install uv")


def uv_environment() -> dict[str, str]:
    """This process's environment and, for uv, the registries and certificates that pip is configured with."""
    listing = run([str(PROJECT.python), "-m", "pip", "config", "list"], "cannot read pip's configuration")
    return {**translated(listing), **os.environ}


def translated(listing: str) -> Mapping[str, str]:
    """`pip config list` in uv's variables."""
    settings: dict[str, str] = {}
    for line in sorted(listing.splitlines(), key=weight):
        key, _, value = line.partition("=")
        name = UV_NAMES.get(key.rpartition(".")[2])
        if name is not None:
            settings[name] = " ".join(str(ast.literal_eval(value)).split())
    return settings


def weight(line: str) -> int:
    """How much a line of pip's configuration counts: a command's section over `global`, the environment over both."""
    return 2 if line.startswith(":env:") else int(not line.startswith("global."))


def make_importable(environment: Environment) -> None:
    """Let the environment's Python import the layer's package, `cli`, `local` and the simulators from the checkout."""
    site_packages = next(environment.folder.glob("lib/python*/site-packages"))
    (site_packages / "kinetic-wise.pth").write_text("".join(f"{path}\n" for path in IMPORTABLE))


def make_command(environment: Environment) -> None:
    """Put `kinetic-wise` beside the environment's Python, unless it is there as it should be."""
    command = environment.folder / "bin" / "kinetic-wise"
    # -P: a folder called `cli` where somebody happens to stand is not ours.
    text = f'#!/bin/sh\nexec {shlex.quote(str(environment.python))} -P -m cli "$@"\n'
    if not command.exists() or command.read_text() != text:
        command.write_text(text)
        command.chmod(0o755)


def run(command: list[str], failure: str, environment: Mapping[str, str] | None = None) -> str:
    """Run a command and return what it prints. Raises SetupFailed with its last lines and a remedy."""
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return done.stdout
    output = (done.stderr + done.stdout).strip()
    tail = "\n".join(f"    {line}" for line in output.splitlines()[-TOLD_LINES:])
    raise SetupFailed(f"{failure}:\n{tail}\n{remedy(output)}")


def remedy(output: str) -> str:
    """What to do about a failed command, judged by its output."""
    text = output.lower()
    if "ensurepip" in text:
        return "This Python lacks venv. On Debian or Ubuntu: apt install python3-venv. Or name another: PYTHON=…"
    if "no space left" in text:
        return "The disk is full. Free about 1 GB and run the command again."
    if "hash mismatch" in text or "do not match the hashes" in text:
        return "The registry serves other files than the lock names. Check the registry or mirror; do not go around it."
    return (
        "Can this machine reach a Python package registry? pip's configuration (PIP_INDEX_URL, PIP_CERT, pip.conf) and "
        "HTTPS_PROXY are honoured. Then run the command again; it starts this environment afresh."
    )


@contextmanager
def only_one() -> Iterator[None]:
    """Wait while another set-up works on this checkout."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "setup.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("setup  waiting for another set-up of this checkout …", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def main(names: list[str]) -> int:
    """Bring up the named environments, the project's first. Exit code 0, or 1 after a message on standard error."""
    try:
        with only_one():
            for name in dict.fromkeys(["project", *names]):
                bring_up(ENVIRONMENTS[name])
            make_command(PROJECT)
    except SetupFailed as failed:
        print(f"\nSet-up stopped: {failed}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\nSet-up stopped: {error}. Can this folder be written to?", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nSet-up interrupted. Run the command again; it starts this environment afresh.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
