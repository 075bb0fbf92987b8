"""Streams as a whole: made, described, listed, deleted."""

import datetime

import pytest

from harness.client import refusal

ACCOUNT = "000000000000"


def test_a_new_stream_is_described_as_it_was_asked_for(kinesis, wide):
    seen = kinesis.describe_stream(StreamName=wide)["StreamDescription"]
    assert seen["StreamName"] == wide
    assert seen["StreamARN"] == f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{wide}"
    assert seen["StreamStatus"] == "ACTIVE"
    assert seen["StreamModeDetails"] == {"StreamMode": "PROVISIONED"}
    assert seen["RetentionPeriodHours"] == 24
    assert seen["EncryptionType"] == "NONE"
    assert seen["EnhancedMonitoring"] == [{"ShardLevelMetrics": []}]
    assert "KeyId" not in seen
    assert not seen["HasMoreShards"]
    assert [shard["ShardId"] for shard in seen["Shards"]] == [f"shardId-00000000000{n}" for n in range(4)]
    age = datetime.datetime.now(datetime.timezone.utc) - seen["StreamCreationTimestamp"]
    assert abs(age.total_seconds()) < 60


def test_the_shards_of_a_new_stream_share_the_hash_keys_evenly(kinesis, wide):
    ranges = [shard["HashKeyRange"] for shard in kinesis.describe_stream(StreamName=wide)["StreamDescription"]["Shards"]]
    assert [int(found["StartingHashKey"]) for found in ranges] == [n * 2**126 for n in range(4)]
    assert [int(found["EndingHashKey"]) for found in ranges] == [(n + 1) * 2**126 - 1 for n in range(4)]


def test_the_summary_counts_open_shards_and_consumers(kinesis, wide):
    seen = kinesis.describe_stream_summary(StreamName=wide)["StreamDescriptionSummary"]
    assert seen["OpenShardCount"] == 4
    assert seen["ConsumerCount"] == 0
    assert seen["MaxRecordSizeInKiB"] == 1024
    assert "Shards" not in seen and "StreamId" not in seen


def test_a_stream_is_also_named_by_its_arn(kinesis, stream, arn):
    assert kinesis.describe_stream(StreamARN=arn)["StreamDescription"]["StreamName"] == stream
    assert kinesis.describe_stream_summary(StreamName=stream, StreamARN=arn)["StreamDescriptionSummary"]["StreamARN"] == arn


def test_without_a_shard_count_a_stream_is_on_demand_with_four_shards(kinesis, name):
    kinesis.create_stream(StreamName=name)
    seen = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    assert seen["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    assert kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["OpenShardCount"] == 4


def test_a_name_is_taken_once(kinesis, stream):
    message = refusal("ResourceInUseException", kinesis.create_stream, StreamName=stream, ShardCount=1)
    assert message == f"Stream {stream} under account {ACCOUNT} already exists."


def test_what_does_not_exist_is_said_to(kinesis):
    message = f"Stream missing under account {ACCOUNT} not found."
    for call in (kinesis.describe_stream, kinesis.describe_stream_summary, kinesis.delete_stream,
                 kinesis.list_tags_for_stream, kinesis.list_shards):
        assert refusal("ResourceNotFoundException", call, StreamName="missing") == message


@pytest.mark.parametrize("arguments, constraints", [
    ({"ShardCount": 1}, ["Value null at 'streamName' failed to satisfy constraint: Member must not be null"]),
    ({"StreamName": "a b", "ShardCount": 1}, [
        "Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"]),
    ({"StreamName": "x" * 129, "ShardCount": 0}, [
        "at 'streamName' failed to satisfy constraint: Member must have length less than or equal to 128",
        "Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1"]),
    ({"StreamName": "s", "StreamModeDetails": {"StreamMode": "X"}}, [
        "at 'streamModeDetails.streamMode' failed to satisfy constraint: Member must satisfy enum value set: ["]),
])
def test_constraints_are_answered_in_the_words_of_aws(kinesis, arguments, constraints):
    message = refusal("ValidationException", kinesis.create_stream, **arguments)
    count = len(constraints)
    assert message.startswith(f"{count} validation error{'s' if count > 1 else ''} detected: ")
    for constraint in constraints:
        assert constraint in message


def test_a_type_that_does_not_fit_is_a_serialization_error(server, kinesis):
    import json

    from harness import raw

    answer = raw.post(server.port, "CreateStream", json.dumps({"StreamName": 5}).encode())
    assert answer.status == 400
    assert json.loads(answer.body) == {
        "__type": "SerializationException",
        "Message": "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"}


def test_streams_are_listed_in_pages(kinesis, name):
    names = [f"{name}.{n}" for n in range(5)]
    for each in names:
        kinesis.create_stream(StreamName=each, ShardCount=1)
    pages = list(kinesis.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 2}))
    listed = [each for page in pages for each in page["StreamNames"]]
    assert [each for each in listed if each.startswith(name)] == names
    assert all(len(page["StreamNames"]) <= 2 for page in pages)
    assert [page["HasMoreStreams"] for page in pages][-1] is False
    summaries = [each for page in pages for each in page["StreamSummaries"] if each["StreamName"].startswith(name)]
    assert [each["StreamStatus"] for each in summaries] == ["ACTIVE"] * 5
    for each in names:
        kinesis.delete_stream(StreamName=each)


def test_describe_stream_is_paged(kinesis, wide):
    pages = list(kinesis.get_paginator("describe_stream").paginate(StreamName=wide, PaginationConfig={"PageSize": 3}))
    assert [len(page["StreamDescription"]["Shards"]) for page in pages] == [3, 1]
    assert [page["StreamDescription"]["HasMoreShards"] for page in pages] == [True, False]


def test_a_deleted_stream_is_gone_and_nothing_of_it_shows_in_the_next_of_its_name(kinesis, stream):
    kinesis.put_record(StreamName=stream, Data=b"old", PartitionKey="k")
    before = kinesis.get_shard_iterator(StreamName=stream, ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    kinesis.add_tags_to_stream(StreamName=stream, Tags={"old": "yes"})
    kinesis.delete_stream(StreamName=stream)
    kinesis.get_waiter("stream_not_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    refusal("ResourceNotFoundException", kinesis.get_records, ShardIterator=before)
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    assert kinesis.list_tags_for_stream(StreamName=stream)["Tags"] == []
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert kinesis.get_records(ShardIterator=iterator)["Records"] == []
    with pytest.raises(kinesis.exceptions.ClientError):
        kinesis.get_records(ShardIterator=before)
