"""People at work on the hand-written day: each kind of hold that they can bring about occurs, is mended and released.

Some of it happens before the day (a cap, a payee whose bank knows another name), some in its middle (a vendor's new
bank details, a payment made a second time by hand); the rest is done when the day has come to its first rest.

TF-20960, whose debit memo is open, is left held: for whoever tries the command line on a run that was kept.
"""

from __future__ import annotations

from simulators.sample.checksums import iban
from simulators.sample.errands import Act, Errand, Order, Step, Until

_ONE, _TWO = "EPIC01", "EPIC02"
_PAID = ("paid", None)
_REJECTED = ("rejected", "rejected_by_person")
_FACTORS_IBAN = iban("DE", "200700000123456700")
_OZ_NEW = {"BankAcctNumber": "99887766"}
_KELLER_NEW = {
    "BankName": "Ulmer Volksbank",
    "NameOnAccount": "Keller & Co. KG",
    "IBANCode": iban("DE", "630901000012345678"),
    "SwiftNum": "ULMVDE66XXX",
}
ACCOUNTS = (_OZ_NEW["BankAcctNumber"], _KELLER_NEW["IBANCode"])  # that come up in the course of the day


def _rejected(vendor_num: int, number: str, reason: str, why: str, *first: Step) -> Errand:
    return Errand((_ONE, vendor_num, number), ("held", reason), _REJECTED, after=(*first, Order("BEN", "reject", why)))


def _by_hand(number: str) -> Act:
    return Act("epicor", {"act": "pay_by_hand", "invoice_num": number})


def _both(why: str) -> tuple[Order, Order]:
    return Order("ANNA", "approve_bank", why), Order("BEN", "approve_bank", why)


_BANKS = (
    Errand(
        (_ONE, 107, "000417"),
        ("held", "bank_details_changed"),
        _PAID,
        during=(
            Until("held", "duplicate_suspected", "000418"),
            Act("epicor", {"act": "change_bank", "bank_id": "MAIN", "columns": _OZ_NEW}),
            Until("held", "bank_details_changed"),
        ),
        after=_both("called Ms Ozawa on the number in our files"),
    ),
    Errand(
        (_ONE, 107, "000418"),
        ("held", "duplicate_suspected"),
        _PAID,
        during=(
            Until("awaiting_funds"),
            Act("wise", {"act": "repeat"}, "transfer"),
            Until("held", "duplicate_suspected"),
        ),
        after=(
            Act("wise", {"act": "cancel"}, "repeated"),
            Order("BEN", "release", "the transfer made by hand is cancelled"),
        ),
    ),
    Errand(
        (_ONE, 118, "KC-2026-14"),
        ("held", "bank_details_missing"),
        _PAID,
        after=(
            Act("epicor", {"act": "change_bank", "bank_id": "MAIN", "columns": _KELLER_NEW, "primary": True}),
            Order("ANNA", "release", "the bank row is filled in from the vendor's letter"),
            Until("held", "bank_details_new"),
            *_both("compared with the letter of the vendor"),
        ),
    ),
    Errand(
        (_ONE, 101, "4500021"),
        ("held", "payee_check"),
        _PAID,
        before=(Act("wise", {"act": "hold_account", "account": _FACTORS_IBAN, "name": "Nordlicht Faktoring AG"}),),
        after=(
            Act("wise", {"act": "accept_payee"}, "recipient"),
            Order("ANNA", "release", "the factor was renamed, its letter is filed; accepted in Wise"),
        ),
    ),
)

_RULES = (
    Errand(
        (_ONE, 119, "H-10027"),
        ("held", "vendor_on_hold"),
        _PAID,
        after=(
            Act("epicor", {"act": "clear_hold"}),
            Act("epicor", {"act": "rename_invoice", "invoice_num": "H-10027", "new_invoice_num": "H-10072"}),
            Order("BEN", "release", "the dispute is settled"),
            Until("held", "invoice_changed"),
            Act("epicor", {"act": "rename_invoice", "invoice_num": "H-10072", "new_invoice_num": "H-10027"}),
            Order("BEN", "release", "its number was mistyped, and is put right"),
        ),
    ),
    Errand(
        (_ONE, 109, "BF/26-27/0042"),
        ("held", "over_payment_cap"),
        _PAID,
        before=(Order("ANNA", "set_caps", fields={"payment": {"INR": "100000.00"}}),),
        after=(
            Order("BEN", "set_caps", fields={"payment": {"INR": "200000.00"}}),
            Order("ANNA", "release", "the cap is raised for this order"),
        ),
    ),
    Errand(
        (_ONE, 112, "FV/312/11/2026"),
        ("held", "no_price"),
        _PAID,
        before=(Act("wise", {"act": "announce", "currency": "PLN", "type": "BLOCKED", "text": "PLN is paused"}),),
        after=(
            Act("wise", {"act": "announce", "currency": "PLN", "type": "INFO", "text": "PLN is back"}),
            Order("ANNA", "release", "Wise sends PLN again"),
        ),
    ),
    Errand(
        (_TWO, 24, "LS #12 & 13"),
        ("held", "invoice_locked"),
        _PAID,
        before=(Act("epicor", {"act": "lock_invoice", "invoice_num": "LS #12 & 13"}),),
        after=(
            Act("epicor", {"act": "lock_invoice", "invoice_num": "LS #12 & 13", "unlock": True}),
            Order("BEN", "release", "the review journal is cleared"),
        ),
    ),
)

_NOT_FOR_US = (
    _rejected(103, "TC-9100", "withholding_tax", "paid by hand, less the tax", _by_hand("TC-9100")),
    _rejected(103, "TC-9101", "central_payment", "the group's headquarters pays it"),
    _rejected(103, "TC-9102", "prepayment", "paid by hand", _by_hand("TC-9102")),
    _rejected(103, "TC-9103", "currency_without_iso", "BON is no currency that Wise knows"),
)

_COMES_BACK = Errand(
    (_TWO, 12, "tf 31003"),
    _PAID,
    ("returned", "transfer_returned"),
    after=(
        Act("wise", {"act": "bounce"}, "transfer"),
        Act("wise", {"act": "give_back"}, "transfer"),
        Until("returned"),
    ),
)

ERRANDS = (*_BANKS, *_RULES, *_NOT_FOR_US, _COMES_BACK)
