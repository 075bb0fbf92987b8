"""The started binary: one server process on free ports, known by its process id.

`FLUMEN_BIN` names the binary. `FLUMEN_ENDPOINT` in its place points everything at a server that is already
running; what needs to start, stop or configure one is then skipped.
"""

import contextlib
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import time

READY_WITHIN = 60.0
ENDS_WITHIN = 20.0
# Below those that the kernel gives to outgoing connections, one of which could take a port that was free a moment ago.
PORTS = range(20_000, 32_768)
given = set()


class Flumen:
    """Started with `with`, or with `start` and `stop`. Data survives `restart` and `kill`, not the end of `with`."""

    def __init__(self, *flags, data_dir=None, ephemeral=False, tls=False, limits="off", environment=None, under=(), program=None):
        self.workplace = tempfile.TemporaryDirectory(prefix="flumen-")
        self.data_dir = pathlib.Path(data_dir or pathlib.Path(self.workplace.name) / "data")
        self.log = pathlib.Path(self.workplace.name) / "server.log"
        self.flags = [*flags, *(["--ephemeral"] if ephemeral else ["--data-dir", str(self.data_dir)])]
        if limits:
            self.flags += ["--limits", limits]
        self.tls = tls
        self.environment = environment or {}
        # A command that becomes the server, such as `prlimit` with what it is to limit.
        self.under = under
        # Another one than that of FLUMEN_BIN; it may be changed between `stop` and `start`.
        self.program = program or binary()
        self.port = self.tls_port = None
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self.workplace.cleanup()

    def start(self):
        """Returns the seconds until it was ready."""
        self.port = self.port or free_port()
        command = [*self.under, self.program, "serve", "--listen", f"127.0.0.1:{self.port}", *self.flags]
        if self.tls:
            self.tls_port = self.tls_port or free_port()
            command += ["--tls", f"127.0.0.1:{self.tls_port}"]
        begun = time.monotonic()
        written = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            # Its own directory, so that no flumen.toml of the caller's takes part.
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.workplace.name, env=os.environ | self.environment)
        while not any(line.startswith("ready") for line in self.text(written).splitlines()):
            if self.process.poll() is not None:
                raise RuntimeError(f"ended with {self.process.returncode} before it was ready:\n{self.text(written)}")
            if time.monotonic() - begun > READY_WITHIN:
                self.kill()
                raise RuntimeError(f"not ready after {READY_WITHIN} s:\n{self.text(written)}")
            time.sleep(0.005)
        return time.monotonic() - begun

    def stop(self):
        """Asks it to end, and returns its exit status."""
        if self.process is None or self.process.poll() is not None:
            return self.process and self.process.returncode
        self.process.terminate()
        try:
            return self.process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self):
        self.stop()
        return self.start()

    def text(self, start=0):
        with open(self.log, "rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")

    def resident_mib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the server is not running")

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_endpoint(self):
        return f"https://localhost:{self.tls_port}"

    def trust(self):
        """A file with the certificate authority that it made for itself."""
        done = subprocess.run([self.program, "trust", "--data-dir", str(self.data_dir)], timeout=20,
                              capture_output=True, text=True, check=True, cwd=self.workplace.name)
        path = pathlib.Path(self.workplace.name) / "ca.pem"
        path.write_text(done.stdout)
        return str(path)

    def trust_store(self):
        """The same for Java, with the password `changeit`."""
        path = pathlib.Path(self.workplace.name) / "trust.p12"
        if not path.exists():
            subprocess.run(["keytool", "-importcert", "-noprompt", "-alias", "flumen", "-file", self.trust(), "-keystore", str(path),
                            "-storetype", "PKCS12", "-storepass", "changeit"], check=True, capture_output=True, timeout=60)
        return path


class Running:
    """A server that somebody else started, at FLUMEN_ENDPOINT."""

    def __init__(self):
        self.endpoint = os.environ["FLUMEN_ENDPOINT"]
        host, port = self.endpoint.removeprefix("http://").split(":")
        self.host, self.port = host, int(port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def running_elsewhere():
    return "FLUMEN_ENDPOINT" in os.environ


def binary():
    path = os.environ.get("FLUMEN_BIN")
    if not path:
        raise RuntimeError("FLUMEN_BIN must name the flumen binary")
    return str(pathlib.Path(path).resolve())


def free_port():
    """A port that nobody listens on, and never the same twice: who gets it may take a while to listen."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            if port not in given:
                probe.bind(("127.0.0.1", port))
                given.add(port)
                return port
