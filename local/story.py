"""The story of a run: set up, work off the day, account for it, clear up (docs/local-run.md)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
import simplejson
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from cli import local_stack
from local import cloud, places, preflight, systems, template
from local.accounts import Account, account
from local.books import epicor_book, ledger_payments, wise_book
from local.connector import Connector
from local.day import Outcome, died
from local.leaks import hidden_of
from local.options import Options, read_options
from local.page import BoardPage
from local.processes import Children
from local.rain import let_it_rain, make_rain, new_key, public_pem
from local.report import ERROR, Report, exit_code, problem
from local.rhythm import Rhythm
from local.screen import Screen
from local.stop import Stop
from local.stores import problem_of, search_everything
from local.systems import System, Systems
from local.workday import Workday
from simulators.sample_day import make_day

_DRAIN_SECONDS = 1800.0


def carry_out(screen: Screen) -> int:
    """Run the day; the exit code. Raises Stop, and KeyboardInterrupt, once everything is stopped."""
    cloud.forget_aws()
    with preflight.only_run(), preflight.fresh_folder() as folder:
        return Run(screen, folder).carry_out()


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Clearing up takes a few seconds at most and is not interrupted."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    yield


class Run:
    """One run: set up, work, account, clear up."""

    def __init__(self, screen: Screen, folder: Path) -> None:
        self._options = Options()
        self._screen = screen
        self._folder = folder
        self._report = Report()
        self._rhythm: Rhythm | None = None
        self._subscriptions: list[str] = []
        self._subscribed: Connector | None = None

    @cached_property
    def _rain_key(self) -> RSAPrivateKey:
        return new_key()

    def carry_out(self) -> int:
        """Everything; the exit code. What stops it is raised once all is stopped and the report is written."""
        children: Children | None = None
        try:
            self._options = read_options(os.environ)
            with self._screen.step("Preconditions") as word:
                word(f"{preflight.runtime()}, {preflight.architecture()}")
                preflight.check_environments()
                preflight.check_addresses(self._options)
            children = Children(self._folder, places.LOGS)
            return self._story(children)
        except (BotoCoreError, ClientError, requests.RequestException, OSError) as error:
            stop = Stop(f"{type(error).__name__}: {error}", "See the logs in .local/logs/; run again.")
            self._report.fail(stop)
            raise stop from error
        except BaseException as error:
            self._report.fail(error)
            raise
        finally:
            with _undisturbed():
                self._clear_up(children)

    def _clear_up(self, children: Children | None) -> None:
        if self._rhythm is not None:
            self._rhythm.stop()
        self._unsubscribe()
        if children is not None:
            children.stop()
        places.CREDENTIALS.unlink(missing_ok=True)
        local_stack.PATH.unlink(missing_ok=True)
        self._report.write(places.REPORT)

    def _story(self, children: Children) -> int:
        connector, both = self._set_up(children)
        workday, outcome = self._work(connector, both, children)
        rain = self._rain(connector, both) if self._options.events else {}
        day = self._account(connector, both, workday, outcome, rain)
        self._tell(connector, day, workday.noon, outcome)
        audit_trail = self._write_audit_trail(connector, day)
        self._search(connector, both)
        self._where_to_look(audit_trail)
        if self._options.keep:
            self._keep(connector, both)
        return ERROR if self._report.error else exit_code(day, self._options, settled=outcome.settled)

    # --- setting up --------------------------------------------------------------------------------------------------

    def _set_up(self, children: Children) -> tuple[Connector, Systems]:
        begun = time.monotonic()
        build = template.start_build(children)
        starting = systems.start(self._options, children)
        region = str(template.configured()["region"])
        with self._screen.step("MiniStack", begun) as word:
            local_aws = cloud.start(children, self._folder, region)
            word(f"port {local_aws.port}")
        with self._screen.step("Epicor and Wise", begun) as word:
            both = starting.wait()
            word("given" if not self._options.all_ours and not starting.children else "ready")
        with self._screen.step("sam build", begun) as word:
            if build is not None:
                template.finish_build(build, children)
            word("built" if build is not None else "nothing has changed since the last one")
        with self._screen.step("sam deploy") as word:
            outputs = template.deploy(local_aws, preflight.ledger_id(), children)
            word(f"{len(outputs)} outputs")
        connector = Connector(local_aws, outputs)
        self._introduce(connector, both)
        return connector, both

    def _introduce(self, connector: Connector, both: Systems) -> None:
        with self._screen.step("Credentials"):
            connector.store_credentials({"epicor": both.epicor, "wise": self._with_rain_key(both.wise)})
            connector.accept_local_callers()
            connector.mend_concurrency()
            connector.bound_receivers()
            connector.warm_receiver()
        with self._screen.step("Adopt") as word:
            adopted = connector.order("adopt")
            word(f"{len(adopted['approved'])} bank rows approved")
        with self._screen.step("Webhooks") as word:
            word(self._subscribe(connector, both))

    def _with_rain_key(self, wise: System) -> System:
        """Wise's envelope, with the key that signs the rain beside its own."""
        if not self._options.events:
            return wise
        keys = f"{wise.envelope['webhook_public_key']}\n{public_pem(self._rain_key)}"
        return replace(wise, envelope={**wise.envelope, "webhook_public_key": keys})

    def _subscribe(self, connector: Connector, both: Systems) -> str:
        if not both.wise.ours and not both.wise.envelope.get("webhook_public_key"):
            return "no webhook_public_key: polling only"
        try:
            made = connector.order("subscribe", url=connector.webhook_url)["subscriptions"]
        except Stop as stop:
            if both.wise.ours:
                raise
            self._screen.say(f"  Wise takes no webhook subscription: {stop.message}")
            return "refused: polling only"
        if not both.wise.ours:
            self._subscribed = connector
        self._subscriptions = list(made)
        return f"{len(made)} subscriptions"

    def _unsubscribe(self) -> None:
        if self._subscribed is None:
            return
        try:
            self._subscribed.order("unsubscribe")
        except Stop as stop:
            self._screen.say(f"The webhook subscriptions stay at Wise; remove them there. {stop.message}")

    # --- the day -----------------------------------------------------------------------------------------------------

    def _work(self, connector: Connector, both: Systems, children: Children) -> tuple[Workday, Outcome]:
        self._rhythm = Rhythm(connector)

        def check() -> None:
            if dead := children.dead():
                raise died([child.name for child in dead])

        workday = Workday(connector, both, self._options, self._screen, self._rhythm, check)
        return workday, workday.work_off()

    def _rain(self, connector: Connector, both: Systems) -> dict[str, Any]:
        """Let events rain on the finished day, and wait until all are worked off."""
        drops = make_rain(
            self._options.events,
            both.wise.book()["transfers"],
            self._subscriptions[0],
            self._rain_key,
            self._options.seed,
        )
        self._screen.say(f"  {len(drops)} webhook events rain on the connector.")
        begun = time.monotonic()
        fallen = let_it_rain(drops, connector.webhook_url)
        connector.wait_until_worked_off(_DRAIN_SECONDS)
        settled = round(len(drops) / (time.monotonic() - begun), 1)
        figures = {**fallen.as_dict(), "settled_per_second": settled, "dead_letters": connector.dead_letters()}
        self._screen.say(f"  received {figures['per_second']} a second, worked off {settled} a second")
        if fallen.lost or fallen.forged_taken or figures["dead_letters"]:
            raise Stop(f"the rain of events went wrong: {figures}", "See .local/logs/ministack.log.")
        return {"events": figures}

    def _account(
        self, connector: Connector, both: Systems, workday: Workday, outcome: Outcome, rain: dict[str, Any]
    ) -> Account:
        books = {system.name: system.book() for system in (both.epicor, both.wise) if system.ours}
        places.BOOKS.write_text(simplejson.dumps(books, use_decimal=True, indent=1) + "\n", encoding="utf-8")
        epicor = workday.evening(epicor_book(books["epicor"])) if both.epicor.ours else None
        wise = wise_book(books["wise"]) if both.wise.ours else None
        day = account(epicor, wise, ledger_payments(connector.ledger_items()))
        self._report.figures = {
            **day.as_dict(),
            "seconds": round(outcome.seconds, 1),
            "aws_calls": connector.cloud.calls(),
            "http_calls": {"epicor": epicor.calls if epicor else None, "wise": wise.calls if wise else None},
            **workday.figures(),
            **rain,
        }
        self._report.error = problem(day, self._options, workday.noon)
        self._report.write(places.REPORT)
        return day

    def _tell(self, connector: Connector, day: Account, noon: Account | None, outcome: Outcome) -> None:
        self._screen.ending(day, outcome.seconds, compare=self._options.all_ours, noon=noon)
        if not outcome.settled:
            self._screen.say(f"Nothing has changed for {self._options.settle_seconds} s; what is open stays open.")
        if letters := connector.dead_letters():
            self._screen.say(f"{letters} messages could not be worked off and lie in the dead-letter queues.")
        for failure, times in (self._rhythm.failures if self._rhythm else {}).items():
            self._screen.say(f"{failure} ({times} times)")

    def _search(self, connector: Connector, both: Systems) -> None:
        """Search what the run leaves for what must stand nowhere in full. A hit makes the run fail."""
        hidden = hidden_of(make_day(self._options.invoices, self._options.seed), both)
        searched = search_everything(connector, hidden, self._screen.shown(), reconcile=self._options.all_ours)
        self._report.figures["masking"] = searched.as_dict(hidden)
        self._report.error = self._report.error or problem_of(searched)
        self._report.write(places.REPORT)
        self._screen.searched(searched, hidden)

    def _where_to_look(self, audit_trail: str) -> None:
        self._screen.say("")
        self._screen.say("Figures       .local/report.json")
        self._screen.say(f"Audit trail   {audit_trail}")
        if not self._options.keep:
            self._screen.say("Look inside   make run KEEP=1 leaves all of it running")

    def _write_audit_trail(self, connector: Connector, day: Account) -> str:
        """Keep one payment's trail, the one with most to tell."""
        known = [end for end in day.ends if end.payment_id]
        if not known:
            return "none, no payment was begun"
        told = max(known, key=lambda end: (len(end.transfers), end.outcome == "failed"))
        trail = connector.audit_trail(told.payment_id)
        places.AUDIT_TRAIL.write_text(json.dumps(trail, indent=2, default=str, ensure_ascii=False), encoding="utf-8")
        return f".local/audit-trail.json, of payment {told.payment_id}"

    def _keep(self, connector: Connector, both: Systems) -> None:
        """Leave everything running until Ctrl-C."""
        places.CREDENTIALS.unlink(missing_ok=True)
        places.CREDENTIALS.touch(mode=0o600)
        envelopes = {"epicor": both.epicor.envelope, "wise": both.wise.envelope}
        places.CREDENTIALS.write_text(json.dumps(envelopes, indent=2) + "\n")
        self._screen.say(f"Local AWS     {connector.cloud.endpoint}  region {connector.cloud.region}")
        self._screen.say(f"API           {connector.cloud.api_url(connector.outputs['ApiId'], 'v1')}")
        for system in (both.epicor, both.wise):
            self._screen.say(f"{system.name.capitalize():<14}{system.envelope['url']}")
        self._screen.say("Credentials   .local/credentials.json")
        local_stack.write(connector.stack(), local_stack.PATH)
        self._screen.say("Command line  .venv/bin/kinetic-wise status   (docs/commands.md)")
        page = BoardPage(connector.board)
        page.start()
        self._screen.say(f"Board         {page.url}   (docs/dashboards.md)")
        self._screen.say("Everything is left running; Ctrl-C stops it.")
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
        page.stop()
