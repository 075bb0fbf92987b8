"""KPL over TLS that it verifies: everything acknowledged is read back by KCL, which takes the aggregates apart. Both may what
the policies for these libraries say, and no more."""

import collections

import pytest

from fleet import PATIENCE, Fleet, Program, wait
from harness import people
from harness.flumen import running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="needs servers of its own"), pytest.mark.timeout(1000)]

KEYS = 100


def produce(fleet, records, size, meanwhile=lambda: None):
    """Returns what it said at its end."""
    program = Program("producer", "kpl", "flumen.Producer", (fleet.stream, records, size, KEYS), fleet.server,
                      fleet.keys["producer-library"], fleet.logs / "producer.log")
    wait(program.errors, lambda: program.lines or program.process.poll() is not None, PATIENCE)
    meanwhile()
    assert program.process.wait(PATIENCE) == 0, program.errors()
    program.reader.join(10)
    third, end = program.lines
    assert third == ["a third"], program.errors()
    return dict(zip(end[::2], map(float, end[1::2])))


def check_all_are_delivered(fleet, records):
    """What KPL sends twice, after a split, may come twice; nothing is missing."""
    fleet.worker("reader")
    wanted = {f"key-{n % KEYS}:{n // KEYS}" for n in range(records)}

    def delivered():
        return collections.Counter(told.words[4].rsplit(":", 1)[0] for told in fleet.records())

    wait(lambda: f"{len(wanted - delivered().keys())} of {records} were never delivered\n{fleet.workers[-1].errors()}",
         lambda: wanted <= delivered().keys(), PATIENCE)
    counts = delivered()
    assert counts.keys() == wanted
    assert people.denied(fleet.server) == []
    print(f"{records} records, {sum(counts.values()) - records} delivered twice, in {len(fleet.stored())} of the stream's")


def test_a_hundred_thousand_records_and_a_split_between(tmp_path):
    with Fleet("kcl3", "polling", tmp_path, stream_shards=2) as fleet:
        split = {"StreamName": fleet.stream, "ShardToSplit": "0", "NewStartingHashKey": str(2**126)}
        end = produce(fleet, 100_000, 100, lambda: fleet.kinesis.split_shard(**split))
        assert (end["stored"], end["failed"]) == (100_000, 0), end
        print(f"100000 records of 100 bytes in {end['seconds']} s")
        check_all_are_delivered(fleet, 100_000)
        assert len(fleet.open_shards()) == 3
        assert len(fleet.stored()) < 20_000, "most are in aggregates"
        metrics = fleet.client("cloudwatch").list_metrics(Namespace="KinesisProducerLibrary")["Metrics"]
        assert "UserRecordsPut" in {metric["MetricName"] for metric in metrics}


def test_a_throttled_producer_loses_nothing(tmp_path):
    with Fleet("kcl3", "polling", tmp_path, limits="aws", stream_shards=1) as fleet:
        end = produce(fleet, 10_000, 1000)
        assert (end["stored"], end["failed"]) == (10_000, 0), end
        # Ten megabytes through one shard, which takes one a second.
        assert end["seconds"] > 7 and end["attempts"] > 10_000, end
        check_all_are_delivered(fleet, 10_000)
