"""What of an exchange may be kept: no secret, no payee's name, of an account identifier the last four characters."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

import simplejson

from kinetic_wise.payments.account_numbers import hide_ibans, last_four

_HIDDEN = "***"

_SECRETS = frozenset(
    "accesstoken refreshtoken token clientsecret password authorization onetimetoken registrationcode assertion".split()
)
_PERSONAL = frozenset(
    "accountholdername accountholder fullname givenname familyname middlename patronymicname firstname lastname "
    "preferredname email phonenumber dateofbirth resolvedname providedname avatar sendername".split()
)
_ACCOUNTS = frozenset(
    "accountnumber iban clabe bban cardnumber interacaccount bankgironumber customerreferencenumber accountsummary "
    "longaccountsummary senderaccount displayvalue taxid cpf cnpj rut iddocumentnumber identificationnumber".split()
)
_FREE_TEXT = frozenset({"message", "arguments", "detail", "errormessage", "errordescription", "title"})
# What the details of a recipient or a transfer may show: everything else there is taken for an account identifier.
_OPEN_DETAILS = frozenset(
    "legaltype accounttype country state currency type bankcode branchcode bic swiftcode sortcode bsbcode abartn "
    "ifsccode institutionnumber transitnumber reference transferpurpose transferpurposesubtransferpurpose "
    "transferpurposeinvoicenumber sourceoffunds sourceoffundsother transfernature hashedbyloosehashalgorithm "
    "iddocumenttype language".split()
)
# What text that is no whole JSON may show: the words by which an exchange is understood.
_OPEN_KEYS = _OPEN_DETAILS | frozenset(
    "id status code error errors path timestamp created sourcecurrency targetcurrency customertransactionid quoteuuid "
    "createdtime expirationtime rateexpirationtime payin payout eventtype granttype errorcode".split()
)

_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_DATE = r"(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)"
_RUN = re.compile(rf"{_UUID}|{_DATE}|\d(?:[ -]?\d){{4,}}")
_PAIR = re.compile(r'"([^"\\]+)"(\s*:\s*)"((?:[^"\\]|\\.)*)("?)')
_FORM = re.compile(r"[\w.%+-]+=[^&\s]*(&[\w.%+-]+=[^&\s]*)*")


def mask(body: str) -> str:
    """A request's or response's body as the audit trail may keep it: JSON, a form, or any other text."""
    if not body:
        return body
    try:
        data = simplejson.loads(body, use_decimal=True)
    except (ValueError, RecursionError):
        return _mask_form(body) if _FORM.fullmatch(body) else mask_text(body)
    if isinstance(data, (dict, list)):
        return simplejson.dumps(_mask_value(data), use_decimal=True, ensure_ascii=False)
    return mask_text(body)


def mask_text(text: str) -> str:
    """Free text, or JSON that broke off: names and secrets by their keys, IBANs and longer numbers by their looks."""
    shown = hide_ibans(_PAIR.sub(_mask_pair, text))
    return _RUN.sub(lambda match: match[0] if _stays(match[0]) else last_four(match[0]), shown)


def _stays(run: str) -> bool:
    return re.fullmatch(rf"{_UUID}|{_DATE}", run) is not None


def _plain(key: str) -> str:
    return key.rpartition(".")[2].replace("_", "").replace("-", "").lower()


def _mask_value(value: Any, key: str = "", *, in_details: bool = False) -> Any:
    plain = _plain(key)
    if isinstance(value, dict):
        inside = in_details or plain in ("details", "address", "ultimatebeneficiary", "bankdetails")
        return {name: _mask_value(item, name, in_details=inside) for name, item in value.items()}
    if isinstance(value, list):
        return [_mask_item(item, key, in_details=in_details) for item in value]
    if value is None or isinstance(value, bool):
        return value
    return _mask_scalar(value, plain, in_details=in_details)


def _mask_item(item: Any, key: str, *, in_details: bool) -> Any:
    if _plain(key) == "displayfields" and isinstance(item, dict):
        return {**item, "value": last_four(str(item.get("value", "")))}
    return _mask_value(item, key, in_details=in_details)


def _mask_scalar(value: Any, plain: str, *, in_details: bool) -> Any:
    if plain in _SECRETS or plain in _PERSONAL:
        return _HIDDEN
    if plain in _ACCOUNTS or (in_details and plain not in _OPEN_DETAILS):
        return last_four(str(value))
    if not isinstance(value, str):
        return value
    if plain in _FREE_TEXT:
        return mask_text(value)
    return hide_ibans(value)


def _mask_pair(match: re.Match[str]) -> str:
    key, colon, value, end = match.groups()
    shown = value if _plain(key) in _OPEN_KEYS else _mask_pair_value(_plain(key), value)
    return f'"{key}"{colon}"{shown}{end}'


def _mask_pair_value(plain: str, value: str) -> str:
    return _HIDDEN if plain in _SECRETS or plain in _PERSONAL else last_four(value)


def _mask_form(body: str) -> str:
    pairs = parse_qsl(body, keep_blank_values=True)
    return urlencode([(key, _mask_scalar(value, _plain(key), in_details=True)) for key, value in pairs], safe="*")
