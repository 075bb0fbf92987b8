"""Lease tables as boto3 has them: each operation of DynamoDB that is served."""

import pytest

from harness.client import client, refusal

TABLE = "leases"


@pytest.fixture
def tables(server):
    made = client(server.endpoint, service="dynamodb")
    made.create_table(
        TableName=TABLE, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("key", "owner")],
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[{
            "IndexName": "by-owner", "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"},
        }],
        Tags=[{"Key": "team", "Value": "red"}],
    )
    made.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    yield made
    made.delete_table(TableName=TABLE)
    assert TABLE not in made.list_tables()["TableNames"]


def item(key, owner="w1", counter=0):
    return {"key": {"S": key}, "owner": {"S": owner}, "counter": {"N": str(counter)}}


def keys(items):
    return sorted(found["key"]["S"] for found in items)


def test_a_table_is_described_as_it_was_made(tables):
    table = tables.describe_table(TableName=TABLE)["Table"]
    assert (table["TableStatus"], table["KeySchema"]) == ("ACTIVE", [{"AttributeName": "key", "KeyType": "HASH"}])
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["by-owner"]
    assert TABLE in tables.list_tables()["TableNames"]
    tables.update_table(TableName=TABLE, DeletionProtectionEnabled=True)
    assert tables.describe_table(TableName=TABLE)["Table"]["DeletionProtectionEnabled"]
    refusal("ValidationException", tables.delete_table, TableName=TABLE)
    tables.update_table(TableName=TABLE, DeletionProtectionEnabled=False)
    assert tables.describe_limits()["TableMaxReadCapacityUnits"] > 0


def test_tags_expiry_and_backups_are_set(tables):
    arn = tables.describe_table(TableName=TABLE)["Table"]["TableArn"]
    tables.tag_resource(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
    tables.untag_resource(ResourceArn=arn, TagKeys=["team"])
    assert tables.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]
    tables.update_time_to_live(TableName=TABLE, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    expiry = tables.describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    tables.update_continuous_backups(TableName=TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    backups = tables.describe_continuous_backups(TableName=TABLE)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_items_are_put_got_updated_and_deleted(tables):
    tables.put_item(TableName=TABLE, Item=item("a"))
    assert tables.get_item(TableName=TABLE, Key={"key": {"S": "a"}}, ConsistentRead=True)["Item"] == item("a")
    taken = {"Key": {"key": {"S": "a"}}, "UpdateExpression": "SET #o = :w, #c = #c + :one", "ConditionExpression": "#c = :zero",
             "ExpressionAttributeNames": {"#o": "owner", "#c": "counter"}, "ReturnValues": "ALL_NEW",
             "ExpressionAttributeValues": {":w": {"S": "w2"}, ":one": {"N": "1"}, ":zero": {"N": "0"}}}
    assert tables.update_item(TableName=TABLE, **taken)["Attributes"] == item("a", "w2", 1)
    refusal("ConditionalCheckFailedException", tables.update_item, TableName=TABLE, **taken)
    old = tables.delete_item(TableName=TABLE, Key={"key": {"S": "a"}}, ReturnValues="ALL_OLD")["Attributes"]
    assert old == item("a", "w2", 1)
    assert "Item" not in tables.get_item(TableName=TABLE, Key={"key": {"S": "a"}})


def test_many_items_go_and_come_at_once(tables):
    puts = [{"PutRequest": {"Item": item(key, owner)}} for key, owner in (("a", "w1"), ("b", "w2"), ("c", "w1"))]
    assert tables.batch_write_item(RequestItems={TABLE: puts})["UnprocessedItems"] == {}
    got = tables.batch_get_item(RequestItems={TABLE: {"Keys": [{"key": {"S": key}} for key in "abx"]}})
    assert keys(got["Responses"][TABLE]) == ["a", "b"]
    assert keys(tables.scan(TableName=TABLE)["Items"]) == ["a", "b", "c"]
    found = tables.query(TableName=TABLE, IndexName="by-owner", KeyConditionExpression="#o = :w",
                         ExpressionAttributeNames={"#o": "owner"}, ExpressionAttributeValues={":w": {"S": "w1"}})
    assert keys(found["Items"]) == ["a", "c"]


def test_a_transaction_is_all_or_nothing(tables):
    absent = {"ConditionExpression": "attribute_not_exists(#k)", "ExpressionAttributeNames": {"#k": "key"}}
    put = lambda key: {"Put": {"TableName": TABLE, "Item": item(key), **absent}}  # noqa: E731
    tables.transact_write_items(TransactItems=[put("a"), put("b")])
    refusal("TransactionCanceledException", tables.transact_write_items, TransactItems=[put("c"), put("a")])
    get = [{"Get": {"TableName": TABLE, "Key": {"key": {"S": key}}}} for key in "abc"]
    found = tables.transact_get_items(TransactItems=get)["Responses"]
    assert [answer.get("Item") for answer in found] == [item("a"), item("b"), None]
