"""The template: what no linter sees, on the resources that CloudFormation gets."""

from __future__ import annotations

import re
import tomllib
from typing import Any, get_args

import pytest

from kinetic_wise import settings
from tests.unit.template.source import ROOT, TEMPLATE, of_type, target, targets, template, transformed

FUNCTIONS = of_type("Lambda::Function")
QUEUES = of_type("SQS::Queue")
TABLES = of_type("DynamoDB::Table")
MAPPINGS = of_type("Lambda::EventSourceMapping")
SAMCONFIG: dict[str, Any] = tomllib.loads((ROOT / "samconfig.toml").read_text())
ENVIRONMENTS = ("local", "sandbox", "production")


def _text(value: Any) -> str:
    return str(value["Fn::Sub"]) if isinstance(value, dict) and "Fn::Sub" in value else str(value)


def test_every_function_has_its_folder() -> None:
    """The functions of the template and the folders under `functions/` are the same."""
    written = [r["Properties"] for r in template()["Resources"].values() if r["Type"] == "AWS::Serverless::Function"]
    folders = {f"functions/{path.parent.name}" for path in (ROOT / "functions").glob("*/app.py")}
    assert {function["CodeUri"] for function in written} == folders
    assert {function["Handler"] for function in FUNCTIONS.values()} == {"app.lambda_handler"}


def test_functions_get_the_variables_that_the_code_reads() -> None:
    """Each variable that the wiring asks for is given to every function."""
    wiring = "".join(path.read_text() for path in (ROOT / "layers/kinetic_wise/kinetic_wise/wiring").glob("*.py"))
    asked = set(re.findall(r'(?:\benv\(|\bEnvelope\(|environ\.get\()"([A-Z_]+)"', wiring))
    assert len(asked) >= 10
    for function in FUNCTIONS.values():
        assert asked <= set(function["Environment"]["Variables"])


def test_state_machine_is_called_by_the_name_that_functions_know() -> None:
    """The spelled-out ARN in the functions' variables is the state machine's."""
    arn = _text(FUNCTIONS["SweepFunction"]["Environment"]["Variables"]["STATE_MACHINE_ARN"])
    (machine,) = of_type("StepFunctions::StateMachine").values()
    assert arn.rpartition(":stateMachine:")[2] == _text(machine["StateMachineName"])


def test_state_machine_keeps_data_out_of_its_logs() -> None:
    """Standard, traced, logging errors only and no execution data."""
    (machine,) = of_type("StepFunctions::StateMachine").values()
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    logging = machine["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ERROR", False)
    assert target(logging["Destinations"]) == "Logs"


def test_no_reserved_concurrency() -> None:
    """Nothing is reserved: young accounts refuse it."""
    assert [name for name, function in FUNCTIONS.items() if "ReservedConcurrentExecutions" in function] == []


def test_runtime_and_processor_of_functions_and_layer_are_one_choice() -> None:
    """Functions and layer take runtime and processor from the same parameters, the layer also when it is built."""
    for function in FUNCTIONS.values():
        assert (function["Runtime"], function["Architectures"]) == ({"Ref": "PythonRuntime"}, [{"Ref": "Architecture"}])
    layer = template()["Resources"]["KineticWiseLayer"]
    assert layer["Metadata"] == {"BuildMethod": {"Ref": "PythonRuntime"}, "BuildArchitecture": {"Ref": "Architecture"}}
    assert layer["Properties"]["CompatibleArchitectures"] == [{"Ref": "Architecture"}]


def test_every_function_logs_to_the_declared_group() -> None:
    """No function makes a log group of its own that never expires; the one there is expires and is encrypted."""
    assert {target(function["LoggingConfig"]["LogGroup"]) for function in FUNCTIONS.values()} == {"Logs"}
    (group,) = of_type("Logs::LogGroup").values()
    assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert target(group["KmsKeyId"]) == "DataKey"


def test_functions_are_traced() -> None:
    """Each function is traced by Lambda itself."""
    assert {function["TracingConfig"]["Mode"] for function in FUNCTIONS.values()} == {"Active"}


