"""A real Prometheus reads /metrics, whatever clients report."""

import json
import os
import shutil
import subprocess
import time
import urllib.parse
import urllib.request

import pytest

from harness.client import client
from harness.flumen import Flumen, free_port, running_elsewhere

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own")
READY_WITHIN = 60
# Names that are Prometheus's own, that it does not allow, or that it does not tell apart.
NAMES = ["__name__", "__", "le", "quantile", "job", "instance", "account", "Dim.1", "Dim_1", "DIM-1", "2nd", "a b", "x\"y\\z"]


KEYS = ("AKIAPROMETHEUS", "secret")


@pytest.fixture(params=["open", "token"])
def server(request, tmp_path):
    """Without credentials, and with some: then Prometheus shows the token."""
    flags = []
    if request.param == "token":
        known = tmp_path / "credentials"
        known.write_text(f"[a]\naws_access_key_id = {KEYS[0]}\naws_secret_access_key = {KEYS[1]}\n")
        (tmp_path / "token").write_text("let-me-in\n")
        flags = ["--credentials", str(known), "--metrics-token-file", str(tmp_path / "token")]
    with Flumen(*flags, ephemeral=True) as started:
        yield started


@pytest.fixture
def prometheus(server, tmp_path):
    """Asks the server once a second; a function from an expression to the values of its series."""
    program = shutil.which("prometheus")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have Debian's prometheus")
        pytest.skip("prometheus is not installed")
    port = free_port()
    config = tmp_path / "prometheus.yml"
    token = tmp_path / "token"
    authorization = f"authorization: {{credentials_file: {token}}}, " if token.exists() else ""
    config.write_text(f"""
global: {{scrape_interval: 1s}}
scrape_configs: [{{job_name: flumen, {authorization}static_configs: [{{targets: ["127.0.0.1:{server.port}"]}}]}}]
""")
    command = [program, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}", f"--storage.tsdb.path={tmp_path / 'data'}"]
    with open(tmp_path / "log", "wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        def ask(expression):
            url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
            with urllib.request.urlopen(url, timeout=10) as answer:
                return [float(series["value"][1]) for series in json.load(answer)["data"]["result"]]

        try:
            yield ask
        finally:
            process.terminate()
            process.wait(30)


def wait(what, seen):
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end:
        try:
            if seen():
                return
        except OSError:
            pass
        time.sleep(0.2)
    pytest.fail(f"not within {READY_WITHIN} s: {what}")


def test_the_page_stays_readable_whatever_is_reported(server, prometheus):
    kinesis = client(server.endpoint, *KEYS)
    kinesis.create_stream(StreamName="s", ShardCount=2)
    kinesis.enable_enhanced_monitoring(StreamName="s", ShardLevelMetrics=["ALL"])
    for key in ("plain", "a\"b\\c\nd", "\u00e9\u4e16"):
        kinesis.put_record(StreamName="s", Data=b"x", PartitionKey=key)
    wait("a first look", lambda: prometheus('up{job="flumen"}') == [1])

    cloudwatch = client(server.endpoint, *KEYS, service="cloudwatch")
    for name in NAMES:
        for metric in ("seen", "Seen", "se.en", "2xx", "__m"):
            dimensions = [{"Name": name, "Value": "v"}, {"Name": "Other", "Value": "a\"b\\c"}]
            cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": metric, "Dimensions": dimensions, "Value": 1}])
    wait("all reports", lambda: sum(prometheus('{__name__=~"cloudwatch_.*_count"}')) == len(NAMES) * 5)
    assert prometheus('up{job="flumen"}') == [1]
    assert sum(prometheus('flumen_kinesis_incoming_records_total{stream="s"}')) == 3
