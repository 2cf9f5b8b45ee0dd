"""`reconcile`: Epicor, the ledger and Wise compared, with figures that foot and a spreadsheet.

Where each payment stands is written to it by an order, as the scheduled function does by itself.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Annotated
from zoneinfo import ZoneInfo

import typer

from cli import doctor_epicor, doctor_wise, site
from cli.problem import ERROR, FOUND, Problem
from cli.progress import counting
from cli.shell import Json, Shell, cells, many, say, say_json, say_problem, screen, shell, table
from kinetic_wise.credentials import EnvelopeIncomplete
from kinetic_wise.epicor import ConfigurationMissing, EpicorClient
from kinetic_wise.flows.keep_standings import AT_ONCE
from kinetic_wise.flows.reconcile import Listener, Sources, UnknownCurrency, reconcile
from kinetic_wise.flows.reconciliation_report import Report, spreadsheet
from kinetic_wise.ledger.histories import Histories
from kinetic_wise.payments.books import BadPeriod, LedgerPayment, Period
from kinetic_wise.payments.footing import Summary
from kinetic_wise.payments.money import Money
from kinetic_wise.payments.reconciliation import Row, RowClass
from kinetic_wise.settings import Settings
from kinetic_wise.transport import RemoteError
from kinetic_wise.wiring import epicor_options
from kinetic_wise.wise import WrongEnvironment
from kinetic_wise.wise.camt import NotAStatement, read_camt
from kinetic_wise.wise.statements import Statement

_SETTLED = frozenset({RowClass.MATCHED, RowClass.RETURNED, RowClass.FEE, RowClass.OTHER_MOVEMENT})
_BY_THE_FUNCTION = 'have the function `reconcile` do it, on schedule or invoked with {"from": DAY, "to": DAY}'
_SHOWN = 40  # rows on screen; the spreadsheet has all


def reconcile_books(
    context: typer.Context,
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, included.")],
    output: Annotated[Path | None, typer.Option(help="A spreadsheet (.xlsx) with every row.")] = None,
    statement: Annotated[
        list[Path] | None,
        typer.Option(help="A CAMT.053 file, where Wise gives the statement to a person only; may be repeated."),
    ] = None,
    json: Json = False,
) -> None:
    """Compare Epicor's payments, the ledger and Wise.

    Exit code 2 when something is open, does not add up, or could not be checked without its statement.
    """
    here = shell(context)
    settings = site.settings(here, None, connected=True)
    period = _period(here, settings, first, last)
    files = {path: _read(path) for path in statement or ()}
    imported = _imported(files)
    books = sources(here, settings)
    with counting("facts read", quiet=json) as count, _opened(output) as stream, spreadsheet(stream) as report:
        seen = _Seen(report)
        summary = _compare(books, period, Listener(seen.row, seen.stand, count), imported)
        report.conclude(summary)
    if not json:
        _tell(summary, seen.open, output)
    problem = _problem_of_keeping(here, period, files.values(), seen.moved)
    if json:
        refused = problem.as_dict() if problem else {}
        say_json({**summary.model_dump(mode="json"), "foots": summary.foots, **refused})
    _end(problem, found=bool(seen.open) or not summary.foots)


@dataclass
class _Seen:
    """What a comparison came upon."""

    report: Report
    open: list[Row] = field(default_factory=list)  # what is not settled, one more than is shown
    moved: dict[str, str] = field(default_factory=dict)  # payment -> class, where it is not the one of last time

    def row(self, one: Row) -> None:
        """A row of the comparison."""
        self.report.row(one)
        if one.kind not in _SETTLED and len(self.open) <= _SHOWN:
            self.open.append(one)

    def stand(self, payment: LedgerPayment, kind: RowClass) -> None:
        """Where a payment of ours stands."""
        if payment.reconciled != kind.value:
            self.moved[payment.id] = kind.value


def _end(problem: Problem | None, *, found: bool) -> None:
    """That something was found outweighs that it could not be written to the payments. Raises typer.Exit."""
    if problem:
        say_problem(problem)
    if found or problem:
        raise typer.Exit(FOUND if found else ERROR)


def sources(here: Shell, settings: Settings) -> Sources:
    """The three books, by the connector's own credentials. Raises Problem."""
    connector = here.connector
    epicor, wise = (site.envelope(here, system, None) for system in ("epicor", "wise"))
    site.leave_tokens_alone(wise, _BY_THE_FUNCTION)
    with _usable_envelopes():
        companies = epicor.companies
        to_epicor = doctor_epicor.transport_of(here, epicor, lambda exchange: None)
        to_wise = doctor_wise.client_of(here, wise, settings)
    client = EpicorClient(to_epicor, options=epicor_options(settings, companies))
    return Sources(
        settings=settings,
        histories=Histories(connector.client, connector.tables["payments"], here.now),
        epicor=lambda: nullcontext(client),
        companies=companies,
        wise=to_wise,
        now=here.now,
    )


