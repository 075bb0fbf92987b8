"""Clients that mean ill, over raw sockets. After each of them the server must serve others at once, within its memory."""

import contextlib
import json
import os
import resource
import socket
import struct
import threading
import time

import pytest

from harness import raw
from harness.client import client
from harness.flumen import Flumen, running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own"), pytest.mark.timeout(180)]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# What one server may hold with its default settings: tails, bodies and answers, and itself.
MEMORY_MIB_MAX = 900
# A request head that is not whole after so long, with some room for a busy machine, must have been given up.
HEAD_SECONDS_MAX = 150
# Of the server's processor for one request, whatever is in it: the time of others on the machine does not count.
CPU_SECONDS_MAX = 0.5


@pytest.fixture(scope="module")
def server():
    files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files[1], files[1]))
    with Flumen() as started:
        client(started.endpoint).create_stream(StreamName="s", ShardCount=1)
        yield started
    resource.setrlimit(resource.RLIMIT_NOFILE, files)


class SlowHeads(threading.Thread):
    """Fifty connections that send a header line each second and never an end, all the while the other tests run."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.begun = time.monotonic()
        self.alive = [connect(server) for _ in range(50)]
        for connection in self.alive:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n")

    def run(self):
        while self.alive and time.monotonic() < self.begun + HEAD_SECONDS_MAX:
            self.alive = [connection for connection in self.alive if self.still_open(connection)]
            time.sleep(1)

    @staticmethod
    def still_open(connection):
        with contextlib.suppress(OSError):
            connection.sendall(b"X-A: b\r\n")
            if not closed_within(connection, 0.001):
                return True
        connection.close()
        return False


@pytest.fixture(scope="module", autouse=True)
def slow_heads(server):
    slow = SlowHeads(server)
    slow.start()
    yield slow
    for connection in slow.alive:
        connection.close()


@pytest.fixture(autouse=True)
def others_are_served(server):
    yield
    begun = time.monotonic()
    kinesis = client(server.endpoint)
    put = kinesis.put_record(StreamName="s", Data=b"still here", PartitionKey="k")
    iterator = kinesis.get_shard_iterator(StreamName="s", ShardId=put["ShardId"], ShardIteratorType="AT_SEQUENCE_NUMBER",
                                          StartingSequenceNumber=put["SequenceNumber"])["ShardIterator"]
    assert kinesis.get_records(ShardIterator=iterator)["Records"][0]["Data"] == b"still here"
    assert time.monotonic() - begun < 5
    assert server.resident_mib() < MEMORY_MIB_MAX


def connect(server, timeout=10):
    return socket.create_connection(("127.0.0.1", server.port), timeout=timeout)


def head(operation="PutRecord", **headers):
    lines = ["POST / HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in (raw.signed(operation) | headers).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def read_answer(connection):
    """The status line and what follows until the server closes or is silent for a while."""
    got = b""
    with contextlib.suppress(OSError):
        while chunk := connection.recv(65536):
            got += chunk
            if b"\r\n\r\n" in got:
                connection.settimeout(0.3)
    return got


def closed_within(connection, seconds):
    connection.settimeout(seconds)
    try:
        while connection.recv(65536):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True


def test_a_body_over_the_cap_is_refused_before_it_is_read(server):
    with connect(server) as connection:
        connection.sendall(head(**{"Content-Length": str(10**12)}))
        assert read_answer(connection).startswith(b"HTTP/1.1 413")


def test_a_body_over_the_cap_in_chunks_is_refused_when_it_passes_the_cap(server):
    before = server.resident_mib()
    with connect(server) as connection:
        connection.sendall(head(**{"Transfer-Encoding": "chunked"}))
        chunk = b"100000\r\n" + b"x" * 2**20 + b"\r\n"
        with contextlib.suppress(OSError):
            for _ in range(200):
                connection.sendall(chunk)
            pytest.fail("200 MiB were taken")
    assert server.resident_mib() - before < 200


def test_many_large_bodies_at_once_stay_within_the_budget(server):
    """Two hundred bodies of twelve MiB announced together, all but their last byte sent."""
    size = 12 * 2**20

    def push():
        with contextlib.suppress(OSError), connect(server, 20) as connection:
            connection.sendall(head("PutRecords", **{"Content-Length": str(size)}))
            connection.settimeout(3)
            connection.sendall(b"x" * (size - 1))
            time.sleep(1)

    threads = [threading.Thread(target=push) for _ in range(200)]
    for thread in threads:
        thread.start()
    highest = 0
    while any(thread.is_alive() for thread in threads):
        highest = max(highest, server.resident_mib())
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert highest < MEMORY_MIB_MAX


def test_bodies_that_trickle_are_cut_off_or_cost_nothing(server):
    """A byte a second does not hold a place that others need."""
    slow = [connect(server) for _ in range(100)]
    try:
        for connection in slow:
            connection.sendall(head("PutRecord", **{"Content-Length": "10000000"}))
        for _ in range(5):
            for connection in slow:
                with contextlib.suppress(OSError):
                    connection.sendall(b"x")
            time.sleep(0.5)
        assert raw.post(server.port, "ListStreams", b"{}").status == 200
    finally:
        for connection in slow:
            connection.close()


def test_a_half_closed_connection_is_answered_and_ended(server):
    with connect(server) as connection:
        connection.sendall(head("ListStreams", **{"Content-Length": "2"}) + b"{}")
        connection.shutdown(socket.SHUT_WR)
        assert read_answer(connection).startswith(b"HTTP/1.1 200")
        assert closed_within(connection, 5)


def test_half_a_request_and_a_half_closed_connection_is_ended(server):
    with connect(server) as connection:
        connection.sendall(head("ListStreams", **{"Content-Length": "100"}) + b"{}")
        connection.shutdown(socket.SHUT_WR)
        assert closed_within(connection, 40)


def test_ten_thousand_idle_connections_cost_little(server):
    before = server.resident_mib()
    count = 10_000
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < count + 200:
        if os.environ.get("CI"):
            pytest.fail("CI must allow ten thousand open files")
        pytest.skip("this machine does not allow ten thousand open files")
    idle = []
    try:
        for n in range(count):
            idle.append(connect(server))
            if n % 2:
                idle[-1].sendall(b"POST / HT")
        assert raw.post(server.port, "ListStreams", b"{}").status == 200
        assert server.resident_mib() - before < 250
        begun = cpu_seconds(server)
        time.sleep(1)
        assert cpu_seconds(server) - begun < 0.3
    finally:
        for connection in idle:
            connection.close()


def cpu_seconds(server):
    fields = open(f"/proc/{server.process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


SETTINGS, ACK = frame(4, 0, 0, b""), frame(4, 1, 0, b"")

MALFORMED = {
    "preface and silence": PREFACE,
    "preface cut short": PREFACE[:10],
    "preface with a wrong end": PREFACE[:-2] + b"XX",
    "a frame of sixteen megabytes": PREFACE + SETTINGS + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",
    "data on a stream that is not open": PREFACE + SETTINGS + frame(0, 1, 1, b"x" * 100),
    "headers on stream zero": PREFACE + SETTINGS + frame(1, 4, 0, b"\x82"),
    "headers that do not decode": PREFACE + SETTINGS + frame(1, 5, 1, b"\xff" * 64),
    "headers without an end": PREFACE + SETTINGS + frame(1, 0, 1, b"\x82") + frame(9, 0, 1, b"\x00" * 10000) * 500,
    "a window update of nothing": PREFACE + SETTINGS + frame(8, 0, 0, b"\0\0\0\0"),
    "a window that overflows": PREFACE + SETTINGS + frame(8, 0, 0, b"\x7f\xff\xff\xff") * 2,
    "settings of a wrong length": PREFACE + frame(4, 0, 0, b"abc"),
    "an even stream": PREFACE + SETTINGS + frame(1, 5, 2, b"\x82\x84\x86\x41\x01a"),
    "unknown frames": PREFACE + SETTINGS + frame(0xEE, 0xFF, 7, b"x" * 1000) * 100,
    "noise": bytes(range(256)) * 64,
    "a request line of a megabyte": b"POST /" + b"a" * 2**20,
    "a header of a megabyte": b"POST / HTTP/1.1\r\nX-A: " + b"a" * 2**20,
    "ten thousand headers": b"POST / HTTP/1.1\r\n" + b"A: b\r\n" * 10_000 + b"\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    "a negative length": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "chunks that do not parse": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_does_not_parse_ends_its_own_connection_only(server, name):
    with connect(server) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(MALFORMED[name])
        connection.settimeout(1)
        with contextlib.suppress(OSError):
            while connection.recv(65536):
                pass


def test_streams_opened_and_reset_at_once_are_no_burden(server):
    """The rapid reset: requests that are taken back before they are answered."""
    block = b"\x83\x84\x86\x41\x01a"
    with connect(server) as connection, contextlib.suppress(OSError):
        connection.sendall(PREFACE + SETTINGS + ACK)
        for start in range(1, 40_001, 2_000):
            ids = range(start, start + 2_000, 2)
            connection.sendall(b"".join(frame(1, 4, n, block) + frame(3, 0, n, b"\0\0\0\x08") for n in ids))
        connection.settimeout(1)
        connection.recv(65536)


def test_pings_without_end_are_no_burden(server):
    before = server.resident_mib()
    with connect(server) as connection, contextlib.suppress(OSError):
        connection.sendall(PREFACE + SETTINGS + ACK)
        connection.settimeout(2)
        # Never reading the answers.
        for _ in range(200):
            connection.sendall(frame(6, 0, 0, b"12345678") * 1000)
    assert server.resident_mib() - before < 100


@pytest.mark.parametrize("body", [
    b"[" * 1_000_000,
    b'{"a":' * 1_000_000,
    b'{"StreamName":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"Records":[' + b"{}," * 2_000_000 + b"{}]}",
    b'{"Records":[' + b'{"Data":"","PartitionKey":"k"},' * 400_000 + b'{}],"StreamName":"s"}',
    b'{"StreamName":"' + b"x" * 10_000_000 + b'"}',
    b'{"StreamName":"' + b"\\u0041" * 1_000_000 + b'"}',
    b'{"Limit":' + b"9" * 1_000_000 + b"}",
    b'{"Limit":1e999999999}',
    b'"\xff\xfe"',
    b'{"StreamName":"s","StreamName":"s"' + b',"StreamName":"s"' * 500_000 + b"}",
], ids=lambda body: repr(body[:24]))
def test_json_that_means_ill_costs_little(server, body):
    for operation in ("PutRecords", "CreateStream"):
        begun = cpu_seconds(server)
        answer = raw.post(server.port, operation, body, timeout=60)
        assert answer.status in (400, 413), answer.body[:200]
        assert cpu_seconds(server) - begun < CPU_SECONDS_MAX


@pytest.mark.parametrize("body", [
    b"\x9f" * 1_000_000,
    b"\xbf\x61a" * 300_000,
    b"\xa1\x67Records\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xa1\x6aStreamName\x7b\x7f\xff\xff\xff\xff\xff\xff\xff",
    b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xc1" * 1_000_000,
    b"\xa1\x64Data\x5f" + b"\x41x" * 1_000_000,
    b"\xff",
    b"\x1c",
], ids=lambda body: repr(body[:16]))
def test_cbor_that_means_ill_costs_little(server, body):
    for operation in ("PutRecords", "CreateStream"):
        begun = cpu_seconds(server)
        answer = raw.post(server.port, operation, body, headers={"Content-Type": "application/x-amz-cbor-1.1"}, timeout=60)
        assert answer.status in (400, 413), answer.body[:200]
        assert cpu_seconds(server) - begun < CPU_SECONDS_MAX


def test_readers_who_do_not_read_hold_no_more_than_the_budget(server):
    """A hundred connections ask for ten MiB each, again and again, and never read an answer."""
    kinesis = client(server.endpoint)
    kinesis.create_stream(StreamName="large", ShardCount=1)
    for _ in range(12):
        kinesis.put_records(StreamName="large", Records=[{"Data": b"x" * 900_000, "PartitionKey": "k"}])
    iterator = kinesis.get_shard_iterator(StreamName="large", ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    body = json.dumps({"ShardIterator": iterator}).encode()
    request = head("GetRecords", **{"Content-Length": str(len(body))}) + body
    silent = []
    try:
        for _ in range(100):
            connection = connect(server)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(request * 4)
            silent.append(connection)
        highest = 0
        for _ in range(40):
            highest = max(highest, server.resident_mib())
            time.sleep(0.05)
        assert highest < MEMORY_MIB_MAX
        # And others are served meanwhile.
        assert raw.post(server.port, "ListStreams", b"{}").status == 200
    finally:
        for connection in silent:
            connection.close()
    kinesis.delete_stream(StreamName="large")


def test_heads_that_never_end_are_cut_off(slow_heads):
    """Last, since it waits for what the first test began."""
    slow_heads.join(HEAD_SECONDS_MAX)
    assert not slow_heads.alive, f"{len(slow_heads.alive)} heads were still waited for after {HEAD_SECONDS_MAX} s"
