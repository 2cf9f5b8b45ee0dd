"""The profile's recipients as a whole: listed once, compared one by one, deactivated (wise-api.md 5.1, 5.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kinetic_wise.payments.systems import Recipient
from kinetic_wise.transport import Call, Effect, Refused, Transport
from kinetic_wise.wise import answers
from kinetic_wise.wise.answers import normalised, read, same_type
from kinetic_wise.wise.details import RecipientDetails
from kinetic_wise.wise.forms import EMAIL_TYPE

_PAGE = 20  # the most that Wise gives

Entry = tuple[Recipient, dict[str, Any]]


class RecipientBook:
    """The recipients of one profile."""

    def __init__(self, transport: Transport, profile: int, version: str) -> None:
        self._transport = transport
        self._profile = profile
        self._version = version or "v2"

    def active(self, currency: str = "") -> Iterator[Entry]:
        """Every active recipient with its whole object, in one currency or all; each page starts after the last id."""
        params: dict[str, Any] = {"profileId": self._profile, "active": "true", "size": _PAGE, "sort": "id,asc"}
        if currency:
            params["currency"] = currency
        while True:
            call = Call("GET", f"/{self._version}/accounts", Effect.READ, params=params)
            entries, following = read(self._transport.send(call), _page)
            yield from ((found, entry) for found, entry in entries if found.profile == self._profile and found.active)
            if following is None or not entries or following == params.get("seekPosition"):
                return
            params = {**params, "seekPosition": following}

    def same(self, recipient_id: int, details: RecipientDetails) -> Recipient | None:
        """The recipient of this id if it is active and pays just these details, else None."""
        call = Call("GET", f"/{self._version}/accounts/{recipient_id}", Effect.READ)
        try:
            found, entry = read(self._transport.send(call), lambda data: (answers.recipient(data), data))
        except Refused:
            return None
        ours = found.profile == self._profile and found.active
        return found if ours and is_same((found, entry), details) else None

    def deactivate(self, recipient_id: int) -> None:
        """Deactivate a recipient; one that is already is fine. There is no way back, but it may be made again."""
        try:
            self._transport.send(Call("DELETE", f"/{self._version}/accounts/{recipient_id}", Effect.WRITE))
        except Refused as error:
            if error.exchange is None or error.exchange.status not in (403, 404):
                raise


def name_key(currency: str, name: str) -> str:
    """By what recipients are found that may be the same."""
    return f"{currency}/{_words(name)}"


def is_same(found: Entry, details: RecipientDetails) -> bool:
    """Same type, name, and every identifier of the account; details are read as Wise spells them, in lower case."""
    recipient, entry = found
    held = {normalised(key): value for key, value in (entry.get("details") or {}).items()}
    return (
        same_type(recipient.type, details.type)
        and recipient.currency == details.currency
        and _words(recipient.name) == _words(details.name)
        and bool(details.identifying)
        and all(normalised(held.get(normalised(key))) == normalised(details.values[key]) for key in details.identifying)
    )


def _page(data: Any) -> tuple[list[Entry], int | None]:
    following = data.get("seekPositionForNext")
    entries = [entry for entry in data["content"] if not same_type(entry["type"], EMAIL_TYPE)]
    return [(answers.recipient(entry), entry) for entry in entries], None if following is None else int(following)


def _words(name: str) -> str:
    return " ".join(name.casefold().split())
