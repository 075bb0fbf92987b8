#!/usr/bin/env python3
"""Makes the stored directories beside it: data directories as a version wrote them, and what was in them.

    FLUMEN_BIN=target/debug/flumen PYTHONPATH=compat compat/out/venv/bin/python crates/server/tests/stored/make.py 1

The argument names the version, and with it the folder. Directories of a version are made once, with the program of
that version, and stay as they are: `crates/server/tests/stored.rs` opens them with every later one. Needs boto3 and a
C compiler (for a clock that is set back, so that there are hours that are over).

Each is one file of gzipped JSON. `files` has what of each file is not zero, so that journal files take no room.
`streams` and `tables` are questions with the answers that they got; the records are in `records`.
"""

import base64
import gzip
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from harness import raw
from harness.client import client, read_shard, shards
from harness.flumen import Flumen, binary

HERE = pathlib.Path(__file__).resolve().parent
SECTOR = 512
MEMORY = ["--tail-memory", "64MiB"]
OTHER = {"access_key": "111122223333", "region": "eu-west-1"}
CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *out) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(id, out);
    if (id == CLOCK_REALTIME) out->tv_sec -= atoi(getenv("SET_BACK_S"));
    return done;
}
"""


def files(root):
    """Every file as the runs of sectors in it that are not zero."""
    found = []
    for path in sorted(root.rglob("*")):
        if path.is_dir() or path.name == "lock":
            continue
        content, runs = path.read_bytes(), []
        for at in range(0, len(content), SECTOR):
            sector = content[at:at + SECTOR]
            if not any(sector):
                continue
            if runs and runs[-1][0] + len(runs[-1][1]) == at:
                runs[-1][1].extend(sector)
            else:
                runs.append((at, bytearray(sector)))
        found.append({"path": str(path.relative_to(root)), "bytes": len(content),
                      "runs": [[at, base64.b64encode(run).decode()] for at, run in runs]})
    return found


class Asked:
    """Questions to a running server, and what it answered."""

    def __init__(self, server):
        self.server = server
        self.streams, self.records, self.tables = [], [], []

    def ask(self, target, content_type, body, access_key, region):
        headers = raw.signed("DescribeLimits")
        headers["Authorization"] = headers["Authorization"].replace("=test/", f"={access_key}/").replace("us-east-1", region)
        headers |= {"Content-Type": content_type, "X-Amz-Target": target}
        answer = raw.post(self.server.port, "DescribeLimits", json.dumps(body), headers)
        assert answer.status == 200, answer
        return answer.body.decode()

    def stream(self, name, access_key="test", region="us-east-1"):
        kinesis = client(self.server.endpoint, access_key=access_key, region=region)
        arn = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
        account = arn.split(":")[4]
        for operation, body in [("DescribeStreamSummary", {"StreamName": name}), ("ListShards", {"StreamName": name}),
                                ("ListTagsForStream", {"StreamName": name}), ("ListStreamConsumers", {"StreamARN": arn}),
                                ("GetResourcePolicy", {"ResourceARN": arn})]:
            answer = self.ask(f"Kinesis_20131202.{operation}", "application/x-amz-json-1.1", body, access_key, region)
            self.streams.append({"account": account, "region": region, "operation": operation,
                                 "input": json.dumps(body), "output": answer})
        for shard in shards(kinesis, name):
            found = [told(record) for record in read_shard(kinesis, name, shard["ShardId"])]
            self.records.append({"account": account, "region": region, "stream": name, "shard": shard["ShardId"], "records": found})

    def table(self, name, access_key="test", region="us-east-1", account="000000000000"):
        arn = f"arn:aws:dynamodb:{region}:{account}:table/{name}"
        for operation, body in [("DescribeTable", {"TableName": name}), ("Scan", {"TableName": name}),
                                ("DescribeTimeToLive", {"TableName": name}), ("DescribeContinuousBackups", {"TableName": name}),
                                ("ListTagsOfResource", {"ResourceArn": arn})]:
            answer = self.ask(f"DynamoDB_20120810.{operation}", "application/x-amz-json-1.0", body, access_key, region)
            self.tables.append({"account": account, "region": region, "operation": operation,
                                "input": json.dumps(body), "output": answer})


def told(record):
    """A record in short: number, key, arrival in milliseconds, and the MD5 of its data."""
    arrival = round(record["ApproximateArrivalTimestamp"].timestamp() * 1000)
    return [record["SequenceNumber"], record["PartitionKey"], arrival, hashlib.md5(record["Data"]).hexdigest()]


def put(kinesis, stream, numbers, filler=0):
    """Answers with sequence number, key and MD5 of each."""
    stored = []
    for number in numbers:
        data = f"{stream} {number} {'x' * filler}".encode()
        answer = kinesis.put_record(StreamName=stream, PartitionKey=f"key-{number % 17}", Data=data)
        stored.append([answer["SequenceNumber"], f"key-{number % 17}", answer["ShardId"], hashlib.md5(data).hexdigest()])
    return stored


def split(kinesis, stream, shard):
    found = next(s for s in shards(kinesis, stream) if s["ShardId"] == shard)["HashKeyRange"]
    middle = (int(found["StartingHashKey"]) + int(found["EndingHashKey"])) // 2
    kinesis.split_shard(StreamName=stream, ShardToSplit=shard, NewStartingHashKey=str(middle))


LEASES = {
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("leaseKey", "leaseOwner")],
    "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [{"IndexName": "owners", "KeySchema": [{"AttributeName": "leaseOwner", "KeyType": "HASH"}],
                                "Projection": {"ProjectionType": "ALL"}}],
    "BillingMode": "PAY_PER_REQUEST",
}


def lease_table(dynamodb, name, items):
    dynamodb.create_table(TableName=name, Tags=[{"Key": "app", "Value": name}], **LEASES)
    for number in range(items):
        dynamodb.put_item(TableName=name, Item={
            "leaseKey": {"S": f"shardId-{number:012}"}, "leaseOwner": {"S": f"worker-{number % 3}"},
            "leaseCounter": {"N": "0"}, "checkpoint": {"S": "TRIM_HORIZON"}, "blob": {"B": bytes([number])}})
        dynamodb.update_item(TableName=name, Key={"leaseKey": {"S": f"shardId-{number:012}"}},
                             UpdateExpression="ADD leaseCounter :n SET parents = :p",
                             ExpressionAttributeValues={":n": {"N": str(number)}, ":p": {"SS": ["a", "b"]}})
    dynamodb.delete_item(TableName=name, Key={"leaseKey": {"S": "shardId-000000000001"}})


def clean(server, asked):
    """Stopped in order, after several starts: segments, snapshots of the control log, all kinds of commands."""
    kinesis = client(server.endpoint)
    kinesis.create_stream(StreamName="orders", ShardCount=3, Tags={"team": "sales", "umlaut": "ä"})
    arn = kinesis.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]["StreamARN"]
    kinesis.create_stream(StreamName="clicks", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    kinesis.create_stream(StreamName="gone", ShardCount=2)
    put(kinesis, "gone", range(30), filler=5000)
    for name in ("billing", "audit", "dropped"):
        kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=name)
    kinesis.deregister_stream_consumer(StreamARN=arn, ConsumerName="dropped")
    kinesis.increase_stream_retention_period(StreamName="orders", RetentionPeriodHours=8760)
    kinesis.enable_enhanced_monitoring(StreamName="orders", ShardLevelMetrics=["IncomingBytes", "OutgoingRecords"])
    kinesis.start_stream_encryption(StreamName="orders", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    kinesis.put_resource_policy(ResourceARN=arn, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": ["kinesis:PutRecord"], "Resource": arn}]}))
    put(kinesis, "orders", range(100))
    put(kinesis, "clicks", range(50), filler=8000)
    server.restart()
    split(kinesis, "orders", "shardId-000000000001")
    put(kinesis, "orders", range(100, 160))
    kinesis.merge_shards(StreamName="orders", ShardToMerge="shardId-000000000003", AdjacentShardToMerge="shardId-000000000004")
    put(kinesis, "orders", range(160, 200), filler=9000)
    kinesis.delete_stream(StreamName="gone")
    # Enough commands for a snapshot.
    for number in range(90):
        kinesis.add_tags_to_stream(StreamName="clicks", Tags={f"tag-{n}": "v" * 250 + f"{number % 10}" for n in range(45)})
    server.restart()
    other = client(server.endpoint, **OTHER)
    other.create_stream(StreamName="orders", ShardCount=1)
    put(other, "orders", range(20))
    put(kinesis, "orders", range(200, 230))
    lease_table(client(server.endpoint, service="dynamodb"), "app", 5)
    asked.stream("orders")
    asked.stream("clicks")
    asked.stream("orders", **OTHER)
    asked.table("app")
    assert server.stop() == 0


def killed(server, asked):
    """Killed while it was written to: the journal does not end in order."""
    kinesis = client(server.endpoint)
    kinesis.create_stream(StreamName="orders", ShardCount=2)
    put(kinesis, "orders", range(60), filler=9000)
    lease_table(client(server.endpoint, service="dynamodb"), "app", 4)
    asked.stream("orders")
    asked.table("app")
    acknowledged = []

    def write():
        try:
            for number in range(60, 100_000):
                acknowledged.extend(put(kinesis, "orders", [number]))
        except Exception:  # noqa: BLE001 - the kill, in one of many forms
            pass

    writer = threading.Thread(target=write)
    writer.start()
    while len(acknowledged) < 100:
        time.sleep(0.001)
    server.kill()
    writer.join()
    return {"acknowledged": acknowledged}


def tables(server, asked):
    """Lease tables of two accounts, with a snapshot and with commands after it."""
    mine, others = client(server.endpoint, service="dynamodb"), client(server.endpoint, service="dynamodb", **OTHER)
    lease_table(mine, "app", 12)
    lease_table(mine, "dropped", 2)
    lease_table(others, "app", 3)
    mine.update_time_to_live(TableName="app", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
    mine.put_item(TableName="app", Item={"leaseKey": {"S": "late"}, "expires": {"N": "7258118400"}})
    mine.update_continuous_backups(TableName="app", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    mine.transact_write_items(ClientRequestToken="t", TransactItems=[
        {"Put": {"TableName": "app", "Item": {"leaseKey": {"S": "one"}}}}, {"Put": {"TableName": "app", "Item": {"leaseKey": {"S": "two"}}}}])
    server.restart()
    mine.delete_table(TableName="dropped")
    mine.put_item(TableName="app", Item={"leaseKey": {"S": "after"}, "leaseOwner": {"S": "the snapshot"}})
    asked.table("app")
    asked.table("app", account=OTHER["access_key"], **OTHER)
    server.kill()


def usage(server, asked):
    """Hours that are over, and one that ran when the server was stopped."""
    with tempfile.TemporaryDirectory() as workplace:
        source, library = pathlib.Path(workplace) / "clock.c", pathlib.Path(workplace) / "clock.so"
        source.write_text(CLOCK)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        # Time does not go back in a directory, so this one begins in the past.
        assert server.stop() == 0
        shutil.rmtree(server.data_dir)
        for hours in (5, 3, 0):
            server.environment = {"LD_PRELOAD": str(library), "SET_BACK_S": str(hours * 3600)}
            server.start()
            kinesis = client(server.endpoint)
            if hours == 5:
                kinesis.create_stream(StreamName="orders", ShardCount=2)
                kinesis.create_stream(StreamName="clicks", StreamModeDetails={"StreamMode": "ON_DEMAND"})
            put(kinesis, "orders", range(10 + hours))
            put(kinesis, "clicks", range(3), filler=30_000)
            if hours:
                assert server.stop() == 0
    asked.stream("orders")
    asked.stream("clicks")
    hours = {}
    for name in ("orders", "clicks"):
        with urllib.request.urlopen(f"{server.endpoint}/usage?since=0&by=hour&stream={name}") as answer:
            hours[name] = json.load(answer)
    assert server.stop() == 0
    return {"usage": hours}


def resharding(server, asked):
    """Stopped while a split waits for its time: the transitions take an hour."""
    kinesis = client(server.endpoint)
    kinesis.create_stream(StreamName="orders", ShardCount=2)
    assert server.stop() == 0
    server.flags += ["--transition-time", "1h"]
    server.start()
    put(kinesis, "orders", range(40))
    split(kinesis, "orders", "shardId-000000000000")
    put(kinesis, "orders", range(40, 60))
    asked.stream("orders")
    assert server.stop() == 0
    return {"transition_ms": 3_600_000}


def main():
    folder = HERE / sys.argv[1]
    folder.mkdir(exist_ok=True)
    told = subprocess.run([binary(), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    for make in (clean, killed, tables, usage, resharding):
        with Flumen(*MEMORY) as server:
            asked = Asked(server)
            more = make(server, asked) or {}
            about = {"about": make.__doc__, "program": told, "at_ms": int(time.time() * 1000), "streams": asked.streams,
                     "records": asked.records, "tables": asked.tables} | more | {"files": files(server.data_dir)}
        path = folder / f"{make.__name__}.json.gz"
        path.write_bytes(gzip.compress(json.dumps(about, indent=0).encode(), mtime=0))
        print(f"{path.relative_to(HERE)}: {path.stat().st_size} bytes, {len(about['files'])} files")


if __name__ == "__main__":
    main()
