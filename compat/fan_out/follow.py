"""Follows a stream by enhanced fan-out with boto3, as followers.py describes: ENDPOINT STREAM CONSUMER_ARN."""

import os
import sys
import threading
import time

from harness.client import client

ENDPOINT, STREAM, CONSUMER = sys.argv[1:]
PAUSE = float(os.environ.get("FOLLOW_PAUSE_MS", "0")) / 1000
kinesis = client(ENDPOINT, os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], read_timeout=60,
                 verify=os.environ.get("AWS_CA_BUNDLE"))
lock, begun, done = threading.Lock(), set(), set()


def say(*words):
    with lock:
        sys.stdout.write(" ".join(words) + "\n")
        sys.stdout.flush()


def follow(shard):
    start = {"Type": "TRIM_HORIZON"}
    while True:
        try:
            answer = kinesis.subscribe_to_shard(ConsumerARN=CONSUMER, ShardId=shard, StartingPosition=start)
            say("subscribed", shard)
            for event in (each["SubscribeToShardEvent"] for each in answer["EventStream"]):
                for record in event["Records"]:
                    say("record", shard, record["SequenceNumber"], record["PartitionKey"], record["Data"].split(b" ", 1)[0].decode())
                if children := event.get("ChildShards"):
                    say("closed", shard, *(child["ShardId"] for child in children))
                    return end(shard, children)
                start = {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": event["ContinuationSequenceNumber"]}
                time.sleep(PAUSE)
            say("ended", shard)
        except Exception as error:  # noqa: BLE001 - said, and tried again
            say("broken", shard, f"{type(error).__name__}: {error}".replace("\n", " "))
            time.sleep(0.3)


def end(shard, children):
    with lock:
        done.add(shard)
        free = [child["ShardId"] for child in children if done.issuperset(child["ParentShards"])]
    for child in free:
        begin(child)


def begin(shard):
    with lock:
        if shard in begun:
            return
        begun.add(shard)
    threading.Thread(target=follow, args=[shard], daemon=True).start()


for found in kinesis.list_shards(StreamName=STREAM)["Shards"]:
    if "ParentShardId" not in found:
        begin(found["ShardId"])
# Until it is ended.
threading.Event().wait()
