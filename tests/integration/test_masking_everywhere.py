"""A full day, and then every store, log and export is searched for account numbers and secrets: there are none."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest

from cli.export import export
from kinetic_wise.flows.keep_reconciliation import Keeping, keep_reconciliation, period_of
from kinetic_wise.ledger.seals import seal
from kinetic_wise.ledger.trail import Trail
from kinetic_wise.payments.books import Period
from kinetic_wise.settings import Settings
from tests.support.acts import HOUR
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS
from tests.support.evidence import MemoryEvidence
from tests.support.month import sources_of
from tests.support.world import World

_SETTINGS = Settings(audit_table="UD10", audit_events="all", invoice_memos=True)
_SHORTEST = 8  # a shorter number occurs by chance
_SEPARATORS = re.compile(r"[\s\-./]")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Everything that a worked-off day left behind, by where it lies."""
    evidence = MemoryEvidence()
    world = World(settings=_SETTINGS)
    world.deps.ledger._keep_body = evidence.keep_body
    world.deps.state._keep_body = evidence.keep_body
    world.poll()
    world.run(HOUR)
    world.top_up()
    world.run(HOUR)
    trail = Trail(world.database.client, PAYMENTS, AUDIT, CONNECTOR)
    seal(trail, evidence, world.now())
    sources = sources_of(world)
    today = world.now().date().isoformat()
    keep_reconciliation(
        sources, Keeping(evidence, world.deps.state.note, world.deps.log), period_of(sources, today, today)
    )
    places = {table: "\n".join(map(json.dumps, world.database.rows(table))) for table in (PAYMENTS, AUDIT, CONNECTOR)}
    places["log"] = json.dumps(world.log_lines, default=str)
    places["errors"] = "\n".join(map(repr, world.errors))
    places |= {f"bucket {key}": text for key, body in evidence.objects.items() for text in _texts(body)}
    places |= _exports(trail, tmp_path_factory.mktemp("export"), today)
    places["audit rows in Epicor"] = _in_epicor(world)
    places["secrets"] = "\n".join(_secrets(world))
    places["accounts"] = "\n".join(_accounts(world))
    return places


def _texts(body: bytes) -> Iterator[str]:
    if body.startswith(b"PK"):
        with ZipFile(io.BytesIO(body)) as packed:
            yield "\n".join(packed.read(name).decode() for name in packed.namelist())
    else:
        yield body.decode()


def _exports(trail: Trail, folder: Path, today: str) -> dict[str, str]:
    found = {}
    day = Period(date.fromisoformat(today), date.fromisoformat(today), ZoneInfo("UTC"))
    for name, lines in (("audit.csv", False), ("audit.jsonl", True)):
        export(trail, day, folder / name, lines=lines)
        found[name] = (folder / name).read_text()
    return found


def _in_epicor(world: World) -> str:
    rows = [row for books in world.epicor.site.companies.values() for row in books["UD10"].rows()]
    return json.dumps(rows, default=str)


def _secrets(world: World) -> set[str]:
    names = ("password", "api_key", "personal_token", "client_secret")
    return {str(ready[name]) for ready in (world.epicor_ready, world.wise_ready) for name in names if name in ready}


def _accounts(world: World) -> set[str]:
    rows = [row for books in world.epicor.site.companies.values() for row in books["VendBank"].rows()]
    found = {str(row.get(column) or "") for row in rows for column in ("BankAcctNumber", "IBANCode")}
    found |= {found_in for one in world.wise._world.books.recipients.values() for found_in in _numbers(one.details)}
    return {_SEPARATORS.sub("", one).upper() for one in found if len(_SEPARATORS.sub("", one)) >= _SHORTEST}


def _numbers(details: object) -> Iterator[str]:
    if isinstance(details, dict):
        yield from (
            str(value) for key, value in details.items() if str(key).lower() in {"iban", "accountnumber", "clabe"}
        )


def test_the_day_has_something_to_hide(told: dict[str, str]) -> None:
    """The search is one: there are accounts and secrets, and the last four characters of accounts are shown."""
    assert len(told["accounts"].splitlines()) > 10
    assert len(told["secrets"].splitlines()) >= 3
    assert any(account[-4:] in told[AUDIT] for account in told["accounts"].splitlines())
    assert sum(name.startswith("bucket bodies/") for name in told) > 10
    assert len(told["audit rows in Epicor"]) > 1_000


def test_no_account_number_is_in_any_store_log_or_export(told: dict[str, str]) -> None:
    """Tables, log, errors, long bodies, seals, spreadsheets, exports, audit rows: no full account number in any."""
    for place, text in _places(told):
        bare = _SEPARATORS.sub("", text).upper()
        assert [account[-4:] for account in told["accounts"].splitlines() if account in bare] == [], place


def test_no_secret_is_in_any_store_log_or_export(told: dict[str, str]) -> None:
    """Passwords, API keys and tokens stand nowhere."""
    for place, text in _places(told):
        assert [secret[:3] for secret in told["secrets"].splitlines() if secret in text] == [], place


def _places(told: dict[str, str]) -> Iterator[tuple[str, str]]:
    yield from ((place, text) for place, text in told.items() if place not in ("secrets", "accounts"))
