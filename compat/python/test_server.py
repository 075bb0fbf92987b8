"""The program around the API: TLS, restarts, limits, states that take time."""

import socket
import subprocess
import time

import pytest

from harness.client import client, read_stream, refusal, shards
from harness.flumen import Flumen, binary, running_elsewhere

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own")


def test_tls_is_trusted_by_the_printed_authority_and_not_without_it():
    from botocore.exceptions import SSLError

    with Flumen(tls=True) as server:
        kinesis = client(server.tls_endpoint, verify=server.trust())
        kinesis.create_stream(StreamName="over-tls", ShardCount=1)
        kinesis.put_record(StreamName="over-tls", Data=b"x", PartitionKey="k")
        assert client(server.endpoint).list_streams()["StreamNames"] == ["over-tls"]
        with pytest.raises(SSLError):
            client(server.tls_endpoint).list_streams()
        trusted = server.trust()
        server.restart()
        assert client(server.tls_endpoint, verify=trusted).list_streams()["StreamNames"] == ["over-tls"]


def test_everything_is_there_after_a_restart():
    with Flumen() as server:
        kinesis = client(server.endpoint)
        kinesis.create_stream(StreamName="kept", ShardCount=2, Tags={"a": "b"})
        records = [{"Data": str(n).encode(), "PartitionKey": str(n)} for n in range(500)]
        kinesis.put_records(StreamName="kept", Records=records)
        kinesis.split_shard(StreamName="kept", ShardToSplit="0", NewStartingHashKey="1000")
        arn = kinesis.describe_stream_summary(StreamName="kept")["StreamDescriptionSummary"]["StreamARN"]
        kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")
        iterator = kinesis.get_shard_iterator(StreamName="kept", ShardId="1", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        held = kinesis.get_records(ShardIterator=iterator)["Records"]
        before = read_stream(kinesis, "kept"), shards(kinesis, "kept")
        assert server.stop() == 0
        server.start()
        kinesis = client(server.endpoint)
        assert (read_stream(kinesis, "kept"), shards(kinesis, "kept")) == before
        assert kinesis.list_tags_for_stream(StreamName="kept")["Tags"] == [{"Key": "a", "Value": "b"}]
        assert [each["ConsumerName"] for each in kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]] == ["reader"]
        assert kinesis.get_records(ShardIterator=iterator)["Records"] == held
        numbers = [int(r["SequenceNumber"]) for r in before[0]["shardId-000000000001"]]
        put = kinesis.put_record(StreamName="kept", Data=b"x", PartitionKey="k", ExplicitHashKey=str(2**128 - 1))
        assert int(put["SequenceNumber"]) > max(numbers)


def test_an_ephemeral_server_leaves_nothing_behind():
    with Flumen(ephemeral=True) as server:
        kinesis = client(server.endpoint)
        kinesis.create_stream(StreamName="gone", ShardCount=1)
        kinesis.put_record(StreamName="gone", Data=b"x", PartitionKey="k")
        server.restart()
        assert client(server.endpoint).list_streams()["StreamNames"] == []
        assert not server.data_dir.exists()


def test_states_take_as_long_as_they_are_told_to():
    with Flumen("--transition-time", "700ms", ephemeral=True) as server:
        kinesis = client(server.endpoint)

        def status():
            return kinesis.describe_stream_summary(StreamName="slow")["StreamDescriptionSummary"]["StreamStatus"]

        def until(wanted):
            end = time.monotonic() + 5
            while status() != wanted and time.monotonic() < end:
                time.sleep(0.02)
            assert status() == wanted

        kinesis.create_stream(StreamName="slow", ShardCount=1)
        assert status() == "CREATING"
        assert kinesis.describe_stream(StreamName="slow")["StreamDescription"]["Shards"] == []
        refusal("ResourceNotFoundException", kinesis.put_record, StreamName="slow", Data=b"x", PartitionKey="k")
        message = refusal("ResourceInUseException", kinesis.split_shard, StreamName="slow", ShardToSplit="0", NewStartingHashKey="10")
        assert message == "Stream slow under account 000000000000 not ACTIVE, instead in state CREATING"
        until("ACTIVE")
        kinesis.split_shard(StreamName="slow", ShardToSplit="0", NewStartingHashKey="10")
        assert status() == "UPDATING"
        kinesis.put_record(StreamName="slow", Data=b"x", PartitionKey="k")
        until("ACTIVE")
        kinesis.delete_stream(StreamName="slow")
        assert status() == "DELETING"
        kinesis.get_waiter("stream_not_exists").wait(StreamName="slow", WaiterConfig={"Delay": 1, "MaxAttempts": 10})


