"""Puts against a server under valgrind's callgrind, and what it counted."""

import re
import subprocess

WAIT = 60
LOADS = [
    ("PutRecord, 1 KiB", ["--size", "1024", "--batch", "1", "--connections", "16", "--records", "4000"]),
    ("PutRecords, 100 x 1 KiB", ["--size", "1024", "--batch", "100", "--connections", "4", "--records", "20000"]),
    ("PutRecords, 500 x 100 B", ["--size", "100", "--batch", "500", "--connections", "4", "--records", "100000"]),
]
# The allocator's entries: made, and made larger.
MADE, GROWN = "mi_malloc_aligned", "mi_realloc_aligned"


def count(flumen, load, arguments, directory, flags=("--limits", "off")):
    """Records, and the instructions and allocations that they took. The stream is named `counted`."""
    profile = directory / "profile"
    command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={profile}",
               "--fair-sched=yes", flumen, "serve", "--listen", "127.0.0.1:0",
               "--data-dir", str(directory / "data"), *map(str, flags)]
    with open(directory / "log", "wb") as log:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        try:
            endpoint = server.stdout.readline().decode().split()[1].removeprefix("http://")
            to = ["--endpoint", endpoint, "--stream", "counted"]
            run(load, "create", *to, "--shards", "4")
            put = ["put", *to, "--pid", str(server.pid), "--seconds", str(WAIT)]
            # What is done once is done before counting.
            run(load, *put, "--size", "1024", "--records", "300")
            run("callgrind_control", "-i", "on", str(server.pid))
            line = run(load, *put, *arguments)
            run("callgrind_control", "-i", "off", str(server.pid))
        finally:
            server.terminate()
            server.wait(WAIT)
    records = int(re.search(r'"records":(\d+)', line).group(1))
    tree = run("callgrind_annotate", "--tree=caller", "--inclusive=yes", "--threshold=100", str(profile))
    instructions = int(re.search(r"([\d,]+) \(100.0%\)  PROGRAM TOTALS", tree).group(1).replace(",", ""))
    return records, instructions, calls(tree, MADE) + calls(tree, GROWN)


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
