"""The direct client of the in-process database against a real boto3 client: equal answers, equal errors."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from kinetic_wise.ledger.items import to_item
from tests.faults import days
from tests.faults.world import FaultWorld
from tests.support.dynamodb import AUDIT, PAYMENTS, InProcessDynamoDb, in_process_dynamodb

Work = Callable[[Any], Any]
_KEY = to_item({"pk": "a", "sk": "STATE"})
_ITEM = to_item(
    {"pk": "a", "sk": "STATE", "status": "held", "updated_at": "2026", "n": Decimal("1.50"), "more": {"x": [1, None]}}
)
_OTHER = to_item({"pk": "b", "sk": "STATE", "status": "held", "updated_at": "2027", "text": "ä"})
_NOBODY = to_item({"pk": "z", "sk": "-"})
_NEW = "attribute_not_exists(pk)"


def _put(item: dict[str, Any], table: str = PAYMENTS, **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": table, "Item": item, **more}}


def _add(amount: Decimal, **condition: Any) -> dict[str, Any]:
    values = {":d": amount, **condition.pop("values", {})}
    return {
        "TableName": PAYMENTS,
        "Key": _KEY,
        "UpdateExpression": "SET n = n + :d",
        "ExpressionAttributeValues": to_item(values),
        **condition,
    }


def _index_pages(client: Any) -> list[Any]:
    pages = client.get_paginator("query").paginate(
        TableName=PAYMENTS,
        IndexName="by_status",
        KeyConditionExpression="#s = :s",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues=to_item({":s": "held"}),
        Limit=1,
    )
    return [page["Items"] for page in pages]


WORK: dict[str, Work] = {
    "get": lambda c: c.get_item(TableName=PAYMENTS, Key=_KEY, ConsistentRead=True),
    "get nothing": lambda c: c.get_item(TableName=PAYMENTS, Key=_NOBODY),
    "get in no table": lambda c: c.get_item(TableName="nowhere", Key=_KEY),
    "put": lambda c: c.put_item(TableName=AUDIT, Item=_ITEM),
    "put again": lambda c: c.put_item(TableName=PAYMENTS, Item=_ITEM, ConditionExpression=_NEW),
    "put without key": lambda c: c.put_item(TableName=PAYMENTS, Item=to_item({"pk": "a"})),
    "update": lambda c: c.update_item(**_add(Decimal(2), ReturnValues="ALL_NEW")),
    "update too much": lambda c: c.update_item(
        **_add(Decimal(2), ConditionExpression="n > :m", values={":m": Decimal(9)})
    ),
    "delete": lambda c: c.delete_item(TableName=PAYMENTS, Key=_KEY, ReturnValues="ALL_OLD"),
    "delete what is not so": lambda c: c.delete_item(
        TableName=PAYMENTS, Key=_KEY, ConditionExpression="n = :n", ExpressionAttributeValues=to_item({":n": 7})
    ),
    "query pages": _index_pages,
    "scan pages": lambda c: [p["Items"] for p in c.get_paginator("scan").paginate(TableName=PAYMENTS, Limit=1)],
    "batch get": lambda c: c.batch_get_item(RequestItems={PAYMENTS: {"Keys": [_KEY], "ConsistentRead": True}}),
    "get together": lambda c: c.transact_get_items(
        TransactItems=[{"Get": {"TableName": PAYMENTS, "Key": key}} for key in (_KEY, _NOBODY)]
    ),
    "get one twice together": lambda c: c.transact_get_items(
        TransactItems=[{"Get": {"TableName": PAYMENTS, "Key": _KEY}}] * 2
    ),
    "write together": lambda c: c.transact_write_items(
        TransactItems=[_put(_ITEM, AUDIT, ConditionExpression=_NEW), {"Update": _add(Decimal("0.25"))}]
    ),
    "write together against conditions": lambda c: c.transact_write_items(
        TransactItems=[
            _put(_ITEM, AUDIT),
            _put(_ITEM, ConditionExpression=_NEW, ReturnValuesOnConditionCheckFailure="ALL_OLD"),
            {"ConditionCheck": {"TableName": PAYMENTS, "Key": _NOBODY, "ConditionExpression": "attribute_exists(pk)"}},
        ]
    ),
    "write together under a token": lambda c: [
        c.transact_write_items(TransactItems=[{"Update": _add(Decimal(1))}], ClientRequestToken="once")
        for _ in range(2)
    ],
    "use a token for something else": lambda c: [
        c.transact_write_items(TransactItems=[{"Update": _add(Decimal(n))}], ClientRequestToken="once")
        for n in range(2)
    ],
    "an expression that is none": lambda c: c.put_item(TableName=PAYMENTS, Item=_ITEM, ConditionExpression="not a("),
}


_CAUGHT = ("TransactionCanceledException", "TransactionInProgressException", "ConditionalCheckFailedException")


def _outcome(work: Work, client: Any) -> Any:
    """What a caller sees: the answer, or the error with all that the ledger reads of it."""
    try:
        return _bare(work(client))
    except ClientError as error:
        known = [name for name in _CAUGHT if isinstance(error, getattr(client.exceptions, name))]
        reasons = error.response.get("CancellationReasons")
        return type(error).__name__, known, error.operation_name, str(error), error.response["Error"], reasons


def _bare(answer: Any) -> Any:
    """Without what the transport tells of itself."""
    if isinstance(answer, list):
        return [_bare(one) for one in answer]
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _done(work: Work, client_of: Callable[[InProcessDynamoDb], Any]) -> tuple[Any, list[Any], list[str]]:
    """What a caller sees, what is stored afterwards, and which operations that took."""
    operations: list[str] = []
    with in_process_dynamodb() as database:
        for item in (_ITEM, _OTHER):
            database.client.put_item(TableName=PAYMENTS, Item=item)
        database.before = lambda operation, request: operations.append(operation)
        seen, asked = _outcome(work, client_of(database)), list(operations)
        return seen, [list(database.rows(table)) for table in (PAYMENTS, AUDIT)], asked


@pytest.mark.parametrize("name", WORK)
def test_both_clients_say_and_do_the_same(name: str) -> None:
    """Each operation answers, fails and stores alike through the direct client and through boto3."""
    direct = _done(WORK[name], lambda database: database.client)
    assert direct == _done(WORK[name], lambda database: database.boto3_client())
    assert direct[2]


def test_every_operation_that_the_connector_uses_is_compared() -> None:
    """A whole payment asks the database for nothing that the comparison leaves out."""
    compared = {operation for work in WORK.values() for operation in _done(work, lambda db: db.client)[2]}
    used: set[str] = set()
    world = FaultWorld(days.PLAIN)
    before = world.database.before

    def note(operation: str, request: dict[str, Any]) -> None:
        used.add(operation)
        before(operation, request)

    world.database.before = note
    world.run_to_rest()
    assert "TransactWriteItems" in used
    assert used <= compared