def test_a_shard_is_held_to_its_limits_when_they_are_on():
    with Flumen(ephemeral=True, limits="aws") as server:
        kinesis = client(server.endpoint)
        kinesis.create_stream(StreamName="narrow", ShardCount=1)
        records = [{"Data": b"x" * 10_000, "PartitionKey": "k"} for _ in range(400)]
        answer = kinesis.put_records(StreamName="narrow", Records=records)
        refused = [entry for entry in answer["Records"] if "ErrorCode" in entry]
        assert 0 < answer["FailedRecordCount"] == len(refused) < 400
        assert refused[0]["ErrorCode"] == "ProvisionedThroughputExceededException"
        assert refused[0]["ErrorMessage"] == ("Rate exceeded for shard shardId-000000000000 in stream narrow under account 000000000000.")
        assert len(read_stream(kinesis, "narrow")["shardId-000000000000"]) == 400 - len(refused)


def test_rescaling_goes_to_double_or_half_and_no_further_when_limits_are_on():
    with Flumen(ephemeral=True, limits="aws") as server:
        kinesis = client(server.endpoint)
        kinesis.create_stream(StreamName="s", ShardCount=4)
        for target, words in ((9, "cannot scale up over double your current open shard count"),
                              (1, "cannot scale down below half your current open shard count")):
            with pytest.raises(kinesis.exceptions.ClientError) as raised:
                kinesis.update_shard_count(StreamName="s", TargetShardCount=target, ScalingType="UNIFORM_SCALING")
            error = raised.value.response["Error"]
            assert error["Code"] in ("InvalidArgumentException", "LimitExceededException")
            assert error["Message"] == f"UpdateShardCount {words}. Current open shard count: 4 Target shard count: {target}"


def run(*arguments):
    return subprocess.run([binary(), *arguments], timeout=20, capture_output=True, text=True, cwd="/tmp", check=False)


def test_a_taken_port_is_a_clear_error(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("serve", "--listen", f"127.0.0.1:{port}", "--data-dir", str(tmp_path / "data"))
        assert done.returncode == 1
        assert str(port) in done.stderr and "in use" in done.stderr.lower()


def test_a_directory_is_served_once():
    with Flumen() as server:
        done = run("serve", "--listen", "127.0.0.1:0", "--data-dir", str(server.data_dir))
        assert done.returncode == 1
        assert str(server.data_dir) in done.stderr


def test_a_wrong_setting_is_a_usage_error():
    assert run("serve", "--limits", "sometimes").returncode == 2
    assert run("serve", "--ephemeral", "--data-dir", "x").returncode == 2
    assert run("serve", "--credentials", "/nonexistent/credentials", "--ephemeral").returncode == 2


def test_check_finds_a_stopped_directory_whole():
    with Flumen() as server:
        kinesis = client(server.endpoint)
        kinesis.create_stream(StreamName="s", ShardCount=1)
        kinesis.put_records(StreamName="s", Records=[{"Data": b"x" * 1000, "PartitionKey": "k"}] * 100)
        server.stop()
        done = run("check", str(server.data_dir))
        assert done.returncode == 0, done.stdout + done.stderr
