"""One server process: started on a free port, waited for, ended by its process id."""

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
        """Milliseconds until the port answers."""
        self.port = free_port()
        command = [str(part) for part in self.entrant.command(self.port, self.data)]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env=os.environ | self.entrant.environment)
        begun = time.monotonic()
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return (time.monotonic() - begun) * 1000
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


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
