"""What the server needs of its system is not to be had, for a while: it tells so, and goes on by itself. Nothing that was
acknowledged is lost. For room on the disk see `full_disk`."""

import contextlib
import http.client
import os
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness import raw
from harness.client import client, read_shard
from harness.flumen import Flumen, running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own"), pytest.mark.timeout(300)]

WITHIN = 60.0
# What a user may have in that test.
THREADS = 200
THROTTLED = ("InternalFailure", "ProvisionedThroughputExceededException")


def until(what, holds):
    end = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < end, f"not within {WITHIN} s: {what}"
        time.sleep(0.05)


def ready(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status
    finally:
        connection.close()


class Puts:
    """Records of which is known whether they were acknowledged."""

    def __init__(self, server):
        self.kinesis = client(server.endpoint)
        self.acknowledged = []

    def put(self):
        """Two megabytes. Whether all of it was taken."""
        try:
            answer = self.kinesis.put_records(StreamName="s", Records=[{"Data": os.urandom(50_000), "PartitionKey": "k"}] * 40)
        except (ClientError, BotoCoreError):
            return False
        self.acknowledged += [entry["SequenceNumber"] for entry in answer["Records"] if "SequenceNumber" in entry]
        assert all(entry.get("ErrorCode", THROTTLED[0]) in THROTTLED for entry in answer["Records"]), answer
        return answer["FailedRecordCount"] == 0

    def are_all_there(self, server):
        found = {record["SequenceNumber"] for record in read_shard(client(server.endpoint), "s", "0")}
        assert set(self.acknowledged) <= found


def test_idle_connections_cannot_take_the_descriptors_of_the_log():
    with Flumen(under=["prlimit", "--nofile=256:256"]) as server:
        assert server.text().count("max-connections is 16384, but this process may only have 256 open files") == 1
        client(server.endpoint).create_stream(StreamName="s", ShardCount=1)
        puts = Puts(server)
        assert puts.put()
        idle = []
        try:
            for _ in range(300):
                with contextlib.suppress(OSError):
                    idle.append(socket.create_connection(("127.0.0.1", server.port), 1))
            # Over the one connection that was there before them, through several journal files.
            assert all(puts.put() for _ in range(100))
        finally:
            for connection in idle:
                connection.close()
        until("others are served again", lambda: answers(server))
        assert ready(server) == 200
        puts.are_all_there(server)


def answers(server):
    with contextlib.suppress(OSError, http.client.HTTPException):
        return raw.post(server.port, "ListStreams", b"{}").status == 200
    return False


def test_a_limit_that_leaves_no_connection_is_refused_by_name():
    with pytest.raises(RuntimeError, match="(?s)ended with 2 .*this process may have 24 open files; it needs"), \
            Flumen(under=["prlimit", "--nofile=24:24"]):
        pass


def test_without_descriptors_the_log_waits_and_then_goes_on():
    with Flumen() as server:
        client(server.endpoint).create_stream(StreamName="s", ShardCount=1)
        puts = Puts(server)
        assert puts.put() and ready(server) == 200
        pid = server.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        # Those who ask need one each.
        asked = [socket.create_connection(("127.0.0.1", server.port), 10) for _ in range(4)]
        time.sleep(0.2)
        # It can open nothing any more.
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
        try:
            until("the log takes no more", lambda: not puts.put())
            assert get_over(asked.pop(), "/ready").startswith(b"HTTP/1.1 503")
            assert get_over(asked.pop(), "/health").startswith(b"HTTP/1.1 200")
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        until("it is ready", lambda: ready(server) == 200)
        assert all(puts.put() for _ in range(60))
        puts.are_all_there(server)
        assert server.stop() == 0
        server.start()
        puts.are_all_there(server)
        assert "reopened" not in server.text()


def get_over(connection, path):
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    got = b""
    while chunk := connection.recv(4096):
        got += chunk
    return got


@pytest.fixture
def stranger():
    """The limit of threads holds for everyone but root: a command that becomes a user whom nobody else is.

    It keeps root's way with files, since the programs and the data may lie where only root may look.
    """
    if os.getuid() != 0 or not shutil.which("setpriv"):
        if os.environ.get("CI"):
            pytest.fail("CI must be able to become another user")
        pytest.skip("SKIPPED ALOUD: only root may become another user")
    user = 60_000 + os.getpid() % 5_000
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
            "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"]


# Sleeps in so many threads until its input ends.
CROWD = f"import sys, threading; [threading.Thread(target=threading.Event().wait, daemon=True).start() for _ in range({THREADS})]; print(flush=True); sys.stdin.read()"


@contextlib.contextmanager
def crowd(under):
    """Others of the user's take all the threads that it may have."""
    others = subprocess.Popen([*under, sys.executable, "-c", CROWD], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert others.stdout.readline() == b"\n"
        yield
    finally:
        others.communicate(timeout=20)


def threads(server):
    return len(os.listdir(f"/proc/{server.process.pid}/task"))


def test_without_threads_what_needs_one_waits_and_is_then_done(stranger):
    with Flumen("--tail-memory", "64MiB", under=[*stranger, "prlimit", f"--nproc={THREADS}:{THREADS}"]) as server:
        client(server.endpoint).create_stream(StreamName="s", ShardCount=1)
        puts = Puts(server)
        # So much that the first of it is read from segments, on a thread that may wait for the disk.
        assert all(puts.put() for _ in range(80))
        # Threads that have nothing to do end by themselves.
        processors = len(os.sched_getaffinity(0))
        until("threads end", lambda: threads(server) <= 3 * processors + 4)
        done = {}
        work = [threading.Thread(target=lambda name=name, call=call: done.update({name: call(server)}))
                for name, call in (("table", make_table), ("record", first_record))]
        with crowd(stranger):
            for thread in work:
                thread.start()
            time.sleep(5)
            assert not done, "there was a thread after all"
            # What needs none is served.
            assert raw.post(server.port, "ListStreams", b"{}").status == 200
            assert client(server.endpoint).put_record(StreamName="s", Data=b"small", PartitionKey="k")
        for thread in work:
            thread.join(WITHIN)
        assert done == {"table": "table", "record": puts.acknowledged[0]}
        tables(server).put_item(TableName="table", Item={"k": {"S": "still here"}})
        assert "panic" not in server.text()


def tables(server):
    # Patient, and never twice.
    return client(server.endpoint, service="dynamodb", read_timeout=WITHIN)


def make_table(server):
    made = tables(server).create_table(TableName="table", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                                       AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}])
    return made["TableDescription"]["TableName"]


def first_record(server):
    kinesis = client(server.endpoint, read_timeout=WITHIN)
    iterator = kinesis.get_shard_iterator(StreamName="s", ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    return kinesis.get_records(ShardIterator=iterator, Limit=10)["Records"][0]["SequenceNumber"]
