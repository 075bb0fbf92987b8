"""One server process: started on a free port, waited for, ended by its process id."""

import datetime
import hashlib
import hmac
import os
import pathlib
import shutil
import socket
import subprocess
import time

READY_WITHIN = 60.0
ENDS_WITHIN = 20.0
SETTLES = 1.0


class Server:
    def __init__(self, entrant, data, log):
        self.entrant, self.data, self.log = entrant, pathlib.Path(data), log
        self.process = None

    def __enter__(self):
        shutil.rmtree(self.data, ignore_errors=True)
        # The disk still has to be told of what the one before has left, which holds up whoever syncs meanwhile.
        os.sync()
        time.sleep(SETTLES)
        self.data.mkdir(parents=True)
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)

    def start(self):
        """Milliseconds until the first request is answered. A port that takes connections is not enough: a server may open
        it before it has read what it stores."""
        self.port = free_port()
        command = [str(part) for part in self.entrant.command(self.port, self.data)]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env=os.environ | self.entrant.environment)
        begun = time.monotonic()
        while True:
            try:
                answered = ask(self.port, FIRST[self.entrant.kind](self.port))
                took = (time.monotonic() - begun) * 1000
                if any(answered.startswith(good) for good in (b"HTTP/1.1 200 ", b"+PONG")):
                    return took
                raise RuntimeError(f"answered with {answered[:200]}")
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError(f"ended with {self.process.returncode} before it was ready") from None
                if time.monotonic() - begun > READY_WITHIN:
                    self.stop()
                    raise RuntimeError(f"not ready within {READY_WITHIN} s") from None
                time.sleep(0.001)

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def restart(self):
        self.stop()
        return self.start()

    @property
    def pid(self):
        return self.process.pid

    def resident_mib(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(port, request):
    """What comes back first."""
    with socket.create_connection(("127.0.0.1", port), timeout=READY_WITHIN) as connection:
        connection.sendall(request)
        answer = connection.recv(4096)
        if not answer:
            raise ConnectionResetError
        return answer


def list_streams(port):
    """Signed, as any client's first request would be."""
    body, now = b"{}", datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {"content-type": "application/x-amz-json-1.1", "host": f"127.0.0.1:{port}", "x-amz-date": now,
               "x-amz-target": "Kinesis_20131202.ListStreams"}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{now[:8]}/us-east-1/kinesis/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"AWS4bench"
    for part in [*scope.split("/"), text]:
        key = hmac.digest(key, part.encode(), "sha256")
    headers |= {"authorization": f"AWS4-HMAC-SHA256 Credential=bench/{scope}, SignedHeaders={names}, Signature={key.hex()}",
                "content-length": len(body), "connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\r\n{head}\r\n".encode() + body


FIRST = {"kinesis": list_streams, "encrypted": list_streams, "limited": list_streams, "redis": lambda _: b"PING\r\n"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
