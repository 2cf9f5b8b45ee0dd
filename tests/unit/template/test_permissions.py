"""Who may do what: a role a function, nothing wider than needed, and people's orders only with a signature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.unit.template.source import ROOT, TEMPLATE, of_type, target, targets, template, transformed

FUNCTIONS = of_type("Lambda::Function")
ROLES = of_type("IAM::Role")
POLICIES = of_type("IAM::ManagedPolicy")
CALLERS_VARIABLE = "KINETIC_WISE_LOCAL_CALLERS"
# Where AWS knows no resources, or where the name is not known before.
WIDE = {"Trace", "DeliverLogs", "SeeRuns", "KeepBodies", "KeepReconciliations", "WriteSeals"}
KEYED = {
    "dynamodb": "DynamoDB::Table",
    "secretsmanager": "SecretsManager::Secret",  # pragma: allowlist secret (a type's name)
}


@dataclass(frozen=True)
class Grant:
    """One action on one resource (its logical id, or its ARN where it has none)."""

    action: str
    resource: str


def _statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    documents = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
    documents += [POLICIES[target(arn)]["PolicyDocument"] for arn in role.get("ManagedPolicyArns", [])]
    for document in documents:
        yield from document["Statement"]


def _grants(function: str) -> set[Grant]:
    role = ROLES[target(FUNCTIONS[function]["Role"])]
    return {
        Grant(action, resource)
        for statement in _statements(role)
        for action in statement["Action"]
        for resource in targets(statement["Resource"])
    }


def _who(action: str, resource: str) -> set[str]:
    return {name.removesuffix("Function") for name in FUNCTIONS if Grant(action, resource) in _grants(name)}


def _keyed_resources() -> dict[str, str]:
    """Encrypted with the key of ours -> the service through which the key is used."""
    return {name: service for service, kind in KEYED.items() for name in of_type(kind)}


def test_one_role_a_function() -> None:
    """No two functions share a role, and only Lambda may take it."""
    roles = [target(function["Role"]) for function in FUNCTIONS.values()]
    assert len(set(roles)) == len(roles) == len(FUNCTIONS)
    for role in roles:
        (trust,) = ROLES[role]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


@pytest.mark.parametrize("name", ROLES)
def test_no_wildcards(name: str) -> None:
    """A role names its actions and resources; AWS's own, wide policies are not used."""
    assert all(target(arn) in POLICIES for arn in ROLES[name].get("ManagedPolicyArns", []))
    for statement in _statements(ROLES[name]):
        assert statement["Effect"] == "Allow"
        assert not any("*" in action for action in statement["Action"]), statement["Sid"]
        if "*" in str(statement["Resource"]):
            assert statement["Sid"] in WIDE


