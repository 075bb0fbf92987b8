"""What an account may take of the service, and that others do not notice one that takes all of it."""

import configparser
import contextlib
import http.client
import time

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from harness.client import client
from harness.flumen import Flumen, running_elsewhere

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own")

TENANT = "111111111111"
FILE = """
version = 1

[[accounts]]
id = "000000000000"
root-credentials = "operator"

[[accounts]]
id = "111111111111"
root-credentials = "tenant"

[accounts.limits]
calls = 200
bytes = "none"
connections = 5
principal-connections = 3
principal-calls = "none"
subscriptions = 1
stored-bytes = "1MiB"
streams = 2
shards = 3
table-bytes = "600KiB"

[[users]]
account = "111111111111"
name = "ana"
policies = ["AdministratorAccess"]
access-keys = "ana"
"""


class Shared:
    def __init__(self, path):
        self.path = path
        (path / "who.toml").write_text(FILE)
        self.server = Flumen("--bootstrap", str(path / "who.toml"), data_dir=path / "data")

    def key(self, name):
        parser = configparser.ConfigParser()
        parser.read(self.path / name)
        section = parser[parser.sections()[0]]
        return section["aws_access_key_id"], section["aws_secret_access_key"]

    def client(self, name, service="kinesis", **config):
        return client(self.server.endpoint, *self.key(name), service=service, **config)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    place = Shared(tmp_path_factory.mktemp("shared"))
    with place.server:
        yield place


@pytest.fixture
def tenant(shared):
    made = shared.client("tenant", max_pool_connections=1)
    # A connection that was closed counts until the server notices, and so may keep the next one out.
    patiently(made.list_streams)
    yield made
    for name in patiently(made.list_streams)["StreamNames"]:
        patiently(made.delete_stream, StreamName=name, EnforceConsumerDeletion=True)
    made.close()


def refused(code, call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response["Error"]
    assert error["Code"] == code, error
    return error["Message"]


def patiently(call, **arguments):
    """Rates of the account are waited for."""
    until = time.monotonic() + 30
    while True:
        try:
            return call(**arguments)
        except ClientError as error:
            if "Rate exceeded" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.05)


