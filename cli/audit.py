"""`audit show`, `audit verify` and `audit export`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import simplejson
import typer

from cli import export as exporting
from cli.finding import find
from cli.payment import Invoice
from cli.problem import FOUND, Problem
from cli.progress import counting
from cli.shell import Json, Shell, cells, many, say, say_json, screen, shell, table
from kinetic_wise.ledger.batches import CHAIN as BATCH
from kinetic_wise.ledger.evidence import Evidence, body_key
from kinetic_wise.ledger.seals import SealChecked, verify_seals
from kinetic_wise.ledger.trail import SYSTEM, read_entry
from kinetic_wise.ledger.verify import Bodies, Finding, Verified, verify, verify_chain
from kinetic_wise.payments.books import Period
from kinetic_wise.words import at, sentence

app = typer.Typer(help="The audit trail: what happened, who ordered it, and the evidence.", no_args_is_help=True)
_ENTRIES = ("entry", "entries")


@app.command()
def show(
    context: typer.Context,
    invoice: Invoice,
    bodies: Annotated[
        bool, typer.Option("--bodies", help="Show whole addresses, and what was sent and answered, masked.")
    ] = False,
    json: Json = False,
) -> None:
    """The story of a payment in plain words, each step with its evidence."""
    here = shell(context)
    chain = _chain(here, invoice)
    entries = here.connector.trail.entries(chain)
    if json:
        say_json({"chain": chain, "entries": [read_entry(item) for item in entries]})
        return
    for item in entries:
        _tell(read_entry(item), here.connector.evidence, bodies=bodies)
    verified = verify_chain(here.connector.trail, chain, Bodies(here.connector.evidence))
    if verified.findings:
        _show_findings(list(verified.findings))
        raise typer.Exit(FOUND)
    say(f"{many(verified.entries, *_ENTRIES)}, chained without a break.")


@app.command("verify")
def verify_trail(
    context: typer.Context,
    invoice: Annotated[str, typer.Argument(metavar="[INVOICE]", help="One payment only.")] = "",
    json: Json = False,
) -> None:
    """Find entries and bodies that were altered, removed or inserted, by chain and by seal. Exit code 2: there are."""
    here = shell(context)
    looked = _looked_through(here, invoice)
    counts = dict.fromkeys(("chains", "entries", "bodies", "seals"), 0)
    findings: list[Finding] = []
    with counting("entries looked through", quiet=json) as count:
        for verified in looked:
            counts["chains"] += 1
            counts["entries"] += verified.entries
            counts["bodies"] += verified.bodies
            findings += verified.findings
            count(counts["entries"])
        for checked in _seals(here, invoice):
            counts["seals"] += 1
            findings += checked.findings
    if json:
        say_json({**counts, "findings": [_as_dict(finding) for finding in findings]})
    else:
        _tell_verified(counts, findings)
    if findings:
        raise typer.Exit(FOUND)


@app.command()
def export(
    context: typer.Context,
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, UTC.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, UTC, included.")],
    output: Annotated[Path | None, typer.Option(help="A file; without it standard output.")] = None,
    json: Json = False,
) -> None:
    """All entries of some days: CSV, or JSON Lines with --json."""
    if last < first:
        raise Problem(f"--to {last:%Y-%m-%d} lies before --from {first:%Y-%m-%d}", "name the earlier day first")
    here, period = shell(context), Period(first.date(), last.date(), ZoneInfo("UTC"))
    written = exporting.export(here.connector.trail, period, output, lines=json)
    if output is None:
        return
    if json:
        say_json({"entries": written, "output": output})
    else:
        say(f"{many(written, *_ENTRIES)} in {output}")


def _chain(here: Shell, invoice: str) -> str:
    return invoice if invoice.startswith((SYSTEM, BATCH)) else find(here.connector, invoice).id


def _looked_through(here: Shell, invoice: str) -> Iterator[Verified]:
    trail, bodies = here.connector.trail, Bodies(here.connector.evidence)
    return iter([verify_chain(trail, _chain(here, invoice), bodies)]) if invoice else verify(trail, bodies)


def _seals(here: Shell, invoice: str) -> Iterator[SealChecked]:
    only = _chain(here, invoice) if invoice else ""
    return verify_seals(here.connector.trail, here.connector.evidence, only)


def _tell(entry: dict[str, Any], evidence: Evidence, *, bodies: bool) -> None:
    say(f"{at(datetime.fromisoformat(entry['at']))}  {sentence(entry['kind'], entry['data'])}")
    if "earlier" in entry:
        where = body_key(entry["earlier_sha256"])
        say(f"    {many(entry['earlier'], 'earlier exchange')}, kept whole as {where}", "dim")
    for exchange in [*(_earlier(entry, evidence) if bodies else ()), *entry["exchanges"]]:
        say(f"    {_evidence(exchange, whole=bodies)}", "dim")
        for side in ("request", "response") if bodies else ():
            if exchange[side]:
                say(f"        {side}: {_whole(exchange, side, evidence)}", "dim")


def _earlier(entry: dict[str, Any], evidence: Evidence) -> list[dict[str, Any]]:
    """The exchanges that the entry had no room for, if they are kept."""
    kept = evidence.body(entry["earlier_sha256"]) if "earlier" in entry else None
    found: list[dict[str, Any]] = simplejson.loads(kept, use_decimal=True) if kept else []
    return found


def _whole(exchange: dict[str, Any], side: str, evidence: Evidence) -> str:
    """A body; of a long one that is kept nowhere, its beginning."""
    digest = exchange.get(f"{side}_sha256")
    if digest is None:
        return str(exchange[side])
    kept = evidence.body(digest)
    return kept if kept is not None else f"{exchange[side]} … (cut; sha256 {digest})"


def _evidence(exchange: dict[str, Any], *, whole: bool) -> str:
    where = exchange["url"] if whole else urlsplit(exchange["url"]).path
    status = exchange["status"] if exchange["status"] is not None else "no answer"
    trace = f", trace {exchange['trace_id']}" if exchange.get("trace_id") else ""
    return f"{exchange['system']} {exchange['method']} {where} → {status}, {exchange['seconds']} s{trace}"


def _tell_verified(counts: dict[str, int], findings: list[Finding]) -> None:
    if findings:
        _show_findings(findings)
    words = f"{len(findings)} found" if findings else "nothing altered, removed or inserted"
    kept = f"{many(counts['bodies'], 'long body', 'long bodies')}, {many(counts['seals'], 'seal')}"
    say(f"{many(counts['entries'], *_ENTRIES)} in {many(counts['chains'], 'chain')}, {kept}: {words}.")
    if not counts["seals"]:
        say("No seal was there to hold them against: a chain rewritten with its head would not show.", "yellow")


def _show_findings(findings: list[Finding]) -> None:
    shown = table("Chain", "Entry", "Was", "How it shows")
    for finding in findings:
        shown.add_row(*cells(finding.chain, finding.number, finding.tampering, finding.detail))
    screen().print(shown)


def _as_dict(finding: Finding) -> dict[str, str]:
    return {
        "chain": finding.chain,
        "entry": finding.number,
        "tampering": finding.tampering.value,
        "detail": finding.detail,
    }
