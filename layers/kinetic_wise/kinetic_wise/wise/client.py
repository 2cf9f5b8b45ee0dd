"""The client of Wise: every call that the connector makes, one method each.

Paths carry the calendar version ("2026Q3"), or the legacy version of each endpoint when `version` is "" (wise-api.md
1.2, appendix A). Methods raise RemoteError as `errors.judge` and `answers.read` say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from kinetic_wise.payments.systems import Quote, Recipient, Transfer, Vendor, VendorBank, WisePayment
from kinetic_wise.transport import AccessRefused, Answer, Call, Effect, Refused, TokenRejected, Transport, Unclear
from kinetic_wise.wise import answers
from kinetic_wise.wise.answers import Balance, ProfileDetails, Subscription, each, read
from kinetic_wise.wise.batches import Batches
from kinetic_wise.wise.columns import PLAIN, Payee, PayeeRules
from kinetic_wise.wise.confirmations import payee_problem
from kinetic_wise.wise.details import RecipientDetails, fill_details
from kinetic_wise.wise.errors import ApprovalNeeded
from kinetic_wise.wise.forms import Form, read_forms
from kinetic_wise.wise.funding import Funding, FundingStatus, funding, refused
from kinetic_wise.wise.quotes import quote
from kinetic_wise.wise.recipient_book import RecipientBook, is_same
from kinetic_wise.wise.statements import Statement, StatementClosed, intervals, joined, statement
from kinetic_wise.wise.transfer_details import NATURE, Telling, fill_transfer, transfer_body
from kinetic_wise.wise.values import http_date

_PAGE = 100  # of transfers; offset must be a multiple of it (6.3)
_FOR_A_BUSINESS = {"originatorLegalEntityType": "BUSINESS"}  # whoever pays with this connector is one
_NOTHING: Mapping[str, str] = {}
_WITH_NAMES = {"Accept-Minor-Version": "1"}  # the form's name and e-mail fields (1.3)


class WiseClient:
    """Wise for one profile, which is named in every call: lists default to the personal one."""

    def __init__(self, transport: Transport, profile: int, version: str = "2026Q3", rules: PayeeRules = PLAIN) -> None:
        self._transport = transport
        self._profile = profile
        self._version = version
        self._rules = rules
        self.batches = Batches(transport, profile, version)
        self.recipients = RecipientBook(transport, profile, version)

    # --- profile, balances, subscriptions -----------------------------------------------------------------------

    def profile_details(self) -> ProfileDetails:
        """Our profile (section 3)."""
        return read(self._get("v2", f"/profiles/{self._profile}"), answers.profile_details)

    def profiles(self) -> list[ProfileDetails]:
        """All profiles that the token sees."""
        return read(self._get("v2", "/profiles"), each(answers.profile_details))

    def server_time(self) -> datetime | None:
        """Wise's own clock, to the second; None when the answer does not show it."""
        return http_date(self._get("v2", f"/profiles/{self._profile}").headers.get("Date"))

    def balances(self) -> dict[str, Balance]:
        """The STANDARD balances by currency; there is one a currency (8.1)."""
        answer = self._get("v4", f"/profiles/{self._profile}/balances", {"types": "STANDARD"})
        return {balance.currency: balance for balance in read(answer, each(answers.balance))}

    def subscriptions(self) -> list[Subscription]:
        """The profile's webhook subscriptions (9.1)."""
        return read(self._get("v3", f"/profiles/{self._profile}/subscriptions"), each(answers.subscription))

    def subscribe(self, name: str, event: str, version: str, url: str) -> Subscription:
        """Subscribe to one event type. Wise first tries the address: Refused `INVALID_CALLBACK_URL`."""
        body = {"name": name, "trigger_on": event, "delivery": {"version": version, "url": url}}
        return read(self._write("POST", "v3", f"/profiles/{self._profile}/subscriptions", body), answers.subscription)

    def unsubscribe(self, subscription_id: str) -> None:
        """Remove a subscription; one that is gone already is fine."""
        try:
            self._write("DELETE", "v3", f"/profiles/{self._profile}/subscriptions/{subscription_id}")
        except (Refused, Unclear) as error:
            if error.exchange is None or error.exchange.status != 404:
                raise

    # --- recipients ---------------------------------------------------------------------------------------------

    def recipient_details(
        self, vendor: Vendor, bank: VendorBank, currency: str, source_currency: str, amount: Decimal
    ) -> RecipientDetails:
        """What Wise wants to know to pay this bank row on this route. Raises DetailsMissing.

        The form depends on the quote, so a throw-away one is made; a form is asked again after a field that changes it.
        """
        terms = {"sourceCurrency": source_currency, "targetCurrency": currency, "targetAmount": amount}
        quote_id = read(self._form("v3", f"/profiles/{self._profile}/quotes", terms), lambda data: str(data["id"]))
        path = f"/quotes/{quote_id}/account-requirements"
        forms = read(self._get("v1", path, headers=_WITH_NAMES), read_forms)
        return fill_details(forms, Payee(vendor, bank), currency, self._rules, self._refresh(path))

    def _refresh(self, path: str) -> Callable[[RecipientDetails], list[Form]]:
        return lambda details: read(self._form("v1", path, details.body(self._profile), _WITH_NAMES), read_forms)

    def find_recipient(self, details: RecipientDetails) -> Recipient | None:
        """Our active recipient of the same type, account, bank and name; the oldest of several (section 13)."""
        found = [entry[0] for entry in self.recipients.active(details.currency) if is_same(entry, details)]
        return min(found, key=lambda recipient: recipient.id, default=None)

    def create_recipient(self, details: RecipientDetails) -> Recipient:
        """Make a recipient. It cannot be changed afterwards; a second one of the same details is harmless (5.1)."""
        answer = self._write("POST", "v1", "/accounts", details.body(self._profile))
        if isinstance(answer.data, dict) and "hash" in answer.data:
            return read(answer, answers.recipient)
        made = self.recipient(read(answer, lambda data: int(data["id"])))  # the v1 object knows no hash
        if made is None:
            raise Unclear("the recipient just made cannot be read", code="broken_answer", exchange=answer.exchange)
        return made

    def recipient(self, recipient_id: int) -> Recipient | None:
        """A recipient as it is now; None when it is gone or not our profile's."""
        try:
            found = read(self._get("v2", f"/accounts/{recipient_id}"), answers.recipient)
        except Refused:
            return None
        return found if found.profile == self._profile else None

    # --- quotes and transfers -----------------------------------------------------------------------------------

    def create_quote(
        self, source_currency: str, target_currency: str, target_amount: Decimal, recipient_id: int, nature: str = ""
    ) -> Quote:
        """A quote that gives the recipient exactly this amount (4.1). It moves no money: made again when in doubt.

        `nature` is the transfer's nature where the route asks for it (BRL, NPR); the quote is what carries it.
        """
        body: dict[str, Any] = {
            "sourceCurrency": source_currency,
            "targetCurrency": target_currency,
            "targetAmount": target_amount,
            "targetAccount": recipient_id,
        }
        if nature:
            body["paymentMetadata"] = {NATURE: nature}
        answer = self._form("v3", f"/profiles/{self._profile}/quotes", body)
        return read(answer, lambda data: quote(data, recipient_id))

    def rate(self, source_currency: str, target_currency: str) -> Decimal:
        """Wise's mid-market rate now: target units for one of the source (8.3)."""
        params = {"source": source_currency, "target": target_currency}
        return read(self._get("v1", "/rates", params), answers.rate)

    def payee_problem(self, recipient_id: int, quote_id: str) -> str:
        """What Wise's check of this payee for this quote found (5.5); "" when nothing, or when it does not check.

        Where the check cannot be asked for, the recipient itself shows what Wise knows.
        """
        path = f"/accounts/{recipient_id}/quotes/{quote_id}/compatibility"
        try:
            return read(self._form("v2", path, {}), lambda data: payee_problem(data.get("confirmations")))
        except (Refused, AccessRefused) as error:
            if error.exchange is None or error.exchange.status not in (403, 404):
                raise
        recipient = self.recipient(recipient_id)
        return recipient.payee_problem if recipient else ""

    def transfer_details(self, recipient_id: int, quote_id: str, telling: Telling) -> dict[str, str]:
        """What Wise wants to know of a transfer on this quote, filled (6.2). Raises DetailsMissing."""

        def ask(details: dict[str, str]) -> list[Form]:
            body = {"targetAccount": recipient_id, "quoteUuid": quote_id, "details": details, **_FOR_A_BUSINESS}
            return read(self._form("v1", "/transfer-requirements", body), read_forms)

        return fill_transfer(ask({}), telling, ask)

    def create_transfer(
        self, key: str, recipient_id: int, quote_id: str, reference: str, details: Mapping[str, str] = _NOTHING
    ) -> Transfer:
        """Create the transfer of this key, or get the one it created before (6.1). It moves no money.

        `details` are those of `transfer_details`; their reference, cut for the route, wins.
        """
        body = transfer_body(key, recipient_id, quote_id, reference, details)
        return read(self._write("POST", "v1", "/transfers", body), answers.transfer)

    def transfer(self, transfer_id: int) -> Transfer | None:
        """A transfer as it is now; None when Wise does not know it for us (403 `forbidden.error`, 404)."""
        try:
            return read(self._get("v1", f"/transfers/{transfer_id}"), answers.transfer)
        except Refused as error:
            status = error.exchange.status if error.exchange else None
            if status == 404 or (status == 403 and error.code == "forbidden.error"):
                return None
            raise

    def payments(self, transfer_id: int) -> tuple[WisePayment, ...]:
        """The completed payments into a transfer; empty: it took no money (6.3)."""
        return tuple(read(self._get("v1", f"/transfers/{transfer_id}/payments"), each(answers.wise_payment)))

    def transfers(self, created_from: datetime) -> Iterator[Transfer]:
        """All our profile's transfers created since, each once; the moment itself belongs to it (6.3)."""
        params: dict[str, Any] = {"profile": self._profile, "createdDateStart": _moment(created_from), "limit": _PAGE}
        seen: set[int] = set()
        for offset in range(0, 2**63, _PAGE):
            page = read(self._get("v1", "/transfers", {**params, "offset": offset}), each(answers.transfer))
            yield from (transfer for transfer in page if transfer.id not in seen)
            seen.update(transfer.id for transfer in page)
            if len(page) < _PAGE:
                return

    def receipt(self, transfer_id: int) -> bytes | None:
        """The PDF receipt of a transfer that was sent; None while Wise has none (6.3)."""
        call = Call("GET", self._path("v1", f"/transfers/{transfer_id}/receipt.pdf"), Effect.READ, is_file=True)
        try:
            return self._transport.send(call).content or None
        except Refused as error:
            if error.exchange is not None and error.exchange.status == 404:
                return None
            raise

    def statement(self, currency: str, since: datetime, until: datetime) -> Statement | None:
        """What came into our balance in a currency and left it, both ends included; None without such a balance (8.3).

        Longer times are asked for in parts. Raises StatementClosed where Wise gives statements to a person only.
        """
        balance = self.balances().get(currency)
        if balance is None:
            return None
        path = f"/profiles/{self._profile}/balance-statements/{balance.id}/statement.json"
        return joined(self._statement(path, currency, *part) for part in intervals(since, until))

    def _statement(self, path: str, currency: str, start: datetime, end: datetime) -> Statement:
        params = {"currency": currency, "intervalStart": _moment(start), "intervalEnd": _moment(end), "type": "COMPACT"}
        try:
            return read(self._get("v1", path, params), statement)
        except TokenRejected:
            raise
        except AccessRefused as error:
            text = f"download it in Wise as CAMT.053 (XML) and import the file: {error}"
            raise StatementClosed(text, code="statement_closed", exchange=error.exchange) from error

    def refund_in_statement(self, currency: str, transfer_id: int, since: datetime, until: datetime) -> Decimal | None:
        """What the statement of our balance in a currency credits for a transfer; None when it shows no credit (8.3).

        Raises StatementClosed.
        """
        found = self.statement(currency, since, until)
        lines = found.lines if found else ()
        credits_ = [line.amount for line in lines if line.transfer_id == transfer_id and line.amount > 0]
        return sum(credits_, Decimal(0)) if credits_ else None

    def cancel(self, transfer_id: int) -> Transfer:
        """Cancel a transfer (6.3). Read it back: what it shows then decides."""
        return read(self._write("PUT", "v1", f"/transfers/{transfer_id}/cancel"), answers.transfer)

    def fund(self, transfer_id: int) -> Funding:
        """Pay a transfer from the balance in its source currency (6.5). Unclear: look at it before anything else."""
        path = f"/profiles/{self._profile}/transfers/{transfer_id}/payments"
        try:
            return read(self._write("POST", "v3", path, {"type": "BALANCE"}), funding)
        except ApprovalNeeded as error:
            return Funding(FundingStatus.NEEDS_APPROVAL, error.code)
        except Refused as error:
            return refused(error.code)

    # --- requests -----------------------------------------------------------------------------------------------

    def _path(self, legacy: str, path: str) -> str:
        return f"/{self._version or legacy}{path}"

    def _get(
        self, legacy: str, path: str, params: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        call = Call("GET", self._path(legacy, path), Effect.READ, params=params or {}, headers=headers or {})
        return self._transport.send(call)

    def _form(self, legacy: str, path: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
        """A POST that changes nothing anybody sees: quotes and forms are repeated like reads (design section 6)."""
        return self._transport.send(
            Call("POST", self._path(legacy, path), Effect.READ, json=body, headers=headers or {})
        )

    def _write(self, method: str, legacy: str, path: str, body: Any = None) -> Answer:
        return self._transport.send(Call(method, self._path(legacy, path), Effect.WRITE, json=body))


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
