"""What a person may order, by name. Every order stands in the audit trail with its caller (rule 14)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from kinetic_wise.flows import approving, preview
from kinetic_wise.flows.adopt import adopt
from kinetic_wise.flows.case import NoSuchPayment, NotBound
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.diagnose import diagnose_wise
from kinetic_wise.flows.holds import NotOrdered, cancel_payment, reject, release
from kinetic_wise.flows.keep_standings import Standings, UnknownPayments, keep_standings
from kinetic_wise.flows.look_up import look_up
from kinetic_wise.flows.refund_amount import NotTaken, tell_refund
from kinetic_wise.flows.retry import NotRetried, retry
from kinetic_wise.flows.subscribe import subscribe, unsubscribe
from kinetic_wise.flows.sync_vendors import sync_part
from kinetic_wise.flows.vendors import Position
from kinetic_wise.ledger import Entry, Moved
from kinetic_wise.payments.caps import Caps
from kinetic_wise.payments.model import Payment
from kinetic_wise.payments.money import Money

_VENDORS_AT_ONCE = 100
_INVOICES_AT_ONCE, _DAYS_AHEAD = 50, 365


class BadOrder(Exception):
    """The order cannot be carried out; the message names the field and the remedy."""


def operate(deps: Deps, order: Any, caller: str) -> dict[str, Any]:
    """Carry out `{"action": …}` for a caller. Raises BadOrder, RemoteError, and Busy when Epicor has no place free."""
    if not isinstance(order, dict) or order.get("action") not in _ACTIONS:
        raise BadOrder(f"'action' must be one of {', '.join(sorted(_ACTIONS))}")
    deps.exchanges.take()  # what an earlier call of this process left unwritten is none of this order's
    deps.log("order", action=order["action"], caller=caller)
    return _ACTIONS[order["action"]](deps, order, caller)


def _adopt(deps: Deps, _: dict[str, Any], caller: str) -> dict[str, Any]:
    return adopt(deps, caller).as_dict()


def _subscribe(deps: Deps, order: dict[str, Any], caller: str) -> dict[str, Any]:
    return {"subscriptions": subscribe(deps, _text(order, "url", "the address that Wise shall call"), caller)}


def _unsubscribe(deps: Deps, _: dict[str, Any], caller: str) -> dict[str, Any]:
    return {"removed": unsubscribe(deps, caller)}


def _redrive(deps: Deps, order: dict[str, Any], caller: str) -> dict[str, Any]:
    """Have the dead letters of a queue worked off again, once what stood in their way is mended."""
    names = " or ".join(sorted(deps.dead_letters))
    name = _text(order, "queue", f"the name of a queue: {names}")
    if name not in deps.dead_letters:
        raise BadOrder(f"'queue' must be {names}")
    deps.state.note("queues", Entry("redrive", {"caller": caller, "queue": name}))
    return {"queue": name, "moved": deps.dead_letters[name].redrive()}


def _diagnose(deps: Deps, order: dict[str, Any], _: str) -> dict[str, Any]:
    """A look at Wise from where the connector is; `url` is the address that its webhooks should come to."""
    findings = diagnose_wise(deps, str(order.get("url") or ""))
    return {"findings": [finding.model_dump(mode="json") for finding in findings]}


def _stop(deps: Deps, _: dict[str, Any], caller: str) -> dict[str, Any]:
    """No further funding is announced; looks, cancels and settlement go on (money-cases.md H42)."""
    deps.state.note("switch", Entry("stop", {"caller": caller}))
    deps.state.switch.stop()
    return _switch(deps)


def _resume(deps: Deps, _: dict[str, Any], caller: str) -> dict[str, Any]:
    deps.state.note("switch", Entry("resume", {"caller": caller}))
    deps.state.switch.resume()
    return _switch(deps)


def _set_caps(deps: Deps, order: dict[str, Any], caller: str) -> dict[str, Any]:
    """`{"payment": {"EUR": "10000.00"}, "day": {…}}` replaces all caps; what is not named has none.

    With `"revision"` only if the switch still has it: whoever builds on the caps that they read undoes nobody's.
    """
    caps = Caps(payment=_amounts(order, "payment"), day=_amounts(order, "day"))
    revision = order.get("revision")
    if revision is not None and type(revision) is not int:
        raise BadOrder("'revision' must be the number that the switch had when its caps were read")
    entry = Entry("set_caps", {"caller": caller, **caps.model_dump(mode="json")})
    try:
        deps.state.note("switch", entry, [deps.state.switch.setting(caps, revision)])
    except Moved:
        raise BadOrder("the switch or its caps changed meanwhile, so nothing is set: look again") from None
    return _switch(deps)


def _switch(deps: Deps) -> dict[str, Any]:
    seen = deps.state.switch.read()
    return {"stopped": seen.stopped, "caps": seen.caps.model_dump(mode="json")}


def _keep_standings(deps: Deps, order: dict[str, Any], caller: str) -> dict[str, Any]:
    """`{"first": day, "last": day, "statements": [SHA-256, …], "standings": {payment: class, …}}`, at most 100."""
    try:
        found = Standings.model_validate({name: value for name, value in order.items() if name != "action"})
        return {"kept": keep_standings(deps, found, caller)}
    except ValidationError as error:
        problem = error.errors()[0]
        raise BadOrder(f"'{'.'.join(map(str, problem['loc']))}': {problem['msg']}") from None
    except UnknownPayments as error:
        raise BadOrder(str(error)) from None


def _retry(deps: Deps, order: dict[str, Any], caller: str) -> dict[str, Any]:
    payment_id = _text(order, "payment", "the id of a payment, such as EPIC01:214:INV-7:1")
    with _told(payment_id):
        payment = retry(deps, payment_id, caller)
    return {"payment": payment.id, "status": payment.status.value, "reservation": payment.reservation}


def _bank_details(deps: Deps, order: dict[str, Any], _: str) -> dict[str, Any]:
    """`{"payment": …}`: the bank details that it would go to now, masked, beside those last approved."""
    payment_id = _text(order, "payment", "the id of a payment, such as EPIC01:214:INV-7:1")
    with _told(payment_id):
        return approving.look(deps, payment_id).as_dict()


def _sync_vendors(deps: Deps, order: dict[str, Any], _: str) -> dict[str, Any]:
    """`{"position": null or where the last part ended, "vendors": 20, "dry_run": false}`: a part of a pass."""
    given, dry_run = order.get("position"), order.get("dry_run", False)
    vendors = _whole(order, "vendors", 1, _VENDORS_AT_ONCE)
    if not isinstance(dry_run, bool):
        raise BadOrder("'dry_run' must be true or false")
    try:
        position = Position.model_validate(given) if given is not None else None
        return sync_part(deps, position, vendors, dry_run=dry_run)
    except ValidationError:
        raise BadOrder("'position' must be null, or what the part before answered") from None
    except NotBound as error:
        raise BadOrder(str(error)) from None


def _preview(deps: Deps, order: dict[str, Any], _: str) -> dict[str, Any]:
    """`{"position": null or where the last part ended, "invoices": 10, "days": 7}`: a part of a preview, reads only."""
    given = order.get("position")
    invoices, days = _whole(order, "invoices", 1, _INVOICES_AT_ONCE), _whole(order, "days", 0, _DAYS_AHEAD)
    try:
        position = preview.Position.model_validate(given or {})
    except ValidationError:
        raise BadOrder("'position' must be null, or what the part before answered") from None
    return preview.preview_part(deps, position, invoices, days)


def _look_up(deps: Deps, order: dict[str, Any], _: str) -> dict[str, Any]:
    """`{"invoice": "4711"}`: what Epicor says of invoices of this number, reads only."""
    return {"invoices": look_up(deps, _text(order, "invoice", "the number of an invoice"))}


def _whole(order: dict[str, Any], field: str, least: int, most: int) -> int:
    value = order.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadOrder(f"'{field}' must be a number from {least} to {most}")
    return value


def _approve_bank(deps: Deps, order: dict[str, Any], caller: str) -> dict[str, Any]:
    """`{"payment": …, "code": …, "why": …}`: approve the bank details that were seen under this code."""
    payment_id = _text(order, "payment", "the id of a payment, such as EPIC01:214:INV-7:1")
    code = _text(order, "code", "the code of the details that you compared, such as 4F2A-99C1")
    why = _text(order, "why", "how you checked them, in your own words")
    with _told(payment_id):
        return approving.approve(deps, payment_id, caller, why, code)


@contextmanager
def _told(payment_id: str) -> Iterator[None]:
    """What a flow says no to, as BadOrder."""
    try:
        yield
    except NoSuchPayment:
        raise BadOrder(f"'payment': the ledger knows no payment {payment_id!r}") from None
    except (NotOrdered, NotRetried, NotTaken) as error:
        raise BadOrder(str(error)) from None
    except Moved:
        raise BadOrder(f"payment {payment_id} changed, or its invoice is claimed otherwise: look again") from None


def _decides(
    decide: Callable[[Deps, str, str, str], Payment],
) -> Callable[[Deps, dict[str, Any], str], dict[str, Any]]:
    """`{"payment": …, "why": …}`: release, reject or cancel, with the reason in the person's own words."""

    def carry_out(deps: Deps, order: dict[str, Any], caller: str) -> dict[str, Any]:
        payment_id = _text(order, "payment", "the id of a payment, such as EPIC01:214:INV-7:1")
        why = _text(order, "why", "why you decide so, in your own words")
        with _told(payment_id):
            payment = decide(deps, payment_id, caller, why)
        under_way = payment.order is not None
        return {"payment": payment.id, "status": payment.status.value, "under_way": under_way, **_why_held(payment)}

    return carry_out