def _key_uses(function: str) -> list[dict[str, Any]]:
    return [s for s in _statements(ROLES[target(FUNCTIONS[function]["Role"])]) if target(s["Resource"]) == "DataKey"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_key_grants_follow_from_encrypted_resources(function: str) -> None:
    """Whoever uses a table or a secret may use its key, by way of that service; by itself only to seal tokens."""
    keyed = _keyed_resources()
    services = {keyed[grant.resource] for grant in _grants(function) if grant.resource in keyed}
    uses = [use for use in _key_uses(function) if not use["Sid"].startswith("SealToken")]
    assert len(services) >= 1
    for use in uses:
        assert set(use["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
        via = " ".join(host["Fn::Sub"] for host in use["Condition"]["StringEquals"]["kms:ViaService"])
        assert all(f"{service}." in via for service in services)
    assert len(uses) == 1


@pytest.mark.parametrize("function", FUNCTIONS)
def test_tokens_are_sealed_by_those_who_speak_with_the_system(function: str) -> None:
    """Who sends calls to a system may seal and open that system's token, and no other thing with the key."""
    name = function.removesuffix("Function")
    read = "secretsmanager:GetSecretValue"
    speaks = {system for system in ("Epicor", "Wise") if name in _who(read, f"{system}Secret") - {"ReceiveWebhook"}}
    seals = [use for use in _key_uses(function) if use["Sid"].startswith("SealToken")]
    systems = {system for use in seals for system in _listed(use["Condition"]["StringEquals"])}
    assert systems == {system.lower() for system in speaks}
    for use in seals:
        assert set(use["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
        assert use["Condition"]["ForAllValues:StringEquals"] == {"kms:EncryptionContextKeys": ["token", "of"]}
        for action in ("GetItem", "PutItem", "DeleteItem"):
            assert Grant(f"dynamodb:{action}", "ConnectorTable") in _grants(function)


def _listed(condition: dict[str, Any]) -> list[str]:
    """The values that a condition on the encryption context's `token` allows; it may be on nothing else."""
    ((key, values),) = condition.items()
    assert key == "kms:EncryptionContext:token"
    return [values] if isinstance(values, str) else list(values)


def test_who_counts_calls_to_wise() -> None:
    """Whoever sends calls to Wise may take permits for them, by updating their one item."""
    assert _who("dynamodb:UpdateItem", "ConnectorTable") >= _who("secretsmanager:GetSecretValue", "WiseSecret") - {
        "ReceiveWebhook"
    }


def test_key_lets_alarms_and_logs_in() -> None:
    """The key's own policy names the two services that use it by themselves: or no alarm, and no log, gets through."""
    statements = of_type("KMS::Key")["DataKey"]["KeyPolicy"]["Statement"]
    services = [str(s["Principal"]["Service"]) for s in statements if "Service" in s["Principal"]]
    assert any("logs.${AWS::Region}" in service for service in services)
    assert "cloudwatch.amazonaws.com" in services
    assert all("Condition" in s for s in statements if "Service" in s["Principal"])
    (group,) = of_type("Logs::LogGroup").values()
    named = next(s["Condition"]["ArnEquals"] for s in statements if "ArnEquals" in s.get("Condition", {}))
    assert str(named["kms:EncryptionContext:aws:logs:arn"]["Fn::Sub"]).endswith(
        f":log-group:{group['LogGroupName']['Fn::Sub']}"
    )
    assert {target(topic["KmsMasterKeyId"]) for topic in of_type("SNS::Topic").values()} == {"DataKey"}


def test_audit_trail_is_only_added_to() -> None:
    """No function may change or delete an audit entry; the one that may read them may write nothing anywhere."""
    on_audit = {grant.action for name in FUNCTIONS for grant in _grants(name) if grant.resource == "AuditTable"}
    assert on_audit == {"dynamodb:PutItem", "dynamodb:Query"}
    assert _who("dynamodb:Query", "AuditTable") == {"DashboardWidget"}


def test_whoever_adds_to_the_trail_can_leave_its_row_for_epicor() -> None:
    """An entry and its due row are one transaction across two tables; one function alone strikes rows off by query."""
    assert _who("dynamodb:PutItem", "ConnectorTable") >= _who("dynamodb:PutItem", "AuditTable")
    assert Grant("dynamodb:Query", "ConnectorTable") in _grants("WriteAuditRowsFunction")
    own = {grant.action for grant in _grants("WriteAuditRowsFunction") if grant.resource == "PaymentsTable"}
    assert own == {"dynamodb:GetItem"}


def test_evidence_is_written_once_by_those_who_have_some() -> None:
    """Who adds to the audit trail may keep long bodies; one function seals, one keeps reconciliations; none deletes."""
    on_bucket = {
        (name.removesuffix("Function"), statement["Sid"], action)
        for name, function in FUNCTIONS.items()
        for statement in _statements(ROLES[target(function["Role"])])
        for action in statement["Action"]
        if action.startswith("s3:")
    }
    keepers = _who("dynamodb:PutItem", "AuditTable")
    assert {name for name, sid, _ in on_bucket if sid == "KeepBodies"} == keepers
    assert {name for name, sid, _ in on_bucket if sid == "WriteSeals"} == {"SealAudit"}
    assert {name for name, sid, _ in on_bucket if sid == "KeepReconciliations"} == {"Reconcile"}
    assert {action for _, _, action in on_bucket} == {"s3:PutObject", "s3:GetObject", "s3:ListBucket"}


def test_evidence_is_locked_encrypted_and_kept() -> None:
    """Objects cannot be deleted for years, versions are kept, nobody outside reads them, and the key is ours."""
    (bucket,) = of_type("S3::Bucket").values()
    assert bucket["ObjectLockEnabled"] is True
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Days"] == {"Ref": "EvidenceRetentionDays"}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert "BucketName" not in bucket
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert target(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]) == "DataKey"
    assert template()["Resources"]["EvidenceBucket"]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_who_measures_may_read_what_it_counts() -> None:
    """The sweep and the widget find payments by the index and read them a hundred at a time."""
    for action in ("dynamodb:BatchGetItem", "dynamodb:Query"):
        assert _who(action, "PaymentsTable") >= {"Sweep", "DashboardWidget"}


def test_what_looks_changes_nothing() -> None:
    """The dashboard's widget reads tables; it writes none, sends nothing, and reads no credentials."""
    own = {
        grant for grant in _grants("DashboardWidgetFunction") if grant.resource.endswith(("Table", "Queue", "Secret"))
    }
    reads = {"dynamodb:BatchGetItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query"}
    assert {grant.action for grant in own} == reads
    assert {grant.resource for grant in own} == {"PaymentsTable", "AuditTable", "ConnectorTable"}


def test_tables_are_not_written_around_transactions() -> None:
    """Nobody may write in batches or by PartiQL, delete a payment, or scan the ledger."""
    actions = {grant for name in FUNCTIONS for grant in _grants(name) if grant.action.startswith("dynamodb:")}
    assert not {grant.action for grant in actions} & {"dynamodb:BatchWriteItem", "dynamodb:Scan"}
    assert not any("PartiQL" in grant.action for grant in actions)
    assert Grant("dynamodb:DeleteItem", "PaymentsTable") not in actions


def test_who_reads_which_credentials() -> None:
    """Each credential envelope is read by those who speak with that system, and the sweep speaks with neither."""
    read = "secretsmanager:GetSecretValue"
    both = {"TransferStep", "SettlePayment", "RecordBalances", "CloseBatches", "SyncVendors", "Operate", "Reconcile"}
    assert _who(read, "EpicorSecret") == both | {"PollInvoices", "StartPayment", "WriteAuditRows"}
    assert _who(read, "WiseSecret") == both | {"PollTransfers", "ReceiveWebhook"}


def test_who_starts_and_who_fingerprints() -> None:
    """Only claiming and sweeping start executions; only the gate and orders compute fingerprints."""
    assert _who("states:StartExecution", "TransferStateMachine") == {"StartPayment", "Sweep"}
    assert _who("kms:GenerateMac", "FingerprintKey") == {"TransferStep", "CloseBatches", "SyncVendors", "Operate"}
    binding = {"TransferStep", "SettlePayment", "CloseBatches", "SyncVendors", "Operate", "DashboardWidget"}  # rule 15
    assert _who("dynamodb:DescribeTable", "PaymentsTable") == binding


def test_queues_are_used_by_those_who_should() -> None:
    """Who consumes a queue may receive and delete; who sends may only send."""
    for mapping in of_type("Lambda::EventSourceMapping").values():
        queue, function = target(mapping["EventSourceArn"]), target(mapping["FunctionName"]).removesuffix("Function")
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
            assert _who(f"sqs:{action}", queue) == {function}
    assert _who("sqs:SendMessage", "PaymentsQueue") == {"PollInvoices", "StartPayment", "Operate"}
    senders = {"SettlePayment", "PollTransfers", "Sweep", "ReceiveWebhook", "Operate"}
    assert _who("sqs:SendMessage", "TransferEventsQueue") == senders
    assert _who("sqs:SendMessage", "BalanceEventsQueue") == {"ReceiveWebhook", "RecordBalances", "Operate"}


def test_dead_letters_are_taken_up_by_a_persons_order_only() -> None:
    """Only the function that carries out people's orders may take a message from a dead-letter queue."""
    dead = {name for name in of_type("SQS::Queue") if name.endswith("DeadLetters")}
    assert len(dead) == 3
    for queue in dead:
        assert _who("sqs:ReceiveMessage", queue) == _who("sqs:DeleteMessage", queue) == {"Operate"}


def test_orders_need_a_signature() -> None:
    """Every route but the webhook's is closed to whoever has not signed with AWS credentials."""
    (api,) = of_type("ApiGateway::RestApi").values()
    security = {path: methods["post"]["security"] for path, methods in api["Body"]["paths"].items()}
    assert security == {"/wise/webhook": [{"NONE": []}], "/operations": [{"AWS_IAM": []}]}
    assert all(list(methods) == ["post"] for methods in api["Body"]["paths"].values())
    scheme = api["Body"]["components"]["securitySchemes"]["AWS_IAM"]
    assert scheme["x-amazon-apigateway-authtype"] == "awsSigv4"


def test_raw_bodies_reach_the_webhook() -> None:
    """The API changes no body, or no signature would be right; and it is throttled."""
    (api,) = of_type("ApiGateway::RestApi").values()
    assert "x-amazon-apigateway-binary-media-types" not in api["Body"]
    assert "BinaryMediaTypes" not in api
    (stage,) = of_type("ApiGateway::Stage").values()
    (limits,) = stage["MethodSettings"]
    assert limits["ThrottlingRateLimit"] > 0


def test_orders_come_in_by_one_door() -> None:
    """The function that carries out orders is called by the API and by nothing else, on one route."""
    (permission,) = [
        p for p in of_type("Lambda::Permission").values() if target(p["FunctionName"]) == "OperateFunction"
    ]
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["SourceArn"]["Fn::Sub"][0].endswith("/POST/operations")
    callers_or_none = {"AWS::Lambda::Permission", "AWS::ApiGateway::RestApi", "AWS::CloudWatch::Dashboard"}
    others = [r for r in transformed().values() if r["Type"] not in callers_or_none]  # a dashboard shows its figures
    assert [r["Type"] for r in others if "OperateFunction" in targets(r["Properties"])] == []


def test_deployed_function_cannot_choose_who_its_caller_is() -> None:
    """Who ordered is what AWS authenticated: the local resolver's switch is in no deployed file and in no parameter."""
    for function in FUNCTIONS.values():
        variables = function["Environment"]["Variables"]
        assert CALLERS_VARIABLE not in variables
        assert all(isinstance(name, str) and "${" not in name for name in variables)
    deployed = [
        TEMPLATE,
        ROOT / "samconfig.toml",
        *(ROOT / "functions").rglob("*.py"),
        *(ROOT / "statemachine").iterdir(),
    ]
    assert [path.name for path in deployed if CALLERS_VARIABLE in path.read_text()] == []


def test_one_file_knows_the_local_resolver() -> None:
    """Only `callers.py` reads the switch, no code writes a variable, and only `operate` asks for a caller."""
    layer = list((ROOT / "layers/kinetic_wise/kinetic_wise").rglob("*.py"))
    assert [path.name for path in layer if CALLERS_VARIABLE in path.read_text()] == ["callers.py"]
    code = [*layer, *(ROOT / "functions").rglob("*.py")]
    writing = ("os.environ[", "environ.update", "environ.setdefault", "putenv")
    texts = {path: path.read_text().replace("return os.environ[name]", "") for path in code}
    assert [path.name for path, text in texts.items() if any(word in text for word in writing)] == []
    assert [path.parent.name for path in (ROOT / "functions").rglob("*.py") if "caller" in path.read_text()] == [
        "operate"
    ]
