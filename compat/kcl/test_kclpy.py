"""KCL for Python: its own sample, both sides of it, with the daemon's jars from Maven Central."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from fleet import classpath, trust_store, wait
from harness.client import client
from harness.flumen import Flumen, running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own"), pytest.mark.timeout(400)]

# Unpacked by compat/run: the package's installer fetches jars by itself, which is not possible everywhere.
PACKAGE = pathlib.Path(__file__).parents[1] / "out" / "kclpy"
WORDS = ["alpha", "beta", "gamma", "delta"]


def test_the_sample_of_kcl_for_python_reads_what_its_word_putter_puts(tmp_path):
    with Flumen(tls=True) as server:
        kinesis = client(server.endpoint)
        kinesis.create_stream(StreamName="words", ShardCount=2)
        environment = os.environ | {
            "AWS_ENDPOINT_URL": server.tls_endpoint, "AWS_CA_BUNDLE": server.trust(), "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1", "PYTHONPATH": str(PACKAGE), "PYTHONUNBUFFERED": "1",
            # The sample begins with `/usr/bin/env python`.
            "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}
        putter = [sys.executable, str(PACKAGE / "samples" / "sample_kinesis_wordputter.py"), "--stream", "words"]
        for word in WORDS:
            putter += ["-w", word]
        subprocess.run(putter, env=environment, check=True, timeout=60, capture_output=True)

        sample = PACKAGE / "samples" / "sample_kclpy_app.py"
        sample.chmod(0o755)
        properties = (PACKAGE / "samples" / "sample.properties").read_text()
        properties = re.sub(r"(?m)^streamArn.*\n", "", properties).replace("kclpysample", "words")
        properties = properties.replace("sample_kclpy_app.py", str(sample))
        (tmp_path / "sample.properties").write_text(properties + "\nfailoverTimeMillis = 4000\n")
        log = tmp_path / "daemon.log"
        daemon = ["java", "-Xmx256m", f"-Djavax.net.ssl.trustStore={trust_store(server)}", "-Djavax.net.ssl.trustStorePassword=changeit",
                  "-cp", f"{classpath('multilang')}:{tmp_path}", "software.amazon.kinesis.multilang.MultiLangDaemon",
                  "--properties-file", "sample.properties"]
        with open(log, "wb") as output:
            process = subprocess.Popen(daemon, env=environment, stdout=output, stderr=output, cwd=tmp_path)
        try:
            def seen():
                return set(re.findall(r"Record \(Partition Key: (\w+)", log.read_text(errors="replace")))

            wait(lambda: log.read_text(errors="replace")[-5000:], lambda: seen() == set(WORDS), 180)
        finally:
            process.terminate()
            process.wait(60)
        named = client(server.endpoint, service="cloudwatch").list_metrics(Namespace="PythonKCLSample")["Metrics"]
        assert "RecordsProcessed" in {metric["MetricName"] for metric in named}
