"""Workers in processes of their own, a producer that never stops, and what they did, for a checker outside."""

import os
import pathlib
import subprocess
import threading
import time
from collections import defaultdict, namedtuple

from harness import people
from harness.client import client, is_open, read_stream, shards
from harness.flumen import Flumen

HERE = pathlib.Path(__file__).parent
KEYS = 20
# Enough for a slow machine; what it takes is printed.
PATIENCE = 300
# Who is there, and what each may.
POLICIES = {"root": None, "producer": "FlumenProducer", "producer-library": "FlumenProducerLibrary", "consumer-library": "FlumenConsumerLibrary"}
JAVA = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-Dorg.slf4j.simpleLogger.defaultLogLevel={os.environ.get('KCL_LOG', 'warn')}"]

Told = namedtuple("Told", "at worker what words")


def place(checkpoint):
    """Of a checkpoint among sequence numbers."""
    return {"TRIM_HORIZON": 0, "SHARD_END": 2**200}[checkpoint] if not checkpoint.isdigit() else int(checkpoint)


def now():
    """The clock that workers write before each line."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def classpath(module):
    target = HERE / module / "target"
    return f"{target / 'classes'}:{target / 'lib'}/*"


def wait(what, condition, seconds):
    """The condition's first value that is true."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.2)
    return found


class Program:
    """A Java program whose lines are kept, and which ends when its standard input does."""

    def __init__(self, name, module, main, arguments, server, key, log):
        self.name, self.lines = name, []
        self.log = log
        command = [*JAVA, f"-Djavax.net.ssl.trustStore={server.trust_store()}", "-Djavax.net.ssl.trustStorePassword=changeit",
                   "-cp", classpath(module), main, *map(str, arguments)]
        environment = os.environ | people.environment(key) | {
            "FLUMEN_ENDPOINT": server.tls_endpoint, "FLUMEN_TLS_ENDPOINT": server.tls_endpoint, "FLUMEN_CA": server.trust()}
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        with open(self.log.with_suffix(".out"), "ab", buffering=0) as kept:
            for line in self.process.stdout:
                kept.write(line)
                # A line that a kill cut off is none.
                if line.endswith(b"\n"):
                    self.take(line.decode().rstrip("\n").split("\t"))

    def take(self, line):
        self.lines.append(line)

    def stop(self, seconds=PATIENCE):
        """Asks it to end."""
        self.process.stdin.close()
        assert self.process.wait(seconds) == 0, self.errors()
        self.reader.join(10)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(10)

    def errors(self):
        lines = pathlib.Path(self.log).read_text(errors="replace").splitlines()
        return f"{self.name}:\n" + "\n".join(line for line in lines if "Cannot get the shard for this" not in line)[-4000:]


class Worker(Program):
    def __init__(self, name, module, arguments, server, key, log):
        self.told, self.delivered, self.begun = [], set(), set()
        super().__init__(name, module, "flumen.Worker", arguments, server, key, log)

    def take(self, line):
        at, what, *words = line
        self.told.append(Told(int(at), self.name, what, words))
        if what == "record":
            self.delivered.add((words[0], words[1]))
        elif what == "begins":
            self.begun.add(words[0])
        elif what in ("ended", "lost", "handed", "too late"):
            self.begun.discard(words[0])

    def held(self):
        """Shards that it has begun and neither ended, lost nor handed over."""
        return set(self.begun) if self.process.poll() is None else set()


class Feed:
    """Puts a record of every key, round after round. What a round could not store is put again before the next one."""

    def __init__(self, fleet, first_round=0, pause=0.1):
        self.kinesis, self.stream, self.pause = fleet.client("kinesis", "producer"), fleet.stream, pause
        self.rounds, self.failed, self.running = first_round, None, True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while self.running:
            left = [{"Data": f"key-{k}:{self.rounds}".encode(), "PartitionKey": f"key-{k}"} for k in range(KEYS)]
            while left:
                try:
                    answer = self.kinesis.put_records(StreamName=self.stream, Records=left)
                    left = [record for record, result in zip(left, answer["Records"]) if "ErrorCode" in result]
                except Exception as error:  # The server is being killed and restarted: whatever it was, it is tried again.
                    self.failed = error
                    time.sleep(0.05)
            self.rounds += 1
            time.sleep(self.pause)

    def stop(self):
        self.running = False
        self.thread.join(60)
        assert not self.thread.is_alive(), self.failed


