"""`kinetic-wise doctor epicor` at the command line: files or the deployed connector, each way to log in, exit codes."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest
import requests
from typer.testing import CliRunner, Result

from cli.main import app
from cli.shell import Shell
from cli.stack import Connector
from simulators.common.server import HOST, serve
from simulators.epicor import EpicorSimulator
from simulators.epicor.access import WRONG_IN_A_ROW
from tests.contract.epicor import DAY, Epicor
from tests.contract.test_epicor_access import ENTRA, IDP, MODES

URL = "https://epicor.test/SaaS001"
OUTPUTS = {"EpicorSecretArn": "arn:epicor", "OperateFunctionName": "operate"}  # pragma: allowlist secret - names


class Desk:
    """A person at the command line, before or after there is a connector."""

    def __init__(self, folder: Path) -> None:
        self.epicor = Epicor()
        self.folder = folder
        self.envelope: dict[str, Any] = {**self.epicor.simulator.ready, "url": URL}
        self.settings: dict[str, Any] = {}
        self.asked: list[str] = []

    def run(self, *words: str) -> Result:
        """`doctor epicor` with these words."""
        here = Shell(
            connect=lambda where: Connector(None, {}, lambda action: {}, OUTPUTS, lambda service: self),
            now=lambda: self.epicor.time,
            sleep=self.epicor.sleep,
            session=self._session,
        )
        return CliRunner().invoke(app, ["doctor", "epicor", *words], obj=here, catch_exceptions=False)

    def files(self, *words: str) -> Result:
        """The same, with files."""
        credentials, settings = self.folder / "credentials.json", self.folder / "settings.json"
        credentials.write_text(json.dumps({"epicor": self.envelope}))
        settings.write_text(json.dumps(self.settings))
        return self.run("--credentials", str(credentials), "--settings", str(settings), *words)

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.mount("https://", self.epicor.adapter)
        session.mount("http://", self.epicor.adapter)
        return session

    # what AWS answers

    def get_secret_value(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        self.asked.append(SecretId)
        return {"SecretString": json.dumps(self.envelope), "VersionId": "1"}

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        self.asked.append(FunctionName)
        return {"Environment": {"Variables": {"KINETIC_WISE_SETTINGS": json.dumps(self.settings)}}}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A person with the sample day's Epicor."""
    return Desk(tmp_path)


def test_a_site_that_works_ends_with_zero(desk: Desk) -> None:
    """Each company in plain words, the settings that fit it, and a last line that says it."""
    result = desk.files()
    assert result.exit_code == 0, result.output
    assert "Company EPIC01" in result.stdout
    assert "Company EPIC02" in result.stdout
    assert '"change_column": "UpdatedOn"' in result.stdout
    assert result.stdout.endswith("Nothing was found that stops payments.\n")


def test_a_fault_ends_with_two_and_is_told_with_its_remedy(desk: Desk) -> None:
    """Scripts see the exit code, people the sentence and what to do."""
    desk.epicor.control("people", {"act": "restrict_key", "without": ["Erp.Proc.APPaymentPostSvc"]})
    result = desk.files("--company", "EPIC01")
    assert result.exit_code == 2
    assert "FAULT services" in result.stdout
    assert "→ put Erp.Proc.APPaymentPostSvc into the API key's access scope" in result.stdout
    assert "EPIC02" not in result.stdout
    assert result.stdout.endswith("1 fault stops payments.\n")


def test_json_says_the_same(desk: Desk) -> None:
    """One JSON document: whether it works, each finding, the proposal."""
    desk.settings = {"approval_column": "Approved_c"}
    result = desk.files("--json")
    assert result.exit_code == 2
    told = json.load(io.StringIO(result.stdout))
    assert told["works"] is False
    assert {"check", "verdict", "text", "remedy", "company"} == set(told["findings"][0])
    assert [one["verdict"] for one in told["findings"] if "Approved_c" in one["text"]] == ["fault", "fault"] * 2
    assert told["proposal"]["epicor_columns"] == {"UpdatedOn": "UpdatedOn_c"}


def test_the_connectors_own_credentials_and_settings(desk: Desk) -> None:
    """Without files the deployed envelope and settings are looked at, read from AWS with the person's rights."""
    desk.settings = {"audit_table": "UD07"}
    result = desk.run()
    assert result.exit_code == 0, result.output
    assert desk.asked == ["arn:epicor", "operate"]
    assert "Ice.BO.UD07Svc" in result.stdout


@pytest.mark.parametrize("mode", MODES)
def test_each_way_to_log_in(desk: Desk, mode: str) -> None:
    """The doctor gets a token of its own where one is needed, once."""
    desk.envelope |= MODES[mode]
    result = desk.files("--company", "EPIC01")
    assert result.exit_code == 0, result.output
    logins = [request for request in desk.epicor.adapter.requests if "/api/v2/" not in request.path]
    assert len(logins) == (mode != "basic")


@pytest.mark.parametrize("wrong", [{**MODES["entra_id"], "client_secret": "x"}, {**MODES["epicor_idp"], "scope": "x"}])
def test_a_login_that_is_refused_is_told_as_one(desk: Desk, wrong: dict[str, str]) -> None:
    """What the token's issuer refuses is no fault of key or host, and is tried once."""
    desk.envelope |= {**IDP, **ENTRA, **wrong}
    result = desk.files("--company", "EPIC01")
    assert result.exit_code == 2
    assert "FAULT login" in result.stdout
    assert max(desk.epicor.simulator.access.wrong.values(), default=0) < WRONG_IN_A_ROW


def test_what_cannot_be_used_is_one_sentence(desk: Desk) -> None:
    """A missing field, a missing file, settings that make no sense: exit code 1, and what to do."""
    desk.envelope.pop("api_key")
    result = desk.files()
    assert result.exit_code == 1
    assert "lacks 'api_key'" in result.stderr
    desk.settings = {"change_column": "Tuesday"}
    assert "change_column" in desk.files().stderr
    assert "no 'epicor'" in desk.run("--credentials", str(desk.folder / "settings.json")).stderr
    assert "cannot be read" in desk.run("--credentials", str(desk.folder / "nothing.json")).stderr
    (desk.folder / "broken.json").write_text("{")
    assert "is not JSON" in desk.run("--credentials", str(desk.folder / "broken.json")).stderr


def test_over_a_socket(desk: Desk) -> None:
    """As a program over HTTP it works the same, and the two clocks, each told once, agree."""
    simulator = EpicorSimulator(day=DAY)
    server = serve(simulator, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    file = desk.folder / "real.json"
    try:
        url = f"http://{HOST}:{server.port}/SaaS001"
        file.write_text(json.dumps({"epicor": {**simulator.ready, "url": url}}))
        words = ["doctor", "epicor", "--credentials", str(file), "--company", "EPIC01"]
        result = CliRunner().invoke(app, words, catch_exceptions=False)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert result.exit_code == 0, result.output
    assert "Epicor's clock and this machine's agree" in result.stdout