@pytest.mark.parametrize("name", MAPPINGS)
def test_queue_and_function_fit(name: str) -> None:
    """A queue hides a message six times as long as its function may take; failures go back one by one."""
    mapping = MAPPINGS[name]
    queue, function = QUEUES[target(mapping["EventSourceArn"])], FUNCTIONS[target(mapping["FunctionName"])]
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    concurrency = template()["Parameters"][mapping["ScalingConfig"]["MaximumConcurrency"]["Ref"]]
    assert (concurrency["Default"], concurrency["MinValue"]) == (2, 2)


def test_every_queue_has_dead_letters_with_an_alarm() -> None:
    """What cannot be worked off in five tries is kept for 14 days and somebody is told."""
    behind = {name: target(queue["RedrivePolicy"]) for name, queue in QUEUES.items() if "RedrivePolicy" in queue}
    assert {target(mapping["EventSourceArn"]) for mapping in MAPPINGS.values()} == set(behind)
    assert set(behind) | set(behind.values()) == set(QUEUES)
    assert {queue["RedrivePolicy"]["maxReceiveCount"] for queue in QUEUES.values() if "RedrivePolicy" in queue} == {5}
    watched = {target(alarm.get("Dimensions", [])) for alarm in of_type("CloudWatch::Alarm").values()}
    assert set(behind.values()) <= watched
    assert {queue["MessageRetentionPeriod"] for queue in QUEUES.values()} == {14 * 86_400}


def test_alarms_say_what_to_do_and_reach_the_topic() -> None:
    """Every alarm is on one plain metric, has a text, and goes to the topic; schedules and executions are watched."""
    alarms = of_type("CloudWatch::Alarm")
    for alarm in alarms.values():
        assert "Metrics" not in alarm  # MiniStack fails the whole stack on metric math
        assert len(alarm["AlarmDescription"]) > 60
        assert target(alarm["AlarmActions"]) == "AlarmTopic"
    watched = {(alarm["MetricName"], target(alarm.get("Dimensions", []))) for alarm in alarms.values()}
    scheduled = {target(schedule["Target"]["Arn"]) for schedule in of_type("Scheduler::Schedule").values()}
    machine = "TransferStateMachine"
    assert watched >= {("Errors", function) for function in scheduled}
    assert watched >= {("ExecutionsFailed", machine), ("ExecutionsTimedOut", machine)}


def test_schedules_fire_on_time_and_in_the_time_zone() -> None:
    """No schedule is spread over a window; those with hours in them follow the time zone parameter."""
    schedules = of_type("Scheduler::Schedule")
    assert {target(schedule["Target"]["Arn"]) for schedule in schedules.values()} == {
        "PollInvoicesFunction",
        "PollTransfersFunction",
        "SweepFunction",
        "CloseBatchesFunction",
        "SyncVendorsFunction",
        "ReconcileFunction",
        "SealAuditFunction",
        "WriteAuditRowsFunction",
    }
    for schedule in schedules.values():
        assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
        by_parameter = isinstance(schedule["ScheduleExpression"], dict)
        assert (schedule.get("ScheduleExpressionTimezone") == {"Ref": "TimeZone"}) == by_parameter


