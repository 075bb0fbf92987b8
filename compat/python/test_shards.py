"""Shards: listed, split, merged, rescaled, read across the change."""

import datetime

import pytest

from harness.client import is_open, read_shard, refusal, shards

ACCOUNT = "000000000000"
TOP = 2**128 - 1


def until_active(kinesis, stream):
    kinesis.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 20})


def open_shards(kinesis, stream):
    return sorted((s for s in shards(kinesis, stream) if is_open(s)), key=lambda s: int(s["HashKeyRange"]["StartingHashKey"]))


def covers_everything(found):
    edges = [(int(s["HashKeyRange"]["StartingHashKey"]), int(s["HashKeyRange"]["EndingHashKey"])) for s in found]
    edges.sort()
    return edges[0][0] == 0 and edges[-1][1] == TOP and all(a[1] + 1 == b[0] for a, b in zip(edges, edges[1:]))


def test_a_split_closes_the_parent_and_opens_two_children(kinesis, stream):
    before = kinesis.put_record(StreamName=stream, Data=b"before", PartitionKey="k")
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    until_active(kinesis, stream)
    parent, lower, upper = shards(kinesis, stream)
    assert not is_open(parent) and is_open(lower) and is_open(upper)
    assert lower["ShardId"] == "shardId-000000000001" and upper["ShardId"] == "shardId-000000000002"
    assert lower["ParentShardId"] == upper["ParentShardId"] == parent["ShardId"]
    assert "AdjacentParentShardId" not in lower
    assert lower["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": str(2**127 - 1)}
    assert upper["HashKeyRange"] == {"StartingHashKey": str(2**127), "EndingHashKey": str(TOP)}
    after = kinesis.put_record(StreamName=stream, Data=b"after", PartitionKey="k")
    assert after["ShardId"] in (lower["ShardId"], upper["ShardId"])
    assert int(after["SequenceNumber"]) > int(parent["SequenceNumberRange"]["EndingSequenceNumber"]) > int(before["SequenceNumber"])


def test_a_reader_of_a_closed_shard_is_led_to_its_children(kinesis, stream):
    kinesis.put_record(StreamName=stream, Data=b"before", PartitionKey="k")
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    until_active(kinesis, stream)
    found, children = [], []
    while iterator:
        answer = kinesis.get_records(ShardIterator=iterator)
        found += [record["Data"] for record in answer["Records"]]
        iterator = answer.get("NextShardIterator")
        children = answer.get("ChildShards", [])
        assert bool(children) == (iterator is None)
    assert found == [b"before"]
    assert [child["ShardId"] for child in children] == ["shardId-000000000001", "shardId-000000000002"]
    assert [child["ParentShards"] for child in children] == [["shardId-000000000000"]] * 2
    latest = kinesis.get_shard_iterator(StreamName=stream, ShardId="0", ShardIteratorType="LATEST")["ShardIterator"]
    answer = kinesis.get_records(ShardIterator=latest)
    assert answer.get("NextShardIterator") is None and len(answer["ChildShards"]) == 2


def test_a_merge_makes_one_child_with_both_parents(kinesis, wide):
    kinesis.merge_shards(StreamName=wide, ShardToMerge="shardId-000000000001", AdjacentShardToMerge="shardId-000000000002")
    until_active(kinesis, wide)
    [child] = [shard for shard in shards(kinesis, wide) if "ParentShardId" in shard]
    assert child["ShardId"] == "shardId-000000000004"
    assert child["ParentShardId"] == "shardId-000000000001"
    assert child["AdjacentParentShardId"] == "shardId-000000000002"
    assert child["HashKeyRange"] == {"StartingHashKey": str(2**126), "EndingHashKey": str(3 * 2**126 - 1)}
    assert covers_everything(open_shards(kinesis, wide))
    latest = kinesis.get_shard_iterator(StreamName=wide, ShardId="1", ShardIteratorType="LATEST")["ShardIterator"]
    [led] = kinesis.get_records(ShardIterator=latest)["ChildShards"]
    assert sorted(led["ParentShards"]) == ["shardId-000000000001", "shardId-000000000002"]


def test_shards_that_cannot_be_split_or_merged_are_told_why(kinesis, wide):
    under = f"in stream {wide} under account {ACCOUNT}"
    for key in ("1", "0", str(2**126 - 1), str(2**126)):
        message = refusal("InvalidArgumentException", kinesis.split_shard, StreamName=wide, ShardToSplit="shardId-000000000000",
                          NewStartingHashKey=key)
        assert message == (f"NewStartingHashKey {key} used in SplitShard() on shard shardId-000000000000 {under} is not both greater than "
                           f"one plus the shard's StartingHashKey 0 and less than the shard's EndingHashKey {2**126 - 1}.")
    adjacent = f"Shards shardId-000000000002 and shardId-000000000001 {under} are not an adjacent pair of shards eligible for merging"
    assert adjacent == refusal("InvalidArgumentException", kinesis.merge_shards, StreamName=wide, ShardToMerge="shardId-000000000002",
                               AdjacentShardToMerge="shardId-000000000001")
    missing = f"Could not find shard shardId-000000000042 {under}."
    assert missing == refusal("ResourceNotFoundException", kinesis.split_shard, StreamName=wide, ShardToSplit="shardId-000000000042",
                              NewStartingHashKey="100")
    kinesis.merge_shards(StreamName=wide, ShardToMerge="shardId-000000000000", AdjacentShardToMerge="shardId-000000000001")
    until_active(kinesis, wide)
    closed = f"Shard shardId-000000000000 {under} has already been merged or split, and thus is not eligible for merging or splitting."
    assert closed == refusal("InvalidArgumentException", kinesis.split_shard, StreamName=wide, ShardToSplit="shardId-000000000000",
                             NewStartingHashKey="100")


