"""Loads against a server under valgrind's callgrind, and what it counted."""

import re
import subprocess
from dataclasses import dataclass, field

WAIT = 60


@dataclass
class Load:
    """Arguments of bench/load: what is done once, uncounted, and what is counted."""
    name: str
    arguments: list
    before: list = field(default_factory=list)
    # What the same work without it takes; the difference is what is wanted.
    without: list = None
    # Of the answer's line: by what the instructions are divided.
    unit: str = "records"


def put(name, *arguments):
    return Load(name, ["put", "--seconds", str(WAIT), *arguments])


LOADS = [
    put("PutRecord, 1 KiB", "--size", "1024", "--batch", "1", "--connections", "16", "--records", "4000"),
    put("PutRecords, 100 x 1 KiB", "--size", "1024", "--batch", "100", "--connections", "4", "--records", "20000"),
    put("PutRecords, 500 x 100 B", "--size", "100", "--batch", "500", "--connections", "4", "--records", "100000"),
]
READS = [
    Load("GetRecords, 1 KiB", ["get", "--readers", "4", "--seconds", "3"],
         before=["put", "--seconds", str(WAIT), "--size", "1024", "--batch", "100", "--connections", "4", "--records", "20000"]),
    Load("a pushed event of 1 KiB", ["seen", "--rate", "100", "--seconds", "5", "--consumers", "5"],
         without=["seen", "--rate", "100", "--seconds", "5", "--consumers", "0"], unit="seen"),
]
# The allocator's entries: made, and made larger.
ENTRIES = ["mi_malloc", "mi_malloc_aligned", "mi_realloc", "mi_realloc_aligned"]


def count(flumen, load, of, directory, flags=("--limits", "off")):
    """Units of work, and the instructions and allocations that they took. The stream is named `counted`."""
    units, instructions, allocations = once(flumen, load, of.before, of.arguments, of.unit, directory / "with", flags)
    if of.without:
        _, less, fewer = once(flumen, load, of.before, of.without, of.unit, directory / "without", flags)
        instructions, allocations = instructions - less, allocations - fewer
    return units, instructions, allocations


def once(flumen, load, before, arguments, unit, directory, flags):
    directory.mkdir()
    profile = directory / "profile"
    command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={profile}",
               "--fair-sched=yes", flumen, "serve", "--listen", "127.0.0.1:0",
               "--data-dir", str(directory / "data"), *map(str, flags)]
    with open(directory / "log", "wb") as log:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        try:
            endpoint = server.stdout.readline().decode().split()[1].removeprefix("http://")
            to = ["--endpoint", endpoint, "--stream", "counted"]
            at = [*to, "--pid", str(server.pid)]
            run(load, "create", *to, "--shards", "4")
            # What is done once is done before counting.
            run(load, "put", *at, "--seconds", str(WAIT), "--size", "1024", "--records", "300")
            if before:
                run(load, *before, *at)
            run("callgrind_control", "-i", "on", str(server.pid))
            line = run(load, *arguments, *at)
            run("callgrind_control", "-i", "off", str(server.pid))
        finally:
            server.terminate()
            server.wait(WAIT)
    units = int(re.search(rf'"{unit}":(\d+)', line).group(1))
    tree = run("callgrind_annotate", "--tree=caller", "--inclusive=yes", "--threshold=100", str(profile))
    instructions = int(re.search(r"([\d,]+) \(100.0%\)  PROGRAM TOTALS", tree).group(1).replace(",", ""))
    return units, instructions, sum(calls(tree, entry) for entry in ENTRIES)


def calls(tree, function):
    """How often a function was called: the callers stand above it, each with its number of calls."""
    total, above = 0, 0
    for line in tree.splitlines():
        if not line.strip():
            above = 0
        elif "  *  " in line:
            if f":{function} " in line:
                total += above
        elif called := re.search(r"\(([\d,]+)x\)", line):
            above += int(called.group(1).replace(",", ""))
    return total


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=5 * WAIT).stdout
