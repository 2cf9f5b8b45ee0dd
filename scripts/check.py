"""`make check`: every tool one step with its name and time; all run, one failing is enough to fail.

Two steps run at a time, told in the order below. A tool that has nothing to look at yet is left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(".venv/bin")
SAM = Path(".local/venvs/sam/bin/sam")
CHECKOV = Path(".local/venvs/checkov/bin/checkov")
TEMPLATE = Path("template.yaml")
TYPED = (
    "layers/kinetic_wise/kinetic_wise",
    "functions",
    "simulators",
    "local",
    "cli",
    "scripts",
    "tests",
    "benchmarks",
)
REGION = "eu-central-1"  # linters want one; nothing is asked of it
WORKERS = 2
BASELINE = ".secrets.baseline"
_LINES_MOVED = 3  # what detect-secrets-hook answers when known findings only stand elsewhere now


@dataclass(frozen=True)
class Step:
    """One tool: what it is called here, its command line, what to do when it fails."""

    name: str
    command: list[str]
    remedy: str = ""
    passes: frozenset[int] = frozenset({0})  # exit codes that are fine


@dataclass(frozen=True)
class Result:
    """How a step went."""

    step: Step
    passed: bool
    seconds: float
    output: str = field(repr=False)


def steps() -> list[Step]:
    """The steps that have something to look at, the slow ones first."""
    return [*code_steps(), *template_steps(), *repository_steps()]


def code_steps() -> list[Step]:
    """Types, lint and form of all Python."""
    typed = [folder for folder in TYPED if any((ROOT / folder).rglob("*.py"))]
    return [
        Step("mypy", [str(BIN / "mypy"), *typed]),
        Step(
            "ruff check",
            [str(BIN / "ruff"), "check", "--output-format", "concise", "--quiet", "."],
            "many go by: .venv/bin/ruff check --fix",
        ),
        Step(
            "ruff format",
            [str(BIN / "ruff"), "format", "--check", "--output-format", "concise", "."],
            "all go by: .venv/bin/ruff format",
        ),
    ]


def template_steps() -> list[Step]:
    """The template and the state machines."""
    if not (ROOT / TEMPLATE).exists():
        return []
    machines = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "statemachine").glob("*.json"))
    template = str(TEMPLATE)
    return [
        Step("checkov", [str(CHECKOV), "--file", template, "--skip-download", "--compact", "--quiet"]),
        Step("sam validate", [str(SAM), "validate", "--lint", "--template", template, "--region", REGION]),
        Step("cfn-lint", [str(BIN / "cfn-lint"), "--regions", REGION, "--template", template]),
        Step("cfn-lint, transformed", [str(BIN / "python"), "-m", "scripts.transformed"]),
        *(Step(f"statelint {machine}", [str(BIN / "statelint"), machine]) for machine in machines),
        Step("state machines, own rules", [str(BIN / "python"), "-m", "scripts.asl_rules"]),
    ]


def repository_steps() -> list[Step]:
    """What must not get into the repository."""
    locks = [str(BIN / "python"), "-m", "pytest", "-q", "tests/unit/test_locks.py"]
    found = [Step("locks", locks, "written by: make lock")]
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607 - wherever git is
        files = [name for name in listed.stdout.split("\0") if name not in ("", BASELINE) and (ROOT / name).is_file()]
        command = [str(BIN / "detect-secrets-hook"), "--no-verify", "--baseline", str(_known_secrets()), *files]
        remedy = "a harmless one gets `# pragma: allowlist secret - reason` on its line; a real one is revoked"
        found.append(Step("detect-secrets", command, remedy, passes=frozenset({0, _LINES_MOVED})))
    return found


def _known_secrets() -> Path:
    """A copy of the baseline: the tool writes moved line numbers into the file it is given."""
    copy = ROOT / ".local" / "secrets.baseline"
    copy.parent.mkdir(exist_ok=True)
    shutil.copyfile(ROOT / BASELINE, copy)
    return copy


def environment() -> dict[str, str]:
    """This process's environment without a way to an AWS account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": REGION, "SAM_CLI_TELEMETRY": "0"}


def run(step: Step) -> Result:
    """Run one step."""
    started = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Result(step, done.returncode in step.passes, time.monotonic() - started, done.stdout.strip())


def tell(result: Result) -> None:
    """One line for a step, and what it said when it failed."""
    print(f"{'ok  ' if result.passed else 'FAIL'}  {result.step.name:<36} {result.seconds:5.1f} s", flush=True)
    if result.passed:
        return
    told = [*result.output.splitlines(), *([result.step.remedy] if result.step.remedy else [])]
    print("".join(f"      {line}\n" for line in told), flush=True)


def main() -> int:
    """Run all steps. The exit code is 1 when one failed."""
    failed = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for result in pool.map(run, steps()):
            tell(result)
            if not result.passed:
                failed.append(result.step.name)
    print(f"make check: {', '.join(failed)} failed" if failed else "make check: all passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
