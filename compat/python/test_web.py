"""What pages in browsers may do, and other ways to ask that HTTP allows."""

import gzip
import http.client
import json
import time

import pytest

from harness import raw
from harness.client import client
from harness.flumen import Flumen, running_elsewhere

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs servers of its own")
ELSEWHERE = "https://evil.example"


@pytest.fixture(scope="module")
def server():
    with Flumen("--allow-origin", "https://app.example", ephemeral=True) as started:
        yield started


def ask(server, method, path, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def signed_for(service, target, content_type):
    headers = raw.signed("X") | {"Content-Type": content_type, "X-Amz-Target": target}
    return headers | {"Authorization": headers["Authorization"].replace("/kinesis/", f"/{service}/")}


OPERATIONS = {
    "kinesis": (raw.signed("ListStreams"), b"{}"),
    "dynamodb": (signed_for("dynamodb", "DynamoDB_20120810.ListTables", "application/x-amz-json-1.0"), b"{}"),
    "monitoring": (signed_for("monitoring", "GraniteServiceVersion20100801.ListMetrics", "application/x-amz-json-1.0"), b"{}"),
}


@pytest.mark.parametrize("service", OPERATIONS)
def test_pages_from_elsewhere_run_no_operation_without_credentials(server, service):
    headers, body = OPERATIONS[service]

    def status(origin):
        answer = raw.post(server.port, "X", body, headers | ({"Origin": origin} if origin else {}))
        told = {name.lower(): value for name, value in answer.headers.items()}
        # A page may read why it is refused, as on AWS.
        assert told.get("access-control-allow-origin") == ("*" if origin else None)
        return answer.status, b"AccessDenied" in answer.body

    for origin in (None, "http://localhost:3000", "http://127.0.0.1", "https://app.example"):
        assert status(origin) == (200, False), origin
    for origin in (ELSEWHERE, "null", "http://app.example", "https://app.example.evil"):
        assert status(origin) == (400, True), origin


def test_a_refused_page_changes_nothing(server):
    body = json.dumps({"StreamName": "made-by-a-page", "ShardCount": 1}).encode()
    answer = raw.post(server.port, "CreateStream", body, {"Origin": ELSEWHERE})
    assert (answer.status, json.loads(answer.body)["__type"]) == (400, "AccessDeniedException")
    assert "made-by-a-page" not in client(server.endpoint).list_streams()["StreamNames"]


def test_with_credentials_the_signature_decides(tmp_path):
    path = tmp_path / "credentials"
    path.write_text("[a]\naws_access_key_id = AKIA1\naws_secret_access_key = s\n")
    with Flumen("--credentials", str(path), ephemeral=True) as server:
        kinesis = client(server.endpoint, "AKIA1", "s")
        kinesis.meta.events.register("before-send.kinesis", lambda request, **_: request.headers.update({"Origin": ELSEWHERE}))
        answer = kinesis.list_streams()
        assert answer["StreamNames"] == []
        assert answer["ResponseMetadata"]["HTTPHeaders"]["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics", "/usage"])
def test_pages_of_operators_are_not_for_other_pages(server, path):
    status, headers, _ = ask(server, "GET", path, {"Origin": "http://localhost:1"})
    assert status == 200 and not [name for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/metrics", "/usage"])
def test_pages_told_on_this_machine_are_told_under_its_names(server, path):
    for host in ("localhost", f"127.0.0.1:{server.port}", f"[::1]:{server.port}"):
        assert ask(server, "GET", path, {"Host": host})[0] == 200, host
    status, _, body = ask(server, "GET", path, {"Host": "rebound.example"})
    assert status == 403 and b"Host" in body
    assert ask(server, "GET", "/health", {"Host": "rebound.example"})[0] == 200
    answer = raw.post(server.port, "ListStreams", b"{}", {"Host": "any.example"})
    assert answer.status == 200, "operations are asked under any name"


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics", "/usage"])
def test_head_is_answered_as_get_without_the_body(server, path):
    got, asked = ask(server, "GET", path), ask(server, "HEAD", path)
    assert (got[0], asked[0], asked[2]) == (200, 200, b"")
    assert asked[1]["content-type"] == got[1]["content-type"]
    if path in ("/health", "/ready"):
        assert int(asked[1]["content-length"]) == len(got[2])
    assert ask(server, "HEAD", "/")[0] == 403


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "Gzip", "x-gzip", " gzip ", "identity", "IDENTITY", ""])
def test_codings_have_no_case(server, coding):
    body = b"Action=PutMetricData&Version=2010-08-01&Namespace=n&MetricData.member.1.MetricName=m&MetricData.member.1.Value=1"
    headers = signed_for("monitoring", "x", "Application/X-WWW-Form-Urlencoded; charset=utf-8") | {"Content-Encoding": coding}
    del headers["X-Amz-Target"]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("POST", "/", gzip.compress(body) if "gzip" in coding.lower() else body, headers)
    assert connection.getresponse().status == 200
    connection.close()


def test_an_unknown_coding_is_named(server):
    headers = signed_for("monitoring", "GraniteServiceVersion20100801.ListMetrics", "application/x-amz-json-1.0")
    answer = raw.post(server.port, "X", b"{}", headers | {"Content-Encoding": "br"})
    assert answer.status == 400 and b"The content encoding br is not known; gzip is." in answer.body


def test_media_types_have_no_case(server):
    for content_type in ("application/x-amz-json-1.1", "Application/X-Amz-JSON-1.1", "APPLICATION/X-AMZ-JSON-1.1; charset=UTF-8"):
        answer = raw.post(server.port, "ListStreams", b"{}", {"Content-Type": content_type})
        assert (answer.status, answer.headers["content-type"]) == (200, "application/x-amz-json-1.1"), content_type


def test_frames_of_events_say_what_they_hold(server):
    kinesis = client(server.endpoint)
    kinesis.create_stream(StreamName="frames", ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName="frames")["StreamDescriptionSummary"]["StreamARN"]
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    body = {"ConsumerARN": consumer, "ShardId": "shardId-000000000000", "StartingPosition": {"Type": "TRIM_HORIZON"}}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", "/", json.dumps(body), raw.signed("SubscribeToShard"))
    answer, read, end = connection.getresponse(), b"", time.monotonic() + 30
    while read.count(b":content-type") < 2 and time.monotonic() < end:
        read += answer.read1()
    connection.close()
    assert read.count(b":content-type\x07\x00\x1aapplication/x-amz-json-1.1") == 2
