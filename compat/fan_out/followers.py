"""Programs on AWS's SDKs that follow a stream by enhanced fan-out, each started with the arguments ENDPOINT STREAM
CONSUMER_ARN and the AWS_* variables of a principal.

A follower subscribes to the stream's first shards from TRIM_HORIZON. Whenever a subscription ends, in whatever way,
it asks for another one after the last ContinuationSequenceNumber that it was given; a shard's ChildShards it begins
once it has read all their parents. FOLLOW_PAUSE_MS is how long it takes over an event. It says what it is given, a
line each, until it is ended:

    subscribed SHARD
    record SHARD SEQUENCE_NUMBER KEY WORD     the data's first word
    ended SHARD                               the subscription is over, without an error
    closed SHARD CHILD...                     the shard was read to its end
    broken SHARD WHY
"""

import os
import pathlib
import subprocess
import sys
import threading
import time
from collections import Counter

COMPAT = pathlib.Path(__file__).resolve().parent.parent
RUST = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", COMPAT / "out" / "target-rust")) / "debug" / "examples" / "follow"
JAVA = COMPAT / "java" / "target"


def java():
    classes = f"{JAVA / 'test-classes'}:{(JAVA / 'classpath').read_text().strip()}"
    return ["java", "-Xmx128m", "-XX:+UseSerialGC", "-cp", classes, "flumen.Follow"]


# How each reaches the server, and the start of its command line.
KINDS = {
    "boto3": ("http", lambda: [sys.executable, COMPAT / "fan_out" / "follow.py"]),
    "javascript over h2c": ("http", lambda: ["node", COMPAT / "javascript" / "follow.js"]),
    "javascript over TLS": ("https", lambda: ["node", COMPAT / "javascript" / "follow.js"]),
    "rust over HTTP/1.1": ("http", lambda: [RUST]),
    "rust over TLS": ("https", lambda: [RUST]),
    "java over h2c": ("http", java),
    "java over TLS": ("https", java),
}
# One way of each SDK.
ONE_EACH = ["boto3", "javascript over h2c", "rust over TLS", "java over h2c"]


class Follower:
    def __init__(self, kind, server, environment, stream, arn, pause_ms=0):
        scheme, command = KINDS[kind]
        endpoint = server.tls_endpoint if scheme == "https" else server.endpoint
        self.kind = kind
        self.errors = open(server.log.with_name(f"{arn.rsplit('/', 1)[1]}.log"), "w+b")
        self.process = subprocess.Popen(
            [str(part) for part in [*command(), endpoint, stream, arn]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self.errors, text=True, env=os.environ | environment | {"FOLLOW_PAUSE_MS": str(pause_ms)})
        # What it said, word by word, with the moment.
        self.said = []
        self.records = 0
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        for line in self.process.stdout:
            self.said.append((time.monotonic(), line.split()))
            self.records += line.startswith("record")

    def lines(self, word):
        return [line for _, line in list(self.said) if line[0] == word]

    def words(self):
        """The first word of each record, by key, in the order in which they came."""
        by_key = {}
        for _, _, _, key, word in self.lines("record"):
            by_key.setdefault(key, []).append(word)
        return by_key

    def wait(self, done, seconds, what):
        end = time.monotonic() + seconds
        while not done(self):
            if self.process.poll() is not None or time.monotonic() > end:
                self.errors.seek(0)
                counts = Counter(line[0] for _, line in self.said)
                raise AssertionError(f"{self.kind}: no {what} within {seconds} s; it said {dict(counts)}, at last "
                                     f"{[line for _, line in self.said[-3:]]} {self.errors.read()[-2000:].decode()}")
            time.sleep(0.05)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.thread.join(5)
        self.errors.close()