class Fleet:
    """A server, a stream, and the workers of one application. Whoever puts or reads may what comes with the service for that."""

    def __init__(self, module, mode, tmp_path, limits="off", stream_shards=4, server=None):
        self.module, self.mode, self.logs = module, mode, tmp_path
        self.keys = people.write(tmp_path / "credentials", POLICIES)
        self.server = server or Flumen("--credentials", str(tmp_path / "credentials"), "--log", people.LOG, tls=True, limits=limits)
        self.server.start()
        self.kinesis = self.client("kinesis")
        self.stream = f"{module}-{mode}"
        self.kinesis.create_stream(StreamName=self.stream, ShardCount=stream_shards)
        if mode == "fanout":
            # Half of the fleets read what is encrypted, which asks nothing more of them.
            self.kinesis.start_stream_encryption(StreamName=self.stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
        self.workers = []
        # Spans in which something was dead.
        self.kills = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.kill()
        self.server.stop()
        (self.logs / "server.log").write_text(self.server.text())
        self.server.workplace.cleanup()

    def client(self, service, name="root"):
        return client(self.server.endpoint, *self.keys[name], service=service)

    def worker(self, name, key=None):
        arguments = (self.stream, f"app-{self.module}-{self.mode}", name, self.mode)
        key = key or self.keys["consumer-library"]
        worker = Worker(name, self.module, arguments, self.server, key, self.logs / f"{self.module}-{self.mode}-{name}.log")
        self.workers.append(worker)
        return worker

    def told(self):
        return sorted(told for worker in self.workers for told in list(worker.told))

    def records(self):
        return [told for told in self.told() if told.what == "record"]

    def delivered(self):
        return set().union(*(worker.delivered.copy() for worker in self.workers))

    def checkpoints(self):
        """Where the lease table says that each shard goes on. Leases of shards that were read to their end may be gone."""
        leases = self.client("dynamodb").scan(TableName=f"app-{self.module}-{self.mode}", ConsistentRead=True)["Items"]
        ended = {shard["ShardId"]: place("SHARD_END") for shard in shards(self.kinesis, self.stream) if not is_open(shard)}
        return ended | {lease["leaseKey"]["S"]: place(lease["checkpoint"]["S"]) for lease in leases if "checkpoint" in lease}

    def check_checkpoints(self, stand):
        """A checkpoint that a worker was told is stored stands, or a later one does."""
        for told in self.told():
            if told.what == "checkpoint":
                shard, checkpoint = told.words
                assert stand[shard] >= place(checkpoint), f"{told} is lost: {stand}"

    def open_shards(self):
        return {shard["ShardId"] for shard in shards(self.kinesis, self.stream) if is_open(shard)}

    def stored(self):
        return {(shard, record["SequenceNumber"]): record for shard, records in read_stream(self.kinesis, self.stream).items() for record in records}

    def wait_until_held(self, shares=None, seconds=PATIENCE):
        """Until the workers hold all open shards; with `shares` so many each. Without, one may hold none: the library counts
        leases of closed shards too, as long as they are there."""
        def seen():
            return {worker.name: sorted(worker.held()) for worker in self.workers}

        def held():
            alive = [worker for worker in self.workers if worker.process.poll() is None]
            now_open = self.open_shards()
            # KCL 1 begins closed shards once more when it takes over their leases.
            counts = sorted(len(worker.held() & now_open) for worker in alive)
            all_held = sorted(shard for worker in alive for shard in worker.held() & now_open)
            return all_held == sorted(now_open) and (not shares or counts == sorted(shares))

        wait(lambda: f"shares of {shares}, but {seen()} of {sorted(self.open_shards())}\n" + "\n".join(w.errors() for w in self.workers), held, seconds)

    def wait_until_read(self, seconds=PATIENCE):
        """Until all that is stored was delivered."""
        stored = set(self.stored())
        wait(lambda: f"{len(stored - self.delivered())} of {len(stored)} were never delivered, such as {sorted(stored - self.delivered())[:3]}\n"
             + "\n".join(w.errors() for w in self.workers), lambda: stored <= self.delivered(), seconds)

    def kill_server(self):
        self.without_server(self.server.kill)

    def without_server(self, end, meanwhile=lambda: time.sleep(1)):
        begun = now()
        end()
        meanwhile()
        self.server.start()
        # Leases that could not be renewed meanwhile are lost a little later.
        self.kills.append((begun, now() + 10_000_000_000))

    def kill_worker(self, worker):
        begun = now()
        worker.kill()
        self.kills.append((begun, now()))

    def delivered_again(self):
        """First and second deliveries of a record that have no kill between them, and whose shard's lease was not found lost
        since: a worker that gets no processor time for long enough loses its leases too, and reads on until it finds out."""
        first, again, losses = {}, [], self.losses()
        for told in self.records():
            before = first.setdefault(tuple(told.words[:3]), told)
            killed = any(before.at < end and told.at > start for start, end in self.kills)
            if before is not told and not killed and not any(at > before.at for at in losses[told.words[0]]):
                again.append((before, told))
        return again

    def losses(self):
        """When a worker found that a shard's lease was no longer its own, without having handed it over."""
        found, handed = defaultdict(list), set()
        for told in self.told():
            shard = told.words[0] if told.words else None
            if told.what == "handed":
                handed.add((told.worker, shard))
            elif told.what == "begins":
                handed.discard((told.worker, shard))
            elif told.what == "too late" or told.what == "lost" and (told.worker, shard) not in handed:
                found[shard].append(told.at)
        return found

    def check(self):
        """None lost, none changed, order per key."""
        stored = self.stored()
        first = {}
        for told in self.records():
            shard, sequence, sub, key, data = told.words
            record = stored[shard, sequence]
            assert (record["PartitionKey"], record["Data"].decode()) == (key, data)
            first.setdefault((shard, sequence, sub), told)
        lost = set(stored) - {(shard, sequence) for shard, sequence, _ in first}
        assert not lost, f"{len(lost)} records were never delivered"
        rounds = defaultdict(list)
        for (shard, sequence, _), told in sorted(first.items(), key=lambda item: item[1].at):
            rounds[told.words[3]].append(int(told.words[4].split(":")[1]))
        for key, numbers in rounds.items():
            assert numbers == sorted(numbers), f"{key} was delivered out of order"
            # A round that was put again after a kill may be there twice; none is missing.
            assert sorted(set(numbers)) == list(range(numbers[-1] + 1)), f"{key} has holes"
        assert len(rounds) == KEYS
