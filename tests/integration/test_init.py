"""`kinetic-wise init`: from an empty stack to one that pays, asked or by a file; no secret shown, nothing twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from cli.accounts import Accounts
from cli.main import app
from cli.problem import Problem
from cli.shell import Shell
from cli.stack import Connector, Where
from kinetic_wise.flows.deps import EpicorSite
from kinetic_wise.flows.operate import BadOrder, operate
from kinetic_wise.transport import RemoteError
from simulators.common.http import Request, dump_json
from simulators.epicor import tokens
from tests.integration.test_doctor_wise import Address
from tests.support.acts import small_day
from tests.support.dynamodb import AUDIT, CONNECTOR, PAYMENTS
from tests.support.in_process import InProcessAdapter
from tests.support.world import World

URL, EPICOR_URL, ACCOUNT = "https://connector.example/wise/webhook", "http://localhost", "111122223333"
OUTPUTS = {
    "EpicorSecretArn": "epicor",  # pragma: allowlist secret - a name
    "WiseSecretArn": "wise",  # pragma: allowlist secret - a name
    "OperateFunctionName": "operate",
    "WebhookUrl": URL,
}


class Desk:
    """A person who sets up a stack that was just deployed: its ledger is bound to nothing, its envelopes are empty."""

    def __init__(self, folder: Path, account: str = ACCOUNT) -> None:
        self.world = World(small_day(), webhooks=False)
        key = {"pk": {"S": "BINDING"}, "sk": {"S": "-"}}
        self.world.database.client.delete_item(TableName=CONNECTOR, Key=key)
        site = EpicorSite(f"{EPICOR_URL}/SaaS001", ("EPIC01", "EPIC02"))
        self.world.deps.read_epicor_site = lambda: site
        self.world.deps.__dict__.pop("epicor_site")
        self.folder, self.account = folder, account
        self.envelopes: dict[str, dict[str, Any]] = {"epicor": {}, "wise": {}}
        self.puts: list[str] = []
        self.may_store = True
        self.ordered: list[str] = []
        self.ready = {
            "epicor": {**self.world.epicor_ready, "url": f"{EPICOR_URL}/SaaS001", "companies": ["EPIC01", "EPIC02"]},
            "wise": {**self.world.wise_ready, "url": "http://wise"},
        }

    @property
    def secrets(self) -> list[str]:
        """What may never be shown."""
        names = ("password", "api_key", "personal_token", "client_secret")
        return [ready[name] for ready in self.ready.values() for name in names if name in ready]

    def file(self, **changes: dict[str, Any]) -> str:
        """A file of both envelopes; a field that is changed to None is left out."""
        path = self.folder / "credentials.json"
        given = {system: {**ready, **changes.get(system, {})} for system, ready in self.ready.items()}
        kept = {s: {name: v for name, v in values.items() if v is not None} for s, values in given.items()}
        path.write_text(json.dumps(kept))
        return str(path)

    def run(self, *words: str, typed: str = "", stack: str = "kw") -> Result:
        """`init` with these words, and what is typed."""
        here = Shell(
            connect=self._connect,
            now=self.world.now,
            sleep=self.world.sleep,
            session=self._session,
            accounts=Accounts(self.folder / "accounts.json"),
        )
        result = CliRunner().invoke(app, ["--stack", stack, "init", *words], obj=here, input=typed)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        for secret in self.secrets:
            assert secret not in result.output
        return result

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.mount("https://connector.example", Address(401))
        session.mount("http://wise", InProcessAdapter(self.world.wise))
        session.mount(EPICOR_URL, InProcessAdapter(self.world.epicor, wait=self.world.sleep))
        return session

    def _connect(self, _: Where) -> Connector:
        tables = {"payments": PAYMENTS, "audit": AUDIT, "connector": CONNECTOR}
        services = {"dynamodb": self.world.database.client}
        return Connector(
            services["dynamodb"],
            tables,
            self._order,
            OUTPUTS,
            lambda service: services.get(service, self),
            self.account,
        )

    def _order(self, action: str, **values: Any) -> dict[str, Any]:
        self.ordered.append(action)
        try:
            answer = operate(self.world.deps, json.loads(json.dumps({"action": action, **values})), "anna")
        except (BadOrder, RemoteError) as error:
            raise Problem(str(error)) from None
        return dict(json.loads(json.dumps(answer)))

    # what AWS answers

    def get_secret_value(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        return {"SecretString": json.dumps(self.envelopes[SecretId]), "VersionId": "1"}

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> None:  # noqa: N803 - AWS's names
        if not self.may_store:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutSecretValue")
        self.puts.append(SecretId)
        self.envelopes[SecretId] = json.loads(SecretString)

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        assert FunctionName == "operate"
        return {"Environment": {"Variables": {"KINETIC_WISE_SETTINGS": "{}"}}}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A person with an empty stack."""
    return Desk(tmp_path)


