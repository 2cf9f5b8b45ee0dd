"""A person's orders: to the deployed API, signed with the person's AWS credentials (design rule 14)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
import simplejson
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import NoCredentialsError

from cli.problem import Problem

_SECONDS = (5, 90)  # to connect, to answer
_REMEDIES = {
    400: "",  # the refusal says what it should be
    403: "your AWS role needs execute-api:Invoke on the operations route",
    404: "check --stack: its API has no operations route",
    429: "wait a moment and order it again",
}
_LOOK = "nobody knows whether it was carried out: look with `kinetic-wise status` before you order it again"


@dataclass(frozen=True)
class Signer:
    """Signs requests by AWS's Signature Version 4."""

    credentials: Any  # botocore's; None where there are none
    region: str

    def sign(self, url: str, body: bytes) -> dict[str, str]:
        """The headers of a signed POST. Raises NoCredentialsError."""
        if self.credentials is None:
            raise NoCredentialsError
        request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/json"})
        SigV4Auth(self.credentials.get_frozen_credentials(), "execute-api", self.region).add_auth(request)
        return dict(request.headers)


def sender(url: str, signer: Signer, session: requests.Session | None = None) -> Callable[..., dict[str, Any]]:
    """`order(action, **values)`: sends it and returns the answer. Raises Problem."""
    way = session or requests.Session()
    if session is None:
        way.trust_env = url.startswith("https:")  # proxies and their certificates, but not on the way to this machine

    def order(action: str, **values: Any) -> dict[str, Any]:
        body = simplejson.dumps({"action": action, **values}, use_decimal=True).encode()
        return _answer(action, _post(way, action, url, body, signer.sign(url, body)))

    return order


def _post(way: requests.Session, action: str, url: str, body: bytes, headers: dict[str, str]) -> requests.Response:
    request = way.prepare_request(requests.Request("POST", url, data=body))
    request.headers.update(headers)  # after preparing, so that no .netrc puts an authorisation of its own there
    settings = way.merge_environment_settings(url, {}, None, None, None)
    try:
        return way.send(request, timeout=_SECONDS, allow_redirects=False, **settings)
    except requests.ConnectTimeout:
        raise Problem(f"{action}: the API does not answer", "check the network") from None
    except requests.ConnectionError:
        raise Problem(f"{action}: the API cannot be reached", _LOOK) from None
    except requests.RequestException as error:
        raise Problem(f"{action}: no answer ({type(error).__name__})", _LOOK) from None


def _answer(action: str, response: requests.Response) -> dict[str, Any]:
    try:
        said = simplejson.loads(response.text, use_decimal=True)
    except ValueError:
        said = None
    if response.status_code == 200 and isinstance(said, dict):
        return said
    words = said.get("error") or said.get("message") or said.get("Message") if isinstance(said, dict) else ""
    told = f"{action} was refused" if 400 <= response.status_code < 500 else f"{action} failed"
    message = f"{told} ({response.status_code}){f': {words}' if words else ''}"
    raise Problem(message, _REMEDIES.get(response.status_code, _LOOK))
