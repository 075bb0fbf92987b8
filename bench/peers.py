"""What is measured: how each server is had and how it is started."""

import os
import pathlib
import shutil
import subprocess
from dataclasses import dataclass, field, replace

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE / "out"
NAMES = ["ceiling", "ceiling-work", "ferrokinesis", "fakecloud", "aws-in-a-box", "kinesalite", "redis"]


class NotToBeHad(Exception):
    pass


@dataclass
class Entrant:
    name: str
    # From port and data directory to the command line.
    command: object
    # What it promises when it answers.
    keeps: str
    # Survives a restart, so that history can be read from disk.
    durable: bool = False
    # Fills up to the second mark of memory; the peers that keep all in memory would need 10 GB.
    large: bool = False
    # Answers canned bytes: nothing to fill or to read back.
    canned: bool = False
    # Its streams are, from their beginning.
    encrypted: bool = False
    kind: str = "kinesis"
    environment: dict = field(default_factory=dict)


def flumen(binary):
    def command(port, data):
        return [binary, "serve", "--listen", f"127.0.0.1:{port}", "--data-dir", data, "--limits", "off"]

    return Entrant("flumen", command, "synced to disk", durable=True, large=True)


def flumen_encrypted(binary):
    """The same with encrypted streams."""
    return replace(flumen(binary), name="flumen, encrypted", encrypted=True, kind="encrypted")


def flumen_with_limits(binary):
    """The same with limits on: AWS's for the stream of the loads, hardly any writes and any number for two others."""
    file = OUT / "limits.toml"

    def command(port, data):
        file.write_text('limits = "aws"\n[stream-limits]\nopen = "off"\n[stream-limits.refused]\nwrite-records = 1\n')
        return [binary, "serve", "--listen", f"127.0.0.1:{port}", "--data-dir", data, "--config", file]

    return Entrant("flumen, limits on", command, "synced to disk", kind="limited")


def build_tools():
    """The load generator and the ceiling server."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", OUT / "target"))
    run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=HERE, seconds=900, target=target)
    return target / "release"


def install(name, tools):
    return {
        "ceiling": lambda: ceiling(tools, "ceiling", []),
        "ceiling-work": lambda: ceiling(tools, "ceiling, base64 and SHA-256", ["--work"]),
        "ferrokinesis": ferrokinesis,
        "fakecloud": fakecloud,
        "aws-in-a-box": aws_in_a_box,
        "kinesalite": kinesalite,
        "redis": redis,
    }[name]()


def ceiling(tools, name, flags):
    def command(port, _):
        return [tools / "ceiling", "--listen", f"127.0.0.1:{port}", *flags]

    return Entrant(name, command, "nothing", canned=True)


def ferrokinesis():
    binary = OUT / "ferrokinesis" / "bin" / "ferrokinesis"
    if not binary.exists():
        run(["cargo", "install", "ferrokinesis", "--version", "^0.7", "--quiet", "--root", OUT / "ferrokinesis"],
            seconds=1800, target=OUT / "target-peers")

    def command(port, _):
        return [binary, "--port", str(port), "--log-level", "warn", "--create-stream-ms", "0",
                "--shard-limit", "100", "--max-request-body-mb", "16"]

    return Entrant("ferrokinesis 0.7", command, "memory")


def fakecloud():
    binary = OUT / "target-peers" / "release" / "fakecloud-peer"
    if not binary.exists():
        run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=HERE / "peers" / "fakecloud",
            seconds=1800, target=OUT / "target-peers")
    return Entrant("fakecloud 0.51", lambda port, _: [binary, f"127.0.0.1:{port}"], "memory")


def aws_in_a_box():
    """Its Go module has a name without a host, so no module proxy can serve it: only a copy built elsewhere counts."""
    binary = shutil.which("aws-in-a-box")
    if binary is None:
        raise NotToBeHad("no registry carries it; measured where a program of that name is on the PATH")

    def command(port, _):
        return [binary, "-addr", f"127.0.0.1:{port}", "-logLevel", "error", "-kinesisStreamCreateDuration", "0s"]

    return Entrant("aws-in-a-box", command, "memory")


def kinesalite():
    directory = OUT / "kinesalite"
    script = directory / "node_modules" / "kinesalite" / "cli.js"
    if not (directory / "node_modules" / "leveldown").exists():
        directory.mkdir(parents=True, exist_ok=True)
        run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", directory,
             "kinesalite@3", "leveldown@5"], seconds=300)

    def command(port, data):
        return ["node", script, "--port", str(port), "--path", data, "--createStreamMs", "0", "--shardLimit", "100"]

    return Entrant("kinesalite 3 on disk", command, "file, not synced", durable=True)


def redis():
    """Not a peer but a measure of what group commit gives on the same disk. Unpacked, not installed, so that no
    service is started beside it."""
    directory = OUT / "redis"
    server = directory / "usr" / "bin" / "redis-server"
    if not server.exists():
        directory.mkdir(parents=True, exist_ok=True)
        packages = "redis-server redis-tools libjemalloc2 liblua5.1-0 lua-bitop lua-cjson liblzf1 libhiredis0.14"
        for package in packages.split():
            # Which libraries there are differs between releases of Debian; a missing one shows at the start.
            subprocess.run(["apt-get", "download", "-qq", package], cwd=directory, timeout=120,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        for package in directory.glob("*.deb"):
            run(["dpkg", "-x", package, directory], seconds=60)
        if not server.exists():
            raise NotToBeHad("apt-get has no redis-server; is this Debian, and has apt-get update run?")
    libraries = directory / "usr" / "lib" / f"{os.uname().machine}-linux-gnu"
    environment = {"LD_LIBRARY_PATH": str(libraries), "LUA_CPATH": f"{libraries}/lua/5.1/?.so"}

    def command(port, data):
        return [server, "--port", str(port), "--bind", "127.0.0.1", "--dir", data, "--save", "",
                "--appendonly", "yes", "--appendfsync", "always"]

    return Entrant("Redis stream, fsync always", command, "synced to disk", kind="redis", environment=environment)


def run(command, seconds, cwd=HERE, target=None):
    environment = os.environ | ({"CARGO_TARGET_DIR": str(target)} if target else {})
    try:
        subprocess.run([str(part) for part in command], cwd=cwd, env=environment, timeout=seconds, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError as missing:
        raise NotToBeHad(f"{missing.filename} is not installed") from missing
    except subprocess.TimeoutExpired as late:
        raise NotToBeHad(f"{command[0]} took longer than {seconds} s") from late
    except subprocess.CalledProcessError as failed:
        raise NotToBeHad((failed.stderr or "").strip().splitlines()[-1:] or failed) from failed
