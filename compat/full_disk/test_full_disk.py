"""A disk that fills up under the server, and gets room again."""

import contextlib
import json
import os
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from harness import people
from harness.client import client, read_shard
from harness.flumen import Flumen, binary, running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="needs a disk of its own"), pytest.mark.timeout(180)]

DISK_MIB = 1200
# Left for the server when the rest of the disk is taken away.
ROOM_MIB = 48
RESUMES_WITHIN = 15.0


@pytest.fixture
def disk(tmp_path):
    path = tmp_path / "disk"
    path.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(path)], capture_output=True, text=True, timeout=20, check=False)
    if done.returncode:
        if os.environ.get("CI"):
            pytest.fail(f"CI must be able to mount a small disk: {done.stderr}")
        pytest.skip(f"SKIPPED ALOUD: cannot mount a small disk here: {done.stderr.strip()}")
    yield path
    subprocess.run(["umount", "-l", str(path)], timeout=20, check=True)


def free_mib(path):
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize // 2**20


def take_all_but(path, mib):
    ballast = path / "ballast"
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, (free_mib(path) - mib) * 2**20)
    return ballast


def test_a_full_disk_refuses_writes_serves_reads_and_recovers(disk):
    with Flumen(data_dir=disk / "data") as server:
        kinesis = client(server.endpoint)
        kinesis.create_stream(StreamName="s", ShardCount=1)
        kinesis.put_record(StreamName="s", Data=b"0", PartitionKey="k")
        ballast = take_all_but(disk, ROOM_MIB)

        acknowledged, refusal = fill(kinesis)
        print(f"refused after {len(acknowledged)} records: {refusal}")
        assert refusal.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503)
        assert "space" in server.text().lower() or "full" in server.text().lower(), "the log says nothing of a full disk"

        # Reads go on, of all that was acknowledged.
        assert set(acknowledged) <= {record["SequenceNumber"] for record in read_shard(kinesis, "s", "0")}
        assert kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE"
        assert ready(server) == 503

        # With room again, writes resume by themselves.
        ballast.unlink()
        resumed = until_taken(kinesis)
        # What is small may have been taken into what was left of a file, before there is another.
        end = time.monotonic() + RESUMES_WITHIN
        while ready(server) != 200 and time.monotonic() < end:
            time.sleep(0.1)
        assert ready(server) == 200
        before = read_shard(kinesis, "s", "0")
        assert set(acknowledged) | {resumed} <= {record["SequenceNumber"] for record in before}

        # And all of it survives a restart.
        assert server.stop() == 0
        server.start()
        after = read_shard(client(server.endpoint), "s", "0")
        assert after == before


def test_a_server_starts_on_a_disk_without_a_byte_left_and_deleting_makes_room(disk):
    with Flumen(data_dir=disk / "data") as server:
        kinesis = client(server.endpoint)
        for stream in ("s", "encrypted"):
            kinesis.create_stream(StreamName=stream, ShardCount=1)
        kinesis.start_stream_encryption(StreamName="encrypted", EncryptionType="KMS", KeyId="alias/aws/kinesis")
        ballast, rest = take_all_but(disk, ROOM_MIB), disk / "rest"
        # A file that is there needs no room for its name.
        rest.touch()
        acknowledged, _ = fill(kinesis)
        server.kill()
        # What a start needs may not come from what the server had kept for itself.
        with open(rest, "ab", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        assert free_mib(disk) == 0
        server.start()
        kinesis = client(server.endpoint)
        assert set(acknowledged) <= {record["SequenceNumber"] for record in read_shard(kinesis, "s", "0")}
        for stream in ("s", "encrypted"):
            with pytest.raises(ClientError) as refused:
                kinesis.put_record(StreamName=stream, Data=b"x" * 500_000, PartitionKey="k")
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503)
        kinesis.delete_stream(StreamName="s")
        assert kinesis.list_streams()["StreamNames"] == ["encrypted"]
        rest.unlink()
        ballast.unlink()
        until_taken(kinesis, "encrypted")
        assert [record["EncryptionType"] for record in read_shard(kinesis, "encrypted", "0")] == ["KMS"]


ROOT = people.Key("AKIAROOTROOTROOTROOT", "root/secret+key")


