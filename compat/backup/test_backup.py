"""Backups of a server under load, each started and read back: what was acknowledged before one began is in it."""

import json
import os
import pathlib
import random
import subprocess
import threading
import time

import pytest

from harness.client import client, read_stream
from harness.flumen import Flumen, binary, running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="reads the data directory"), pytest.mark.timeout(300)]

KILLS = int(os.environ.get("BACKUP_KILLS", "10"))
WRITERS = 3
STREAM = "under-load"
LEASES = {
    "AttributeDefinitions": [{"AttributeName": "leaseKey", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def flumen(*arguments):
    return subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)


def back_up(server, destination):
    done = flumen("backup", server.data_dir, destination, "--json")
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def check(data_dir):
    done = flumen("check", data_dir)
    assert done.returncode == 0, done
    assert "stopped in order" in done.stdout and "unfinished" not in done.stdout, done.stdout


class Load:
    """Writers that note what was acknowledged, and somebody who makes and deletes streams meanwhile."""

    def __init__(self, endpoint):
        self.ends = threading.Event()
        # By writer: data of a record -> its sequence number; and the newest counter of its lease.
        self.records = [{} for _ in range(WRITERS)]
        self.counters = [0] * WRITERS
        self.surprises = []
        self.threads = [threading.Thread(target=self.guard, args=(self.write, endpoint, n)) for n in range(WRITERS)]
        self.threads.append(threading.Thread(target=self.guard, args=(self.change, endpoint)))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        for thread in self.threads:
            thread.join(30)
        assert not self.surprises, self.surprises

    def guard(self, work, *arguments):
        try:
            work(*arguments)
        except Exception as surprise:  # noqa: BLE001 - shown by the main thread
            self.surprises.append(surprise)

    def write(self, endpoint, writer):
        kinesis, dynamodb = client(endpoint), client(endpoint, service="dynamodb")
        number = 0
        while not self.ends.is_set():
            entries = [{"Data": f"{writer} {number + n} {'x' * 2000}".encode(), "PartitionKey": f"{writer}-{n % 8}"} for n in range(20)]
            answer = kinesis.put_records(StreamName=STREAM, Records=entries)
            assert answer["FailedRecordCount"] == 0
            for entry, stored in zip(entries, answer["Records"], strict=True):
                self.records[writer][entry["Data"]] = stored["SequenceNumber"]
            number += len(entries)
            dynamodb.update_item(TableName="leases", Key={"leaseKey": {"S": str(writer)}}, UpdateExpression="SET leaseCounter = :n",
                                 ExpressionAttributeValues={":n": {"N": str(number)}})
            self.counters[writer] = number

    def change(self, endpoint):
        kinesis = client(endpoint)
        number = 0
        while not self.ends.is_set():
            name = f"short-lived-{number}"
            kinesis.create_stream(StreamName=name, ShardCount=2)
            kinesis.put_record(StreamName=name, Data=b"x" * 100_000, PartitionKey="k")
            time.sleep(0.05)
            kinesis.delete_stream(StreamName=name)
            number += 1

    def acknowledged(self):
        return [dict(records) for records in self.records], list(self.counters)

    def wait_for(self, more):
        """Until so many further records were acknowledged."""
        wanted = sum(map(len, self.records)) + more
        deadline = time.monotonic() + 60
        while sum(map(len, self.records)) < wanted:
            assert not self.surprises and time.monotonic() < deadline, self.surprises
            time.sleep(0.01)


def judge(data_dir, before, after):
    """Starts a server on the copy: all that was acknowledged before it began is there, and nothing that was not sent by its end."""
    records, counters = before
    with Flumen(data_dir=data_dir) as server:
        kinesis = client(server.endpoint)
        found = {}
        for read in read_stream(kinesis, STREAM).values():
            for record in read:
                assert record["Data"] not in found, "a record is there twice"
                found[record["Data"]] = record["SequenceNumber"]
        for writer in range(WRITERS):
            lost = records[writer].items() - found.items()
            assert not lost, f"{len(lost)} acknowledged records are lost"
        # A request of each writer may have been under way.
        assert len(found) <= sum(map(len, after[0])) + WRITERS * 20
        dynamodb = client(server.endpoint, service="dynamodb")
        for writer, counter in enumerate(counters):
            item = dynamodb.get_item(TableName="leases", Key={"leaseKey": {"S": str(writer)}}).get("Item", {})
            assert int(item.get("leaseCounter", {"N": "0"})["N"]) >= counter
        # It goes on from there.
        answer = kinesis.put_record(StreamName=STREAM, Data=b"after the restore", PartitionKey="k")
        assert answer["SequenceNumber"] not in found.values()
        assert server.stop() == 0
    return len(found)


@pytest.fixture
def server():
    # Small journal files, so that segments are written and files written over meanwhile.
    with Flumen("--tail-memory", "64MiB") as server:
        client(server.endpoint).create_stream(StreamName=STREAM, ShardCount=4)
        client(server.endpoint, service="dynamodb").create_table(TableName="leases", **LEASES)
        yield server


def test_backups_under_load_hold_what_was_acknowledged_and_survive_kills(server, tmp_path):
    destination = tmp_path / "backups"
    made = []
    with Load(server.endpoint) as load:
        for _ in range(2):
            load.wait_for(2000)
            before = load.acknowledged()
            told = back_up(server, destination)
            made.append((told, before, load.acknowledged()))
        assert made[1][0]["batch"] > made[0][0]["batch"]
        killed = kill_backups(server, destination)
        load.wait_for(500)
        before = load.acknowledged()
        told = back_up(server, destination)
        made.append((told, before, load.acknowledged()))
        assert not list(destination.glob("*.unfinished"))
    print(f"{killed} of {KILLS} backups were killed before they were whole")
    assert killed > 0
    for told, *_ in made:
        check(told["path"])
    for told, before, after in made:
        print(f"{judge(pathlib.Path(told['path']), before, after)} records, {told}")
    # The server's own directory has not changed by what was written to the copies.
    assert server.stop() == 0
    assert flumen("check", server.data_dir).returncode == 0
    server.start()
    records, _ = load.acknowledged()
    found = {r["Data"]: r["SequenceNumber"] for read in read_stream(client(server.endpoint), STREAM).values() for r in read}
    assert found.items() >= {item for written in records for item in written.items()}


def kill_backups(server, destination):
    """Ends some in the middle; what they leave is refused, and the ones before stay whole. Answers with how many were not done."""
    chance, killed = random.Random(7), 0
    for _ in range(KILLS):
        process = subprocess.Popen([binary(), "backup", str(server.data_dir), str(destination)], stdout=subprocess.DEVNULL)
        while process.poll() is None and not list(destination.glob("*.unfinished")):
            time.sleep(0.0005)
        time.sleep(chance.uniform(0.0, 0.03))
        process.kill()
        process.wait()
        for left in destination.glob("*.unfinished"):
            killed += 1
            if not (left / "log" / "FORMAT").exists():
                # Not even begun.
                assert not [path for path in left.rglob("*") if path.is_file() and not path.name.startswith("FORMAT")]
                continue
            if "unfinished" in (left / "log" / "FORMAT").read_text():
                refused = flumen("serve", "--data-dir", left, "--listen", "127.0.0.1:0")
                assert refused.returncode == 1 and "is an unfinished backup" in refused.stderr, refused
            else:
                # Whole, only its name was not given yet.
                check(left)
    for backup in destination.glob("*Z"):
        check(backup)
    return killed


def test_a_backup_on_another_disk_is_copied_and_a_full_one_is_named(server, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], capture_output=True, text=True, timeout=20, check=False)
    if mounted.returncode:
        if os.environ.get("CI"):
            pytest.fail(f"CI must be able to mount a small disk: {mounted.stderr}")
        pytest.skip(f"SKIPPED ALOUD: cannot mount a small disk here: {mounted.stderr.strip()}")
    try:
        kinesis = client(server.endpoint)
        put = lambda count: [kinesis.put_record(StreamName=STREAM, Data=os.urandom(900_000), PartitionKey=str(n)) for n in range(count)]
        put(5)
        told = back_up(server, disk / "backups")
        assert told["linkedFiles"] == 0 and told["copiedBytes"] > 4_500_000, told
        check(told["path"])
        put(25)
        full = flumen("backup", server.data_dir, disk / "backups")
        assert full.returncode == 1 and "No space left on device" in full.stderr, full
        assert [path.name for path in (disk / "backups").iterdir() if path.is_dir()] == [pathlib.Path(told["path"]).name]
        check(told["path"])
    finally:
        subprocess.run(["umount", "-l", str(disk)], timeout=20, check=True)
