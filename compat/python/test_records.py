"""Records: put, routed, read from every kind of position."""

import datetime
import hashlib
import time

import pytest

from harness.client import read_shard, refusal, shards

ACCOUNT = "000000000000"
# Too long for the oldest form of sequence numbers, too short for the others.
NONSENSE = "1" + "0" * 50


def test_a_record_comes_back_as_it_was_put(kinesis, stream):
    data = bytes(range(256)) * 8
    put = kinesis.put_record(StreamName=stream, Data=data, PartitionKey="ключ")
    assert put["ShardId"] == "shardId-000000000000"
    assert "EncryptionType" not in put
    [record] = read_shard(kinesis, stream, put["ShardId"])
    assert record["Data"] == data
    assert record["PartitionKey"] == "ключ"
    assert record["SequenceNumber"] == put["SequenceNumber"]
    assert "EncryptionType" not in record
    age = datetime.datetime.now(datetime.timezone.utc) - record["ApproximateArrivalTimestamp"]
    assert abs(age.total_seconds()) < 30


def test_an_empty_record_is_a_record(kinesis, stream):
    kinesis.put_record(StreamName=stream, Data=b"", PartitionKey="k")
    assert [record["Data"] for record in read_shard(kinesis, stream, "shardId-000000000000")] == [b""]


def test_a_record_of_one_mebibyte_with_its_key_is_the_largest(kinesis, stream):
    kinesis.put_record(StreamName=stream, Data=b"x" * (2**20 - 1), PartitionKey="k")
    message = refusal("ValidationException", kinesis.put_record, StreamName=stream, Data=b"x" * (2**20 + 1), PartitionKey="k")
    assert message == ("1 validation error detected: Value at 'data' failed to satisfy constraint: "
                       "Member must have length less than or equal to 1048576")
    refusal("ValidationException", kinesis.put_record, StreamName=stream, Data=b"x" * 2**20, PartitionKey="k")


def test_a_stream_can_take_records_of_ten_mebibytes(kinesis, stream, arn):
    kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=10240)
    kinesis.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    data = b"0123456789abcdef" * 65536 * 10
    data = data[:-1]
    kinesis.put_record(StreamName=stream, Data=data, PartitionKey="k")
    assert [record["Data"] == data for record in read_shard(kinesis, stream, "shardId-000000000000")] == [True]
    assert kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["MaxRecordSizeInKiB"] == 10240
    message = refusal("ValidationException", kinesis.update_max_record_size, StreamARN=arn, MaxRecordSizeInKiB=1023)
    assert "Member must have value greater than or equal to 1024" in message


