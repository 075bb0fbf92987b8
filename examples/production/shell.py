"""What the walk is made of: people with their credentials, commands that are shown and run, servers, and checks."""

import os
import pathlib
import random
import shlex
import signal
import socket
import subprocess
import sys
import time

READY_WITHIN = 60.0
ENDS_WITHIN = 30.0
COMMAND_WITHIN = 300.0


class NotSo(Exception):
    """Something that should be so is not."""


def title(text):
    print(f"\n== {text}", flush=True)


def say(text):
    print(f"   {text}", flush=True)


def check(is_so, what, seen=""):
    """`what` is the sentence that has to hold; `seen` is shown where it does not."""
    if not is_so:
        raise NotSo(f"{what}\n{seen}".rstrip())
    print(f"   so: {what}", flush=True)


class Done:
    def __init__(self, status, out, errors):
        self.status, self.out, self.errors = status, out, errors

    @property
    def all(self):
        return self.out + self.errors

    def lines(self):
        return self.out.splitlines()


class Person:
    """Somebody at a shell of their own: a folder, a PATH with `flumen` and `aws`, and the variables that they have exported."""

    def __init__(self, place, name, **exported):
        self.place, self.name, self.exported = place, name, exported

    def run(self, command, fails=None, also=None, quietly=False):
        """Runs a command of the shell. It has to succeed, or with `fails` to fail and say that."""
        if not quietly:
            print(f"{self.name}$ {command}", flush=True)
        environment = self.place.environment | self.exported | (also or {})
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=self.place.folder, env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_WITHIN, check=False)
        done = Done(done.returncode, done.stdout, done.stderr)
        if fails is None and done.status != 0:
            raise NotSo(f"the command succeeds\nstatus {done.status}\n{done.all}")
        if fails is not None:
            check(done.status != 0 and fails in done.all, f"that is refused: {fails}", f"status {done.status}\n{done.all}")
        return done


class Place:
    """A folder, and the servers that were started there; all of them end with it."""

    def __init__(self, folder, flumen, aws):
        self.folder = pathlib.Path(folder)
        tools = self.folder / "bin"
        tools.mkdir()
        (tools / "flumen").symlink_to(flumen)
        (tools / "aws").symlink_to(aws)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FLUMEN_"))}
        self.environment = kept | {
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "HOME": str(self.folder), "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1",
            "AWS_DEFAULT_OUTPUT": "json", "LC_ALL": "C.UTF-8"}
        self.servers, self.ports = [], set()

    def port(self):
        """One that is free, and never the same twice. Below those that the kernel gives to outgoing connections."""
        while True:
            port = random.randrange(20_000, 32_000)
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
            if port not in self.ports:
                self.ports.add(port)
                return port

    def write(self, name, text):
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    def end(self):
        for server in self.servers:
            server.end()


class Server:
    """`flumen serve` with these arguments, known by its process id."""

    def __init__(self, place, arguments, also=None):
        self.place, self.arguments = place, arguments
        self.log = place.folder / f"server-{len(place.servers) + 1}.log"
        print(f"server$ flumen serve {arguments} 2>{self.log.name} &", flush=True)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(["flumen", "serve", *shlex.split(arguments)], cwd=place.folder, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env=place.environment | (also or {}),
                                            executable=place.folder / "bin" / "flumen")
        place.servers.append(self)
        begun = time.monotonic()
        while not any(line.startswith("ready") for line in self.told()):
            if self.process.poll() is not None or time.monotonic() - begun > READY_WITHIN:
                raise NotSo("the server says `ready`\n" + "\n".join(self.told()))
            time.sleep(0.02)

    def told(self):
        return self.log.read_text(errors="replace").splitlines()

    def stop(self):
        print(f"server$ kill {self.process.pid}", flush=True)
        self.process.terminate()
        status = self.process.wait(ENDS_WITHIN)
        if status != 0:
            raise NotSo(f"the server ends in good order\nstatus {status}\n" + "\n".join(self.told()[-20:]))

    def end(self):
        """Whatever happened to it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def ended_by_signals():
    """So that servers end, and folders go, where the walk is broken off."""
    def end(number, _):
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