@contextmanager
def _usable_envelopes() -> Iterator[None]:
    """What is wrong with an envelope shows at once, or with the first call. Raises Problem."""
    try:
        yield
    except (EnvelopeIncomplete, WrongEnvironment) as error:
        raise Problem(str(error).rstrip("."), "docs/credentials.md tells what the envelope holds") from None


def _period(here: Shell, settings: Settings, first: datetime, last: datetime) -> Period:
    try:
        return Period.of(first.date(), last.date(), ZoneInfo(settings.time_zone), here.now())
    except BadPeriod as error:
        raise Problem(str(error), "name whole days that are over, or today, with --from and --to") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from None


def _imported(files: Mapping[Path, bytes]) -> dict[str, Statement]:
    found: dict[str, Statement] = {}
    for path, content in files.items():
        try:
            statements = read_camt(content)
        except NotAStatement as error:
            raise Problem(f"{path}: {error}", "download it in Wise as CAMT.053 (XML)") from None
        for one in statements:
            if one.currency in found:
                raise Problem(f"{path} is a second statement in {one.currency}", "give one file a currency")
            found[one.currency] = one
    return found


def _compare(books: Sources, period: Period, listener: Listener, imported: dict[str, Statement]) -> Summary:
    try:
        with _usable_envelopes():
            return reconcile(books, period, listener, imported)
    except UnknownCurrency as error:
        raise Problem(str(error), "give the statements of this Wise profile") from None
    except ConfigurationMissing as error:
        raise Problem(str(error).rstrip("."), "docs/epicor.md tells what the setting means") from None
    except RemoteError as error:
        message = f"the books cannot be read: {error}".rstrip(".")
        raise Problem(message, "`kinetic-wise doctor` tells what is wrong") from None


def _problem_of_keeping(
    here: Shell, period: Period, statements: Iterable[bytes], moved: dict[str, str]
) -> Problem | None:
    """Why it could not be written where each payment stands: the figures are told all the same."""
    try:
        _keep(here, period, statements, moved)
    except Problem as problem:
        return problem
    return None


def _keep(here: Shell, period: Period, statements: Iterable[bytes], moved: dict[str, str]) -> None:
    """Have it written to each payment where it stands; one that stands where it stood is left alone. Raises Problem."""
    digests = [hashlib.sha256(content).hexdigest() for content in statements]
    told = {"first": period.first.isoformat(), "last": period.last.isoformat(), "statements": digests}
    ids = sorted(moved)
    for start in range(0, len(ids), AT_ONCE):
        part = {payment_id: moved[payment_id] for payment_id in ids[start : start + AT_ONCE]}
        here.connector.order("keep_standings", **told, standings=part)


@contextmanager
def _opened(path: Path | None) -> Iterator[IO[bytes]]:
    """The file that was asked for, or one that nobody sees."""
    if path is None:
        with tempfile.TemporaryFile() as unseen:
            yield unseen
        return
    try:
        stream = path.open("wb")
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}", "name another file with --output") from None
    with stream:
        yield stream


def _tell(summary: Summary, told: list[Row], output: Path | None) -> None:
    _tell_classes(summary)
    for balance in summary.balances:
        opening, closing = _money(balance.opening, balance.currency), _money(balance.closing, balance.currency)
        say(f"{balance.currency}: opening {opening}, closing {closing}")
        for kind, amount in balance.movements.items():
            say(f"    {kind.value:<20} {_money(amount, balance.currency):>20}")
        if balance.foots:
            say("    it adds up")
        else:
            say(f"    IT DOES NOT ADD UP: {balance.problem}", "bold red")
    for currency in summary.without_statement:
        say(f"{currency}: NOT CHECKED whether it adds up: Wise gives this statement to a person only", "bold yellow")
        say("    download it as CAMT.053, and name it: --statement")
    if told:
        _tell_rows(told[:_SHOWN])
    if len(told) > _SHOWN:
        say("There are more; --output writes all of them.")
    if output is not None:
        say(f"{many(summary.rows, 'row')} in {output}")


def _tell_classes(summary: Summary) -> None:
    shown = table("Class", "Rows", "Amount", right=("Rows", "Amount"))
    for one in summary.classes:
        shown.add_row(*cells(one.kind.value, one.rows, _money(one.amount, one.currency)))
    screen().print(shown)


def _tell_rows(rows: list[Row]) -> None:
    amounts = ("Epicor", "Wise", "Days")
    shown = table("Class", "Invoice", "Vendor", "Transfer", *amounts, "What", right=amounts)
    for row in rows:
        epicor = _money(row.epicor_amount, row.epicor_currency)
        wise = _money(row.wise_amount, row.wise_currency)
        who = row.vendor_name or row.vendor_num
        about = (row.kind.value, row.invoices, who, row.transfer_id)
        shown.add_row(*cells(*about, epicor, wise, row.age_days, row.detail))
    screen().print(shown)


def _money(amount: Decimal | None, currency: str) -> str:
    """An amount as a person reads it; a row that nothing moved for has no currency."""
    return "" if amount is None else str(Money(amount, currency)) if currency else str(amount)
