"""The whole connector on this machine: what `make run` promises."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local import places
from simulators.sample_day import make_day

pytestmark = pytest.mark.e2e

_ROOT = Path(__file__).resolve().parent.parent.parent
_REPORT = _ROOT / ".local" / "report.json"
_DAY_SECONDS = 400


@contextmanager
def _run(*told: str) -> Iterator[subprocess.Popen[str]]:
    """A run that was told `NAME=value`."""
    options = ("KEEP", "INVOICES", "SEED", "LOST", "EPICOR_BASE_URL", "WISE_BASE_URL", "CREDENTIALS", "SETTLE_SECONDS")
    environment = {name: value for name, value in os.environ.items() if name not in options}
    environment |= dict(variable.split("=", 1) for variable in told)
    command = [sys.executable, "-m", "local.run"]
    with subprocess.Popen(
        command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        try:
            yield run
        finally:
            run.terminate()


def _processes() -> list[str]:
    """The processes of a run of this checkout, by their command lines."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            here = (process / "cwd").readlink()
        except OSError:
            continue
        named = any(name in words for name in ("local.counted_ministack", "simulators.epicor", "simulators.wise"))
        if (named and here == _ROOT) or any(word.startswith(f"{places.RUNS}/") for word in words):
            found.append(" ".join(words))
    return found


def _line_with(run: subprocess.Popen[str], text: str) -> str:
    assert run.stdout is not None
    lines = []
    for line in run.stdout:
        lines.append(line)
        if text in line:
            return line
    raise AssertionError("".join(lines))


def _report() -> dict[str, Any]:
    report: dict[str, Any] = json.loads(_REPORT.read_text())
    return report


def test_the_sample_day_ends_as_its_sample_says() -> None:
    """One run pays what is to be paid, once, and refuses the rest with the sample's reasons, and leaves nothing.

    What it holds, people mend and release, or reject; nothing it leaves shows an account number or a secret in full.
    While it is up a second run is refused; its log has no control characters; every figure agrees with the sample.
    """
    with _run() as run:
        _line_with(run, "MiniStack")
        with _run() as second:
            refused, _ = second.communicate(timeout=30)
            assert second.returncode == 1
            assert f"another run is up in this checkout (process {run.pid})" in refused
        log, _ = run.communicate(timeout=_DAY_SECONDS)
    assert run.returncode == 0, log
    assert all(character.isprintable() or character == "\n" for character in log)
    assert not _processes()

    report, ends = _report(), Counter(_evening().values())
    paid = ends.pop(("paid", None))
    assert [report[name] for name in ("paid", "posted_in_epicor", "lost", "paid_twice")] == [paid, paid, 0, 0]
    assert report["held"] == {reason: count for (outcome, reason), count in ends.items() if outcome == "held"}
    not_eligible = {reason: count for (outcome, reason), count in ends.items() if outcome == "not_eligible"}
    assert report["not_eligible"] == not_eligible
    assert report["failed"] == ends["failed", "transfer_cancelled"] == 1
    assert report["returned"] == ends["returned", "transfer_returned"] == 1
    assert report["rejected"] == ends["rejected", "rejected_by_person"] == 4
    shares = sum(len(invoice.sent) for invoice in make_day().invoices if _evening()[invoice.key] == ("paid", None))
    assert report["transfers_funded"] == shares + report["failed"] + report["returned"]  # an instalment has its own
    assert report["invoices"] == len(make_day().invoices)
    assert report["aws_calls"]["dynamodb"] > paid
    assert min(report["http_calls"].values()) > paid
    assert "error" not in report
    _people_were_at_work(report["people"])
    _nothing_is_told_in_full(report["masking"])


def _evening() -> dict[tuple[str, int, str], tuple[str, str | None]]:
    """How each invoice must end once people have been at work."""
    ends = {invoice.key: (str(invoice.expect_outcome), invoice.expect_reason) for invoice in make_day().invoices}
    return ends | {errand.invoice: errand.evening for errand in make_day().errands}


def _people_were_at_work(people: dict[str, Any]) -> None:
    """Every hold of the day, and those that came up while people worked, occurred once; each order was given."""
    noon = {errand.noon[1] for errand in make_day().errands if errand.noon[0] == "held"}
    came_up = {"bank_details_new", "invoice_changed"}
    assert people["held_before"] == dict.fromkeys(noon | came_up | {"debit_memo_open"}, 1)
    assert people["orders"] == {"approve_bank": 4, "reject": 4, "release": 8, "set_caps": 2}


def _nothing_is_told_in_full(masking: dict[str, Any]) -> None:
    """The search was one, of every kind of place, and found nothing."""
    assert masking["hits"] == []
    assert masking["sought"]["accounts"] > 20
    assert masking["sought"]["secrets"] >= 4
    searched = masking["searched"]
    assert searched["items"] > 500
    assert searched["log events"] > 100
    assert min(searched[kind] for kind in ("objects", "executions", "functions", "files")) > 5
    assert (searched["queues"], searched["exports"], searched["spreadsheets"]) == (6, 3, 1)


def test_an_interrupted_run_leaves_nothing() -> None:
    """A run that is stopped in the middle of its set-up ends with one message, exit code 1 and no process left."""
    with _run() as run:
        _line_with(run, "MiniStack")
        assert _processes()
        run.send_signal(signal.SIGTERM)
        told, _ = run.communicate(timeout=30)
    assert run.returncode == 1
    assert "Stopped: interrupted; everything that was started is stopped" in told
    assert not _processes()
    assert _report()["error"] == "interrupted"


# What counts in both systems' books at the end: what is owed, what was paid, where the money is.
_INVOICE = ("company", "vendor_num", "invoice_num", "doc_invoice_bal", "doc_unposted_bal", "open_payable")
_PAYMENT = ("company", "vendor_num", "posted", "voided", "lines")
_TRANSFER = ("status", "source_currency", "source_amount", "target_currency", "target_amount", "funded_count")
_FIGURES = ("invoices", "paid", "held", "failed", "not_eligible", "open", "lost", "paid_twice", "posted_in_epicor")


def _worked_off(*told: str) -> dict[str, Any]:
    """The books and figures of a run that went well."""
    with _run(*told) as run:
        log, _ = run.communicate(timeout=_DAY_SECONDS)
    assert run.returncode == 0, log
    books, report = json.loads((_ROOT / ".local" / "books.json").read_text()), _report()
    epicor, wise = books["epicor"], books["wise"]
    return {
        "figures": {name: report[name] for name in (*_FIGURES, "transfers_funded")},
        "invoices": _rows(epicor["invoices"], *_INVOICE),
        "payments": _rows(epicor["payments"], *_PAYMENT),
        "transfers": _rows([row for row in wise["transfers"] if row["funded_count"]], *_TRANSFER),
        "balances": _rows(wise["balances"], "currency", "amount"),
    }


def _rows(book: list[dict[str, Any]], *columns: str) -> list[list[Any]]:
    return sorted(([row[column] for column in columns] for row in book), key=str)


def test_lost_answers_change_nothing_in_the_books() -> None:
    """With one answer in ten lost after its effect, by both systems, a day ends with the same books as without.

    The same invoices are paid, once, posted and open; the same money has left the same balances.
    """
    calm = _worked_off("INVOICES=8")
    lossy = _worked_off("INVOICES=8", "LOST=10")
    assert lossy == calm
    assert calm["figures"]["paid"] > 0
