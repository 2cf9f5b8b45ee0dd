"""The simulated Wise, for a server and for use in process."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import format_datetime
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from simulators.common.clock import Clock
from simulators.common.http import Request, Response, json_response
from simulators.common.simulator import Answer, Simulator
from simulators.wise.balances import Balances
from simulators.wise.batches import Batches
from simulators.wise.books import Batch, Books, Profile, Transfer
from simulators.wise.deliveries import Deliver, Deliveries, Post, new_key, public_pem
from simulators.wise.engine import Engine
from simulators.wise.errors import WiseError, spring
from simulators.wise.events import Events
from simulators.wise.funding import Approvals, Funding
from simulators.wise.ids import Ids
from simulators.wise.oauth import Credentials, Tokens
from simulators.wise.payee_checks import PayeeChecks
from simulators.wise.people import People
from simulators.wise.profiles import Profiles
from simulators.wise.quotes import Quotes
from simulators.wise.recipients import Recipients
from simulators.wise.requirements import Requirements
from simulators.wise.routes import Desks, router
from simulators.wise.sample import Day, EmptyDay
from simulators.wise.simulation import Simulation
from simulators.wise.statements import Statements
from simulators.wise.switches import Switchboard
from simulators.wise.times import iso_millis, iso_seconds
from simulators.wise.transfers import Transfers
from simulators.wise.webhooks import Webhooks, Wish
from simulators.wise.world import Call, Settings, World

PERSONAL_PROFILE, BUSINESS_PROFILE = 30_000_001, 30_000_002
_OPEN_PATHS = ("/oauth/token", "/currencies")  # served without a bearer token
Background = Callable[[Callable[[], None]], None]


def _nobody_listens(_url: str, _headers: dict[str, str], _body: bytes) -> int | None:
    return None


def _at_once(job: Callable[[], None]) -> None:
    job()


class WiseSimulator(Simulator):
    """A Wise of its own. `deliver` posts a webhook and answers its status; `background` runs such jobs."""

    def __init__(
        self,
        clock: Clock | None = None,
        time_scale: float = 1.0,
        day: Day | None = None,
        deliver: Deliver = _nobody_listens,
        dice: Random | None = None,
        settings: Settings | None = None,
        webhook_key: rsa.RSAPrivateKey | None = None,
        background: Background = _at_once,
    ) -> None:
        super().__init__(clock, time_scale)
        ids = Ids(dice or Random(0))
        self._key = webhook_key or new_key()
        self._background = background
        self.credentials = Credentials(ids.uuid(), ids.uuid(), ids.uuid())
        self._world = World(Books(), self.clock, self.agenda, ids, settings or Settings(), day or EmptyDay())
        self._deliveries = Deliveries(self._world, self._key, deliver, self._carry)
        self._build()
        self._open_books(ids)

    def _build(self) -> None:
        world = self._world
        events = Events(world, self._deliveries)
        engine = Engine(world, events)
        quotes = Quotes(world)
        approvals = Approvals(world)
        funding = Funding(world, engine, approvals)
        transfers = Transfers(world, quotes, engine)
        self._desks = Desks(
            tokens=Tokens(world, self.credentials),
            profiles=Profiles(world),
            quotes=quotes,
            requirements=Requirements(quotes),
            recipients=Recipients(world),
            payee_checks=PayeeChecks(world, quotes),
            transfers=transfers,
            funding=funding,
            approvals=approvals,
            batches=Batches(world, transfers, engine, approvals),
            balances=Balances(world, engine),
            statements=Statements(world, approvals),
            webhooks=Webhooks(world, self._deliveries),
            simulation=Simulation(world, engine, events),
        )
        self._people = People(world, engine, events, self._desks)
        self._switches = Switchboard(world)
        self._router = router(self._desks)

    def _open_books(self, ids: Ids) -> None:
        country = "GB" if self._world.settings.sca_region else "US"
        for number, business in ((PERSONAL_PROFILE, False), (BUSINESS_PROFILE, True)):
            self._world.books.profiles[number] = Profile(number, business, ids.uuid(), country)
        for currency, amount in self._world.day.balances.items():
            self._desks.balances.open(self._world.books.business(), currency, amount)

    def ready(self, url: str) -> dict[str, Any]:
        """The ready line of design section 8."""
        return {
            "url": url,
            "personal_token": self.credentials.personal_token,
            "client_id": self.credentials.client_id,
            "client_secret": self.credentials.client_secret,
            "profile_id": BUSINESS_PROFILE,
            "webhook_public_key": public_pem(self._key),
        }

    def handle(self, request: Request) -> Answer:
        """Answer one request; a new subscription's address is tried first, outside the lock."""
        if request.method == "POST" and request.path.rstrip("/").endswith("/subscriptions"):
            wish = self._wish(request)
            if wish:
                self._desks.webhooks.probe(wish)
        return super().handle(request)

    def _wish(self, request: Request) -> Wish | None:
        try:
            with self._lock:
                self._desks.tokens.check(request)
                return self._desks.webhooks.read_wish(Call(request, ""))
        except WiseError:
            return None  # the call itself will be refused with the reason

    def dispatch(self, request: Request) -> Response:
        """Carry out one call of Wise's API."""
        try:
            response = self._serve(request)
        except WiseError as error:
            response = error.response(iso_millis(self.clock.now()))
        response.headers["Date"] = format_datetime(self.clock.now(), usegmt=True)
        response.headers["x-trace-id"] = self._world.ids.uuid().replace("-", "")
        correlation = request.headers.get("X-External-Correlation-Id")
        if correlation:
            response.headers["X-External-Correlation-Id"] = correlation
        return response

    def _serve(self, request: Request) -> Response:
        found = self._router.find(request)
        if found is None:
            raise spring(404, "Not Found", "No handler found", request.path)
        if not request.path.endswith(_OPEN_PATHS):
            self._desks.tokens.check(request)
        serve, values = found
        return serve(lambda version: Call(request, version), **values)

    def is_look(self, request: Request) -> bool:
        """GET reads; everything else may write."""
        return request.method == "GET"

    def fault_response(self, status: int) -> Response:
        """429 with its headers, HTML from the edge for 5xx, the framework's words otherwise."""
        if status == 429:
            return Response(429, b"", {"Retry-After": "1", "X-Rate-Limited-By": "wise-public-api"})
        if status >= 500:
            page = f"<html><head><title>{status}</title></head><body><h1>{status} Server Error</h1></body></html>"
            return Response(status, page.encode(), {"Content-Type": "text/html"})
        if status == 401:
            return json_response(401, {"error": "invalid_token", "error_description": "Invalid token"})
        error = spring(status, "Error", "Request refused", None)
        return error.response(iso_seconds(self.clock.now()))

    def _carry(self, post: Post, done: Callable[[int | None], None]) -> None:
        """Run a webhook's post, perhaps in another thread, and book its answer under the lock."""

        def job() -> None:
            status = post()
            with self._lock:
                done(status)

        self._background(job)

    def control_routes(self) -> dict[tuple[str, str], Callable[[Request], Response]]:
        """People acting in Wise and at the payee's bank; switches for what nobody knows."""
        return {("POST", "/_sim/people"): self._people.act, ("POST", "/_sim/switches"): self._switches.turn}

    def state(self) -> dict[str, Any]:
        """The books; amounts as strings, ids as numbers."""
        books = self._world.books
        return {
            "now": self.clock.now().isoformat(),
            "calls": self.calls,
            "switches": self._switches.state(),
            "transfers": [_transfer_state(transfer) for transfer in books.transfers.values()],
            "balances": [
                {"id": each.id, "profile": each.profile, "currency": each.currency, "amount": str(each.amount)}
                for each in books.balances.values()
            ],
            "batches": [
                {"id": each.id, "name": each.name, "status": each.status, "paid": each.is_paid, "transfers": _ids(each)}
                for each in books.batches.values()
            ],
            "recipients": len(books.recipients),
            "quotes": len(books.quotes),
            "subscriptions": len(books.subscriptions),
            "deliveries": self._deliveries.attempts,
            "deliveries_accepted": self._deliveries.accepted,
            "deliveries_waiting": self._deliveries.waiting,
            "deliveries_given_up": self._deliveries.given_up,
        }


def _ids(batch: Batch) -> list[int]:
    return [transfer.id for transfer in batch.transfers]


def _transfer_state(transfer: Transfer) -> dict[str, Any]:
    return {
        "id": transfer.id,
        "customerTransactionId": transfer.key,
        "profile": transfer.profile.id,
        "recipient": transfer.recipient.id,
        "status": transfer.status,
        "source_currency": transfer.quote.source_currency,
        "source_amount": str(transfer.source_value),
        "target_currency": transfer.quote.target_currency,
        "target_amount": str(transfer.target_value),
        "funded_count": transfer.funded_count,
        "debited_amount": str(transfer.debited),
        "refunded_amount": str(transfer.refunded),
        "rate": str(transfer.rate),
        "reference": transfer.reference,
        "created": transfer.created.isoformat(),
        "was_sent": transfer.was_sent,
    }