def test_ledger_is_kept_restorable_and_encrypted() -> None:
    """Every table is on demand, can be restored to any second, and is encrypted with the customer-managed key."""
    assert set(TABLES) == {"PaymentsTable", "AuditTable", "ConnectorTable"}
    for table in TABLES.values():
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert target(table["SSESpecification"]["KMSMasterKeyId"]) == "DataKey"
    assert TABLES["ConnectorTable"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_what_cannot_be_made_again_outlives_the_stack() -> None:
    """Tables, keys and secrets are kept when the stack goes, but not when it never came to be."""
    kinds = ("AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::SecretsManager::Secret")
    kept = [resource for resource in transformed().values() if resource["Type"] in kinds]
    assert len(kept) == 7
    for resource in kept:
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_names_carry_the_stack() -> None:
    """Whatever has a fixed name has the stack's in it, so that two stacks fit into one account."""
    keys = (
        "Name",
        "DashboardName",
        "StateMachineName",
        "LogGroupName",
        "AliasName",
        "FunctionName",
        "TableName",
        "QueueName",
    )
    kinds = {"Lambda::EventSourceMapping", "Lambda::EventInvokeConfig", "Lambda::Permission"}  # theirs are references
    for logical_id, resource in transformed().items():
        if resource["Type"].removeprefix("AWS::") in kinds:
            continue
        for key in set(keys) & set(resource["Properties"]):
            assert "AWS::StackName" in str(resource["Properties"][key]), f"{logical_id}.{key}"


def test_secrets_are_made_empty() -> None:
    """No credential stands in the template, and no deployment makes one up over what was filled in."""
    for secret in of_type("SecretsManager::Secret").values():
        assert secret["SecretString"] == "{}"
        assert "GenerateSecretString" not in secret


def test_parameters_are_described_and_bounded() -> None:
    """Every parameter says what it is for, refuses nonsense, and has a default, but for the ledger's id."""
    for name, parameter in template()["Parameters"].items():
        assert len(parameter["Description"]) > 20, name
        assert {"AllowedPattern", "AllowedValues", "MinValue"} & set(parameter), name
        assert ("Default" in parameter) == (name != "LedgerId"), name
        pattern = parameter.get("AllowedPattern")
        assert not pattern or re.fullmatch(pattern, parameter.get("Default", "Ledger1")), name


def _overrides(environment: str) -> dict[str, str]:
    listed = SAMCONFIG[environment]["deploy"]["parameters"].get("parameter_overrides", [])
    return {name: value.strip("'") for name, _, value in (entry.partition("=") for entry in listed)}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_environments_set_what_there_is(environment: str) -> None:
    """Each environment builds cached and in parallel, and what it sets is a parameter and fits its pattern."""
    assert SAMCONFIG[environment]["build"]["parameters"] == {"cached": True, "parallel": True}
    for name, value in _overrides(environment).items():
        assert re.fullmatch(template()["Parameters"][name]["AllowedPattern"], value), name


def test_local_settings_are_settings() -> None:
    """The shortened pauses of the local environment are accepted by the connector; the others shorten nothing."""
    local = settings.read(_overrides("local")["Settings"])
    assert local.fund_look_pause < settings.Settings().fund_look_pause
    assert ["Settings" in _overrides(environment) for environment in ENVIRONMENTS] == [True, False, False]


def test_pay_parameters_are_settings() -> None:
    """Each setting that is a parameter has the setting's own default, and the functions get it from there."""
    parameters = template()["Parameters"]
    handed = template()["Globals"]["Function"]["Environment"]["Variables"]["KINETIC_WISE_PARAMETERS"]["Fn::Sub"]
    defaults = {name: str(parameter.get("Default")) for name, parameter in parameters.items()}
    given = settings.read("", re.sub(r"\$\{(\w+)\}", lambda name: defaults[name[1]], handed))
    assert given.model_copy(update={"time_zone": "UTC"}) == settings.Settings()
    assert set(re.findall(r"\$\{(\w+)\}", handed)) == set(settings.PARAMETERS.values())
    assert set(re.findall(r'"(\w+)":', handed)) == set(settings.PARAMETERS)
    values = {"at_once", *parameters["PayWhen"]["AllowedValues"]}
    assert values == set(get_args(settings.Settings.model_fields["pay_when"].annotation))


def test_outputs_speak_of_resources() -> None:
    """Each output names something of this stack, and the addresses that people need are among them."""
    outputs = template()["Outputs"]
    assert {"ApiUrl", "WebhookUrl", "OperationsUrl", "StateMachineArn"} <= set(outputs)
    for name, output in outputs.items():
        assert set(targets(output["Value"])) & set(template()["Resources"]), name


def test_suppressed_checks_have_reasons() -> None:
    """Nothing is excused from a policy check without saying why."""
    for name, resource in template()["Resources"].items():
        for skipped in resource.get("Metadata", {}).get("checkov", {}).get("skip", []):
            assert len(skipped["comment"]) > 20, name
    lines = (ROOT / ".checkov.yaml").read_text().splitlines()
    for number, line in enumerate(lines):
        assert not line.lstrip().startswith("- CKV") or lines[number - 1].lstrip().startswith("#"), line
    assert "cfn-lint" not in TEMPLATE.read_text()
