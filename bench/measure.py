"""The loads, in the order in which they are run, each against a server with nothing in it."""

import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from server import Server

HERE = pathlib.Path(__file__).resolve().parent
LOGS = HERE / "out" / "logs"


# Loads that are run by every entrant several times; the others have rounds of their own, or say how much and not how fast.
ROUNDS = ("put_record", "open_loop", "put_records_100", "put_records_500", "get_records")


@dataclass
class Scale:
    seconds: float
    warm_up: float
    # Little enough to be in memory whole, wherever the newest records are kept there.
    tail_records: int
    memory_records: int
    memory_records_large: int
    disk: bool
    # Of the loads whose answer is a rate, a latency or a ratio; medians are kept.
    rounds: int

    @staticmethod
    def full(seconds):
        return Scale(seconds, 4.0, 150_000, 500_000, 5_000_000, True, 3)

    @staticmethod
    def quick():
        return Scale(0.5, 0.2, 2_000, 5_000, 10_000, False, 1)


def machine(tools, data, scale):
    cpu = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    memory = [int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal")][0]
    found = {
        "date": time.strftime("%Y-%m-%d"),
        "cpu": f"{len(os.sched_getaffinity(0))} x {cpu[0] if cpu else platform.machine()}",
        "memory_gib": round(memory / 2**20, 1),
        "kernel": platform.release(),
        "seconds_a_load": scale.seconds,
        "warm_up_seconds": scale.warm_up,
        "rounds": scale.rounds,
        "load_average_before": os.getloadavg()[0],
    }
    if scale.disk:
        found["disk"] = run_tool([tools / "load", "disk", data], 300)
    return found


def everything(entrants, tools, data, scale, only=None):
    """Load by load, so that all entrants have a load within minutes of each other, and in each round another one first.
    A load that fails is named in the result, and the others go on."""
    kinds = {"redis": redis_loads, "kinesis": kinesis_loads, "encrypted": encrypted_loads, "limited": limited_loads}
    loads = [kinds[entrant.kind](entrant, scale) for entrant in entrants]
    results = [{"name": entrant.name, "keeps": entrant.keeps, "loads": {}, "failures": []} for entrant in entrants]
    stolen = []
    names = list(dict.fromkeys(name for of in loads for name in of if not only or name in only.split(",")))
    for name in names:
        takers = [place for place, of in enumerate(loads) if name in of]
        runs = {place: [] for place in takers}
        for turn in range(scale.rounds if name in ROUNDS else 1):
            first = turn % len(takers)
            for place in takers[first:] + takers[:first]:
                entrant = entrants[place]
                print(f"  {name}, {entrant.name}", file=sys.stderr)
                before = processor_time()
                try:
                    log = LOGS / f"{entrant.name.replace(' ', '-').replace(',', '')}.log"
                    with Server(entrant, data / "server", log) as server:
                        runs[place].append(loads[place][name](server, Tool(tools, server, scale)))
                except Exception as failure:
                    results[place]["failures"].append(f"{name}: {failure}")
                    print(f"  {name}: {failure}", file=sys.stderr)
                after = processor_time()
                stolen.append((after[0] - before[0]) / (after[1] - before[1]))
        for place in takers:
            if runs[place]:
                results[place]["loads"] |= medians(runs[place])
    return {"entrants": results, "stolen": {"mean": statistics.mean(stolen), "max": max(stolen)} if stolen else None}


def processor_time():
    """What the host gave to others, and all there was."""
    with open("/proc/stat") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    return ticks[7], sum(ticks)


def kinesis_loads(entrant, scale):
    loads = {
        "put_record": lambda _, tool: {"put_record": tool.put(1024, 1, 64)},
        "open_loop": lambda _, tool: {"open_loop": tool.open_loop()},
        "put_records_100": lambda _, tool: {"put_records_100": tool.put(1024, 100, 16)},
        "put_records_500": lambda _, tool: {"put_records_500": tool.put(100, 500, 8)},
        "get_records": lambda _, tool: {
            "tail_fill": None if entrant.canned else tool.fill(scale.tail_records), "get_tail": tool.get(),
        },
    }
    if not entrant.canned:
        loads["push"] = lambda _, tool: {"push": tool.seen("bench", 4, consumers=1)}
        loads["push_20"] = lambda _, tool: {"push_20": tool.seen("narrow", 1, consumers=20)}
        loads["poll_1"] = lambda _, tool: {"poll_1": tool.seen("bench", 4, pollers=1)}
        loads["poll_5"] = lambda _, tool: {"poll_5": tool.seen("bench", 4, pollers=5)}
        loads["idle"] = idle
        loads["memory"] = memory
    return loads


def encrypted_loads(entrant, scale):
    """Those that take what lies on disk, or puts it there."""
    loads = kinesis_loads(entrant, scale)
    return {name: loads[name] for name in ("put_record", "put_records_100", "put_records_500", "get_records", "memory")}


def limited_loads(_, scale):
    """Of a server that enforces limits: `bench` has AWS's, `refused` next to nothing, `open` none."""
    def refusal(tool, size, batch, connections):
        cost = {}
        for stream in ("refused", "open"):
            tool.create(stream, 1)
            runs = [tool.put(size, batch, connections, "--stream", stream) for _ in range(scale.rounds)]
            cost[stream] = statistics.median(run["cpu_microseconds_per_request"] for run in runs)
        return cost | {"ratio": cost["refused"] / cost["open"]}

    return {
        "hot_1": lambda _, tool: {"hot_1": tool.hot(batch=1)},
        "hot_100": lambda _, tool: {"hot_100": tool.hot(batch=100)},
        "refusal": lambda _, tool: {"refusal": {"PutRecord, 1 KiB": refusal(tool, 1024, 1, 16),
                                                "PutRecords, 100 x 1 KiB": refusal(tool, 1024, 100, 4)}},
    }


def idle(server, tool):
    time.sleep(1.0)
    before, start = server.cpu_seconds(), time.monotonic()
    time.sleep(2.0)
    cores = (server.cpu_seconds() - before) / (time.monotonic() - start)
    resident = server.resident_mib()
    return {"idle": {"resident_mib": resident, "cpu_cores": cores, "ready_ms": server.restart()}}


def memory(server, tool):
    found = {"memory": tool.fill(tool.scale.memory_records)}
    if server.entrant.durable:
        found["memory"]["restart_ms"] = server.restart()
        found["get_segments"] = tool.get()
    if server.entrant.large:
        found["memory_large"] = tool.fill(tool.scale.memory_records_large - tool.scale.memory_records)
        found["memory_large"]["restart_ms"] = server.restart()
        found["get_segments"] = tool.get()
    return found


class Tool:
    """The load generator, pointed at a server."""

    def __init__(self, tools, server, scale):
        self.program, self.server, self.scale = tools / "load", server, scale
        self.created = set()

    def create(self, stream, shards):
        if stream not in self.created:
            run_tool([self.program, "create", *self.endpoint(), "--stream", stream, "--shards", shards], 60)
            if self.server.entrant.encrypted:
                run_tool([self.program, "encrypt", *self.endpoint(), "--stream", stream], 60)
            self.created.add(stream)

    def run(self, load, *flags, seconds):
        if "--stream" not in flags:
            self.create("bench", 4)
        command = [self.program, load, *self.endpoint(), "--pid", self.server.pid, *flags]
        return run_tool(command, seconds + 60)

    def endpoint(self):
        return ["--endpoint", f"127.0.0.1:{self.server.port}"]

    def put(self, size, batch, connections, *flags):
        return self.run("put", "--size", size, "--batch", batch, "--connections", connections,
                        "--warm-up", self.scale.warm_up, "--seconds", self.scale.seconds, *flags, seconds=self.scale.seconds)

    def seen(self, stream, shards, consumers=0, pollers=0):
        self.create(stream, shards)
        seconds = self.scale.seconds * 2
        runs = [self.run("seen", "--stream", stream, "--consumers", consumers, "--pollers", pollers, "--seconds", seconds,
                         seconds=seconds) for _ in range(self.scale.rounds)]
        for run in runs:
            if run["seen"] != run["wanted"]:
                raise RuntimeError(f"{run['seen']} of {run['wanted']} records were seen")
        return medians(runs)

    def hot(self, batch):
        seconds = self.scale.seconds * 2
        return medians([self.run("hot", "--batch", batch, "--seconds", seconds, seconds=2 * seconds)
                        for _ in range(self.scale.rounds)])

    def fill(self, records):
        return self.run("put", "--batch", 100, "--connections", 8, "--records", records, "--seconds", 120, seconds=120)

    def get(self):
        return self.run("get", "--seconds", self.scale.seconds, seconds=self.scale.seconds)

    def open_loop(self):
        seconds = self.scale.seconds * 2
        self.run("open", "--seconds", self.scale.warm_up, seconds=self.scale.warm_up)
        return self.run("open", "--seconds", seconds, seconds=seconds)


def medians(runs):
    """Of each number by itself; of errors all there were."""
    runs = [run for run in runs if run is not None]
    if not runs:
        return None
    if isinstance(runs[0], dict):
        return {key: medians([run[key] for run in runs]) if key != "errors" else sum(run[key] for run in runs) for key in runs[0]}
    return statistics.median(runs) if isinstance(runs[0], (int, float)) else runs[0]


def redis_loads(entrant, _):
    """XADD of one field of 1 KiB, 64 connections, with the program that comes with Redis."""

    def xadd(server, tool):
        program = pathlib.Path(entrant.command(0, ".")[0]).with_name("redis-benchmark")
        count = 200_000
        before, start = server.cpu_seconds(), time.monotonic()
        command = [program, "-p", server.port, "-c", 64, "-n", count, "--threads", 2, "--csv", "XADD", "bench", "*", "d", "x" * 1024]
        text = run_text(command, 120, entrant.environment)
        seconds, cpu = time.monotonic() - start, server.cpu_seconds() - before
        values = [value.strip('"') for value in text.strip().splitlines()[-1].rsplit(",", 7)]
        rate, p50, p99, most = float(values[1]), float(values[4]), float(values[6]), float(values[7])
        return {"put_record": {
            "records_per_second": rate, "megabytes_per_second": rate * 1024 / 1e6, "errors": 0, "seconds": seconds,
            "latency_ms": {"p50": p50, "p99": p99, "max": most},
            "cpu_seconds_per_million_records": cpu * 1e6 / count, "resident_mib": server.resident_mib(),
        }}

    return {"put_record": xadd}


def run_tool(command, seconds):
    return json.loads(run_text(command, seconds))


def run_text(command, seconds, environment=None):
    done = subprocess.run([str(part) for part in command], timeout=seconds, capture_output=True, text=True,
                          env=os.environ | (environment or {}), check=False)
    if done.returncode:
        raise RuntimeError((done.stderr.strip() or f"{command[1]} ended with {done.returncode}").splitlines()[-1])
    if done.stderr.strip():
        print("  " + done.stderr.strip().splitlines()[0], file=sys.stderr)
    return done.stdout
