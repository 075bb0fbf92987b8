"""KCL 1, 2 and 3 through all that happens to a fleet, with nothing beside the server: leases, metrics and records are its own."""

import time

import pytest

from fleet import Feed, Fleet, wait
from harness.client import client, shards
from harness.flumen import running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="needs servers of its own"), pytest.mark.timeout(900)]

WAYS = [("kcl3", "polling"), ("kcl3", "fanout"), ("kcl2", "polling"), ("kcl2", "fanout"), ("kcl1", "polling")]


@pytest.mark.parametrize(("module", "mode"), WAYS)
def test_a_fleet_lives_through_everything(module, mode, tmp_path):
    begun = time.monotonic()

    def step(text):
        print(f"{module} {mode} {time.monotonic() - begun:5.1f} s  {text}")

    with Fleet(module, mode, tmp_path) as fleet:
        feed = Feed(fleet.server.endpoint, fleet.stream)
        first = fleet.worker("first")
        fleet.wait_until_held([4])
        step("one worker has all shards")

        second = fleet.worker("second")
        fleet.wait_until_held([2, 2])
        step("two workers share them")
        if module == "kcl3":
            handed = [told for told in first.told if told.what == "handed"]
            assert len(handed) == 2, "leases move by a graceful hand-over"
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
        assert held - {told.words[0] for told in first.told if told.what == "handed"} == set(), "each shard was told of the end"
        step("a worker ended in good order")
        before = len(fleet.records())

        more = Feed(fleet.server.endpoint, fleet.stream, first_round=feed.rounds)
        wait("rounds", lambda: more.rounds > feed.rounds + 5, 30)
        more.stop()
        fleet.worker("third")
        fleet.wait_until_read()
        step("the next one goes on from its checkpoints")
        time.sleep(1)
        fleet.check()
        again = fleet.delivered_again()
        step(f"{len(fleet.records())} deliveries of {len(fleet.stored())} records, {len(again)} again without a kill")
        late = [told for told in fleet.records() if told.worker == "third"]
        assert len(fleet.records()) - before == len(late) == (more.rounds - feed.rounds) * 20
        if module == "kcl3":
            assert again == []
        check_metrics(fleet)


def check_metrics(fleet):
    """What the library reported of itself is there to be read."""
    cloudwatch = client(fleet.server.endpoint, service="cloudwatch")
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace=f"app-{fleet.module}-{fleet.mode}")
    names = {metric["MetricName"] for page in pages for metric in page["Metrics"]}
    assert {"RecordsProcessed", "MillisBehindLatest"} <= names, names