def test_on_demand_streams_are_not_split_merged_or_rescaled(kinesis, name):
    kinesis.create_stream(StreamName=name, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    until_active(kinesis, name)
    message = f"Request is invalid. Stream {name} under account {ACCOUNT} is in On-Demand mode."
    assert message == refusal("ValidationException", kinesis.split_shard, StreamName=name, ShardToSplit="0", NewStartingHashKey="100")
    assert message == refusal("ValidationException", kinesis.merge_shards, StreamName=name, ShardToMerge="0", AdjacentShardToMerge="1")
    refusal("ValidationException", kinesis.update_shard_count, StreamName=name, TargetShardCount=2, ScalingType="UNIFORM_SCALING")


@pytest.mark.parametrize("target, total", [(8, 12), (5, 15), (3, None), (2, 6)])
def test_rescaling_ends_in_equal_shards(kinesis, wide, target, total):
    answer = kinesis.update_shard_count(StreamName=wide, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
    assert (answer["CurrentShardCount"], answer["TargetShardCount"], answer["StreamName"]) == (4, target, wide)
    until_active(kinesis, wide)
    found = open_shards(kinesis, wide)
    assert len(found) == target and covers_everything(found)
    sizes = [int(s["HashKeyRange"]["EndingHashKey"]) - int(s["HashKeyRange"]["StartingHashKey"]) for s in found]
    assert max(sizes) - min(sizes) <= target
    if total:
        assert len(shards(kinesis, wide)) == total


def test_order_by_key_holds_across_changes_of_shards(kinesis, wide):
    def put(start):
        for n in range(start, start + 10):
            records = [{"Data": f"{n}".encode(), "PartitionKey": f"key-{k}"} for k in range(40)]
            assert kinesis.put_records(StreamName=wide, Records=records)["FailedRecordCount"] == 0

    put(0)
    kinesis.split_shard(StreamName=wide, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**125))
    until_active(kinesis, wide)
    put(10)
    kinesis.update_shard_count(StreamName=wide, TargetShardCount=3, ScalingType="UNIFORM_SCALING")
    until_active(kinesis, wide)
    put(20)
    seen = {}
    for shard in shards(kinesis, wide):
        for record in read_shard(kinesis, wide, shard["ShardId"]):
            seen.setdefault(record["PartitionKey"], []).append((int(record["Data"]), int(record["SequenceNumber"])))
    assert len(seen) == 40
    for places in seen.values():
        assert [data for data, _ in places] == list(range(30))
        assert [number for _, number in places] == sorted(number for _, number in places)


def test_filters_choose_shards(kinesis, stream):
    kinesis.split_shard(StreamName=stream, ShardToSplit="0", NewStartingHashKey=str(2**127))
    until_active(kinesis, stream)

    def listed(**chosen):
        return [int(shard["ShardId"][-3:]) for shard in kinesis.list_shards(StreamName=stream, ShardFilter=chosen)["Shards"]]

    assert listed(Type="FROM_TRIM_HORIZON") == [0, 1, 2]
    assert listed(Type="AT_TRIM_HORIZON") == [0]
    assert listed(Type="AT_LATEST") == [1, 2]
    assert listed(Type="AFTER_SHARD_ID", ShardId="shardId-000000000001") == [2]
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    assert listed(Type="FROM_TIMESTAMP", Timestamp=past) == [0, 1, 2]
    refusal("InvalidArgumentException", kinesis.list_shards, StreamName=stream, ShardFilter={"Type": "AFTER_SHARD_ID"})
    refusal("InvalidArgumentException", kinesis.list_shards, StreamName=stream, ShardFilter={"Type": "AT_TIMESTAMP"})


def test_list_shards_is_paged_by_a_token_that_stands_alone(kinesis, wide):
    first = kinesis.list_shards(StreamName=wide, MaxResults=3)
    assert len(first["Shards"]) == 3
    rest = kinesis.list_shards(NextToken=first["NextToken"])
    assert [shard["ShardId"] for shard in rest["Shards"]] == ["shardId-000000000003"]
    assert "NextToken" not in rest
    token = first["NextToken"]
    together = "NextToken and {} cannot be provided together."
    assert refusal("InvalidArgumentException", kinesis.list_shards, NextToken=token, StreamName=wide) == together.format("StreamName")
    assert refusal("InvalidArgumentException", kinesis.list_shards, NextToken=token,
                   ExclusiveStartShardId="shardId-000000000000") == together.format("ExclusiveStartShardId")
    assert refusal("InvalidArgumentException", kinesis.list_shards, NextToken=token,
                   ShardFilter={"Type": "AT_LATEST"}) == together.format("ShardFilter")
    refusal("InvalidArgumentException", kinesis.list_shards)
    refusal("InvalidArgumentException", kinesis.list_shards, NextToken="nonsense")
    after = kinesis.list_shards(StreamName=wide, ExclusiveStartShardId="shardId-000000000001")
    assert [shard["ShardId"][-1] for shard in after["Shards"]] == ["2", "3"]
