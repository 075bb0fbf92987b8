"""Flink's connector in a cluster within one process: a sink and a source, by polling and by enhanced fan-out, over TLS."""

import os
import pathlib
import subprocess

import pytest

from harness.client import client, read_stream
from harness.flumen import Flumen, running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own"), pytest.mark.timeout(700)]

TARGET = pathlib.Path(__file__).parent / "target"
TEXTS = 1000


@pytest.mark.parametrize("way", ["POLLING", "EFO"])
def test_a_job_reads_back_each_text_that_another_wrote(way):
    with Flumen(tls=True) as server:
        kinesis = client(server.endpoint)
        kinesis.create_stream(StreamName="texts", ShardCount=2)
        command = ["java", "-Xmx700m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "--add-opens=java.base/java.util=ALL-UNNAMED",
                   "--add-opens=java.base/java.lang=ALL-UNNAMED",
                   f"-Djavax.net.ssl.trustStore={server.trust_store()}", "-Djavax.net.ssl.trustStorePassword=changeit",
                   "-cp", f"{TARGET / 'classes'}:{TARGET / 'lib'}/*", "flumen.Job", server.tls_endpoint, "texts", way, str(TEXTS)]
        environment = os.environ | {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
                                    "AWS_EC2_METADATA_DISABLED": "true"}
        done = subprocess.run(command, env=environment, timeout=600, capture_output=True, text=True, check=False)
        assert done.stdout.split("\n")[:2] == ["written", f"read {TEXTS}"], done.stdout + done.stderr[-4000:]
        stored = [record["Data"].decode() for records in read_stream(kinesis, "texts").values() for record in records]
        assert sorted(stored) == sorted(f"text-{n}" for n in range(TEXTS))
        consumers = kinesis.list_stream_consumers(StreamARN=kinesis.describe_stream_summary(StreamName="texts")["StreamDescriptionSummary"]["StreamARN"])
        print(f"{way}: {[consumer['ConsumerName'] for consumer in consumers['Consumers']]} are left registered")
