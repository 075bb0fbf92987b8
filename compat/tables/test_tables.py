"""Lease tables through boto3 and through bare HTTP: what the server does around the engine."""

import binascii
import http.client
import json
import threading
import time

import pytest

from harness import raw
from harness.client import client, refusal
from harness.flumen import Flumen, running_elsewhere

LEASES = {
    "AttributeDefinitions": [{"AttributeName": "leaseKey", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="starts and stops the server")


def tables(server, **arguments):
    return client(server.endpoint, service="dynamodb", **arguments)


def lease(key, **attributes):
    return {"leaseKey": {"S": key}, "leaseCounter": {"N": "0"}} | attributes


def call(server, operation, body, headers=()):
    """Status, headers and body as they came."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    sent = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Authorization": raw.signed("PutRecord")["Authorization"], "X-Amz-Date": raw.signed("PutRecord")["X-Amz-Date"]}
    connection.request("POST", "/", body if isinstance(body, (str, bytes)) else json.dumps(body), sent | dict(headers))
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    return response.status, response.headers, answer


@pytest.fixture(scope="module")
def server():
    with Flumen(ephemeral=True) as flumen:
        yield flumen


def test_items_survive_a_stop_and_a_kill():
    with Flumen() as server:
        dynamodb = tables(server)
        made = dynamodb.create_table(TableName="app", **LEASES)["TableDescription"]
        assert made["TableArn"] == "arn:aws:dynamodb:us-east-1:000000000000:table/app"
        dynamodb.put_item(TableName="app", Item=lease("shardId-0", leaseOwner={"S": "worker"}))
        for restart in (server.restart, lambda: (server.kill(), server.start())):
            for _ in range(3):
                dynamodb.update_item(TableName="app", Key={"leaseKey": {"S": "shardId-0"}},
                                     UpdateExpression="ADD leaseCounter :one", ExpressionAttributeValues={":one": {"N": "1"}})
            restart()
            found = dynamodb.describe_table(TableName="app")["Table"]
            assert (found["TableId"], found["CreationDateTime"]) == (made["TableId"], made["CreationDateTime"])
            dynamodb.update_table(
                TableName="app",
                AttributeDefinitions=[*LEASES["AttributeDefinitions"], {"AttributeName": "leaseOwner", "AttributeType": "S"}],
                GlobalSecondaryIndexUpdates=[{"Create": {
                    "IndexName": f"index-{found['ItemCount']}-{restart.__name__.strip('<>')}",
                    "KeySchema": [{"AttributeName": "leaseOwner", "KeyType": "HASH"}, {"AttributeName": "leaseKey", "KeyType": "RANGE"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"}}}])
        item = dynamodb.get_item(TableName="app", Key={"leaseKey": {"S": "shardId-0"}})["Item"]
        assert item["leaseCounter"] == {"N": "6"}
        names = [index["IndexName"] for index in dynamodb.describe_table(TableName="app")["Table"]["GlobalSecondaryIndexes"]]
        assert names == ["index-1-restart", "index-1-lambda"]
        for name in names:
            found = dynamodb.query(TableName="app", IndexName=name, KeyConditionExpression="leaseOwner = :o",
                                   ExpressionAttributeValues={":o": {"S": "worker"}})
            assert found["Items"] == [{"leaseKey": {"S": "shardId-0"}, "leaseOwner": {"S": "worker"}}]


@pytest.mark.timeout(300)
def test_kills_lose_no_write_that_was_answered():
    """Each worker counts its own leases up, under condition of what it saw last, until the kill."""
    with Flumen() as server:
        tables(server).create_table(TableName="app", **LEASES)
        counts = {}
        for _ in range(5):
            stop = time.monotonic() + 1.0

            def work(name):
                dynamodb = tables(server, read_timeout=5)
                key = {"leaseKey": {"S": name}}
                try:
                    while True:
                        seen = counts.get(name, 0)
                        condition = "attribute_not_exists(leaseKey)" if seen == 0 else "leaseCounter = :seen"
                        values = {":next": {"N": str(seen + 1)}} | ({":seen": {"N": str(seen)}} if seen else {})
                        dynamodb.update_item(TableName="app", Key=key, UpdateExpression="SET leaseCounter = :next",
                                             ConditionExpression=condition, ExpressionAttributeValues=values)
                        counts[name] = seen + 1
                except Exception as cut:  # noqa: BLE001 - the kill, in one of botocore's many forms
                    assert "ConditionalCheckFailed" not in str(cut), cut

            workers = [threading.Thread(target=work, args=(f"lease-{number}",)) for number in range(6)]
            for worker in workers:
                worker.start()
            time.sleep(max(0, stop - time.monotonic()))
            server.kill()
            for worker in workers:
                worker.join()
            server.start()
            items = tables(server).scan(TableName="app", ConsistentRead=True)["Items"]
            found = {item["leaseKey"]["S"]: int(item["leaseCounter"]["N"]) for item in items}
            for name, count in counts.items():
                # The one whose answer the kill cut off may be there.
                assert found[name] in (count, count + 1), (name, found[name], count)
            counts = found
        assert sum(counts.values()) > 100


def test_answers_carry_the_checksum_of_their_body(server):
    for operation, body in [("ListTables", {}), ("DescribeTable", {"TableName": "nothing"}), ("Nothing", {}), ("GetItem", "{")]:
        status, headers, answer = call(server, operation, body)
        assert int(headers["x-amz-crc32"]) == binascii.crc32(answer), operation
        assert headers["Content-Type"] == "application/x-amz-json-1.0"
        assert len(headers["x-amzn-RequestId"]) == 36
        assert status == (200 if operation == "ListTables" else 400)


def test_errors_look_as_awss(server):
    def refused(operation, body):
        status, _, answer = call(server, operation, body)
        answer = json.loads(answer)
        return status, answer["__type"], answer.get("message") or answer.get("Message")

    assert refused("DescribeTable", {"TableName": "nothing"}) == (
        400, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "Requested resource not found: Table: nothing not found")
    assert refused("ExecuteStatement", {"Statement": "SELECT * FROM x"}) == (
        400, "com.amazonaws.dynamodb.v20120810#UnsupportedOperationException", "The operation ExecuteStatement is not served here.")
    assert refused("Nothing", {})[1] == "com.amazon.coral.service#UnknownOperationException"
    for body in ("", "{", "[]", "{}"):
        assert refused("GetItem", body)[0] == 400, body
    status, headers, _ = call(server, "ListTables", {}, [("X-Amz-Target", "DynamoDBStreams_20120810.ListStreams")])
    assert status == 400


def test_signatures_for_another_service_or_by_strangers_are_refused(tmp_path):
    keys = tmp_path / "credentials"
    keys.write_text("[one]\naws_access_key_id = AKIDONE\naws_secret_access_key = secret\naws_account_id = 111111111111\n"
                    "[two]\naws_access_key_id = AKIDTWO\naws_secret_access_key = secret\naws_account_id = 222222222222\n")
    with Flumen("--credentials", str(keys), ephemeral=True) as server:
        one = tables(server, access_key="AKIDONE", secret_key="secret")
        assert one.create_table(TableName="app", **LEASES)["TableDescription"]["TableArn"].endswith(":111111111111:table/app")
        two = tables(server, access_key="AKIDTWO", secret_key="secret")
        assert two.list_tables()["TableNames"] == []
        elsewhere = tables(server, access_key="AKIDONE", secret_key="secret", region="eu-west-1")
        assert elsewhere.list_tables()["TableNames"] == []
        arn = one.describe_table(TableName="app")["Table"]["TableArn"]
        one.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
        assert one.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
        refusal("AccessDeniedException", two.list_tags_of_resource, ResourceArn=arn)
        refusal("InvalidSignatureException", tables(server, access_key="AKIDONE", secret_key="other").list_tables)
        refusal("UnrecognizedClientException", tables(server, access_key="AKIDTHREE", secret_key="secret").list_tables)
        status, _, answer = call(server, "ListTables", {})
        assert status == 400 and b"ListTables" not in answer


def test_a_full_store_refuses_what_would_grow_it_and_lets_deletes_through():
    with Flumen("--table-memory", "4MiB") as server:
        dynamodb = tables(server)
        dynamodb.create_table(TableName="app", **LEASES)
        count = 0
        try:
            while count < 100:
                dynamodb.put_item(TableName="app", Item=lease(f"lease-{count}", filler={"S": "x" * 200_000}))
                count += 1
        except dynamodb.exceptions.LimitExceededException as full:
            assert "4194304" in str(full), full
        assert 5 < count < 25
        update = {"TableName": "app", "Key": {"leaseKey": {"S": "lease-0"}},
                  "AttributeUpdates": {"leaseCounter": {"Action": "ADD", "Value": {"N": "1"}}}}
        server.restart()
        refusal("LimitExceededException", dynamodb.put_item, TableName="app", Item=lease("more", filler={"S": "x" * 200_000}))
        for number in range(1, 6):
            dynamodb.delete_item(TableName="app", Key={"leaseKey": {"S": f"lease-{number}"}})
        dynamodb.put_item(TableName="app", Item=lease("more", filler={"S": "x" * 200_000}))
        dynamodb.update_item(**update)
        dynamodb.delete_table(TableName="app")
        dynamodb.create_table(TableName="app", **LEASES)
