"""The real process killed at each step of what changes keys: another root key, other material of a key, records that are sealed again.

A step is a call to the system that changes what is on disk: the process is killed as it makes its nth one. Afterwards all that was
acknowledged opens, what was under way comes to its end, and nothing that was sealed lies in clear.

`KEY_KILLS_EVERY=1` takes each of a server's steps, of which there are thousands; otherwise they are as far apart as they are from the
first.
"""

import itertools
import json
import os
import pathlib
import shutil
import subprocess
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness.client import client, read_shard
from harness.flumen import Flumen, binary, running_elsewhere

pytestmark = [
    pytest.mark.skipif(running_elsewhere(), reason="kills the server"),
    pytest.mark.skipif(not shutil.which("strace"), reason="kills at steps that strace counts"),
    pytest.mark.timeout(3600),
]

EVERY = int(os.environ.get("KEY_KILLS_EVERY", "0"))
STEPS = "?write,?pwrite64,?pwritev,?pwritev2,?rename,?renameat,?renameat2,?link,?linkat,?unlink,?unlinkat,?fsync,?fdatasync,?ftruncate,?fallocate"
SHARD = "shardId-000000000000"
CLEAR = b"once-in-clear-"


def killed_at(nth):
    """Before a command: until one of its threads makes its nth step. The command is the child, and the tracer is not."""
    return ("strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={STEPS}", "-e", f"inject={STEPS}:signal=KILL:when={nth}")


def copied(directory, to):
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(directory, to, symlinks=True)
    return to


def holders(directory, mark):
    return [path.name for path in pathlib.Path(directory).rglob("*") if path.is_file() and mark in path.read_bytes()]


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """A directory with a stream that has records in clear and under a key, and what each of them holds."""
    directory = tmp_path_factory.mktemp("keys") / "before"
    with Flumen(data_dir=directory) as server:
        kinesis, kms = client(server.endpoint), client(server.endpoint, service="kms")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        key = kms.create_key()["KeyMetadata"]["Arn"]
        records = [CLEAR + b"%d" % n for n in range(20)]
        for record in records:
            kinesis.put_record(StreamName="s", Data=record, PartitionKey="k")
        kinesis.start_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId=key)
        records.append(b"sealed")
        kinesis.put_record(StreamName="s", Data=records[-1], PartitionKey="k")
        blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
        assert server.stop() == 0
    return directory, key, records, blob


def opens(server, records, blob):
    """These, and in their order; what was put without an answer may be there too."""
    kinesis, kms = client(server.endpoint), client(server.endpoint, service="kms")
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"
    found = [record["Data"] for record in read_shard(kinesis, "s", SHARD)]
    assert [record for record in found if record in records] == records


def test_another_root_key_takes_the_place_of_one_however_often_that_is_cut_short(before, tmp_path):
    directory, _, records, blob = before
    data = tmp_path / "data"
    rotate = [binary(), "keys", "rotate-root", "--data-dir", str(data)]

    steps = 0
    for nth in itertools.count(1):
        copied(directory, data)
        done = subprocess.run([*killed_at(nth), *rotate], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode == 0:
            break
        assert done.returncode == -9, done
        steps += 1
        # Either is known, or both; a start takes what there is.
        status = subprocess.run([binary(), "keys", "status", "--data-dir", str(data), "--json"], capture_output=True, text=True, timeout=60, check=False)
        assert status.returncode == 0 and len(json.loads(status.stdout)["rootKeys"]) in (1, 2), (nth, status)
        copy = copied(data, tmp_path / "copy")
        with Flumen(data_dir=copy) as server:
            opens(server, records, blob)
        # It comes to its end, however it was cut short.
        done = subprocess.run(rotate, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, (nth, done)
        with Flumen(data_dir=data) as server:
            opens(server, records, blob)
    assert steps > 2, "it writes files, and makes them durable"
    print(f"root key: killed at {steps} steps")


def workload(server, key, acknowledged):
    """The encryption stopped and started, other material of the key, records meanwhile, and all of them sealed again. Says whether it came
    to its end."""
    kinesis, kms = client(server.endpoint), client(server.endpoint, service="kms")
    environment = os.environ | {"FLUMEN_ENDPOINT": server.endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                                "AWS_REGION": "us-east-1"}
    try:
        changes = (lambda: kinesis.stop_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId=key),
                   lambda: kinesis.start_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId=key),
                   lambda: kms.rotate_key_on_demand(KeyId=key))
        for change in changes:
            change()
            kinesis.get_waiter("stream_exists").wait(StreamName="s", WaiterConfig={"Delay": 1})
            record = b"put-later-" + os.urandom(8).hex().encode()
            kinesis.put_record(StreamName="s", Data=record, PartitionKey="k")
            acknowledged.append(record)
    except (BotoCoreError, ClientError):
        return False
    done = subprocess.run([binary(), "rekey", "s"], env=environment, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode == 0


def test_start_stop_rotation_and_rekey_come_to_their_end_however_often_they_are_cut_short(before, tmp_path):
    directory, key, records, blob = before
    nth, killed = 0, 0
    while True:
        nth += EVERY or nth + 1
        data, acknowledged = copied(directory, tmp_path / "data"), []
        server = Flumen(data_dir=data)
        server.under = killed_at(nth)
        try:
            server.start()
            is_done = workload(server, key, acknowledged)
        except RuntimeError:
            # Before it was ready.
            is_done = False
        if is_done:
            server.stop()
            break
        server.process.wait(30)
        killed += 1
        server.under = ()
        with server:
            opens(server, records + acknowledged, blob)
            end = time.monotonic() + 60
            while not workload(server, key, acknowledged):
                assert time.monotonic() < end, nth
            opens(server, records + acknowledged, blob)
            assert server.stop() == 0
            assert holders(data, CLEAR) == [], nth
    assert killed > 2
    print(f"start, stop, rotation and rekey: killed at {killed} steps")
