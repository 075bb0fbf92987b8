"""KCL for Python and for Node: the MultiLangDaemon from Maven Central with a record processor in each language. Producers
and consumers may what the policies for them say."""

import contextlib
import os
import pathlib
import re
import subprocess
import sys

import pytest

from fleet import classpath, wait
from harness import people
from harness.client import client, read_stream
from harness.flumen import Flumen, running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own"), pytest.mark.timeout(700)]

HERE = pathlib.Path(__file__).parent
# Unpacked by compat/run: the package's installer fetches jars by itself, which is not possible everywhere.
PYTHON = HERE.parent / "out" / "kclpy"
WORDS = ["alpha", "beta", "gamma", "delta"]


@pytest.fixture
def server(tmp_path):
    file = tmp_path / "credentials"
    keys = people.write(file, {"root": None, "producer": "FlumenProducer", "consumer": "FlumenConsumerLibrary"})
    with Flumen("--credentials", str(file), "--log", people.LOG, tls=True) as started:
        started.keys = keys
        root(started, "kinesis").create_stream(StreamName="words", ShardCount=2)
        yield started
        assert people.denied(started) == []


def root(server, service):
    return client(server.endpoint, *server.keys["root"], service=service)


def environment(server, name):
    return os.environ | people.environment(server.keys[name]) | {
        "AWS_ENDPOINT_URL": server.tls_endpoint, "AWS_CA_BUNDLE": server.trust(), "PYTHONPATH": str(PYTHON), "PYTHONUNBUFFERED": "1",
        # Processors are found by `/usr/bin/env python` and `/usr/bin/env node`.
        "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}


@contextlib.contextmanager
def daemon(server, folder, properties):
    """Runs the daemon; gives a function that reads what it and its processors wrote."""
    (folder / "daemon.properties").write_text(properties + "\nfailoverTimeMillis = 4000\n")
    log = folder / "daemon.log"
    command = ["java", "-Xmx256m", f"-Djavax.net.ssl.trustStore={server.trust_store()}", "-Djavax.net.ssl.trustStorePassword=changeit",
               "-cp", f"{classpath('multilang')}:{folder}", "software.amazon.kinesis.multilang.MultiLangDaemon",
               "--properties-file", "daemon.properties"]
    with open(log, "wb") as output:
        process = subprocess.Popen(command, env=environment(server, "consumer"), stdout=output, stderr=output, cwd=folder)
    try:
        yield lambda: log.read_text(errors="replace")
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def check_words_are_read(server, written, application):
    """The processors checkpoint what they have read, and Python's sample writes no line of it that the daemon would show."""
    shards = read_stream(root(server, "kinesis"), "words")
    wanted = {shard: int(records[-1]["SequenceNumber"]) for shard, records in shards.items() if records}
    assert {record["PartitionKey"] for records in shards.values() for record in records} == set(WORDS)
    tables = root(server, "dynamodb")

    def checkpoints():
        if application not in tables.list_tables()["TableNames"]:
            return {}
        leases = [lease for lease in tables.scan(TableName=application)["Items"] if "checkpoint" in lease]
        return {lease["leaseKey"]["S"]: int(lease["checkpoint"]["S"]) for lease in leases if lease["checkpoint"]["S"].isdigit()}

    wait(lambda: f"{wanted}, but {checkpoints()}\n{written()[-5000:]}",
         lambda: all(checkpoints().get(shard, 0) >= last for shard, last in wanted.items()), 400)
    cloudwatch = root(server, "cloudwatch")

    def reported():
        pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace=application)
        return {metric["MetricName"] for page in pages for metric in page["Metrics"]}

    wait(reported, lambda: "RecordsProcessed" in reported(), 60)


def test_the_sample_of_kcl_for_python_reads_what_its_word_putter_puts(server, tmp_path):
    # The sample checkpoints once a minute, when it is given records, so there must be some later on.
    putter = [sys.executable, str(PYTHON / "samples" / "sample_kinesis_wordputter.py"), "--stream", "words", "--period", "5"]
    for word in WORDS:
        putter += ["-w", word]
    putting = subprocess.Popen(putter, env=environment(server, "producer"), stdout=subprocess.DEVNULL)
    wait("words", lambda: sum(map(len, read_stream(root(server, "kinesis"), "words").values())) >= len(WORDS), 60)

    sample = PYTHON / "samples" / "sample_kclpy_app.py"
    sample.chmod(0o755)
    properties = (PYTHON / "samples" / "sample.properties").read_text()
    properties = re.sub(r"(?m)^streamArn.*\n", "", properties).replace("kclpysample", "words")
    try:
        with daemon(server, tmp_path, properties.replace("sample_kclpy_app.py", str(sample))) as written:
            check_words_are_read(server, written, "PythonKCLSample")
    finally:
        putting.kill()
        putting.wait()


def test_a_record_processor_of_kcl_for_node_reads(server, tmp_path):
    kinesis = client(server.endpoint, *server.keys["producer"])
    for word in WORDS:
        kinesis.put_record(StreamName="words", Data=word.encode(), PartitionKey=word)
    properties = {"executableName": HERE / "node" / "processor.js", "streamName": "words", "applicationName": "NodeSample",
                  "AwsCredentialsProvider": "DefaultCredentialsProvider", "processingLanguage": "nodejs/18",
                  "initialPositionInStream": "TRIM_HORIZON", "regionName": "us-east-1"}
    with daemon(server, tmp_path, "\n".join(f"{name} = {value}" for name, value in properties.items())) as written:
        check_words_are_read(server, written, "NodeSample")
