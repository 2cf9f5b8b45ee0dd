"""Which connector a command speaks with, and what it says when there is none."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from cli import local_stack
from cli.local_stack import LocalStack
from cli.main import app
from cli.problem import Problem, of_aws
from cli.shell import Shell
from cli.stack import Connector, Where, connect

ACCOUNT = "111122223333"
OUTPUTS = {
    "PaymentsTableName": "p-table",
    "AuditTableName": "a-table",
    "ConnectorTableName": "c-table",
    "OperationsUrl": "https://api.example/v1/operations",
    "EvidenceBucketName": "e-bucket",
}
TABLES = {"payments": "p-table", "audit": "a-table", "connector": "c-table"}
LOCAL = LocalStack(
    endpoint="http://127.0.0.1:9",
    region="eu-central-1",
    operations_url="http://127.0.0.1:9/v1/operations",
    outputs=OUTPUTS,
    callers=("ANNA", "BEN"),
)


class Account:
    """A session of an AWS account that has one stack, called kw."""

    def __init__(self, *, profile_name: str | None = None, region_name: str | None = None) -> None:
        self.region_name = region_name
        self.profile = profile_name

    def get_credentials(self) -> None:
        """Nobody is signed in."""

    def client(self, service: str, config: Config) -> Any:
        """A client; CloudFormation's answers by itself."""
        client = boto3.client(service, region_name=self.region_name, config=config)  # type: ignore[call-overload]
        if service == "cloudformation":
            client.meta.events.register("before-call.cloudformation.DescribeStacks", self._describe)
        return client

    def _describe(self, params: dict[str, Any], **_: Any) -> Any:
        if params["body"]["StackName"] != "kw":
            told = {"Error": {"Code": "ValidationError", "Message": "Stack with id other does not exist"}}
            return SimpleNamespace(status_code=400), told
        outputs = [{"OutputKey": name, "OutputValue": value} for name, value in OUTPUTS.items()]
        return SimpleNamespace(status_code=200), {
            "Stacks": [{"StackId": f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/kw/1", "Outputs": outputs}]
        }


def in_account(where: Where, local: Path) -> Connector:
    """The connector found from there."""
    session: Any = Account
    return connect(where, local, session)


def test_a_stack_is_found_by_its_name(tmp_path: Path) -> None:
    """In an account tables and API come from the stack's outputs, whatever a local run left behind."""
    local_stack.write(LOCAL, tmp_path / "stack.json")
    connector = in_account(Where("kw", region="eu-west-1"), tmp_path / "stack.json")
    assert connector.tables == TABLES
    assert connector.account == ACCOUNT, "of the stack's ARN"
    assert connector.client.meta.region_name == "eu-west-1"
    assert "amazonaws.com" in connector.client.meta.endpoint_url


def test_a_stack_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A wrong name, a missing region and a caller by argument are refused before anything is done."""
    for where, words in (
        (Where("other", region="eu-west-1"), "there is no stack 'other' in eu-west-1"),
        (Where("kw"), "no AWS region is set"),
        (Where("kw", region="eu-west-1", caller="ANNA"), "--as is for the local run"),
    ):
        with pytest.raises(Problem, match=words):
            in_account(where, tmp_path / "none.json")


def test_without_a_stack_the_local_run_is_meant(tmp_path: Path) -> None:
    """What the local run wrote is what is used: its endpoint, its tables, and the first caller or the one named."""
    path = tmp_path / "stack.json"
    local_stack.write(LOCAL, path)
    assert local_stack.read(path) == LOCAL
    for caller, key in (("", "ANNA"), ("BEN", "BEN")):
        connector = connect(Where(caller=caller), path)
        assert connector.tables == TABLES
        assert connector.client.meta.endpoint_url == LOCAL.endpoint
        assert connector.client._request_signer._credentials.access_key == key
    with pytest.raises(Problem, match="knows no 'EVE'"):
        connect(Where(caller="EVE"), path)


def test_no_local_run_is_told_with_both_ways_out(tmp_path: Path) -> None:
    """Without a stack and without a run the message names --stack and make run; a broken file names the run."""
    with pytest.raises(Problem) as caught:
        connect(Where(), tmp_path / "none.json")
    assert "--stack" in caught.value.remedy
    assert "make run KEEP=1" in caught.value.remedy
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(Problem, match="cannot be read"):
        connect(Where(), tmp_path / "broken.json")


def test_a_stack_of_something_else_is_told(tmp_path: Path) -> None:
    """A stack without our outputs is not taken for the connector."""
    path = tmp_path / "stack.json"
    local_stack.write(LOCAL.model_copy(update={"outputs": {"Other": "x"}}), path)
    with pytest.raises(Problem, match="the stack has no output"):
        connect(Where(), path)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDeniedException", "your AWS role may not Query"),
        ("ExpiredTokenException", "the AWS sign-in has run out"),
        ("ResourceNotFoundException", "is not there any more"),
        ("Throttling", "AWS refused Query: told"),
    ],
)
def test_what_aws_refuses_is_told_in_a_sentence(code: str, words: str) -> None:
    """Rights, sign-in, missing tables: each its own message, without a trace."""
    problem = of_aws(ClientError({"Error": {"Code": code, "Message": "told"}}, "Query"))
    assert words in problem.message


def _invoke(*words: str, error: Exception | None = None) -> tuple[int, str, str]:
    def refuse(where: Where) -> Connector:
        raise error or AssertionError("nobody should be asked")

    result = CliRunner().invoke(app, list(words), obj=Shell(connect=refuse))
    return result.exit_code, result.stdout, result.stderr


def test_every_error_ends_with_1_and_a_sentence() -> None:
    """Wrong usage is an error as any other: exit code 1, since 2 says that something was found."""
    for words, told in (
        (["nonsense"], "No such command 'nonsense'"),
        (["status", "--nonsense"], "No such option"),
        (["payment", "show"], "Missing argument"),
    ):
        code, out, err = _invoke(*words)
        assert (code, out) == (1, "")
        assert told in err
    assert _invoke("audit")[0] == 1
    assert _invoke("--help")[0] == 0


def test_errors_are_json_for_those_who_ask_for_json() -> None:
    """With --json standard output is one JSON document whatever happens."""
    problem = Problem("nothing there", "look elsewhere")
    code, out, err = _invoke("status", "--json", error=problem)
    assert code == 1
    assert json.loads(out) == {"error": "nothing there", "remedy": "look elsewhere"}
    assert err.strip() == "Error: nothing there. Look elsewhere."
    refused = ClientError({"Error": {"Code": "AccessDenied", "Message": "secret detail"}}, "Scan")
    assert "your AWS role may not Scan" in _invoke("status", error=refused)[2]
