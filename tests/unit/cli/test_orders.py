"""A person's orders: signed, sent once, and every answer told in a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from botocore.credentials import Credentials
from botocore.exceptions import NoCredentialsError
from requests.adapters import BaseAdapter

from cli.orders import Signer, sender
from cli.problem import Problem

URL = "https://api.example/v1/operations"
SIGNER = Signer(Credentials("AKIAANNA", "very-secret", "session-token"), "eu-central-1")


class Api(BaseAdapter):
    """Answers what it is told to, and keeps what it was sent."""

    def __init__(self, status: int = 200, body: str = "{}", error: Exception | None = None) -> None:
        super().__init__()
        self.sent: list[requests.PreparedRequest] = []
        self._status, self._body, self._error = status, body, error

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """One answer."""
        self.sent.append(request)
        if self._error is not None:
            raise self._error
        response = requests.Response()
        response.status_code, response._content, response.url = self._status, self._body.encode(), URL
        return response

    def close(self) -> None:
        """Nothing is open."""


def order_to(api: Api, signer: Signer = SIGNER) -> Callable[..., dict[str, Any]]:
    """Orders that end at this API."""
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", api)
    return sender(URL, signer, session)


def test_an_order_is_signed_and_sent_once() -> None:
    """The API gets action and values as JSON, under Signature Version 4 for execute-api, and no secret."""
    api = Api(body='{"stopped": true}')
    assert order_to(api)("retry", payment="EPIC01:1:Ü:1") == {"stopped": True}
    (request,) = api.sent
    assert request.body is not None
    assert json.loads(request.body) == {"action": "retry", "payment": "EPIC01:1:Ü:1"}
    assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAANNA/")
    assert "/eu-central-1/execute-api/aws4_request" in request.headers["Authorization"]
    assert request.headers["X-Amz-Security-Token"] == "session-token"
    assert "very-secret" not in repr(request.headers)


def test_the_body_sent_is_the_body_signed() -> None:
    """Signing again what was sent gives the same signature: nothing was changed after signing."""
    api = Api()
    order_to(api)("stop")
    (request,) = api.sent
    body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
    again = SIGNER.sign(URL, body)
    if again["X-Amz-Date"] == request.headers["X-Amz-Date"]:  # the second may have turned
        assert again["Authorization"] == request.headers["Authorization"]
    assert request.headers["Content-Length"] == str(len(body))


@pytest.mark.parametrize(
    ("api", "words", "remedy"),
    [
        (Api(400, '{"error": "\'url\' must be an address"}'), "adopt was refused (400): 'url' must be an address", ""),
        (Api(403, '{"message": "Forbidden"}'), "adopt was refused (403): Forbidden", "execute-api:Invoke"),
        (Api(404, '{"message": "Not Found"}'), "adopt was refused (404)", "no operations route"),
        (Api(502, '{"error": "Wise: no answer"}'), "adopt failed (502): Wise: no answer", "nobody knows"),
        (Api(504, "<html>"), "adopt failed (504)", "nobody knows"),
        (Api(200, "not json"), "adopt failed (200)", "nobody knows"),
        (Api(error=requests.ReadTimeout()), "adopt: no answer (ReadTimeout)", "nobody knows"),
        (Api(error=requests.ConnectTimeout()), "the API does not answer", "network"),
        (Api(error=requests.ConnectionError()), "the API cannot be reached", "nobody knows"),
    ],
)
def test_every_other_answer_is_a_problem_with_a_remedy(api: Api, words: str, remedy: str) -> None:
    """A refusal says why; what may have been carried out says that nobody knows; nothing is sent twice."""
    with pytest.raises(Problem) as caught:
        order_to(api)("adopt")
    assert words in caught.value.message
    assert remedy in caught.value.remedy
    assert len(api.sent) == 1
    assert "very-secret" not in f"{caught.value.message} {caught.value.remedy}"


def test_without_credentials_nothing_is_sent() -> None:
    """Who is not signed in orders nothing."""
    api = Api()
    with pytest.raises(NoCredentialsError):
        order_to(api, Signer(None, "eu-central-1"))("stop")
    assert api.sent == []