def test_streams_and_shards(tenant):
    tenant.create_stream(StreamName="a", ShardCount=2)
    message = refused("LimitExceededException", tenant.create_stream, StreamName="b", ShardCount=2)
    assert message == ("This request would exceed the shard limit for the account 111111111111 in all regions. Current shard "
                       "count: 2. Limit: 3. Number of additional shards that would have resulted from this request: 2.")
    refused("LimitExceededException", tenant.create_stream, StreamName="on-demand")
    tenant.create_stream(StreamName="b", ShardCount=1)
    message = refused("LimitExceededException", tenant.create_stream, StreamName="c", ShardCount=1)
    assert message == "This request would exceed the stream limit for the account 111111111111. Current stream count: 2. Limit: 2."
    refused("LimitExceededException", tenant.split_shard, StreamName="a", ShardToSplit="shardId-000000000000",
            NewStartingHashKey="1000")
    refused("LimitExceededException", tenant.update_shard_count, StreamName="b", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    tenant.merge_shards(StreamName="a", ShardToMerge="shardId-000000000000", AdjacentShardToMerge="shardId-000000000001")
    tenant.delete_stream(StreamName="b")
    tenant.create_stream(StreamName="c", ShardCount=2)


def test_streams_of_all_regions_are_the_accounts(shared, tenant):
    elsewhere = client(shared.server.endpoint, *shared.key("tenant"), region="eu-west-1")
    elsewhere.create_stream(StreamName="there", ShardCount=2)
    refused("LimitExceededException", tenant.create_stream, StreamName="here", ShardCount=2)
    elsewhere.delete_stream(StreamName="there")
    tenant.create_stream(StreamName="here", ShardCount=2)
    elsewhere.close()


def test_stored_bytes(shared, tenant):
    operator = shared.client("operator")
    operator.create_stream(StreamName="large", ShardCount=1)
    tenant.create_stream(StreamName="full", ShardCount=1)
    put = {"StreamName": "full", "Data": bytes(1000), "PartitionKey": "k"}
    records = [{"Data": bytes(500_000), "PartitionKey": "k"}] * 3
    stored = patiently(tenant.put_records, StreamName="full", Records=records)
    assert stored["FailedRecordCount"] == 0
    until = time.monotonic() + 30
    while True:
        try:
            patiently(tenant.put_record, **put)
        except ClientError as error:
            refusal = error.response["Error"]
            break
        assert time.monotonic() < until
        time.sleep(0.1)
    assert refusal["Code"] == "ProvisionedThroughputExceededException"
    assert refusal["Message"].startswith(f"The records of account {TENANT} take 15"), refusal
    assert " bytes, and 1048576 is its limit. Some must expire first, or streams be deleted." in refusal["Message"]
    refused("ProvisionedThroughputExceededException", tenant.put_records, StreamName="full", Records=records[:1])
    # What is there is read, over a restart too, and others go on.
    shared.server.restart()
    shard = patiently(tenant.list_shards, StreamName="full")["Shards"][0]["ShardId"]
    iterator = tenant.get_shard_iterator(StreamName="full", ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert len(tenant.get_records(ShardIterator=iterator)["Records"]) >= 3
    refused("ProvisionedThroughputExceededException", tenant.put_record, **put)
    assert operator.put_records(StreamName="large", Records=records)["FailedRecordCount"] == 0
    tenant.delete_stream(StreamName="full")
    tenant.create_stream(StreamName="empty", ShardCount=1)
    until = time.monotonic() + 30
    while True:
        with contextlib.suppress(ClientError):
            tenant.put_record(**put | {"StreamName": "empty"})
            break
        assert time.monotonic() < until, "there is room again"
        time.sleep(0.1)


def test_lease_tables(shared):
    tables, operators = (shared.client(name, "dynamodb", max_pool_connections=1) for name in ("tenant", "operator"))
    table = {"TableName": "leases", "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST",
             "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}]}
    for of in (tables, operators):
        patiently(of.create_table, **table)

    def fill(of):
        for n in range(20):
            patiently(of.put_item, TableName="leases", Item={"k": {"S": str(n)}, "v": {"B": bytes(30_000)}})

    message = refused("LimitExceededException", fill, of=tables)
    assert message.startswith(f"The tables of account {TENANT} hold ") and "its limit is 614400 bytes" in message, message
    fill(operators)
    # Items that are there are changed still, and what is deleted makes room.
    tables.update_item(TableName="leases", Key={"k": {"S": "0"}}, UpdateExpression="SET v = :v", ExpressionAttributeValues={":v": {"N": "1"}})
    tables.delete_table(TableName="leases")
    tables.create_table(**table)
    tables.delete_table(TableName="leases")


def test_subscriptions(shared, tenant):
    tenant.create_stream(StreamName="pushed", ShardCount=2)
    arn = tenant.describe_stream_summary(StreamName="pushed")["StreamDescriptionSummary"]["StreamARN"]
    consumer = tenant.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    at = {"ConsumerARN": consumer, "StartingPosition": {"Type": "LATEST"}}
    first = shared.client("tenant")
    events = first.subscribe_to_shard(ShardId="shardId-000000000000", **at)["EventStream"]
    next(iter(events))
    message = refused("LimitExceededException", tenant.subscribe_to_shard, ShardId="shardId-000000000001", **at)
    assert message == "Account 111111111111 has 1 subscriptions, which is its limit."
    tenant.deregister_stream_consumer(ConsumerARN=consumer)
    list(events)
    first.close()
    at["ConsumerARN"] = tenant.register_stream_consumer(StreamARN=arn, ConsumerName="d")["Consumer"]["ConsumerARN"]
    tenant.subscribe_to_shard(ShardId="shardId-000000000001", **at)["EventStream"].close()


def list_streams(shared, name, connection):
    """The status and the body of an answer on that connection, and whether that goes on."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Kinesis_20131202.ListStreams"}
    request = AWSRequest("POST", shared.server.endpoint + "/", headers=headers, data="{}")
    SigV4Auth(Credentials(*shared.key(name)), "kinesis", "us-east-1").add_auth(request)
    connection.request("POST", "/", body="{}", headers=dict(request.headers))
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), not answer.will_close


def test_connections(shared):
    open_ones = []

    def connect(name):
        connection = http.client.HTTPConnection("127.0.0.1", shared.server.port, timeout=30)
        open_ones.append(connection)
        return list_streams(shared, name, connection)

    # Connections of the tests before go when the server notices that their clients have gone.
    shared.server.restart()
    try:
        assert [connect("ana")[0] for _ in range(3)] == [200, 200, 200]
        status, body, goes_on = connect("ana")
        assert status == 400 and "ThrottlingException" in body and not goes_on, body
        assert "user/ana has 3 connections, which is its limit." in body
        assert [connect("tenant")[0] for _ in range(2)] == [200, 200]
        status, body, goes_on = connect("tenant")
        assert status == 400 and f"account {TENANT} has 5 connections, which is its limit." in body and not goes_on, body
        assert connect("operator")[0] == 200
        # Those that are there go on.
        assert list_streams(shared, "ana", open_ones[0])[0] == 200
    finally:
        for connection in open_ones:
            connection.close()


def test_calls(shared):
    """The rate holds on an average, whoever does not slow down is slowed, and nobody else is."""
    connection = http.client.HTTPConnection("127.0.0.1", shared.server.port, timeout=30)
    until = time.monotonic() + 30
    while list_streams(shared, "ana", connection)[0] != 200:
        assert time.monotonic() < until
        time.sleep(0.1)
    statuses = []
    for _ in range(400):
        status, body, _ = list_streams(shared, "ana", connection)
        statuses.append(status)
        if status != 200:
            assert "Rate exceeded: account 111111111111 may make 200 calls a second." in body, body
            break
    assert statuses.count(200) >= 199, "the burst is a second's"
    assert list_streams(shared, "operator", connection)[0] == 200, "on the same connection, as through a proxy"
    signed = AWSRequest("GET", shared.server.endpoint + "/metrics")
    SigV4Auth(Credentials(*shared.key("operator")), "flumen", "us-east-1").add_auth(signed)
    connection.request("GET", "/metrics", headers=dict(signed.headers))
    assert f'flumen_account_refused_total{{account="{TENANT}",limit="calls"}} ' in connection.getresponse().read().decode()
    connection.close()


def test_a_second_start_changes_nothing(shared):
    shared.server.restart()
    log = shared.server.text()
    assert log.count("bootstrap: changed account 111111111111: limits") == 1, log
    # Without the file they hold all the same.
    flags, shared.server.flags = shared.server.flags, [flag for flag in shared.server.flags if "bootstrap" not in flag and "who.toml" not in flag]
    shared.server.restart()
    tenant = shared.client("tenant")
    refused("LimitExceededException", tenant.create_stream, StreamName="wide", ShardCount=4)
    tenant.close()
    shared.server.flags = flags
