"""Step 1: the Wise recipient of the vendor's bank row: known, found, or made (wise-api.md section 5)."""

from __future__ import annotations

from collections.abc import Mapping

from kinetic_wise.flows.case import Case
from kinetic_wise.flows.deps import Deps
from kinetic_wise.flows.outcomes import Outcome
from kinetic_wise.flows.outside import write_to_wise
from kinetic_wise.ledger.approvals import BankRow
from kinetic_wise.ledger.connector_state import KnownRecipient
from kinetic_wise.payments.life_cycle import Status
from kinetic_wise.payments.model import Action
from kinetic_wise.payments.systems import Recipient
from kinetic_wise.transport import Refused
from kinetic_wise.wise import DetailsMissing, RecipientDetails, problems_of
from kinetic_wise.wise.answers import Balance


def ready_recipient(case: Case) -> Outcome:
    """Find or make the recipient and freeze it with its hash. Raises Busy and RemoteError."""
    if case.intent is not None:
        return Outcome.UNKNOWN
    if case.status is not Status.RESERVED:
        return Outcome.READY if case.status in _LATER else Outcome.STOPPED
    try:
        return _known(case) or _find_or_make(case)
    except DetailsMissing as error:
        case.hold("bank_details_missing", str(error))
        return Outcome.STOPPED
    except Refused as error:
        case.hold("recipient_refused", str(error))
        return Outcome.STOPPED


_LATER = frozenset(
    {Status.RECIPIENT_READY, Status.QUOTED, Status.CREATED, Status.AWAITING_FUNDS, Status.AWAITING_APPROVAL}
)


def _known(case: Case) -> Outcome | None:
    """The recipient used before for the same details, if Wise still has it unchanged."""
    terms = case.attempt.terms
    known = case.deps.state.recipient(bank_name(case), terms.currency, terms.profile)
    if known is None or known.fingerprint != terms.fingerprint:
        return None
    recipient = unchanged_recipient(case.deps, known.recipient_id, known.hash)
    return _freeze(case, recipient) if recipient else None


def unchanged_recipient(deps: Deps, recipient_id: int, known_hash: str) -> Recipient | None:
    """The recipient as Wise has it now, if it is active and still says what this hash stands for."""
    found = deps.wise.recipient(recipient_id)
    return found if found is not None and found.active and found.hash == known_hash else None


def _find_or_make(case: Case) -> Outcome:
    details = _details(case)
    found = case.deps.wise.find_recipient(details)
    if found is not None:
        return _freeze(case, found)
    case.intend(Action.CREATE_RECIPIENT, data={"type": details.type, "currency": details.currency})
    return write_to_wise(
        case,
        lambda wise: wise.create_recipient(details),
        done=lambda made: _freeze(case, made),
        refused=lambda error: _refused(case, details, error),
    )


def _refused(case: Case, details: RecipientDetails, error: Refused) -> Outcome:
    """Wise says which of the details it does not take: told with the Epicor columns that they came from."""
    told = [details.refused(problem) for problem in problems_of(error)] or [str(error)]
    case.hold("recipient_refused", "; ".join(told), intent=None)
    return Outcome.STOPPED


def look_for_recipient(case: Case) -> Outcome:
    """An unclear creation: search; a second one would be harmless for money, so absence only repeats (rule 5).

    Details that cannot be searched for any more, as somebody changed them, are judged when the step is run again.
    Raises Busy and RemoteError.
    """
    problem = ""
    try:
        found = case.deps.wise.find_recipient(_details(case))
    except (DetailsMissing, Refused) as error:
        found, problem = None, str(error)
    if found is not None:
        return _freeze(case, found)
    told = {"problem": problem} if problem else None
    case.conclude("recipient_not_found", payment={"status": Status.RESERVED}, data=told)
    return Outcome.RESOLVED


def _details(case: Case) -> RecipientDetails:
    """What Wise needs to know of the payee, from Epicor's vendor as it is now and as it was frozen."""
    terms, key = case.attempt.terms, case.payment.invoice
    with case.deps.epicor_place() as epicor:
        vendor = epicor.vendor(key.company, key.vendor_num)
    bank = next((bank for bank in vendor.banks if bank.bank_id == terms.vendor_bank_id), None) if vendor else None
    if vendor is None or bank is None or case.deps.fingerprint(bank) != terms.fingerprint:
        raise DetailsMissing("bank row", "VendBank", "changed since the payment was started", "approve the new details")
    source = source_currency(case)
    return case.deps.wise.recipient_details(vendor, bank, terms.currency, source, terms.amount)


def source_currency(case: Case) -> str:
    """Which balance pays: the one in the invoice's currency if there is one, else the set one, else the oldest."""
    terms, preferred = case.attempt.terms, case.deps.settings.funding_currency
    return paying_currency(case.deps.wise.balances(), terms.currency, preferred)


def paying_currency(balances: Mapping[str, Balance], wanted: str, preferred: str) -> str:
    """The currency of the balance that pays what is wanted in a currency; `preferred` is the setting, or empty."""
    if wanted in balances or not balances:
        return wanted
    return preferred if preferred in balances else min(balances.values(), key=lambda balance: balance.id).currency


def bank_name(case: Case) -> str:
    """How the connector's state names the vendor bank row."""
    key, bank_id = case.payment.invoice, case.attempt.terms.vendor_bank_id
    return str(BankRow(company=key.company, vendor_num=key.vendor_num, bank_id=bank_id))


def _freeze(case: Case, recipient: Recipient) -> Outcome:
    terms = case.attempt.terms
    known = KnownRecipient(recipient_id=recipient.id, hash=recipient.hash, fingerprint=terms.fingerprint)
    case.deps.state.remember_recipient(bank_name(case), terms.currency, terms.profile, known)
    case.conclude(
        "recipient_ready",
        payment={"status": Status.RECIPIENT_READY},
        attempt={"recipient_id": recipient.id, "recipient_hash": recipient.hash},
        data={"recipient": recipient.id, "type": recipient.type},
    )
    return Outcome.READY