def _why_held(payment: Payment) -> dict[str, str]:
    return {"reason": payment.hold.reason, "detail": payment.hold.detail} if payment.hold else {}


def _refund_amount(deps: Deps, order: dict[str, Any], caller: str) -> dict[str, Any]:
    """`{"payment": …, "amount": "980.00", "currency": "EUR"}`: how much of a returned transfer came back."""
    payment_id = _text(order, "payment", "the id of a payment, such as EPIC01:214:INV-7:1")
    currency = _text(order, "currency", "an ISO 4217 currency")
    refund = Money(_amount("amount", currency, order.get("amount")), currency)
    with _told(payment_id):
        payment = tell_refund(deps, payment_id, refund, caller)
    return {"payment": payment.id, "status": payment.status.value}


def _text(order: dict[str, Any], field: str, meaning: str) -> str:
    value = order.get(field)
    if not isinstance(value, str) or not value:
        raise BadOrder(f"'{field}' must be {meaning}")
    return value


def _amounts(order: dict[str, Any], field: str) -> dict[str, Decimal]:
    """Amounts as text by currency: a JSON number would have passed through binary floating point."""
    given = order.get(field, {})
    if not isinstance(given, dict):
        raise BadOrder(f'\'{field}\' must be an object such as {{"EUR": "10000.00"}}')
    return {currency: _amount(f"{field}.{currency}", currency, text) for currency, text in given.items()}


def _amount(field: str, currency: str, text: Any) -> Decimal:
    try:
        amount = Money(Decimal(text if isinstance(text, str) else "NaN"), currency).amount
    except (InvalidOperation, TypeError, ValueError):
        amount = Decimal(-1)
    if amount < 0:
        raise BadOrder(f"'{field}' must be an amount as text, such as \"10000.00\", in an ISO 4217 currency")
    return amount


_ACTIONS: dict[str, Callable[[Deps, dict[str, Any], str], dict[str, Any]]] = {
    "adopt": _adopt,
    "approve_bank": _approve_bank,
    "bank_details": _bank_details,
    "cancel": _decides(cancel_payment),
    "diagnose": _diagnose,
    "keep_standings": _keep_standings,
    "look_up": _look_up,
    "preview": _preview,
    "refund_amount": _refund_amount,
    "reject": _decides(reject),
    "release": _decides(release),
    "redrive": _redrive,
    "resume": _resume,
    "retry": _retry,
    "set_caps": _set_caps,
    "stop": _stop,
    "subscribe": _subscribe,
    "sync_vendors": _sync_vendors,
    "unsubscribe": _unsubscribe,
}
