"""Changes the shards under the producers' feet."""

import time

ACTIVE_WITHIN = 60.0


def while_records_flow(kinesis, stream, progress, changes):
    """After a quarter of the records the first shard is split, after a half the last two are merged."""
    try:
        if not progress.wait_for(0.25):
            return
        first = shards(kinesis, stream)[0]
        middle = (int(first["HashKeyRange"]["StartingHashKey"]) + int(first["HashKeyRange"]["EndingHashKey"]) + 1) // 2
        kinesis.split_shard(StreamName=stream, ShardToSplit=first["ShardId"], NewStartingHashKey=str(middle))
        changes.append(f"split {first['ShardId']} with {progress.taken:,} records put")
        until_active(kinesis, stream)

        if not progress.wait_for(0.5):
            return
        lower, upper = [shard["ShardId"] for shard in shards(kinesis, stream)[-2:]]
        kinesis.merge_shards(StreamName=stream, ShardToMerge=lower, AdjacentShardToMerge=upper)
        changes.append(f"merged {lower} and {upper} with {progress.taken:,} records put")
        until_active(kinesis, stream)
    except Exception as failure:  # noqa: BLE001 - the main thread counts the changes and says what is missing
        print(f"resharding failed: {failure}")


def shards(kinesis, stream):
    """The open ones, from the lowest hash key to the highest."""
    pages = kinesis.get_paginator("list_shards").paginate(StreamName=stream)
    every = [shard for page in pages for shard in page["Shards"]]
    still_open = [shard for shard in every if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]
    return sorted(still_open, key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))


def until_active(kinesis, stream):
    end = time.monotonic() + ACTIVE_WITHIN
    while kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamStatus"] != "ACTIVE":
        if time.monotonic() > end:
            raise TimeoutError(f"{stream} is not ACTIVE after {ACTIVE_WITHIN} s")
        time.sleep(0.02)
