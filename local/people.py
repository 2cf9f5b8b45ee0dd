"""ANNA and BEN at work: they carry out the day's errands over the deployed API, and in the two systems themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from kinetic_wise.payments.identity import payment_id
from kinetic_wise.payments.payable import FIRST_PAY_SEQ
from local.connector import Connector
from local.stop import Stop
from local.systems import Systems, act
from simulators.sample_day import Act, Errand, Order, Step, Until

Part = Literal["before", "during", "after"]
ACCOUNTS = ("IBANCode", "BankAcctNumber")  # columns of a vendor's bank row (VendBank)
_TRIES = 10  # an order is given again while answers are lost, or the payment is being worked on


class Office(Protocol):
    """Where people work: both systems' own screens, the connector's orders, and what its ledger shows."""

    def act(self, system: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Somebody acts in a system. Raises Stop."""

    def order(self, caller: str, action: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Somebody orders something. Raises Stop with the refusal."""

    def payment(self, payment: str) -> Mapping[str, Any]:
        """A payment's state as it is kept; empty when there is none."""

    def attempt(self, payment: str, number: int) -> Mapping[str, Any]:
        """One of its attempts as it is kept."""


@dataclass(frozen=True)
class DeployedOffice:
    """The office of a run: orders go, signed, through the deployed API."""

    connector: Connector
    systems: Systems

    def act(self, system: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Somebody acts in one of our simulators. Raises Stop."""
        return act(self.systems.epicor if system == "epicor" else self.systems.wise, body)

    def order(self, caller: str, action: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Somebody orders something. Raises Stop with the refusal."""
        return self.connector.order(action, caller, **fields)

    def payment(self, payment: str) -> Mapping[str, Any]:
        """A payment's STATE item; empty when there is none."""
        return self.connector.payment(payment)

    def attempt(self, payment: str, number: int) -> Mapping[str, Any]:
        """One of its attempts."""
        return self.connector.attempt(payment, number)


class People:
    """Goes on with each errand as far as it comes, at every call of `act`."""

    def __init__(self, office: Office, errands: Iterable[Errand]) -> None:
        self._office = office
        self._errands = tuple(errands)
        self._left: list[tuple[Errand, list[Step]]] = []
        self._repeated: dict[str, int] = {}  # payment -> the transfer that a person made like its own
        self._tries = 0
        self.orders: Counter[str] = Counter()  # what was ordered -> how often
        self.met: Counter[str] = Counter()  # hold reasons that were waited for in this part
        self.compared: dict[str, str] = {}  # bank row -> what changed in it, as it was shown

    def begin(self, part: Part) -> None:
        """Take up a part of the day."""
        self.met.clear()
        self._left = [(errand, list(getattr(errand, part))) for errand in self._errands]

    @property
    def is_done(self) -> bool:
        """Whether nothing of this part is left."""
        return not any(steps for _, steps in self._left)

    def act(self) -> None:
        """Do what can be done now. Raises Stop when an order is refused for good."""
        for errand, steps in self._left:
            while steps and self._done(errand, steps[0]):
                steps.pop(0)

    def _done(self, errand: Errand, step: Step) -> bool:
        """Take a step; False: not yet."""
        match step:
            case Act():
                self._act(errand, step)
                return True
            case Until():
                return self._has_come(errand, step)
            case Order(action="set_caps"):
                return self._order(step, dict(step.fields))
            case Order(action="approve_bank"):
                return self._approve(_id(errand), step)
            case Order():
                return self._decide(_id(errand), step)

    def _has_come(self, errand: Errand, step: Until) -> bool:
        state = self._office.payment(_id(errand, step.invoice_num))
        if not state or (state["status"], _hold(state)) != (step.status, step.reason):
            return False
        self.met.update([step.reason] if step.reason else [])
        return True

    # --- in the two systems ------------------------------------------------------------------------------------------

    def _act(self, errand: Errand, step: Act) -> None:
        body = dict(step.body)
        if step.system == "epicor":
            company, vendor_num, _ = errand.invoice
            body |= {"company": company, "vendor_num": vendor_num}
        elif step.about:
            body |= self._about(errand, step)
        answer = self._office.act(step.system, body)
        if body["act"] == "repeat":
            self._repeated[_id(errand)] = int(answer["transfer"])

    def _about(self, errand: Errand, step: Act) -> dict[str, int]:
        payment = _id(errand)
        if step.about == "repeated":
            return {"transfer": self._repeated[payment]}
        attempt = self._office.attempt(payment, int(self._office.payment(payment)["attempt"]))
        if step.about == "recipient":
            return {"recipient": int(attempt["recipient_id"])}
        return {"transfer": int(attempt["transfer"]["id"])}

    # --- orders ------------------------------------------------------------------------------------------------------

    def _decide(self, payment: str, step: Order) -> bool:
        """Release or reject; done as well when it is held no more, since an answer may have been lost."""
        if self._office.payment(payment)["status"] != "held":
            return True
        return self._order(step, {"payment": payment, "why": step.why})

    def _approve(self, payment: str, step: Order) -> bool:
        """Approve what is shown now; done as well when an answer was lost on its way."""
        details = self._said(step.by, "bank_details", {"payment": payment})
        if details is None:
            return False
        if f"local:{step.by}" in details["approved_by"]:
            return True
        self.compared[str(details["bank"])] = changes(details["old"], details["new"])
        return self._order(step, {"payment": payment, "why": step.why, "code": details["code"]})

    def _order(self, step: Order, fields: Mapping[str, Any]) -> bool:
        if self._said(step.by, step.action, fields) is None:
            return False
        self.orders[step.action] += 1
        return True

    def _said(self, caller: str, action: str, fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The answer to an order; None: it has to be given again. Raises Stop when it was refused too often."""
        try:
            answer = self._office.order(caller, action, fields)
        except Stop:
            self._tries += 1
            if self._tries >= _TRIES:
                raise
            return None
        self._tries = 0
        return answer


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """What a person has to compare, as it is shown, account numbers first: `BankAcctNumber ***3040 → ***7766`."""
    changed = [name for name in sorted(new, key=lambda name: name not in ACCOUNTS) if new[name] != old.get(name)]
    return ", ".join(f"{name} {old.get(name) or 'none'} → {new[name]}" for name in changed)


def _id(errand: Errand, invoice_num: str = "") -> str:
    company, vendor_num, number = errand.invoice
    return payment_id(company, vendor_num, invoice_num or number, FIRST_PAY_SEQ)


def _hold(state: Mapping[str, Any]) -> str:
    return str((state.get("hold") or {}).get("reason") or "")
