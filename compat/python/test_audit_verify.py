"""`flumen audit verify` on what a server has written: sealed, in clear and in a backup; after whoever meant ill was there, after
kills, and after a restore. And a collector that reads the copies in clear while they come."""

import gzip
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time

import pytest

from harness.client import client
from harness.flumen import Flumen, binary, running_elsewhere

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own")

OFTEN = ("--audit-file-every", "1s", "--audit-digest-every", "1s")
WITHIN = 60.0
AWS = pathlib.Path(__file__).parents[1] / "out" / "awscli1" / "bin" / "aws"


class Audited:
    """A server that delivers every second, copies what it delivers, and anchors it in a file elsewhere."""

    def __init__(self, path):
        self.path, self.clear, self.anchors = path, path / "clear", path / "anchors"
        flags = [*OFTEN, "--audit-dir", str(self.clear), "--audit-anchor", f"file:{self.anchors}"]
        self.server = Flumen(*flags, data_dir=path / "data")
        self.data = self.server.data_dir
        self.key = self.made = None

    def init(self):
        credentials = self.path / "root"
        run("init", "--data-dir", self.data, "--write-credentials", credentials)
        words = credentials.read_text().split()
        self.key = [words[words.index(name) + 2] for name in ("aws_access_key_id", "aws_secret_access_key")]
        self.made = 0

    def act(self, times=3):
        """Calls that leave an event each."""
        kinesis = client(self.server.endpoint, *self.key)
        for _ in range(times):
            kinesis.create_stream(StreamName=f"s{self.made}", ShardCount=1)
            self.made += 1

    def digests(self):
        return sorted(self.clear.glob("*/AWSLogs/*/CloudTrail-Digest/**/*.json.gz"))

    def logs(self):
        return sorted(self.clear.glob("*/AWSLogs/*/CloudTrail/**/*.json.gz"))

    def deliver(self, digests):
        """Goes on until there are so many digests more which name files."""
        before = set(self.digests())
        eventually(lambda: self.act(1) or sum(bool(named(path)) for path in set(self.digests()) - before) >= digests)


def named(digest):
    """The log files that it names."""
    with gzip.open(digest) as content:
        return json.load(content)["logFiles"]


def eventually(is_so):
    until = time.monotonic() + WITHIN
    while not is_so():
        assert time.monotonic() < until, "not within the time"
        time.sleep(0.2)


def run(*arguments, status=0):
    done = subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def aws():
    if not AWS.exists():
        if os.environ.get("CI"):
            pytest.fail(f"CI has the command line: {AWS} is missing")
        pytest.skip(f"{AWS} is not installed")
    return AWS


def verify(path, *arguments, status=0):
    return json.loads(run("audit", "verify", path, "--json", *arguments, status=status))


def kinds(path, *arguments):
    """What is found, which is something."""
    return {(finding["what"], finding["file"]) for finding in verify(path, *arguments, status=1)["findings"]}


@pytest.fixture
def audited(tmp_path):
    made = Audited(tmp_path)
    made.init()
    with made.server:
        yield made


def key_of(clear, path):
    """Bucket and key."""
    return str(path.relative_to(clear))


def test_what_a_server_writes_is_valid_while_it_runs_and_after_kills(audited):
    audited.deliver(2)
    places = [audited.data, audited.clear]
    for place in places:
        told = verify(place, "--anchor", audited.anchors)
        assert told["chains"][0]["trail"].endswith(":trail/flumen") and told["chains"][0]["digests"] >= 2
    for _ in range(4):
        audited.act()
        time.sleep(0.7)
        audited.server.kill()
        for place in places:
            verify(place, "--anchor", audited.anchors)
        audited.server.start()
    audited.deliver(1)
    told = verify(audited.clear, "--anchor", audited.anchors)
    assert not told["findings"] and len(told["chains"]) == 1
    assert audited.server.stop() == 0
    for place in places:
        verify(place, "--anchor", audited.anchors)
    # The server's own key, pinned.
    pinned = audited.path / "pinned.json"
    shutil.copy(audited.clear / "public-keys.json", pinned)
    verify(audited.clear, "--anchor", audited.anchors, "--public-key", pinned)


def test_whoever_means_ill_is_found(audited):
    audited.deliver(4)
    assert audited.server.stop() == 0
    verify(audited.data, "--anchor", audited.anchors)
    digests = [path for path in audited.digests() if named(path)]
    first, second = (audited.clear / entry["s3Bucket"] / entry["s3Object"] for entry in (named(digests[0])[0], named(digests[1])[0]))
    newest = audited.digests()[-1]

    def in_copies(work):
        """Of the copies in clear, and of the sealed files, each changed in the same way."""
        for root, suffix in [(audited.clear, ""), (audited.data, ".sealed")]:
            copy = audited.path / "copy"
            shutil.copytree(root, copy)
            files = copy if root == audited.clear else copy / "audit"
            work(lambda path, files=files, suffix=suffix: files / (key_of(audited.clear, path) + suffix))
            yield copy
            shutil.rmtree(copy)

    def change(at):
        for path in (first, digests[1]):
            whole = bytearray(at(path).read_bytes())
            whole[-20] ^= 1
            at(path).write_bytes(whole)

    for copy in in_copies(change):
        found = kinds(copy)
        assert {("changed", key_of(audited.clear, path)) for path in (first, digests[1])} <= found

    def remove(at):
        at(first).unlink()
        at(digests[1]).unlink()

    for copy in in_copies(remove):
        assert {("removed", key_of(audited.clear, path)) for path in (first, digests[1])} <= kinds(copy)

    def swap(at):
        for one, two in ((first, second), (digests[0], digests[1])):
            between = at(one).with_suffix(".between")
            at(one).rename(between)
            at(two).rename(at(one))
            between.rename(at(two))

    for copy in in_copies(swap):
        found = {file for what, file in kinds(copy) if what in ("moved", "changed")}
        assert {key_of(audited.clear, path) for path in (first, second, digests[0], digests[1])} <= found

    def cut(at):
        at(newest).unlink()
        for entry in named(newest):
            at(audited.clear / entry["s3Bucket"] / entry["s3Object"]).unlink()

    for copy in in_copies(cut):
        assert any("whether later ones were removed is not known" in note for note in verify(copy)["notes"])
        assert ("cut-tail", key_of(audited.clear, newest)) in kinds(copy, "--anchor", audited.anchors)


