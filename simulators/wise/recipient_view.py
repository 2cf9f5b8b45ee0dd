"""The two objects in which Wise shows a recipient (wise-api.md section 5.1)."""

from __future__ import annotations

from typing import Any

from simulators.wise.books import Recipient
from simulators.wise.world import USER

# The legacy object names every field of every type, almost all null; these are the ones clients look for.
_LEGACY_KEYS = (
    "accountNumber sortCode abartn accountType bankgiroNumber ifscCode bsbCode institutionNumber transitNumber "
    "phoneNumber bankCode russiaRegion routingNumber branchCode cpf cardToken idType idNumber idCountryIso3 "
    "idValidFrom idValidTo clabe swiftCode dateOfBirth clearingNumber bankName branchName businessNumber province "
    "city rut token cnpj payinReference pspReference orderId idDocumentType idDocumentNumber targetProfile "
    "targetUserId taxId job nationality interacAccount bban town postCode language billerCode customerReferenceNumber "
    "prefix IBAN iban BIC bic"
).split()


def legacy_view(recipient: Recipient) -> dict[str, Any]:
    """The v1 object: IBAN and BIC under both spellings, absent values null."""
    details: dict[str, Any] = {"address": _address(recipient), "email": recipient.email}
    details["legalType"] = recipient.legal_type
    details.update(dict.fromkeys(_LEGACY_KEYS))
    details.update(recipient.details)
    details["iban"] = recipient.details.get("IBAN")
    details["bic"] = recipient.details.get("BIC")
    return {
        "id": recipient.id,
        "business": recipient.profile.id if recipient.profile.business else None,
        "profile": recipient.profile.id,
        "accountHolderName": recipient.name,
        "currency": recipient.currency,
        "country": country(recipient),
        "type": recipient.type.key,
        "details": details,
        "user": USER,
        "active": recipient.active,
        "ownedByCustomer": recipient.owned_by_customer,
        "confirmations": recipient.confirmations,
    }


def modern_view(recipient: Recipient) -> dict[str, Any]:
    """The v2 and 2026Q3 object: PascalCase type, hashes; unknown country and e-mail are absent."""
    view: dict[str, Any] = {
        "id": recipient.id,
        "creatorId": USER,
        "profileId": recipient.profile.id,
        "name": _name(recipient),
        "currency": recipient.currency,
        "country": country(recipient),
        "type": recipient.type.pascal,
        "legalEntityType": "PERSON" if recipient.legal_type == "PRIVATE" else "BUSINESS",
        "email": recipient.email,
        "active": recipient.active,
        "details": _modern_details(recipient),
        "commonFieldMap": _common_fields(recipient),
        "hash": recipient.hash,
        "accountSummary": account_summary(recipient),
        "longAccountSummary": f"{recipient.currency} account ending in {_number(recipient)[-4:]}",
        "displayFields": _display_fields(recipient),
        "isInternal": False,
        "ownedByCustomer": recipient.owned_by_customer,
        "confirmations": recipient.confirmations,
    }
    return {key: value for key, value in view.items() if value is not None}


def list_view(recipient: Recipient) -> dict[str, Any]:
    """The object as lists show it: with `isDefaultAccount`."""
    return {**modern_view(recipient), "isDefaultAccount": False}


def country(recipient: Recipient) -> str | None:
    """The account's country where the data tell it."""
    for key, cut in (("IBAN", slice(0, 2)), ("swiftCode", slice(4, 6)), ("BIC", slice(4, 6))):
        if recipient.details.get(key):
            return recipient.details[key][cut]
    by_currency = {
        "GBP": "GB",
        "USD": "US",
        "AUD": "AU",
        "CAD": "CA",
        "INR": "IN",
        "JPY": "JP",
        "PLN": "PL",
        "NZD": "NZ",
    }
    return recipient.address.get("country") or by_currency.get(recipient.currency)


def account_summary(recipient: Recipient) -> str:
    """The account in one line."""
    bank = recipient.details.get(recipient.type.bank_field or "")
    return f"({bank}) {_number(recipient)}" if bank else _number(recipient)


def _number(recipient: Recipient) -> str:
    if recipient.type.account_field == "email":
        return recipient.email or ""
    return recipient.details.get(recipient.type.account_field, "")


def _name(recipient: Recipient) -> dict[str, Any]:
    words = recipient.name.split()
    person = recipient.legal_type == "PRIVATE" and len(words) > 1
    return {
        "fullName": recipient.name,
        "givenName": words[0] if person else None,
        "familyName": words[-1] if person else None,
        "middleName": " ".join(words[1:-1]) or None if person else None,
        "patronymicName": None,
        "cannotHavePatronymicName": None,
    }


def _address(recipient: Recipient) -> dict[str, Any] | None:
    if not recipient.address:
        return None
    parts = ("country", "state", "city", "postCode", "firstLine")
    return {part: recipient.address.get(part) for part in parts}


def _modern_details(recipient: Recipient) -> dict[str, Any]:
    details: dict[str, Any] = {_modern_key(key): value for key, value in recipient.details.items()}
    if recipient.address:
        details["address"] = _address(recipient)
    details["hashedByLooseHashAlgorithm"] = recipient.loose_hash
    return details


def _modern_key(key: str) -> str:
    return {"IBAN": "iban", "BIC": "bic"}.get(key, key)


def _common_fields(recipient: Recipient) -> dict[str, Any]:
    bank = recipient.type.bank_field
    return {
        "accountNumberField": _modern_key(recipient.type.account_field),
        "bankCodeField": _modern_key(bank) if bank else None,
        "bicField": next((_modern_key(key) for key in ("BIC", "swiftCode") if recipient.type.field(key)), None),
    }


def _display_fields(recipient: Recipient) -> list[dict[str, Any]]:
    fields = [(item, recipient.details[item.key]) for item in recipient.type.fields if item.key in recipient.details]
    return [{"key": f"details/{_modern_key(item.key)}", "label": item.label, "value": value} for item, value in fields]
