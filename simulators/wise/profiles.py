"""The user, the profiles, the lists of currencies and rates (wise-api.md sections 3, 8.3 and 11)."""

from __future__ import annotations

from typing import Any

from simulators.common.http import Response, json_response
from simulators.wise import currencies
from simulators.wise.books import Profile
from simulators.wise.quotes import read_currencies
from simulators.wise.times import iso_seconds, zoned
from simulators.wise.world import USER, Call, World

_NAME = {"firstName": "Mina", "lastName": "Okafor"}
_EMAIL = "finance@example.com"
_BUSINESS_NAME = "Sample Works Inc"


class Profiles:
    """Who we are at Wise."""

    def __init__(self, world: World) -> None:
        self._world = world

    def me(self, _call: Call) -> Response:
        """GET me."""
        name = f"{_NAME['firstName']} {_NAME['lastName']}"
        details = {**_NAME, "phoneNumber": "+15550100100", "dateOfBirth": "1980-01-01"}
        return json_response(200, {"id": USER, "name": name, "email": _EMAIL, "active": True, "details": details})

    def list_all(self, call: Call) -> Response:
        """GET profiles: plain objects on v1, richer ones elsewhere."""
        known = self._world.books.profiles.values()
        return json_response(200, [self._view(call, profile) for profile in known])

    def get(self, call: Call, profile_id: int) -> Response:
        """GET profiles/{id}."""
        return json_response(200, self._view(call, self._world.profile(call, profile_id)))

    def _view(self, call: Call, profile: Profile) -> dict[str, Any]:
        return _legacy_view(profile) if call.version == "v1" else self._modern_view(profile)

    def _modern_view(self, profile: Profile) -> dict[str, Any]:
        now = iso_seconds(self._world.now())
        common = {
            "id": profile.id,
            "publicId": profile.public_id,
            "userId": USER,
            "type": "BUSINESS" if profile.business else "PERSONAL",
            "address": _address(profile),
            "email": _EMAIL,
            "createdAt": now,
            "updatedAt": now,
            "currentState": self._world.books.profile_states.get(profile.id, "VISIBLE"),
            "contactDetails": {"email": _EMAIL, "phoneNumber": "+15550100100"},
            "avatar": None,
        }
        if not profile.business:
            return common | _NAME | {"fullName": " ".join(_NAME.values()), "dateOfBirth": "1980-01-01"}
        return common | {
            "fullName": _BUSINESS_NAME,
            "businessName": _BUSINESS_NAME,
            "registrationNumber": "01234567",
            "companyType": "LIMITED",
            "companyRole": "DIRECTOR",
        }

    def currencies(self, _call: Call) -> Response:
        """GET currencies; answered even without a token, as the real one does."""
        return json_response(
            200,
            [
                {
                    "code": code,
                    "symbol": currencies.symbol(code),
                    "name": currencies.name(code),
                    "countryKeywords": [],
                    "supportsDecimals": code not in currencies.WHOLE_UNIT,
                }
                for code in currencies.CODES
            ],
        )

    def rates(self, call: Call) -> Response:
        """GET rates?source&target: the fixed table; all of one source without a target."""
        source = call.params.get("source", "GBP")
        targets = [call.params["target"]] if "target" in call.params else currencies.CODES
        pairs = [read_currencies({"sourceCurrency": source, "targetCurrency": target}) for target in targets]
        time = zoned(self._world.now())
        rows = [{"rate": currencies.rate(a, b), "source": a, "target": b, "time": time} for a, b in pairs]
        return json_response(200, rows)


def _legacy_view(profile: Profile) -> dict[str, Any]:
    if profile.business:
        details: dict[str, Any] = {"name": _BUSINESS_NAME, "registrationNumber": "01234567", "companyType": "LIMITED"}
    else:
        details = {**_NAME, "dateOfBirth": "1980-01-01", "phoneNumber": "+15550100100"}
    return {"id": profile.id, "type": "business" if profile.business else "personal", "details": details}


def _address(profile: Profile) -> dict[str, Any]:
    if profile.country == "GB":
        place = {"city": "London", "postCode": "EC1A 1AA", "stateCode": None, "countryIso3Code": "gbr"}
    else:
        place = {"city": "Austin", "postCode": "78701", "stateCode": "TX", "countryIso3Code": "usa"}
    return {"addressFirstLine": "1 Sample Street", "countryIso2Code": profile.country, **place}
