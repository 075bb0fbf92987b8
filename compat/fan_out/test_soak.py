"""Everything at once for a while: puts, both ways of reading, and a stream that is split, merged and rescaled all the
time. Nothing is lost or out of order, and the server's memory stays where it was.

SOAK_SECONDS is how long: 60 in CI, 600 for the real thing. SOAK_SEED repeats a run's choices.
"""

import os
import random
import time

import pytest
from botocore.exceptions import ClientError

from fan_out.poller import Poller
from fan_out.test_fan_out import merge, open_shards, split
from harness.flumen import running_elsewhere

SECONDS = float(os.environ.get("SOAK_SECONDS", "60"))
SEED = int(os.environ.get("SOAK_SEED", random.SystemRandom().randrange(2**32)))
pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="looks at the server's memory"), pytest.mark.timeout(SECONDS + 240)]

TAIL_MIB = 64
RECORD_BYTES = 40_000
SHARDS_MAX = 8
BEHIND_MAX = 1_000
# Beside what the memory was: allocators and threads are not exact.
SLACK_MIB = 24


def rescale(stage, stream, chance):
    found = open_shards(stage, stream)
    choice = chance.choice(["split", "merge", "rescale"])
    if choice == "split" and len(found) < SHARDS_MAX:
        split(stage, stream, chance.choice(found))
    elif choice == "merge" and len(found) > 1:
        place = chance.randrange(len(found) - 1)
        merge(stage, stream, found[place], found[place + 1])
    else:
        target = chance.randint((len(found) + 1) // 2, min(2 * len(found), SHARDS_MAX))
        stage.kinesis.update_shard_count(StreamName=stream, TargetShardCount=target, ScalingType="UNIFORM_SCALING")


@pytest.mark.parametrize("stage", [["--tail-memory", f"{TAIL_MIB}MiB"]], indirect=True)
def test_nothing_is_lost_and_memory_stays_flat(stage):
    chance = random.Random(SEED)
    # The memory of the newest records is full from the first second on.
    stage.make("filler", 1)
    for _ in range(3 * TAIL_MIB // 2):
        stage.kinesis.put_record(StreamName="filler", PartitionKey="k", Data=b"x" * 1_000_000)
    arn = stage.make("soaked", 2)
    followers = stage.follow("soaked", arn, ["rust over HTTP/1.1", "rust over TLS", "javascript over h2c"])
    poller = Poller(stage.server.endpoint, stage.environment, "soaked")
    stage.stack.callback(poller.end)
    poller.start()
    # As fast as the slowest reader, so that a small machine says something about the server, too.
    readers = [*followers, poller]
    writer = stage.writer("soaked", filler=RECORD_BYTES, every=0.01,
                          pace=lambda sent: sent > min(reader.records for reader in readers) + BEHIND_MAX)

    begun, resident, reshards = time.monotonic(), [], 0
    while (now := time.monotonic() - begun) < SECONDS:
        resident.append((now, stage.server.resident_mib()))
        if len(resident) % 3 == 0:
            try:
                rescale(stage, "soaked", chance)
                reshards += 1
            except ClientError as error:
                # Shards of an uneven ring may be too narrow to split.
                assert error.response["Error"]["Code"] == "InvalidArgumentException", (SEED, error)
        time.sleep(1)
    writer.end()

    for reader in followers:
        reader.wait(writer.was_seen_by, 60, "last record")
    end = time.monotonic() + 60
    while not writer.was_seen_by(poller) and time.monotonic() < end:
        time.sleep(0.1)
    for reader in readers:
        writer.judge(reader)
    put = sum(map(len, writer.acknowledged.values()))
    middle = max(mib for at, mib in resident if SECONDS / 3 <= at < 2 * SECONDS / 3)
    last = max(mib for at, mib in resident if at >= 2 * SECONDS / 3)
    print(f"seed {SEED}: {put:,} records ({put * RECORD_BYTES / 1e6:,.0f} MB), {reshards} reshards; memory at most "
          f"{middle:.0f} MiB in the second third, {last:.0f} in the last")
    assert reshards > SECONDS / 12
    assert last < middle * 1.05 + SLACK_MIB, f"seed {SEED}: memory grew from {middle:.0f} to {last:.0f} MiB"
