"""The real process killed in the middle of its work, again and again, and judged from outside.

Writers put numbered records and note what was acknowledged. The process is killed at a random moment, started
again, and everything is read back: every acknowledged record must be there with the number it was given, in the
order in which its writer put it, and no record twice. A record whose answer the kill cut off may be there or not.
Streams made and shards split before the kill, if acknowledged, must be there too.

`KILL9_ROUNDS` and `KILL9_SEED` change the number of rounds and repeat a run.
"""

import http.client
import json
import os
import random
import threading
import time

import pytest

from harness import raw
from harness.client import client, read_shard, shards
from harness.flumen import Flumen, running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="kills the server"), pytest.mark.timeout(1200)]

ROUNDS = int(os.environ.get("KILL9_ROUNDS", "50"))
SEED = int(os.environ.get("KILL9_SEED", random.SystemRandom().randrange(2**32)))
WRITERS = 6
STREAM = "under-fire"


class Writer(threading.Thread):
    """Puts its own records one request after the other, so their order is known, and never twice."""

    def __init__(self, port, name, batch, size):
        super().__init__(name=name, daemon=True)
        self.port, self.batch = port, batch
        self.filler = "x" * size
        # Number of a record -> the sequence number that its answer gave it.
        self.acknowledged = {}
        self.sent = 0
        self.surprise = None

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            while True:
                numbers = range(self.sent, self.sent + self.batch)
                self.sent += self.batch
                self.put(connection, numbers)
        except (OSError, http.client.HTTPException):
            # The kill. What was under way stays unacknowledged.
            pass
        except Exception as surprise:  # noqa: BLE001 - shown by the main thread
            self.surprise = surprise
        finally:
            connection.close()

    def put(self, connection, numbers):
        import base64

        records = [{"Data": base64.b64encode(f"{self.name} {number} {self.filler}".encode()).decode(), "PartitionKey": self.name}
                   for number in numbers]
        if self.batch == 1:
            operation, body = "PutRecord", {"StreamName": STREAM} | records[0]
        else:
            operation, body = "PutRecords", {"StreamName": STREAM, "Records": records}
        connection.request("POST", "/", json.dumps(body), raw.signed(operation))
        response = connection.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            raise RuntimeError(f"{response.status} {answer}")
        entries = answer.get("Records", [answer])
        for number, entry in zip(numbers, entries, strict=True):
            if "SequenceNumber" in entry:
                self.acknowledged[number] = entry["SequenceNumber"]


class Changer(threading.Thread):
    """Makes streams and splits shards meanwhile, and notes what was acknowledged."""

    def __init__(self, port, round_number, split):
        super().__init__(daemon=True)
        self.port, self.round, self.split = port, round_number, split
        self.made, self.done_splits = [], []

    def run(self):
        kinesis = client(f"http://127.0.0.1:{self.port}")
        try:
            if self.split:
                shard, key = self.split
                kinesis.split_shard(StreamName=STREAM, ShardToSplit=shard, NewStartingHashKey=key)
                self.done_splits.append(shard)
            for number in range(3):
                name = f"made-{self.round}-{number}"
                kinesis.create_stream(StreamName=name, ShardCount=1, Tags={"round": str(self.round)})
                self.made.append(name)
                time.sleep(0.02)
        except Exception:  # noqa: BLE001 - the kill, in one of many forms
            pass


def splittable(kinesis):
    """The widest open shard and its middle."""
    found = [s for s in shards(kinesis, STREAM) if "EndingSequenceNumber" not in s["SequenceNumberRange"]]
    widest = max(found, key=lambda s: int(s["HashKeyRange"]["EndingHashKey"]) - int(s["HashKeyRange"]["StartingHashKey"]))
    return widest["ShardId"], str((int(widest["HashKeyRange"]["StartingHashKey"]) + int(widest["HashKeyRange"]["EndingHashKey"])) // 2)


def read_all(kinesis, after):
    """The records of every shard behind the place that `after` holds for it, which moves on."""
    found = {}
    for shard in shards(kinesis, STREAM):
        name = shard["ShardId"]
        start = {"kind": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": after[name]} if name in after else {}
        for record in read_shard(kinesis, STREAM, name, **start):
            writer, number, _ = record["Data"].decode().split(" ", 2)
            assert writer == record["PartitionKey"]
            found.setdefault(writer, []).append((int(number), record["SequenceNumber"]))
            after[name] = record["SequenceNumber"]
    return found


def judge(writer, found):
    numbers = [number for number, _ in found]
    assert len(set(numbers)) == len(numbers), f"{writer.name}: a record is there twice"
    assert numbers == sorted(numbers), f"{writer.name}: records are out of order"
    lost = writer.acknowledged.items() - dict(found).items()
    assert not lost, f"{writer.name}: {len(lost)} acknowledged records are lost or have another number: {sorted(lost)[:3]}"
    unknown = [number for number in numbers if number >= writer.sent]
    assert not unknown, f"{writer.name}: {unknown} were never sent"


def test_nothing_acknowledged_is_lost_to_a_kill():
    chance = random.Random(SEED)
    print(f"seed {SEED}, {ROUNDS} rounds")
    everyone, after, acknowledged = [], {}, 0
    with Flumen() as server:
        kinesis = client(server.endpoint)
        kinesis.create_stream(StreamName=STREAM, ShardCount=4)
        for round_number in range(ROUNDS):
            writers = [Writer(server.port, f"w{round_number}.{n}", batch=chance.choice([1, 1, 7, 50]), size=chance.choice([10, 200, 3000]))
                       for n in range(WRITERS)]
            changer = Changer(server.port, round_number, splittable(kinesis) if round_number % 10 == 5 else None)
            for thread in [*writers, changer]:
                thread.start()
            # Now and then long enough for files to fill.
            time.sleep(chance.uniform(0.02, 0.5) if round_number % 10 else chance.uniform(1.0, 2.0))
            server.kill()
            for thread in [*writers, changer]:
                thread.join(15)
                assert not thread.is_alive()
            server.start()

            kinesis = client(server.endpoint)
            found = read_all(kinesis, after)
            for writer in writers:
                assert writer.surprise is None, writer.surprise
                judge(writer, found.pop(writer.name, []))
                acknowledged += len(writer.acknowledged)
            assert not found, f"records of earlier rounds appeared: {sorted(found)}"
            everyone += writers
            names = [name for page in kinesis.get_paginator("list_streams").paginate() for name in page["StreamNames"]]
            assert set(changer.made) <= set(names)
            for name in changer.made:
                assert kinesis.list_tags_for_stream(StreamName=name)["Tags"] == [{"Key": "round", "Value": str(round_number)}]
                kinesis.delete_stream(StreamName=name)
            closed = {s["ShardId"] for s in shards(kinesis, STREAM) if "EndingSequenceNumber" in s["SequenceNumberRange"]}
            assert set(changer.done_splits) <= closed

        # Once more from the oldest record, after a proper end.
        assert server.stop() == 0
        server.start()
        kinesis = client(server.endpoint)
        found = read_all(kinesis, {})
        for writer in everyone:
            judge(writer, found.pop(writer.name, []))
        assert not found
    print(f"{ROUNDS} kills, {acknowledged:,} acknowledged records, none lost")
    assert acknowledged > ROUNDS
