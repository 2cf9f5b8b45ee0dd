"""The board in a real browser: what a vendor is called runs nothing and changes nothing on the page."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from kinetic_wise.flows.board import Board
from kinetic_wise.flows.overview import StatusRow
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Hold, Payment
from kinetic_wise.payments.systems import InvoiceKey
from kinetic_wise.widget.board import board_html
from kinetic_wise.widget.links import Links
from local.page import BoardPage
from tests.unit.widget.test_html import HOSTILE

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ALIVE = (
    "<img src=x onerror=\"document.title='owned'\">",
    "<script>document.title='owned'</script>",
    "<svg/onload=\"document.title='owned'\">",
    "javascript:document.title='owned'",
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def _payment(number: int, name: str) -> Payment:
    key = InvoiceKey(company="EPIC01", vendor_num=number, invoice_num=f"{number}{name}", sys_row_id=f"row-{number}")
    hold = Hold(reason="bank_details_changed", detail=name, since=NOW, came_from=Status.QUEUED)
    return Payment(
        id=f"EPIC01:{number}:{name}:1", invoice=key, status=Status.HELD, amount=Decimal("1.00"), currency="EUR",
        currency_code="EUR", vendor_name=name, hold=hold, created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def _board() -> Board:
    waiting = tuple(_payment(number, name) for number, name in enumerate((*HOSTILE, *ALIVE)))
    row = StatusRow(Status.HELD, len(waiting), {"EUR": Decimal(len(waiting))}, NOW)
    return Board(NOW, (row,), waiting, 0, (), None, stopped=True, bound=True)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")
def test_hostile_names_run_nothing_in_chromium(tmp_path: Path) -> None:
    """Chromium builds the page as it was meant: its title stays, no element of a name's making, each name is text."""
    page = BoardPage(lambda event: board_html(_board(), Links("arn:x")))
    page.start()
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"]
    told = subprocess.run([*command, "--dump-dom", page.url], capture_output=True, text=True, timeout=90, check=True)
    page.stop()
    dom = told.stdout
    assert "<title>Payments: Kinetic-Wise</title>" in dom
    assert not any(f"<{element}" in dom for element in ("script", "img", "svg", "iframe"))
    assert dom.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 3
    assert dom.count("</table>") == 2
    assert "The stop switch is on" in dom
