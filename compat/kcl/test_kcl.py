"""KCL 1, 2 and 3 through all that happens to a fleet, with nothing beside the server: leases, metrics and records are its own.
They may what the policies for producers and for the library say, and no more."""

import json
import time

import pytest

from fleet import KEYS, PATIENCE, Feed, Fleet, wait
from harness import people
from harness.client import shards
from harness.flumen import running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="needs servers of its own"), pytest.mark.timeout(1200)]

WAYS = [("kcl3", "polling"), ("kcl3", "fanout"), ("kcl2", "polling"), ("kcl2", "fanout"), ("kcl1", "polling")]


@pytest.mark.parametrize(("module", "mode"), WAYS)
def test_a_fleet_lives_through_everything(module, mode, tmp_path):
    begun = time.monotonic()

    def step(text):
        print(f"{module} {mode} {time.monotonic() - begun:5.1f} s  {text}")

    with Fleet(module, mode, tmp_path) as fleet:
        feed = Feed(fleet)
        first = fleet.worker("first")
        fleet.wait_until_held([4])
        step("one worker has all shards")

        second = fleet.worker("second")
        fleet.wait_until_held([2, 2])
        step("two workers share them")
        if module == "kcl3":
            handed = {told.words[0] for told in first.told if told.what == "handed"}
            assert second.held() <= handed | fleet.losses().keys(), "leases move by a graceful hand-over"
            assert fleet.delivered_again() == []

        ids = [shard["ShardId"] for shard in shards(fleet.kinesis, fleet.stream)]
        fleet.kinesis.split_shard(StreamName=fleet.stream, ShardToSplit=ids[0], NewStartingHashKey=str(2**125))
        fleet.kinesis.merge_shards(StreamName=fleet.stream, ShardToMerge=ids[2], AdjacentShardToMerge=ids[3])
        fleet.wait_until_held()
        fleet.wait_until_read()
        step("a split and a merge are followed")

        fleet.kill_server()
        fleet.wait_until_held()
        fleet.wait_until_read()
        step("the server was killed and is back")

        fleet.kill_worker(second)
        fleet.wait_until_held([4])
        step("one worker was killed and the other has all shards")

        feed.stop()
        fleet.wait_until_read()
        held = first.held() & fleet.open_shards()
        first.stop()
        told_of_the_end = {told.words[0] for told in first.told if told.what == "handed"}
        assert held <= told_of_the_end | fleet.losses().keys(), "each shard was told of the end"
        step("a worker ended in good order")

        more = Feed(fleet, first_round=feed.rounds)
        wait("rounds", lambda: more.rounds > feed.rounds + 5, 30)
        more.stop()
        stand = fleet.checkpoints()
        fleet.check_checkpoints(stand)
        third = fleet.worker("third")
        fleet.wait_until_read()
        # What lies behind a checkpoint that came too late was delivered before, and still comes again.
        past = {(shard, sequence) for shard, sequence in fleet.stored() if int(sequence) > stand[shard]}
        wait("all past the checkpoints", lambda: past <= third.delivered, PATIENCE)
        step("the next one goes on from its checkpoints")
        time.sleep(1)
        fleet.check()
        assert third.delivered == past, "it begins where the checkpoints stand and nowhere else"
        assert len(past) >= (more.rounds - feed.rounds) * KEYS
        again = fleet.delivered_again()
        losses = sum(map(len, fleet.losses().values()))
        step(f"{len(fleet.records())} deliveries of {len(fleet.stored())} records, {len(again)} again without a kill, {losses} leases lost")
        if module == "kcl3":
            assert again == []
        check_metrics(fleet)
        assert people.denied(fleet.server) == []


def check_metrics(fleet):
    """What the library reported of itself is there to be read."""
    pages = fleet.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace=f"app-{fleet.module}-{fleet.mode}")
    names = {metric["MetricName"] for page in pages for metric in page["Metrics"]}
    assert {"RecordsProcessed", "MillisBehindLatest"} <= names, names


# What the library cannot do without.
NEEDED = [("polling", "kinesis:GetRecords"), ("fanout", "kinesis:SubscribeToShard")]


@pytest.mark.parametrize(("mode", "action"), NEEDED)
def test_a_worker_who_lacks_one_right_reads_nothing_until_it_has_it(mode, action, tmp_path):
    with Fleet("kcl3", mode, tmp_path, stream_shards=1) as fleet:
        iam = fleet.client("iam")
        arn = "arn:aws:iam::aws:policy/FlumenConsumerLibrary"
        document = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
        lacking = json.loads(json.dumps(document))
        lacking["Statement"][0]["Action"].remove(action)
        iam.create_user(UserName="narrow")
        key = iam.create_access_key(UserName="narrow")["AccessKey"]
        put = {"UserName": "narrow", "PolicyName": "p"}
        iam.put_user_policy(**put, PolicyDocument=json.dumps(lacking))
        fleet.client("kinesis", "producer").put_record(StreamName=fleet.stream, Data=b"key-0:0", PartitionKey="key-0")

        worker = fleet.worker("narrow", people.Key(key["AccessKeyId"], key["SecretAccessKey"]))
        operation = action.split(":")[1]
        wait(worker.errors, lambda: len(people.denied(fleet.server)) > 1, PATIENCE)
        assert all(f"operation=\"{operation}\"" in line for line in people.denied(fleet.server)), people.denied(fleet.server)
        assert fleet.records() == []
        iam.put_user_policy(**put, PolicyDocument=json.dumps(document))
        fleet.wait_until_read()