def test_on_a_full_disk_nobody_is_made_and_whoever_must_go_goes(disk):
    given = {"FLUMEN_ROOT_ACCESS_KEY_ID": ROOT.access_key, "FLUMEN_ROOT_SECRET_ACCESS_KEY": ROOT.secret_key}
    subprocess.run([binary(), "init", "--data-dir", str(disk / "data")], env=os.environ | given, check=True, capture_output=True, timeout=60)
    with Flumen(data_dir=disk / "data") as server:
        kinesis, iam = client(server.endpoint, *ROOT), client(server.endpoint, *ROOT, service="iam")
        for stream in ("s", "unwanted"):
            kinesis.create_stream(StreamName=stream, ShardCount=1)
        document = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}})
        keys = {}
        for name in ("stolen", "suspect", "demoted", "stays"):
            iam.create_user(UserName=name)
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
            key = iam.create_access_key(UserName=name)["AccessKey"]
            keys[name] = key["AccessKeyId"], key["SecretAccessKey"]

        def standing():
            """What each may."""
            def of(name):
                try:
                    client(server.endpoint, *keys[name]).list_streams()
                except ClientError as refused:
                    return refused.response["Error"]["Code"]
                return "may"
            return {name: of(name) for name in keys}

        assert set(standing().values()) == {"may"}
        # With enough records for a second file of the journal.
        for _ in range(40):
            kinesis.put_record(StreamName="s", Data=b"x" * 50_000, PartitionKey="k")
        until = time.monotonic() + RESUMES_WITHIN
        while len(list((disk / "data").rglob("*.journal"))) < 2:
            assert time.monotonic() < until, "the journal has one file"
            time.sleep(0.1)
        ballast = take_all_but(disk, ROOM_MIB)
        fill(kinesis)
        for size in (10_000, 100, 1):
            fill(kinesis, size, 1)

        for grows, arguments in ((iam.create_user, {"UserName": "new"}), (iam.create_access_key, {"UserName": "stays"})):
            with pytest.raises(ClientError) as refused:
                grows(**arguments)
            assert refused.value.response["Error"]["Code"] == "ServiceFailure"
            assert "no room" in refused.value.response["Error"]["Message"]
        iam.delete_access_key(UserName="stolen", AccessKeyId=keys["stolen"][0])
        iam.update_access_key(UserName="suspect", AccessKeyId=keys["suspect"][0], Status="Inactive")
        iam.delete_user_policy(UserName="demoted", PolicyName="p")
        wanted = {"stolen": "UnrecognizedClientException", "suspect": "UnrecognizedClientException", "demoted": "AccessDeniedException", "stays": "may"}
        assert standing() == wanted
        kinesis.delete_stream(StreamName="unwanted")

        server.kill()
        server.start()
        assert standing() == wanted
        assert kinesis.list_streams()["StreamNames"] == ["s"]
        ballast.unlink()
        until_taken(kinesis)
        iam.create_user(UserName="new")
        assert server.stop() == 0
        server.start()
        assert standing() == wanted
        assert "new" in [user["UserName"] for user in iam.list_users()["Users"]]


def ready(server):
    try:
        with urllib.request.urlopen(f"{server.endpoint}/ready", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def fill(kinesis, size=50_000, records=4):
    """Puts until the server refuses."""
    acknowledged = []
    for number in range(6_000):
        try:
            data = (b"%d" % number + b"x" * size)[:size]
            answer = kinesis.put_records(StreamName="s", Records=[{"Data": data, "PartitionKey": "k"}] * records)
        except ClientError as refusal:
            return acknowledged, refusal
        acknowledged += [entry["SequenceNumber"] for entry in answer["Records"] if "SequenceNumber" in entry]
        if answer["FailedRecordCount"]:
            failed = next(entry for entry in answer["Records"] if "ErrorCode" in entry)
            response = {"Error": {"Code": failed["ErrorCode"], "Message": failed["ErrorMessage"]}, "ResponseMetadata": {"HTTPStatusCode": 500}}
            assert failed["ErrorCode"] == "InternalFailure", failed
            # Which file has no room is for the log alone.
            assert failed["ErrorMessage"] == "Internal Service Failure", failed
            return acknowledged, ClientError(response, "PutRecords")
    pytest.fail("1.2 GB fit on a disk of less")


def until_taken(kinesis, stream="s"):
    end = time.monotonic() + RESUMES_WITHIN
    while True:
        try:
            return kinesis.put_record(StreamName=stream, Data=b"room again", PartitionKey="k")["SequenceNumber"]
        except ClientError as refused:
            if time.monotonic() > end:
                pytest.fail(f"still refused {RESUMES_WITHIN} s after room was made: {refused}")
            time.sleep(0.1)
