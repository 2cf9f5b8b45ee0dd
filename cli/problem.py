"""What goes wrong, as a person is told it: a sentence and what to do. No secret, no trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError, ProfileNotFound

OK, ERROR, FOUND = 0, 1, 2
_REFUSED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnrecognizedClientException"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId"})


class Problem(Exception):
    """The command cannot go on."""

    def __init__(self, message: str, remedy: str = "", candidates: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.candidates = tuple(candidates)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: error, and remedy and candidates where there are any."""
        told = {"error": self.message, "remedy": self.remedy, "candidates": list(self.candidates)}
        return {name: value for name, value in told.items() if value}


def of_aws(error: BotoCoreError | ClientError) -> Problem:
    """What AWS, or the way to it, says no to."""
    if isinstance(error, NoCredentialsError):
        return Problem("there are no AWS credentials", "sign in, or name a profile with --profile")
    if isinstance(error, ProfileNotFound):
        return Problem(str(error), "`aws configure list-profiles` names those that are there")
    if isinstance(error, EndpointConnectionError):
        return Problem("AWS does not answer", "check the network and --region; a local run must still be up")
    if isinstance(error, ClientError):
        return _refusal(error)
    return Problem(f"AWS cannot be asked: {error}", "check --region and --profile")


def _refusal(error: ClientError) -> Problem:
    code, operation = error.response.get("Error", {}).get("Code", ""), error.operation_name
    if code in _EXPIRED:
        return Problem("the AWS sign-in has run out", "sign in again")
    if code in _REFUSED:
        return Problem(f"your AWS role may not {operation}", "docs/commands.md lists what it needs")
    if code == "ResourceNotFoundException":
        return Problem(f"{operation}: the stack's table is not there any more", "check --stack and --region")
    return Problem(f"AWS refused {operation}: {error.response.get('Error', {}).get('Message', code)}")
