"""Recipients ("accounts"): wise-api.md sections 5.1 to 5.4."""

from __future__ import annotations

from typing import Any

from simulators.common.http import Response, json_response
from simulators.wise import currencies, forms, payee_checks, recipient_check
from simulators.wise.books import Profile, Recipient
from simulators.wise.errors import Problem, forbidden, invalid
from simulators.wise.recipient_check import Draft
from simulators.wise.recipient_view import legacy_view, list_view, modern_view
from simulators.wise.world import Call, World

PAGE = 20


class Recipients:
    """Create, read, list, deactivate."""

    def __init__(self, world: World) -> None:
        self._world = world

    def create(self, call: Call) -> Response:
        """POST accounts: 200 with the legacy object on v1, the newer one elsewhere; refused with 422, 400 in 2026Q3."""
        body = call.json_object()
        refusal = 400 if call.is_calendar else 422
        draft = _read(body, refusal)
        found = recipient_check.problems(draft)
        if found:
            raise invalid(refusal, *found)
        profile = self._profile_for(call, body)
        known = self._same(draft, profile) if self._world.settings.same_recipient == "first" else None
        recipient = known or self._keep(draft, profile, owned=body.get("ownedByCustomer") is True)
        return json_response(200, self._view(call, recipient))

    def _same(self, draft: Draft, profile: Profile) -> Recipient | None:
        known = (one for one in self._world.books.recipients.values() if one.profile is profile and one.active)
        return next((one for one in known if one.hash == draft.hash() and one.currency == draft.currency), None)

    def _profile_for(self, call: Call, body: dict[str, Any]) -> Profile:
        chosen = body.get("profile")
        if chosen is None:
            return self._world.asked_profile(call, "profileId", "profile")
        try:
            return self._world.profile(call, int(chosen))
        except (TypeError, ValueError):
            raise invalid(400, Problem("NOT_VALID", "profile must be a number", "profile", (str(chosen),))) from None

    def _keep(self, draft: Draft, profile: Profile, *, owned: bool) -> Recipient:
        recipient = Recipient(
            id=self._world.ids.recipient(),
            profile=profile,
            currency=draft.currency,
            type=draft.type,
            name=draft.name,
            legal_type=draft.legal_type,
            details=draft.bank_details(),
            address=draft.address(),
            email=draft.email,
            owned_by_customer=owned,
            created=self._world.now(),
            hash=draft.hash(),
            loose_hash=draft.loose_hash(),
        )
        self._world.books.recipients[recipient.id] = recipient
        payee_checks.check(self._world, recipient)
        return recipient

    def get(self, call: Call, recipient_id: int) -> Response:
        """GET accounts/{id}, also when deactivated; RECIPIENT_MISSING for what is not ours."""
        return json_response(200, self._view(call, self._find(recipient_id)))

    def _find(self, recipient_id: int) -> Recipient:
        recipient = self._world.books.recipients.get(recipient_id)
        if recipient is None:
            raise invalid(404, Problem("RECIPIENT_MISSING", "Recipient not found", "id", (str(recipient_id),)))
        return recipient

    def _view(self, call: Call, recipient: Recipient) -> dict[str, Any]:
        return legacy_view(recipient) if call.version == "v1" else modern_view(recipient)

    def delete(self, call: Call, recipient_id: int) -> Response:
        """DELETE accounts/{id}: deactivates; the second time 403."""
        recipient = self._find(recipient_id)
        if not recipient.active:
            raise forbidden(call.request.path)
        recipient.active = False
        return json_response(200, self._view(call, recipient))

    def list_all(self, call: Call) -> Response:
        """GET accounts: pages of at most 20 on v2 and 2026Q3, a plain array on v1."""
        matching = self._matching(call)
        if call.version == "v1":
            return json_response(200, [legacy_view(recipient) for recipient in matching])
        return json_response(200, _page(matching, call.params))

    def _matching(self, call: Call) -> list[Recipient]:
        params = call.params
        profile = self._world.asked_profile(call, "profileId", "profile")
        wanted = [_Wanted(params, recipient) for recipient in self._world.books.recipients.values()]
        found = [each.recipient for each in wanted if each.recipient.profile.id == profile.id and each.fits()]
        key, _, direction = params.get("sort", "id,asc").partition(",")
        order = (lambda one: (one.currency, one.id)) if key == "currency" else (lambda one: ("", one.id))
        return sorted(found, key=order, reverse=direction == "desc")


class _Wanted:
    """A recipient against the filters of a list call."""

    def __init__(self, params: dict[str, str], recipient: Recipient) -> None:
        self._params = params
        self.recipient = recipient

    def fits(self) -> bool:
        recipient = self.recipient
        return (
            recipient.active == (self._params.get("active", "true") != "false")
            and self._among("currency", recipient.currency)
            and self._among("type", recipient.type.key)
            and self._among("ownedByCustomer", str(recipient.owned_by_customer).lower())
        )

    def _among(self, name: str, value: str) -> bool:
        return name not in self._params or value in self._params[name].split(",")


def _page(matching: list[Recipient], params: dict[str, str]) -> dict[str, Any]:
    size = min(int(params["size"]), PAGE) if params.get("size", "").isdecimal() else PAGE
    seek = int(params["seekPosition"]) if params.get("seekPosition", "").isdecimal() else None
    start = 0
    if seek is not None:
        start = next((index + 1 for index, one in enumerate(matching) if one.id == seek), len(matching))
    content = matching[start : start + size]
    page: dict[str, Any] = {
        "content": [list_view(recipient) for recipient in content],
        "sort": {"empty": False, "sorted": True, "unsorted": False},
        "size": len(content),
    }
    if seek is not None:
        page["seekPositionForCurrent"] = seek
    if start + size < len(matching):
        page["seekPositionForNext"] = content[-1].id
    return page


def _read(body: dict[str, Any], refusal: int) -> Draft:
    currency = str(body.get("currency"))
    if currency not in currencies.CODES:
        raise invalid(refusal, Problem("NOT_VALID", "Please choose a currency", "currency", (currency,)))
    row = forms.find_type(currency, str(body.get("type")))
    if row is None:
        raise invalid(
            refusal, Problem("NOT_VALID", "This type is not offered for the currency", "type", (str(body.get("type")),))
        )
    details = body.get("details")
    flat = recipient_check.flatten(details if isinstance(details, dict) else {})
    if body.get("email"):
        flat.setdefault("email", str(body["email"]))
    name = body.get("accountHolderName") or flat.get("accountHolderName")
    return Draft(currency, row, str(name or "").strip(), flat)