def test_a_file_sets_up_everything_without_a_question(desk: Desk) -> None:
    """Envelopes are stored, webhooks subscribed, both doctors run, and the ledger is bound last."""
    result = desk.run("--credentials", desk.file(), "--adopt", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["stored"] == ["epicor", "wise"]
    assert told["subscribed"] == 5
    assert told["epicor"]["works"]
    assert told["wise"]["works"]
    assert told["bound"]
    assert desk.ordered == ["subscribe", "diagnose", "adopt"]
    assert desk.envelopes["epicor"]["companies"] == ["EPIC01", "EPIC02"]
    assert desk.envelopes["wise"]["profile_id"] == desk.world.wise_ready["profile_id"]


def test_a_second_run_changes_nothing(desk: Desk) -> None:
    """What is stored, subscribed and bound stays as it is: nothing is put, and as many subscriptions are there."""
    desk.run("--credentials", desk.file(), "--adopt")
    subscriptions, puts = len(desk.world.deps.wise.subscriptions()), list(desk.puts)
    result = desk.run("--credentials", desk.file(), "--adopt", "--json")
    assert json.loads(result.stdout)["stored"] == []
    assert desk.puts == puts
    assert desk.ordered.count("adopt") == 1, "bound already"
    assert len(desk.world.deps.wise.subscriptions()) == subscriptions


def test_nothing_is_paid_before_somebody_says_so(desk: Desk) -> None:
    """Without --adopt the ledger stays unbound, and the last line says how it begins."""
    result = desk.run("--credentials", desk.file())
    assert "adopt" not in desk.ordered
    assert result.stdout.endswith("so nothing is paid: `kinetic-wise ledger adopt` begins.\n")


def test_a_person_is_asked_for_each_and_chooses_from_what_is_offered(desk: Desk) -> None:
    """Address, login and secrets; company, profile and currency from the systems' own lists; then whether to begin."""
    epicor, wise = desk.ready["epicor"], desk.ready["wise"]
    desk.envelopes["wise"] = {"webhook_public_key": wise["webhook_public_key"]}
    answers = [epicor["url"], "basic", epicor["user"], epicor["password"], epicor["api_key"], "EPIC01", "EPIC01"]
    answers += ["http://wise", "personal_token", wise["personal_token"], "", "1", "1", "y"]
    result = desk.run(typed="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert desk.envelopes["epicor"]["companies"] == ["EPIC01"]
    assert desk.envelopes["wise"]["profile_id"] == desk.world.wise_ready["profile_id"]
    assert '"funding_currency"' in result.stdout
    assert desk.ordered[-1] == "adopt"
    again = desk.run(typed="\n" * 20)
    assert again.exit_code == 0, again.output
    assert "nothing, it is as it was" in again.stdout, "Enter keeps each answer, secrets too"


_IDP = ["epicor_idp", tokens.CLIENT_ID, tokens.CLIENT_SECRET]
_ENTRA = ["entra_id", tokens.TENANT_ID, tokens.ENTRA_CLIENT_ID, tokens.ENTRA_CLIENT_SECRET, tokens.ENTRA_SCOPE]


@pytest.mark.parametrize(
    ("mode", "token_path", "given"),
    [
        (_IDP, "connect/token", ["user", "password"]),
        (_IDP, "connect/token", ["user"]),
        (_IDP, "connect/token", []),
        (_ENTRA, f"{tokens.TENANT_ID}/oauth2/v2.0/token", ["user"]),
        (_ENTRA, f"{tokens.TENANT_ID}/oauth2/v2.0/token", []),
    ],
)
def test_a_second_run_logs_in_as_the_same_epicor_user(
    desk: Desk, mode: list[str], token_path: str, given: list[str]
) -> None:
    """What a token's mode may have of user and password is asked for, and Enter keeps it: the grant stays."""
    epicor, wise = desk.ready["epicor"], desk.ready["wise"]
    desk.envelopes["wise"] = {"webhook_public_key": wise["webhook_public_key"]}
    desk.envelopes["epicor"] = {"token_url": f"{EPICOR_URL}/{token_path}"}
    optional = ["user", "password", "scope"] if mode is _IDP else ["user"]
    answers = [epicor["url"], *mode, *(epicor[name] if name in given else "" for name in optional), epicor["api_key"]]
    answers += ["EPIC01", "EPIC01", "http://wise", "personal_token", wise["personal_token"], "", "1", "1", "y"]
    result = desk.run(typed="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    stored = dict(desk.envelopes["epicor"])
    assert {name: stored.get(name) for name in ("user", "password")} == {
        name: epicor[name] if name in given else None for name in ("user", "password")
    }
    again = desk.run(typed="\n" * 20)
    assert again.exit_code == 0, again.output
    assert desk.envelopes["epicor"] == stored


def test_another_mode_takes_no_password_along(desk: Desk) -> None:
    """From a user's password to a client of the Identity Provider: Enter does not make it a password grant."""
    desk.run("--credentials", desk.file())
    desk.envelopes["epicor"]["token_url"] = f"{EPICOR_URL}/connect/token"
    result = desk.run(typed="\n".join(["", *_IDP, *[""] * 20]) + "\n")
    assert result.exit_code == 0, result.output
    assert desk.envelopes["epicor"]["auth"] == "epicor_idp"
    assert not {"user", "password"} & set(desk.envelopes["epicor"])


def test_production_is_said_out_loud(desk: Desk) -> None:
    """Whoever names production is asked whether real money is meant; no stops, and nothing is stored."""
    epicor = desk.ready["epicor"]
    answers = [epicor["url"], "basic", epicor["user"], epicor["password"], epicor["api_key"], "EPIC01", "EPIC01"]
    result = desk.run(typed="\n".join([*answers, "production", "n"]) + "\n")
    assert result.exit_code == 1
    assert "real money moves" in result.stdout
    assert desk.puts == []


def test_refused_credentials_are_told_and_not_stored(desk: Desk) -> None:
    """A wrong password or token ends it before Secrets Manager is written, with one sentence."""
    for system, field, said in (("epicor", "password", "Epicor, company"), ("wise", "personal_token", "Wise:")):
        result = desk.run("--credentials", desk.file(**{system: {field: "wrong-one"}}))
        assert result.exit_code == 1
        assert f"Error: {said}" in result.stderr
        assert "wrong-one" not in result.output
    assert desk.puts == []


def test_what_is_not_named_is_asked_for_by_its_option(desk: Desk) -> None:
    """A file without a company, a profile that the token does not see, a balance that is not there: options named."""
    for changes, words, said in (
        ({"epicor": {"companies": None, "company": None}}, (), "no Epicor company is named. Name it with --company"),
        ({}, ("--profile-id", "1"), "the token does not see profile 1. Name one of these with --profile-id"),
        ({}, ("--funding-currency", "XAU"), "the profile has no balance in XAU"),
    ):
        result = desk.run("--credentials", desk.file(**changes), *words)
        assert result.exit_code == 1
        assert said in result.stderr
    assert desk.puts == []


def test_a_fault_keeps_the_ledger_unbound(desk: Desk) -> None:
    """What the doctor finds stops the last step also with --adopt: nothing can be paid by a site that cannot post."""
    body = dump_json({"act": "restrict_key", "without": ["Erp.Proc.APPaymentPostSvc"]})
    answer = desk.world.epicor.handle(Request("POST", "/_sim/people", body=body.encode())).response
    assert answer is not None
    assert answer.status == 200
    result = desk.run("--credentials", desk.file(), "--adopt")
    assert result.exit_code == 2
    assert "adopt" not in desk.ordered
    assert "Mend the faults, then run init again" in result.stdout


def test_another_account_is_refused(desk: Desk) -> None:
    """A stack of the same name in another account is not touched, until somebody says that it has moved."""
    assert desk.run("--credentials", desk.file()).exit_code == 0
    desk.account = "999900001111"
    puts = len(desk.puts)
    refused = desk.run("--credentials", desk.file(wise={"personal_token": "other"}))
    assert refused.exit_code == 1
    assert f"was set up in account {ACCOUNT}, and these credentials are for account 999900001111" in refused.stderr
    wrong = desk.run("--credentials", desk.file(), "--account", ACCOUNT)
    assert f"and {ACCOUNT} is expected" in wrong.stderr
    assert len(desk.puts) == puts
    assert desk.run("--credentials", desk.file(), "--account", "999900001111").exit_code == 0


def test_json_asks_nothing(desk: Desk) -> None:
    """A script without a file is told so at once."""
    result = desk.run("--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["remedy"] == "name a file of both envelopes with --credentials"


def test_a_missing_permission_is_named(desk: Desk) -> None:
    """A role that may not store the envelopes is told which permission it lacks; nothing was ordered."""
    desk.may_store = False
    result = desk.run("--credentials", desk.file())
    assert result.exit_code == 1
    assert "your AWS role may not PutSecretValue. Docs/commands.md lists what it needs" in result.stderr
    assert desk.ordered == []