def test_records_go_to_the_shard_that_holds_the_hash_of_their_key(kinesis, wide):
    keys = [f"partitionKey-{n}" for n in range(100)]
    answer = kinesis.put_records(StreamName=wide, Records=[{"Data": key.encode(), "PartitionKey": key} for key in keys])
    assert answer["FailedRecordCount"] == 0
    expected = [int.from_bytes(hashlib.md5(key.encode()).digest(), "big") // 2**126 for key in keys]
    assert [entry["ShardId"] for entry in answer["Records"]] == [f"shardId-{n:012}" for n in expected]
    for shard in shards(kinesis, wide):
        got = [record["PartitionKey"] for record in read_shard(kinesis, wide, shard["ShardId"])]
        assert sorted(got) == sorted(key for key, n in zip(keys, expected) if shard["ShardId"].endswith(str(n)))


def test_an_explicit_hash_key_outweighs_the_partition_key(kinesis, wide):
    for n in range(4):
        put = kinesis.put_record(StreamName=wide, Data=b"x", PartitionKey="same", ExplicitHashKey=str(n * 2**126))
        assert put["ShardId"] == f"shardId-{n:012}"
    message = refusal("InvalidArgumentException", kinesis.put_record, StreamName=wide, Data=b"x", PartitionKey="k",
                      ExplicitHashKey=str(2**128))
    assert message == ("Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
                       f"Specified value was {2**128}")


def test_one_bad_entry_refuses_the_whole_request(kinesis, stream):
    good = {"Data": b"x", "PartitionKey": "k"}
    message = refusal("ValidationException", kinesis.put_records, StreamName=stream, Records=[good, {"Data": b"x", "PartitionKey": ""}])
    assert "at 'records.2.member.partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1" in message
    refusal("InvalidArgumentException", kinesis.put_records, StreamName=stream, Records=[good, good | {"ExplicitHashKey": str(2**128)}])
    refusal("ValidationException", kinesis.put_records, StreamName=stream, Records=[good, {"Data": b"x" * (2**20 + 1), "PartitionKey": "k"}])
    assert "less than or equal to 500" in refusal("ValidationException", kinesis.put_records, StreamName=stream, Records=[good] * 501)
    assert "greater than or equal to 1" in refusal("ValidationException", kinesis.put_records, StreamName=stream, Records=[])
    assert read_shard(kinesis, stream, "shardId-000000000000") == []


def test_puts_to_no_stream_are_refused(kinesis):
    message = f"Stream missing under account {ACCOUNT} not found."
    assert refusal("ResourceNotFoundException", kinesis.put_record, StreamName="missing", Data=b"x", PartitionKey="k") == message
    assert refusal("ResourceNotFoundException", kinesis.put_records, StreamName="missing",
                   Records=[{"Data": b"x", "PartitionKey": "k"}]) == message


def test_sequence_numbers_rise_and_can_be_ordered_after_another(kinesis, stream):
    last = "0"
    for n in range(20):
        extra = {"SequenceNumberForOrdering": last} if n else {}
        put = kinesis.put_record(StreamName=stream, Data=str(n).encode(), PartitionKey="k", **extra)
        assert int(put["SequenceNumber"]) > int(last)
        assert len(put["SequenceNumber"]) == 56
        last = put["SequenceNumber"]
    assert [record["Data"] for record in read_shard(kinesis, stream, "shardId-000000000000")] == [str(n).encode() for n in range(20)]
    message = refusal("InvalidArgumentException", kinesis.put_record, StreamName=stream, Data=b"x", PartitionKey="k",
                      SequenceNumberForOrdering=NONSENSE)
    assert message == f"ExclusiveMinimumSequenceNumber {NONSENSE} used in PutRecord on stream {stream} under account {ACCOUNT} is invalid."


@pytest.fixture
def ten(kinesis, stream):
    """A stream with ten records, and their sequence numbers."""
    records = [{"Data": str(n).encode(), "PartitionKey": "k"} for n in range(10)]
    answer = kinesis.put_records(StreamName=stream, Records=records)
    return stream, [entry["SequenceNumber"] for entry in answer["Records"]]


def test_iterators_begin_where_their_type_says(kinesis, ten):
    stream, numbers = ten

    def read(kind, **arguments):
        return [int(record["Data"]) for record in read_shard(kinesis, stream, "shardId-000000000000", kind, **arguments)]

    every = list(range(10))
    assert read("TRIM_HORIZON") == every
    assert read("LATEST") == []
    assert read("AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[4]) == every[4:]
    assert read("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[4]) == every[5:]
    assert read("AT_TIMESTAMP", Timestamp=datetime.datetime(2020, 1, 1)) == every
    [shard] = shards(kinesis, stream)
    start = shard["SequenceNumberRange"]["StartingSequenceNumber"]
    assert read("AT_SEQUENCE_NUMBER", StartingSequenceNumber=start) == every


def test_a_timestamp_finds_the_first_record_that_is_not_older(kinesis, ten):
    stream, _ = ten
    # boto3 sends whole seconds.
    time.sleep(1.1)
    put = kinesis.put_record(StreamName=stream, Data=b"later", PartitionKey="k")
    records = read_shard(kinesis, stream, put["ShardId"])
    moment = records[-1]["ApproximateArrivalTimestamp"]
    found = read_shard(kinesis, stream, put["ShardId"], "AT_TIMESTAMP", Timestamp=moment)
    assert [record["Data"] for record in found] == [b"later"]


def test_latest_sees_what_comes_after_it_however_often_it_is_used(kinesis, stream):
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId="shardId-000000000000", ShardIteratorType="LATEST")["ShardIterator"]
    assert kinesis.get_records(ShardIterator=iterator)["Records"] == []
    kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k")
    for _ in range(2):
        assert [record["Data"] for record in kinesis.get_records(ShardIterator=iterator)["Records"]] == [b"x"]
    assert len(kinesis.get_records(ShardIterator=f'"{iterator}"')["Records"]) == 1


def test_limit_cuts_an_answer_and_the_next_iterator_goes_on(kinesis, ten):
    stream, _ = ten
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    sizes = []
    for _ in range(4):
        answer = kinesis.get_records(ShardIterator=iterator, Limit=4)
        sizes.append(len(answer["Records"]))
        assert answer["MillisBehindLatest"] >= 0
        assert "ChildShards" not in answer
        iterator = answer["NextShardIterator"]
    assert sizes == [4, 4, 2, 0]
    message = refusal("ValidationException", kinesis.get_records, ShardIterator=iterator, Limit=10001)
    assert "Member must have value less than or equal to 10000" in message


def test_an_answer_holds_ten_mebibytes_at_most(kinesis, stream):
    for n in range(3):
        records = [{"Data": bytes([n]) * 900_000, "PartitionKey": str(m)} for m in range(5)]
        assert kinesis.put_records(StreamName=stream, Records=records)["FailedRecordCount"] == 0
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    first = kinesis.get_records(ShardIterator=iterator)
    assert sum(len(record["Data"]) for record in first["Records"]) <= 10 * 2**20
    assert 1 <= len(first["Records"]) < 15
    assert len(read_shard(kinesis, stream, "shardId-000000000000")) == 15


def test_a_bad_iterator_is_refused(kinesis, ten):
    stream, _ = ten
    good = kinesis.get_shard_iterator(StreamName=stream, ShardId="0", ShardIteratorType="LATEST")["ShardIterator"]
    assert len(good) <= 512
    middle = len(good) // 2
    altered = good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1:]
    for bad in (altered, good[:-4], "AAAAAAAAAAGVGIBl", "nonsense"):
        assert refusal("InvalidArgumentException", kinesis.get_records, ShardIterator=bad) == "Invalid ShardIterator."
    assert "Member must not be null" in refusal("ValidationException", kinesis.get_records)


def test_positions_that_make_no_sense_are_refused_in_the_words_of_aws(kinesis, ten):
    stream, numbers = ten

    def refused(code="InvalidArgumentException", shard="shardId-000000000000", **arguments):
        return refusal(code, kinesis.get_shard_iterator, StreamName=stream, ShardId=shard, **arguments)

    must = ("Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber "
            "or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. ")
    assert refused(ShardIteratorType="AT_SEQUENCE_NUMBER") == must + "Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber."
    assert refused(ShardIteratorType="LATEST", StartingSequenceNumber=numbers[0]) == must + "Request specified LATEST and also a StartingSequenceNumber."
    assert refused(ShardIteratorType="AT_TIMESTAMP") == (
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.")
    future = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    assert refused(ShardIteratorType="AT_TIMESTAMP", Timestamp=future).startswith(
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ")
    where = f"on shard shardId-000000000000 in stream {stream} under account {ACCOUNT} is invalid."
    assert refused(ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=NONSENSE) == (
        f"StartingSequenceNumber {NONSENSE} used in GetShardIterator {where}")
    assert refused("ResourceNotFoundException", "shardId-000000000009", ShardIteratorType="LATEST") == (
        f"Shard shardId-000000000009 in stream {stream} under account {ACCOUNT} does not exist")
    assert refused("ResourceNotFoundException", "nonsense", ShardIteratorType="LATEST") == (
        f"Could not find shard nonsense in stream {stream} under account {ACCOUNT}.")
    assert "[AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]" in refused(
        "ValidationException", ShardIteratorType="SOMEWHERE")


def test_a_sequence_number_of_another_shard_or_stream_is_told_apart(kinesis, wide):
    put = kinesis.put_record(StreamName=wide, Data=b"x", PartitionKey="k", ExplicitHashKey=str(2**128 - 1))
    assert put["ShardId"] == "shardId-000000000003"
    message = refusal("InvalidArgumentException", kinesis.get_shard_iterator, StreamName=wide, ShardId="shardId-000000000000",
                      ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=put["SequenceNumber"])
    assert message == ("Invalid StartingSequenceNumber. It encodes shardId-000000000003, "
                       "while it was used in a call to a shard with shardId-000000000000")


def test_shard_ids_are_read_with_goodwill(kinesis, ten):
    stream, _ = ten
    for shard in ("0", "foo-0", "shardId-0", "shardId-000000000000"):
        assert len(read_shard(kinesis, stream, shard)) == 10