def test_the_command_of_aws_finds_a_changed_byte_a_removed_digest_and_two_that_were_swapped(audited):
    audited.deliver(4)
    trail = verify(audited.data)["chains"][0]["trail"]
    digests = [path for path in audited.digests() if named(path)]
    logs = [audited.clear / entry["s3Bucket"] / entry["s3Object"] for path in digests for entry in named(path)]

    def sealed(path):
        return audited.data / "audit" / (key_of(audited.clear, path) + ".sealed")

    def validated():
        """What it says of each file, by bucket and key."""
        environment = os.environ | dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), audited.key)) | {
            "AWS_ENDPOINT_URL": audited.server.endpoint, "AWS_CONFIG_FILE": "/nonexistent"}
        command = [aws(), "--region", "us-east-1", "cloudtrail", "validate-logs", "--trail-arn", trail, "--verbose",
                   "--start-time", "2020-01-01T00:00:00Z"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment, check=False)
        words = [line.split("\t") for line in (done.stdout + done.stderr).splitlines() if "\ts3://" in line]
        said = {file.removeprefix("s3://"): verdict for _, file, verdict in words}
        assert done.returncode == int(any(verdict != "valid" for verdict in said.values())), done.stdout + done.stderr
        return said

    def verdicts(*paths):
        said = validated()
        return [said[key_of(audited.clear, path)] for path in paths]

    assert set(validated().values()) == {"valid"}
    for path in (logs[0], digests[1]):
        whole = sealed(path).read_bytes()
        sealed(path).write_bytes(whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:])
        assert verdicts(path) == ["INVALID: invalid format"]
        sealed(path).write_bytes(whole)
    whole = sealed(digests[1]).read_bytes()
    sealed(digests[1]).unlink()
    assert verdicts(digests[1]) == ["INVALID: not found"]
    sealed(digests[1]).write_bytes(whole)
    for one, two in ((logs[0], logs[1]), (digests[0], digests[1])):
        contents = [sealed(path).read_bytes() for path in (one, two)]
        for path, content in zip((two, one), contents):
            sealed(path).write_bytes(content)
        assert verdicts(one, two) == ["INVALID: invalid format"] * 2
        for path, content in zip((one, two), contents):
            sealed(path).write_bytes(content)
    assert set(validated().values()) == {"valid"}


def test_a_backup_is_valid_and_what_goes_on_from_it_is_another_chain(audited):
    audited.deliver(2)
    backups = audited.path / "backups"
    for _ in range(3):
        backup = pathlib.Path(json.loads(run("backup", "--json", audited.data, backups))["path"])
        verify(backup)
        run("check", backup)
        audited.act()
    # Started elsewhere, it goes on from where it was.
    with Flumen(*OFTEN, data_dir=backup) as restored:
        many = len(list(backup.glob("audit/*/AWSLogs/*/CloudTrail-Digest/**/*.sealed")))
        eventually(lambda: len(list(backup.glob("audit/*/AWSLogs/*/CloudTrail-Digest/**/*.sealed"))) >= many + 2)
        verify(backup)
        assert restored.stop() == 0
    verify(backup)
    audited.deliver(1)
    assert audited.server.stop() == 0
    # By the anchors of the one that went on, it is another one.
    found = {what for what, _ in kinds(backup, "--anchor", audited.anchors)}
    assert found & {"two-chains", "cut-tail"}


def test_a_collector_reads_every_event_of_the_copies_while_they_come(audited):
    seen, events, is_done = set(), set(), threading.Event()

    def collect():
        # As a tail of `*.json.gz` does: each file once, when it is there.
        while True:
            is_last = is_done.is_set()
            for path in audited.logs():
                if path not in seen:
                    seen.add(path)
                    with gzip.open(path) as content:
                        for record in json.load(content)["Records"]:
                            if record["eventName"] == "CreateStream":
                                events.add(record["requestParameters"]["streamName"])
            if is_last:
                return
            time.sleep(0.05)

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        audited.act(5)
        audited.deliver(2)
        audited.server.kill()
        audited.server.start()
        audited.deliver(2)
        wanted = {f"s{number}" for number in range(audited.made)}
        eventually(lambda: wanted <= events)
    finally:
        is_done.set()
        collector.join()
    assert events == wanted
