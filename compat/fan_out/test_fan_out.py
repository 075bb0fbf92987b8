"""SubscribeToShard as AWS's SDKs see it: every record once for a chain of subscriptions, and in order by key."""

import time

import pytest

from fan_out.followers import KINDS, ONE_EACH
from harness.client import is_open, shards
from harness.flumen import running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="stops and kills the server"), pytest.mark.timeout(300)]


def open_shards(stage, stream):
    found = [shard for shard in shards(stage.kinesis, stream) if is_open(shard)]
    return sorted(found, key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))


def split(stage, stream, shard):
    low, high = (int(shard["HashKeyRange"][end]) for end in ("StartingHashKey", "EndingHashKey"))
    stage.kinesis.split_shard(StreamName=stream, ShardToSplit=shard["ShardId"], NewStartingHashKey=str((low + high) // 2))


def merge(stage, stream, first, second):
    stage.kinesis.merge_shards(StreamName=stream, ShardToMerge=first["ShardId"], AdjacentShardToMerge=second["ShardId"])


def test_splits_merges_and_restarts_are_followed(stage):
    arn = stage.make("followed", 2)
    followers = stage.follow("followed", arn, KINDS)
    writer = stage.writer("followed")

    time.sleep(1)
    split(stage, "followed", open_shards(stage, "followed")[0])
    time.sleep(1)
    merge(stage, "followed", *open_shards(stage, "followed")[:2])
    # A shard that is new, split at once.
    split(stage, "followed", open_shards(stage, "followed")[0])
    time.sleep(1)
    assert stage.server.restart() < 20
    time.sleep(2)
    stage.kinesis.update_shard_count(StreamName="followed", TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    time.sleep(1)
    stage.server.kill()
    stage.server.start()
    time.sleep(2)
    merge(stage, "followed", *open_shards(stage, "followed")[1:3])
    # Written into shards whose parents some still read.
    time.sleep(1)
    stage.server.kill()
    # While nobody answers.
    time.sleep(1)
    stage.server.start()
    time.sleep(1)
    writer.end()

    assert sum(map(len, writer.acknowledged.values())) > 500
    closed = {shard["ShardId"] for shard in shards(stage.kinesis, "followed") if not is_open(shard)}
    assert len(closed) >= 5
    for follower in followers:
        follower.wait(writer.was_seen_by, 60, "last record")
        writer.judge(follower)
        assert {line[1] for line in follower.lines("closed")} == closed, follower.kind


SLOW_RECORDS = 160


@pytest.mark.parametrize("stage", [["--tail-memory", "64MiB"]], indirect=True)
def test_a_slow_reader_holds_nobody_up_and_misses_nothing(stage):
    arn = stage.make("uneven", 1)
    quick = stage.follow("uneven", arn, ["rust over HTTP/1.1"])[0]
    slow = stage.follow("uneven", arn, ONE_EACH, pause_ms=50)
    idle_mib = stage.server.resident_mib()

    def all_seen(follower):
        return len(follower.lines("record")) >= SLOW_RECORDS

    # More than the server keeps in memory, so the slow ones have to read from segments.
    for number in range(SLOW_RECORDS):
        stage.kinesis.put_record(StreamName="uneven", PartitionKey="key", Data=f"{number} ".ljust(1_000_000, "."))
    quick.wait(all_seen, 20, "last record")
    for follower in slow:
        follower.wait(all_seen, 90, "last record")
    for follower in [quick, *slow]:
        assert follower.words() == {"key": [str(number) for number in range(SLOW_RECORDS)]}, follower.kind
    assert stage.server.resident_mib() - idle_mib < 64 + 64
