"""DynamoDB Local as a process, and one way to ask it and a Flumen alike."""

import http.client
import json
import os
import pathlib
import subprocess
import tempfile
import time

from harness import raw
from harness.flumen import free_port


class Local:
    """Its jars are in the folder that DYNAMODB_LOCAL names."""

    def __init__(self, *flags, heap="512m"):
        self.flags = flags or ("-inMemory",)
        self.heap = heap

    def __enter__(self):
        jars = pathlib.Path(os.environ["DYNAMODB_LOCAL"]).resolve()
        self.port = free_port()
        self.workplace = tempfile.TemporaryDirectory(prefix="dynamodb-local-")
        self.process = subprocess.Popen(
            ["java", f"-Xmx{self.heap}", f"-Djava.library.path={jars}", "-cp", f"{jars}/*",
             "com.amazonaws.services.dynamodbv2.local.main.ServerRunner", "-port", str(self.port), "-disableTelemetry", *self.flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.workplace.name)
        deadline = time.monotonic() + 60
        while True:
            try:
                if Asked(self.port).call("ListTables", {})[0] == 200:
                    return self
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError("DynamoDB Local does not start")
            time.sleep(0.2)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.workplace.cleanup()


class Asked:
    """Answers as they are: status and body."""

    def __init__(self, port):
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = raw.signed("PutRecord") | {"Content-Type": "application/x-amz-json-1.0"}
        self.headers["Authorization"] = self.headers["Authorization"].replace("/kinesis/", "/dynamodb/")

    def call(self, operation, body):
        headers = self.headers | {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        self.connection.request("POST", "/", body if isinstance(body, str) else json.dumps(body), headers)
        response = self.connection.getresponse()
        return response.status, json.loads(response.read() or "null")
